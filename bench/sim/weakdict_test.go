package sim

import (
	"errors"
	"slices"
	"testing"
)

// keyClass defines a class compared by its value.
func keyClass(py *Interpreter) *Object {
	value := func(o *Object) int64 {
		v := py.Attr(py.Retain(o), "value")
		defer py.Release(v)
		return v.AsInt()
	}
	return py.NewClass("Key", Class{
		Init: func(self *Object, args []*Object) { py.SetAttr(py.Retain(self), "value", py.Retain(args[0])) },
		Eq:   func(self, other *Object) bool { return value(self) == value(other) },
		Hash: func(self *Object) uint64 { return uint64(value(self)) },
		Repr: func(self *Object) string { return "Key" },
	})
}

// TestWeakValueDictionary is the mapping protocol, and entries that go.
func TestWeakValueDictionary(t *testing.T) {
	py := newPy(t)
	py.Assign("Node", node(py))
	n := func() *Object { return py.Call(py.Load("Node")) }
	d := func() *Object { return py.Load("d") }
	py.Assign("d", py.WeakValueDictionary())
	for _, name := range []string{"a", "b", "c"} {
		py.Assign(name, n())
		py.SetItem(d(), py.Str(name), py.Load(name))
	}
	if !py.Is(py.GetItem(d(), py.Str("a")), py.Load("a")) || py.Len(d()) != 3 || !py.Contains(d(), py.Str("b")) {
		t.Error("get, len or in")
	}
	wantRaise(t, py, "KeyError: 'z'", func() { py.Release(py.GetItem(d(), py.Str("z"))) })
	wantRaise(t, py, "KeyError: 'z'", func() { py.Release(py.Pop(d(), py.Str("z"))) })
	wantRaise(t, py, "KeyError: 'z'", func() { py.DelItem(d(), py.Str("z")) })
	wantRaise(t, py, "TypeError: cannot create weak reference to 'int' object", func() {
		py.SetItem(d(), py.Str("z"), py.Int(1))
	})
	wantRaise(t, py, "TypeError: unhashable type: 'list'", func() { py.SetItem(d(), py.List(), py.Load("a")) })
	if got := py.Repr(py.Get(d(), py.Str("z"), py.Str("default"))); got != "'default'" {
		t.Error(got)
	}
	if got := py.Repr(py.Keys(d())); got != "['a', 'b', 'c']" {
		t.Error(got)
	}
	if py.Len(py.Values(d())) != 3 || py.Len(py.Items(d())) != 3 || py.Len(py.Refs(d())) != 3 {
		t.Error("values, items or valuerefs")
	}

	// A value that takes the place keeps it when the old one dies.
	py.Assign("a2", n())
	py.SetItem(d(), py.Str("a"), py.Load("a2"))
	py.Del("a")
	if !py.Is(py.GetItem(d(), py.Str("a")), py.Load("a2")) {
		t.Error("the replacement was removed")
	}

	py.Assign("copy", py.Copy(d()))
	if !py.Is(py.SetDefault(d(), py.Str("a"), n()), py.Load("a2")) {
		t.Error("setdefault replaced a live value")
	}
	py.Del("a2")
	if py.Len(d()) != 2 || py.Len(py.Load("copy")) != 2 {
		t.Error("an entry outlived its value")
	}
	py.Release(py.Pop(d(), py.Str("b")))
	if got := py.Repr(py.GetItem(py.PopItem(d()), py.Int(0))); got != "'c'" {
		t.Error(got)
	}
	wantRaise(t, py, "KeyError: 'popitem(): dictionary is empty'", func() { py.Release(py.PopItem(d())) })

	// An object that only the dict would keep is gone at once.
	py.SetItem(d(), py.Str("t"), n())
	if py.Len(d()) != 0 {
		t.Error("a temporary is in the dict")
	}
	py.Update(d(), py.Dict(py.Str("x"), py.Load("b"), py.Str("y"), py.Load("c")))
	py.Update(d(), py.Load("copy"))
	if got := py.Repr(py.Sorted(py.Keys(d()))); got != "['b', 'c', 'x', 'y']" {
		t.Error(got)
	}
	py.Clear(d())
	if py.Len(d()) != 0 || py.Len(py.Load("copy")) != 2 {
		t.Error("clear")
	}
	// The dict may die first.
	py.Del("copy")
	py.Del("b")
}

