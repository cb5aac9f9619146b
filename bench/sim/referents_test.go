package sim

import "testing"

// TestReferents tries every row of the table measured on CPython 3.11 and 3.13.
func TestReferents(t *testing.T) {
	py := newPy(t)
	py.Assign("Node", node(py))
	fn := func() *Object { return py.Function("f", func([]*Object) *Object { return nil }) }
	load := func(name string) func() *Object {
		return func() *Object { return py.Call(py.Load(name)) }
	}
	const yes, no = true, false
	for _, c := range []struct {
		name string // in the message
		make func() *Object
		want bool
	}{
		{"int", func() *Object { return py.Int(1000) }, no},
		{"bool", func() *Object { return py.Bool(true) }, no},
		{"float", func() *Object { return py.Float(1.5) }, no},
		{"str", func() *Object { return py.Str("spam") }, no},
		{"bytes", func() *Object { return py.Bytes("spam") }, no},
		{"NoneType", py.None, no},
		{"tuple", func() *Object { return py.Tuple(py.Int(1)) }, no},
		{"list", func() *Object { return py.List() }, no},
		{"dict", func() *Object { return py.Dict() }, no},
		{"bytearray", load("bytearray"), no},
		{"range", load("range"), no},
		{"object", py.Object, no},
		{"types.SimpleNamespace", load("SimpleNamespace"), no},
		{"collections.defaultdict", load("defaultdict"), no},
		{"cell", func() *Object { return py.Cell(nil) }, no},
		{"weakref.ReferenceType", func() *Object { return py.WeakRef(py.Load("Node"), nil) }, no},
		{"finalize", func() *Object {
			f := py.Finalize(py.Load("Node"), fn())
			py.Release(py.Detach(py.Retain(f)))
			return f
		}, no},
		{"Slotted", func() *Object { return py.Call(py.NewClass("Slotted", Class{Slots: []string{"a"}})) }, no},
		{"Slotted", func() *Object {
			return py.Call(py.NewClass("Slotted", Class{Slots: []string{"a", "__weakref__"}}))
		}, yes},
		{"set", func() *Object { return py.Set(py.Int(1)) }, yes},
		{"frozenset", func() *Object { return py.FrozenSet() }, yes},
		{"collections.deque", load("deque"), yes},
		{"array.array", load("array"), yes},
		{"collections.OrderedDict", load("OrderedDict"), yes},
		{"function", fn, yes},
		{"builtin_function_or_method", load("builtin_function_or_method"), yes},
		{"type", func() *Object { return py.Load("Node") }, yes},
		{"type", func() *Object { return py.Load("int") }, yes},
		{"Node", load("Node"), yes},
		{"module", load("module"), yes},
		{"generator", load("generator"), yes},
		{"_io.TextIOWrapper", load("TextIOWrapper"), yes},
		{"code", func() *Object {
			c := py.Compile("m")
			defer c.Release()
			return c.Object()
		}, yes},
		{"_thread.lock", load("lock"), yes},
		{"memoryview", load("memoryview"), yes},
		{"WeakValueDictionary", py.WeakValueDictionary, yes},
		{"WeakKeyDictionary", py.WeakKeyDictionary, yes},
		{"WeakSet", func() *Object { return py.WeakSet() }, yes},
		{"method", func() *Object {
			c := node(py)
			py.SetAttr(py.Retain(c), "m", fn())
			return py.Attr(py.Call(c), "m")
		}, yes},
	} {
		err := py.Try(func() { py.Release(py.WeakRef(c.make(), nil)) })
		switch {
		case c.want && err != nil:
			t.Errorf("%s: %v, want none", c.name, err)
		case !c.want && (err == nil || err.Error() != "TypeError: cannot create weak reference to '"+c.name+"' object"):
			t.Errorf("%s: %v, want a TypeError", c.name, err)
		}
	}
	py.Collect(2)
}

// TestSubclassReferents: subclassing helps list, dict, set, str, and not int,
// tuple, bytes.
func TestSubclassReferents(t *testing.T) {
	py := newPy(t)
	for name, want := range map[string]bool{
		"list": true, "dict": true, "set": true, "str": true, "frozenset": true, "float": true, "object": true,
		"bytearray": true, "SimpleNamespace": true, "defaultdict": true,
		"int": false, "tuple": false, "bytes": false,
	} {
		err := py.Try(func() {
			sub := py.NewClass("Sub", Class{Base: py.Load(name)})
			py.Release(py.WeakRef(py.Call(sub), nil))
		})
		if want && err != nil || !want && (err == nil || err.Error() != "TypeError: cannot create weak reference to 'Sub' object") {
			t.Errorf("subclass of %s: %v, want a referent: %v", name, err, want)
		}
	}
	for _, name := range []string{"bool", "NoneType", "range", "function", "generator", "code"} {
		wantRaise(t, py, "TypeError: type '"+name+"' is not an acceptable base type", func() {
			py.Release(py.NewClass("Sub", Class{Base: py.Load(name)}))
		})
	}
	py.Collect(2)
}

// TestTypes: the exported table says what WeakRef does.
func TestTypes(t *testing.T) {
	py := newPy(t)
	tried := 0
	for _, info := range Types() {
		o, err := py.instance(info.Name)
		if err != nil {
			continue // not made by a call without arguments; TestReferents has those that count
		}
		tried++
		err = py.Try(func() { py.Release(py.WeakRef(o, nil)) })
		if (err == nil) != info.Referent {
			t.Errorf("%s: Referent is %v, WeakRef says %v", info.Name, info.Referent, err)
		}
		if err != nil {
			py.Release(o)
		}
	}
	if tried < 25 {
		t.Errorf("only %d types were tried", tried)
	}
}

// instance returns name().
func (in *Interpreter) instance(name string) (o *Object, err error) {
	err = in.Try(func() { o = in.Call(in.Load(name)) })
	return o, err
}
