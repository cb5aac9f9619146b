package sim

import (
	"runtime"
	"slices"
	"testing"
)

// TestCallbackOrder: newest first, weak references and finalizers interleaved.
func TestCallbackOrder(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("o", py.Set())
	py.Assign("r1", py.WeakRef(py.Load("o"), r.note("r1")))
	py.Release(py.Finalize(py.Load("o"), r.note("f1")))
	py.Assign("r2", py.WeakRef(py.Load("o"), r.note("r2")))
	py.Release(py.Finalize(py.Load("o"), r.note("f2")))
	py.Del("o")
	r.want(t, "f2", "r2", "f1", "r1")
}

// TestDestructorSeesLiveWeakRef: the destructor runs first, then all weak
// references are dead before the first callback, then the contents go.
func TestDestructorSeesLiveWeakRef(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	state := func(who string) {
		r.got = append(r.got, who+" "+pyBool(dead(py, "r1"))+" "+pyBool(dead(py, "r2"))+" "+pyBool(dead(py, "shared")))
	}
	py.Assign("D", r.class())
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) { state("del") }}))
	callback := func(name string) *Object {
		return py.Function(name, func(args []*Object) *Object { state(name); return nil })
	}
	py.Assign("o", py.Call(py.Load("C")))
	py.SetAttr(py.Load("o"), "part", py.Call(py.Load("D"), py.Str("part")))
	py.Assign("r1", py.WeakRef(py.Load("o"), callback("cb1")))
	py.Assign("r2", py.WeakRef(py.Load("o"), callback("cb2")))
	py.Assign("shared", py.WeakRef(py.Load("o"), nil))
	py.Del("o")
	r.want(t, "del False False False", "cb2 True True True", "cb1 True True True", "del part")
}

// TestDeadReferenceCallsNobody: a callback is not called if its weak reference
// died first, even by another callback.
func TestDeadReferenceCallsNobody(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("o", py.Set())
	py.Assign("r1", py.WeakRef(py.Load("o"), r.note("r1")))
	py.Assign("r2", py.WeakRef(py.Load("o"), r.note("r2")))
	py.Del("r1")
	py.Del("o")
	r.want(t, "r2")

	// Here r1 dies while r2's callback runs; CPython calls it all the same, for
	// it had been collected from the list by then.
	py.Assign("o", py.Set())
	py.Assign("r1", py.WeakRef(py.Load("o"), r.note("r1")))
	py.Assign("r2", py.WeakRef(py.Load("o"), py.Function("drop", func([]*Object) *Object {
		py.Release(py.None())
		r.got = append(r.got, "r2")
		py.AssignGlobal("r1", py.None())
		return nil
	})))
	py.Del("o")
	r.want(t, "r2", "r1")
}

// TestContentsOrder: the order in which containers give up what they hold, as
// measured on CPython 3.11.
func TestContentsOrder(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("D", r.class())
	py.Assign("C", node(py))
	d := func(name string) *Object { return py.Call(py.Load("D"), py.Str(name)) }
	for _, c := range []struct {
		name string
		make func() *Object
		want []string
	}{
		{"list", func() *Object { return py.List(d("1"), d("2"), d("3")) }, []string{"del 3", "del 2", "del 1"}},
		{"tuple", func() *Object { return py.Tuple(d("1"), d("2"), d("3")) }, []string{"del 3", "del 2", "del 1"}},
		{"dict", func() *Object { return py.Dict(d("k1"), d("1"), d("k2"), d("2")) }, []string{"del k1", "del 1", "del k2", "del 2"}},
		{"instance", func() *Object {
			o := py.Call(py.Load("C"))
			for _, name := range []string{"a", "b", "c"} {
				py.SetAttr(py.Retain(o), name, d(name))
			}
			return o
		}, []string{"del a", "del b", "del c"}},
		{"instance, defined otherwise", func() *Object {
			o := py.Call(py.Load("C"))
			py.SetAttr(py.Retain(o), "c", d("c"))
			py.SetAttr(py.Retain(o), "a", d("a"))
			return o
		}, []string{"del a", "del c"}},
		{"slots", func() *Object {
			o := py.Call(py.NewClass("S", Class{Slots: []string{"b", "a", "c"}}))
			for _, name := range []string{"b", "a", "c"} {
				py.SetAttr(py.Retain(o), name, d(name))
			}
			return o
		}, []string{"del a", "del b", "del c"}},
		{"subclass of list", func() *Object {
			o := py.Call(py.NewClass("L", Class{Base: py.Load("list")}), py.List(d("1"), d("2")))
			py.SetAttr(py.Retain(o), "a", d("a"))
			return o
		}, []string{"del a", "del 2", "del 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			py.Release(c.make())
			r.want(t, c.want...)
		})
	}
	list := py.List(d("1"), d("2"))
	py.Clear(py.Retain(list))
	r.want(t, "del 2", "del 1")
	py.Release(list)
	py.Collect(2)
}