// TestStaleRemoval: a callback that ran first has put another value in the dead
// one's place; the removal that is still to come leaves it alone.
func TestStaleRemoval(t *testing.T) {
	py := newPy(t)
	py.Assign("Node", node(py))
	py.Assign("d", py.WeakValueDictionary())
	py.Assign("a", py.Call(py.Load("Node")))
	py.Assign("b", py.Call(py.Load("Node")))
	py.SetItem(py.Load("d"), py.Int(1), py.Load("a"))
	py.Assign("r", py.WeakRef(py.Load("a"), py.Function("replace", func([]*Object) *Object {
		py.SetItem(py.Load("d"), py.Int(1), py.Load("b"))
		return nil
	})))
	py.Del("a")
	if !py.Is(py.GetItem(py.Load("d"), py.Int(1)), py.Load("b")) {
		t.Error("the replacement was removed")
	}
}

// TestWeakKeyDictionary: compared by value, dies with the first of equal keys.
func TestWeakKeyDictionary(t *testing.T) {
	py := newPy(t)
	py.Assign("Key", keyClass(py))
	k := func(n int64) *Object { return py.Call(py.Load("Key"), py.Int(n)) }
	d := func() *Object { return py.Load("d") }
	py.Assign("d", py.WeakKeyDictionary())
	py.Assign("k1", k(1))
	py.Assign("k1too", k(1))
	py.Assign("k2", k(2))
	py.SetItem(d(), py.Load("k1"), py.Str("one"))
	py.SetItem(d(), py.Load("k1too"), py.Str("one again"))
	py.SetItem(d(), py.Load("k2"), py.None())
	if got := py.Repr(py.Values(d())); got != "['one again', None]" {
		t.Error(got)
	}
	if !py.Is(py.GetItem(py.Keys(d()), py.Int(0)), py.Load("k1")) {
		t.Error("the second key took the place of the first")
	}
	py.Del("k1too")
	if py.Len(d()) != 2 {
		t.Error("the entry died with the second key")
	}
	py.Assign("k1too", k(1))
	py.Del("k1")
	if py.Len(d()) != 1 || py.Contains(d(), py.Load("k1too")) {
		t.Error("the entry outlived its first key")
	}
	if py.Contains(d(), py.Int(1)) {
		t.Error("an int is in it")
	}
	wantRaise(t, py, "TypeError: cannot create weak reference to 'int' object", func() { py.Release(py.GetItem(d(), py.Int(1))) })
	err := py.Try(func() { py.Release(py.GetItem(d(), k(9))) })
	var e *Exception
	if !errors.As(err, &e) || e.Type != "KeyError" || address.ReplaceAllString(err.Error(), "0x") != "KeyError: <weakref at 0x; to 'Key' at 0x>" {
		t.Error(err)
	}
	if got := py.Repr(py.PopItem(d())); got != "(Key, None)" {
		t.Error(got)
	}
	py.Release(py.SetDefault(d(), py.Load("k2"), py.Str("two")))
	py.DelItem(d(), py.Load("k2"))
	if py.Len(d()) != 0 {
		t.Error("del")
	}

	// No ephemeron: a value that refers to its key keeps it forever.
	py.SetItem(d(), py.Load("k2"), py.List(py.Load("k2")))
	py.Del("k2")
	py.Collect(2)
	if py.Len(d()) != 1 {
		t.Error("an ephemeron, which CPython does not have")
	}
}

// TestWeakSet is its methods.
func TestWeakSet(t *testing.T) {
	py := newPy(t)
	py.Assign("Key", keyClass(py))
	k := func(n int64) *Object { return py.Call(py.Load("Key"), py.Int(n)) }
	s := func() *Object { return py.Load("s") }
	py.Assign("a", k(1))
	py.Assign("b", k(2))
	py.Assign("s", py.WeakSet(py.Load("a"), py.Load("b"), py.Load("a"), k(3)))
	if py.Len(s()) != 2 || !py.Contains(s(), k(1)) || py.Contains(s(), py.Int(1)) {
		t.Error("len or in")
	}
	wantRaise(t, py, "TypeError: cannot create weak reference to 'int' object", func() { py.Add(s(), py.Int(1)) })
	py.Assign("copy", py.Copy(s()))
	py.Discard(s(), k(7))
	py.Remove(s(), py.Load("a"))
	if err := py.Try(func() { py.Remove(s(), py.Load("a")) }); err == nil {
		t.Error("removed twice")
	}
	if !py.Is(py.PopElement(s()), py.Load("b")) {
		t.Error("pop")
	}
	wantRaise(t, py, "KeyError: 'pop from empty WeakSet'", func() { py.Release(py.PopElement(s())) })
	py.Update(s(), py.List(py.Load("a"), py.Load("b")))
	py.Del("a")
	if py.Len(s()) != 1 || py.Len(py.Load("copy")) != 1 {
		t.Error("an element outlived its object")
	}
	py.Clear(s())
	if py.Len(s()) != 0 {
		t.Error("clear")
	}
}

