package sim

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestNames: del removes the name and not the object; errors in Python's words.
func TestNames(t *testing.T) {
	py := newPy(t)
	py.Assign("a", py.Set())
	py.Assign("b", py.Load("a"))
	if refs(py, "a") != 2 {
		t.Errorf("count %d", refs(py, "a"))
	}
	py.Del("a")
	if refs(py, "b") != 1 || py.LiveOf("set") != 1 {
		t.Error("del deleted the object")
	}
	wantRaise(t, py, "NameError: name 'a' is not defined", func() { py.Load("a") })
	wantRaise(t, py, "NameError: name 'a' is not defined", func() { py.Del("a") })
	var e *Exception
	if err := py.Try(func() { py.Load("a") }); !errors.As(err, &e) || e.Type != "NameError" {
		t.Errorf("%v is no NameError", err)
	}

	py.Assign("f", py.Function("f", func([]*Object) *Object {
		py.Assign("x", py.Int(1))
		py.Del("x")
		return py.Load("x")
	}))
	wantRaise(t, py, "UnboundLocalError: cannot access local variable 'x' where it is not associated with a value", func() {
		py.Release(py.Call(py.Load("f")))
	})

	// The loop variable outlives its loop, with the last element.
	py.For("x", py.List(py.Int(1), py.Int(2)), func() {})
	if got := py.Repr(py.Load("x")); got != "2" {
		t.Errorf("x is %s", got)
	}
	// A global of the same name is not touched by a function's local.
	py.Assign("g", py.Function("g", func([]*Object) *Object {
		py.Assign("x", py.Str("local"))
		py.AssignGlobal("y", py.Load("b"))
		return nil
	}))
	py.Release(py.Call(py.Load("g")))
	if got := py.Repr(py.Load("x")); got != "2" || !py.Defined("y") {
		t.Errorf("x is %s", got)
	}
	if got := py.Names(); !slices.Equal(got, []string{"b", "f", "x", "g", "y"}) {
		t.Errorf("names %v", got)
	}
}

// TestManyNames: the order of definition survives deletions, also with an index.
func TestManyNames(t *testing.T) {
	py := newPy(t)
	var order []string
	x := uint64(0)
	for i := range 3000 {
		x = mix(x + 1)
		if len(order) > 0 && x>>20%3 == 0 {
			at := int(x>>30) % len(order)
			py.Del(order[at])
			order = slices.Delete(order, at, at+1)
			continue
		}
		name := fmt.Sprintf("n%d", x>>40%200)
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
		py.Assign(name, py.Int(int64(i)))
	}
	if got := py.Names(); !slices.Equal(got, order) {
		t.Errorf("got %v\nwant %v", got, order)
	}
}

// TestMisuse: breaking the rules of this package panics, and says how.
func TestMisuse(t *testing.T) {
	py := New(Options{})
	s := py.Set()
	py.Assign("s", s)
	wantMisuse(t, "passed on without a reference", func() { py.Assign("t", s) })
	wantMisuse(t, "passed on without a reference", func() { py.Release(s) })
	py.Del("s")
	if !s.Freed() || s.String() != "<freed set object at 0x1>" {
		t.Errorf("%v", s)
	}
	wantMisuse(t, "use of set #1 after it was freed", func() { py.Retain(s) })
	wantMisuse(t, "after it was freed", func() { py.Len(s) })
	wantMisuse(t, "after it was freed", func() { s.RefCount() })
	wantMisuse(t, "after it was freed", func() { py.Append(py.List(), s) })
	wantMisuse(t, "nil object", func() { py.Append(py.List(), nil) })
	wantMisuse(t, "Collect of generation 3", func() { py.Collect(3) })
	odd := []*Object{py.Int(1)}
	wantMisuse(t, "keys and values in turn", func() { py.Dict(odd...) })
	wantMisuse(t, "nil Func", func() { py.Function("f", nil) })
	// A misuse inside a callback is not hidden as unraisable.
	py.Assign("o", py.Set())
	py.Assign("r", py.WeakRef(py.Load("o"), py.Function("bad", func(args []*Object) *Object {
		py.Release(s)
		return nil
	})))
	wantMisuse(t, "after it was freed", func() { py.Del("o") })
}