// TestLocals: released on return, in the order in which the names were first
// bound; parameters come first.
func TestLocals(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("D", r.class())
	d := func(name string) *Object { return py.Call(py.Load("D"), py.Str(name)) }
	py.Assign("f", py.Function("f", func([]*Object) *Object {
		py.Assign("c", d("c"))
		py.Assign("a", d("a"))
		py.Assign("b", d("b"))
		py.Del("c")
		py.Assign("c", d("c2"))
		r.got = append(r.got, "return")
		return nil
	}))
	py.Release(py.Call(py.Load("f")))
	r.want(t, "del c", "return", "del c2", "del a", "del b")

	py.Assign("f", py.Function("f", func([]*Object) *Object {
		py.Assign("z", d("z"))
		py.Assign("p2", py.Load("p"))
		return nil
	}, "p", "q"))
	py.Release(py.Call(py.Load("f"), d("p"), d("q")))
	r.want(t, "del q", "del z", "del p")
	if py.Defined("z") {
		t.Error("a local outlived its call")
	}
	wantRaise(t, py, "TypeError: f() takes 2 positional arguments but 1 was given", func() {
		py.Release(py.Call(py.Load("f"), py.None()))
	})
	// Locals go when an exception passes.
	py.Assign("f", py.Function("f", func([]*Object) *Object {
		py.Assign("x", d("x"))
		return py.Raise("ValueError", "no")
	}))
	wantRaise(t, py, "ValueError: no", func() { py.Release(py.Call(py.Load("f"))) })
	r.want(t, "del x")
}

// TestRebinding: the old object goes after the new one is bound.
func TestRebinding(t *testing.T) {
	py := newPy(t)
	var seen string
	py.Assign("C", py.NewClass("C", Class{Del: func(*Object) {
		o := py.Load("x")
		seen = o.String()
		py.Release(o)
	}}))
	py.Assign("x", py.Call(py.Load("C")))
	py.Assign("x", py.Str("new"))
	if seen != "'new'" {
		t.Errorf("the destructor saw %s", seen)
	}
}

// TestResurrection: once per object (PEP 442), by a name or by a container.
func TestResurrection(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		r.got = append(r.got, "del")
		py.AssignGlobal("back", py.Retain(self))
	}}))
	py.Assign("x", py.Call(py.Load("C")))
	py.Assign("r", py.WeakRef(py.Load("x"), r.note("cb")))
	py.Del("x")
	r.want(t, "del")
	if dead(py, "r") {
		t.Error("the weak reference to a resurrected object is dead")
	}
	o := py.Load("back")
	if !o.Finalized() || !o.Tracked() {
		t.Error("not finalized, or not tracked")
	}
	py.Release(o)
	py.Del("back")
	r.want(t, "cb")
	if !dead(py, "r") || py.LiveOf("C") != 0 {
		t.Error("still alive after the second death")
	}
}