// TestIterationGuard: an element that dies during an iteration is not seen, but
// its removal waits until all iterations have ended.
func TestIterationGuard(t *testing.T) {
	for _, kind := range []string{"values", "keys", "set"} {
		t.Run(kind, func(t *testing.T) {
			py := newPy(t)
			py.Assign("Node", node(py))
			names := []string{"n0", "n1", "n2", "n3"}
			for _, name := range names {
				py.Assign(name, py.Call(py.Load("Node")))
			}
			var w *weakTable
			switch kind {
			case "values":
				py.Assign("w", py.WeakValueDictionary())
				for i, name := range names {
					py.SetItem(py.Load("w"), py.Int(int64(i)), py.Load(name))
				}
			case "keys":
				py.Assign("w", py.WeakKeyDictionary())
				for i, name := range names {
					py.SetItem(py.Load("w"), py.Load(name), py.Int(int64(i)))
				}
			case "set":
				py.Assign("w", py.WeakSet())
				for _, name := range names {
					py.Add(py.Load("w"), py.Load(name))
				}
			}
			o := py.Load("w")
			switch b := o.body.(type) {
			case *weakValues:
				w = &b.weakTable
			case *weakKeys:
				w = &b.weakTable
			case *weakSet:
				w = &b.weakTable
			}
			py.Release(o)
			seq := py.Iter
			if kind == "values" {
				seq = py.IterValues
			}
			seen := 0
			for x := range seq(py.Load("w")) {
				seen++
				py.Release(x)
				if seen > 1 {
					continue
				}
				for y := range seq(py.Load("w")) { // a second iteration inside
					py.Release(y)
					break
				}
				py.Del("n1")
				py.Del("n0") // the generators' variables hold it
				if w.data.used != 4 || len(w.pending) != 1 {
					t.Errorf("%d entries, %d pending", w.data.used, len(w.pending))
				}
				if kind != "values" && py.Len(py.Load("w")) != 3 {
					t.Error("len counts the dead")
				}
			}
			if seen != 3 {
				t.Errorf("saw %d, want 3", seen)
			}
			if w.data.used != 2 || len(w.pending) != 0 || w.iterating != 0 {
				t.Errorf("%d entries, %d pending after", w.data.used, len(w.pending))
			}
			// An exception ends the iteration too.
			err := py.Try(func() {
				for x := range seq(py.Load("w")) {
					py.Release(x)
					py.Raise("ValueError", "no")
				}
			})
			if err == nil || w.iterating != 0 {
				t.Error("the guard was left")
			}
		})
	}
}

// TestChangedDuringIteration: RuntimeError, as CPython words it.
func TestChangedDuringIteration(t *testing.T) {
	py := newPy(t)
	py.Assign("Node", node(py))
	py.Assign("keep", py.List())
	n := func() *Object {
		o := py.Call(py.Load("Node"))
		py.Append(py.Load("keep"), py.Retain(o))
		return o
	}
	py.Assign("d", py.Dict(py.Int(1), py.Int(1)))
	py.Assign("s", py.Set(py.Int(1)))
	py.Assign("w", py.WeakValueDictionary())
	py.SetItem(py.Load("w"), py.Int(1), n())
	py.Assign("ws", py.WeakSet(n()))
	wantRaise(t, py, "RuntimeError: dictionary changed size during iteration", func() {
		py.For("x", py.Load("d"), func() { py.SetItem(py.Load("d"), py.Int(2), py.Int(2)) })
	})
	wantRaise(t, py, "RuntimeError: Set changed size during iteration", func() {
		py.For("x", py.Load("s"), func() { py.Add(py.Load("s"), py.Int(2)) })
	})
	wantRaise(t, py, "RuntimeError: dictionary changed size during iteration", func() {
		py.For("x", py.Load("w"), func() { py.SetItem(py.Load("w"), py.Int(2), n()) })
	})
	wantRaise(t, py, "RuntimeError: Set changed size during iteration", func() {
		py.For("x", py.Load("ws"), func() { py.Add(py.Load("ws"), n()) })
	})
	// A list may grow.
	py.Assign("l", py.List(py.Int(1)))
	steps := 0
	py.For("x", py.Load("l"), func() {
		if steps++; steps < 5 {
			py.Append(py.Load("l"), py.Int(1))
		}
	})
	if steps != 5 {
		t.Errorf("%d steps", steps)
	}
}