// TestTryUnwinds: what was obtained inside goes when an exception leaves, and
// nothing else.
func TestTryUnwinds(t *testing.T) {
	py := newPy(t)
	outside := py.List()
	twice := py.Set()
	err := py.Try(func() {
		py.Append(py.Retain(outside), py.Int(1000))
		py.Retain(twice)
		py.Retain(twice)
		py.List(py.Set(), py.Dict())
		inner := py.Try(func() {
			py.Set()
			py.Load("undefined")
		})
		if inner == nil {
			t.Error("the inner exception was lost")
		}
		for range 5000 { // more than the journal is first netted at
			py.Tuple(py.Int(5000))
		}
		py.Raise("ValueError", "no %d", 1)
	})
	if err == nil || err.Error() != "ValueError: no 1" {
		t.Error(err)
	}
	if py.Live() != 3 || twice.RefCount() != 1 || outside.Held() != 1 {
		t.Errorf("%d live", py.Live())
	}
	// Without an exception nothing is touched.
	if err := py.Try(func() { py.Retain(twice) }); err != nil || twice.Held() != 2 {
		t.Error("Try released what it should not")
	}
	py.Release(twice)
	py.Release(twice)
	py.Release(outside)
	// Other panics go through.
	defer func() {
		if recover() != "other" {
			t.Error("the panic was changed")
		}
	}()
	_ = py.Try(func() { panic("other") })
}

// TestCheckHeapFindsErrors: the checker can fail.
func TestCheckHeapFindsErrors(t *testing.T) {
	for name, corrupt := range map[string]func(py *Interpreter, o *Object){
		"a lost reference":     func(py *Interpreter, o *Object) { o.refs++ },
		"a reference too few":  func(py *Interpreter, o *Object) { o.refs-- },
		"an uncounted holding": func(py *Interpreter, o *Object) { o.temps++ },
		"an unlinked object":   func(py *Interpreter, o *Object) { unlink(o) },
		"a wrong total":        func(py *Interpreter, o *Object) { py.live++ },
		"a freed object in a container": func(py *Interpreter, o *Object) {
			inner := o.body.(*list).items[0]
			inner.body = nil
		},
	} {
		py := New(Options{})
		o := py.List(py.Set(), py.Set())
		py.Assign("l", py.Retain(o))
		if err := py.CheckHeap(); err != nil {
			t.Fatal(err)
		}
		corrupt(py, o)
		if name == "a freed object in a container" {
			unlink(o.body.(*list).items[0])
			py.live--
		}
		if py.CheckHeap() == nil {
			t.Errorf("%s was not found", name)
		}
	}
}

// TestMethods: bound methods are new at each access and keep their object.
func TestMethods(t *testing.T) {
	py := newPy(t)
	py.Assign("C", py.NewClass("C", Class{}))
	py.SetAttr(py.Load("C"), "me", py.Function("me", func(args []*Object) *Object { return py.Retain(args[0]) }))
	py.Assign("o", py.Call(py.Load("C")))
	if !py.Is(py.Call(py.Attr(py.Load("o"), "me")), py.Load("o")) {
		t.Error("self is another object")
	}
	py.Assign("r", py.WeakRef(py.Attr(py.Load("o"), "me"), nil))
	if !dead(py, "r") {
		t.Error("a weak reference to a bound method is alive")
	}
	py.Assign("m", py.Attr(py.Load("o"), "me"))
	py.Del("o")
	if py.LiveOf("C") != 1 || !py.Eq(py.Load("m"), py.Load("m")) {
		t.Error("a bound method does not keep its object")
	}
	py.Assign("D", py.NewClass("D", Class{Base: py.Load("C"), Call: func(self *Object, args []*Object) *Object {
		return py.Retain(args[0])
	}}))
	if got := py.Repr(py.Call(py.Call(py.Load("D")), py.Int(7))); got != "7" || !py.HasAttr(py.Load("D"), "me") {
		t.Error(got)
	}
	if !py.IsInstance(py.Call(py.Load("D")), py.Load("C")) || py.IsInstance(py.Int(1), py.Load("C")) || !py.IsInstance(py.Bool(true), py.Load("object")) {
		t.Error("isinstance")
	}
	wantRaise(t, py, "AttributeError: 'C' object has no attribute 'x'", func() {
		py.Release(py.Attr(py.Call(py.Load("C")), "x"))
	})
	wantRaise(t, py, "TypeError: 'int' object is not callable", func() { py.Release(py.Call(py.Int(1))) })
	wantRaise(t, py, "TypeError: C() takes no arguments", func() { py.Release(py.Call(py.Load("C"), py.Int(1))) })
}