// TestUnraisable: what callbacks and destructors raise is recorded, and the rest
// go on.
func TestUnraisable(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		py.Load("undefined")
	}}))
	py.Assign("x", py.Call(py.Load("C")))
	py.Assign("r1", py.WeakRef(py.Load("x"), r.note("r1")))
	py.Assign("r2", py.WeakRef(py.Load("x"), py.Function("boom", func([]*Object) *Object {
		py.List(py.Str("forgotten")) // unwound
		panic("boom")
	})))
	py.Release(py.Finalize(py.Load("x"), py.Function("fail", func([]*Object) *Object {
		return py.Raise("ValueError", "no")
	})))
	py.Del("x")
	r.want(t, "r1")
	if got := takeUnraisable(py); !slices.Equal(got, []string{"NameError: name 'undefined' is not defined", "ValueError: no", "panic: boom"}) {
		t.Errorf("%q", got)
	}
}

// TestRefCreatedDuringDel: a weak reference made by the destructor is dead after.
func TestRefCreatedDuringDel(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		py.AssignGlobal("r", py.WeakRef(py.Retain(self), r.note("cb")))
	}}))
	py.Release(py.Call(py.Load("C")))
	r.want(t, "cb")
	if !dead(py, "r") {
		t.Error("alive")
	}
}

// TestDeepStructures: a million levels are freed without deep recursion, by count
// and by the collector.
func TestDeepStructures(t *testing.T) {
	depth := 1_000_000
	if testing.Short() {
		depth = 10_000
	}
	for _, c := range []struct {
		name string
		wrap func(py *Interpreter, inner *Object) *Object
	}{
		{"list", func(py *Interpreter, inner *Object) *Object { return py.List(inner) }},
		{"tuple", func(py *Interpreter, inner *Object) *Object { return py.Tuple(inner) }},
		{"instance", func(py *Interpreter, inner *Object) *Object {
			o := py.Call(py.Load("Node"))
			py.SetAttr(py.Retain(o), "next", inner)
			return o
		}},
		{"dict", func(py *Interpreter, inner *Object) *Object { return py.Dict(py.Int(0), inner) }},
		{"callback", func(py *Interpreter, inner *Object) *Object {
			return py.Closure("f", func(_, _ []*Object) *Object { return nil }, inner)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			py := newPy(t)
			py.DisableGC()
			py.Assign("Node", node(py))
			before := py.Live()
			n := depth
			if c.name != "instance" {
				n /= 10
			}
			chain := py.None()
			for range n {
				chain = c.wrap(py, chain)
			}
			py.Release(chain)
			if py.Live() != before {
				t.Errorf("%d objects left of %d", py.Live()-before, n)
			}
		})
	}
}

// TestTrashcanWithDestructors: a long chain whose destructors and callbacks look
// at the rest of it never meets an object that is being freed.
func TestTrashcanWithDestructors(t *testing.T) {
	py := newPy(t)
	died, deepest := 0, 0
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		died++
		deepest = max(deepest, runtime.Callers(0, make([]uintptr, 1<<14)))
		if self.RefCount() != 1 {
			t.Errorf("count %d in the destructor", self.RefCount())
		}
	}}))
	called := 0
	py.Assign("refs", py.List())
	chain := py.None()
	const n = 500
	for range n {
		o := py.Call(py.Load("C"))
		py.SetAttr(py.Retain(o), "next", chain)
		py.Append(py.Load("refs"), py.WeakRef(py.Retain(o), py.Function("cb", func(args []*Object) *Object {
			called++
			for r := range py.Iter(py.Load("refs")) {
				o := py.Deref(r)
				if !o.IsNone() && o.RefCount() < 2 {
					t.Errorf("a weak reference gave %v, count %d", o, o.RefCount())
				}
				py.Release(o)
			}
			return nil
		})))
		chain = o
	}
	py.Release(chain)
	if died != n || called != n {
		t.Errorf("%d died, %d callbacks", died, called)
	}
	if deepest > 20*maxNesting || deepest < maxNesting {
		t.Errorf("%d frames deep", deepest)
	}
}