// TestWeakRefIdentity: shared without a callback, new with one; equality by
// referent while alive, by identity after; the hash outlives the referent.
func TestWeakRefIdentity(t *testing.T) {
	py := newPy(t)
	py.Assign("Key", keyClass(py))
	py.Assign("a", py.Call(py.Load("Key"), py.Int(1)))
	py.Assign("b", py.Call(py.Load("Key"), py.Int(1)))
	cb := func() *Object { return py.Function("cb", func([]*Object) *Object { return nil }) }
	ref := func(name string) *Object { return py.WeakRef(py.Load(name), nil) }
	py.Assign("r", ref("a"))
	if !py.Is(ref("a"), py.Load("r")) || !py.Is(py.WeakRef(py.Load("a"), py.None()), py.Load("r")) {
		t.Error("not shared")
	}
	py.Assign("rb", py.WeakRef(py.Load("a"), cb()))
	py.Assign("rb2", py.WeakRef(py.Load("a"), cb()))
	o := py.Load("a")
	if o.WeakRefCount() != 3 {
		t.Errorf("count %d", o.WeakRefCount())
	}
	list := py.WeakRefs(o)
	for i, name := range []string{"r", "rb2", "rb"} {
		if !py.Is(py.GetItem(py.Retain(list), py.Int(int64(i))), py.Load(name)) {
			t.Errorf("getweakrefs()[%d] is not %s", i, name)
		}
	}
	py.Release(list)
	if !py.Eq(py.Load("r"), py.Load("rb")) || !py.Eq(py.Load("r"), ref("b")) {
		t.Error("live references to equal objects differ")
	}
	if py.Hash(py.Load("r")) != py.Hash(py.Load("a")) {
		t.Error("hash is not the referent's")
	}
	py.Del("a")
	if py.Eq(py.Load("r"), py.Load("rb")) || !py.Eq(py.Load("r"), py.Load("r")) {
		t.Error("dead references are equal by identity only")
	}
	py.Hash(py.Load("r"))
	wantRaise(t, py, "TypeError: weak object has gone away", func() { py.Hash(py.Load("rb")) })
	if got := address.ReplaceAllString(py.Repr(py.Load("r")), "0x"); got != "<weakref at 0x; dead>" {
		t.Error(got)
	}
}

// TestEqThatMeddles: a user's __eq__ may change the dict that asks it.
func TestEqThatMeddles(t *testing.T) {
	py := newPy(t)
	meddle := func() {}
	py.Assign("Odd", py.NewClass("Odd", Class{
		Eq:   func(self, other *Object) bool { f := meddle; meddle = func() {}; f(); return self == other },
		Hash: func(*Object) uint64 { return 1 },
	}))
	odd := func() *Object { return py.Call(py.Load("Odd")) }
	py.Assign("d", py.Dict())
	for i := range int64(20) {
		py.SetItem(py.Load("d"), odd(), py.Int(i))
	}
	meddle = func() { py.Clear(py.Load("d")) }
	py.SetItem(py.Load("d"), odd(), py.Int(99))
	if got := py.Repr(py.Values(py.Load("d"))); got != "[99]" {
		t.Error(got)
	}
	meddle = func() { py.Raise("ValueError", "no") }
	wantRaise(t, py, "ValueError: no", func() { py.Release(py.GetItem(py.Load("d"), odd())) })
}

// TestDictOrder compares a dict with a model over many random operations.
func TestDictOrder(t *testing.T) {
	py := newPy(t)
	py.Assign("d", py.Dict())
	var order []int64
	x := uint64(1)
	for range 20_000 {
		x = mix(x + 1)
		k := int64(x % 300)
		at := slices.Index(order, k)
		switch {
		case x>>40%3 > 0 && at < 0:
			order = append(order, k)
			fallthrough
		case x>>40%3 > 0:
			py.SetItem(py.Load("d"), py.Int(k), py.Int(-k))
		case at >= 0:
			order = slices.Delete(order, at, at+1)
			py.DelItem(py.Load("d"), py.Int(k))
		case len(order) > 0 && x>>50%8 == 0:
			order = order[:len(order)-1]
			py.Release(py.PopItem(py.Load("d")))
		}
		if py.Len(py.Load("d")) != len(order) || py.Contains(py.Load("d"), py.Int(k)) != slices.Contains(order, k) {
			t.Fatal("len or in")
		}
	}
	i := 0
	for o := range py.Iter(py.Load("d")) {
		if o.AsInt() != order[i] {
			t.Fatalf("key %d is %d, want %d", i, o.AsInt(), order[i])
		}
		i++
		py.Release(o)
	}
	// And popped from both ends until empty.
	py.Assign("s", py.SetOf(py.Load("d")))
	for len(order) > 0 {
		o := py.PopElement(py.Load("s"))
		if o.AsInt() != order[0] {
			t.Fatalf("popped %d, want %d", o.AsInt(), order[0])
		}
		py.Release(o)
		order = order[1:]
	}
}
