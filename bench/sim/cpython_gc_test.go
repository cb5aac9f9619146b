package sim

import (
	"fmt"
	"slices"
	"testing"
)

// selfCycle binds a name to a new instance of Node or another class that refers to
// itself, with an attribute.
func selfCycle(py *Interpreter, name, class string) {
	py.Assign(name, py.Call(py.Load(class)))
	py.SetAttr(py.Load(name), "me", py.Load(name))
	py.SetAttr(py.Load(name), "attr", py.Str(name))
}

// TestCPythonGC is GCTests of CPython's test_gc where gc_test.go does not have it
// already.
func TestCPythonGC(t *testing.T) {
	t.Run("test_saveall", func(t *testing.T) {
		py := newPy(t)
		l := py.List()
		py.Append(py.Retain(l), py.Retain(l))
		id := l.ID()
		py.SaveAll(true)
		py.Release(l)
		if got := py.Collect(2); got != 1 {
			t.Errorf("%d unreachable", got)
		}
		if err := py.CheckHeap(); err != nil {
			t.Error(err)
		}
		py.SaveAll(false)
		garbage := py.TakeGarbage()
		if len(garbage) != 1 || garbage[0].ID() != id || py.Len(py.Retain(garbage[0])) != 1 {
			t.Fatalf("garbage %v", garbage)
		}
		py.Release(garbage[0])
		if got := py.Collect(2); got != 1 || len(py.TakeGarbage()) != 0 || py.LiveOf("list") != 0 {
			t.Errorf("%d unreachable after that, %d lists", got, py.LiveOf("list"))
		}
	})
	t.Run("test_del", func(t *testing.T) { checkDelThatCollects(t, Class{}) })
	t.Run("test_del_newclass", func(t *testing.T) { checkDelThatCollects(t, Class{Slots: []string{"x"}}) })
	t.Run("test_trashcan", func(t *testing.T) {
		const n = 150
		for name, wrap := range map[string]func(py *Interpreter, inner, ouch *Object) *Object{
			"list":  func(py *Interpreter, inner, ouch *Object) *Object { return py.List(inner, ouch) },
			"tuple": func(py *Interpreter, inner, ouch *Object) *Object { return py.Tuple(inner, ouch) },
			"dict": func(py *Interpreter, inner, ouch *Object) *Object {
				return py.Dict(py.Int(1), inner, py.Int(2), ouch)
			},
		} {
			t.Run(name, func(t *testing.T) {
				py := newPy(t)
				died := 0
				py.Assign("Ouch", py.NewClass("Ouch", Class{Del: func(*Object) {
					if died++; died%17 == 0 {
						py.Collect(2)
						if err := py.CheckHeap(); err != nil {
							t.Error(err)
						}
					}
				}}))
				for range 2 {
					nested := py.List()
					for range n {
						nested = wrap(py, nested, py.Call(py.Load("Ouch")))
					}
					py.Release(nested)
				}
				if died != 2*n {
					t.Errorf("%d died of %d", died, 2*n)
				}
			})
		}
	})
	t.Run("test_boom", func(t *testing.T) { checkBoom(t, 1) })
	t.Run("test_boom2", func(t *testing.T) { checkBoom(t, 2) })
	t.Run("test_get_referents", func(t *testing.T) {
		py := newPy(t)
		ints := func(n ...int64) (objects []*Object) {
			for _, n := range n {
				objects = append(objects, py.Int(n))
			}
			return objects
		}
		for _, c := range []struct {
			o    *Object
			want []int64
		}{
			{py.List(ints(1, 3, 5)...), []int64{1, 3, 5}},
			{py.Tuple(ints(1, 3, 5)...), []int64{1, 3, 5}},
			{py.Dict(ints(1, 3, 5, 7)...), []int64{1, 3, 5, 7}},
			{py.Tuple(ints(0, 0, 0)...), []int64{0, 0, 0}},
			{py.Int(1), nil},
			{py.Str("a"), nil},
		} {
			var got []int64
			for _, r := range py.Referents(c.o) {
				got = append(got, r.AsInt())
				py.Release(r)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		}
	})
	t.Run("test_is_finalized", func(t *testing.T) {
		py := newPy(t)
		py.Assign("storage", py.List())
		py.Assign("Lazarus", py.NewClass("Lazarus", Class{Del: func(self *Object) {
			py.Append(py.Load("storage"), py.Retain(self))
		}}))
		three, lazarus := py.Int(3), py.Call(py.Load("Lazarus"))
		if three.Finalized() || lazarus.Finalized() {
			t.Error("finalized from the start")
		}
		py.Release(three)
		py.Release(lazarus)
		py.Collect(2)
		lazarus = py.PopAt(py.Load("storage"), -1)
		if !lazarus.Finalized() {
			t.Error("not finalized")
		}
		py.Release(lazarus)
	})
	t.Run("test_resurrection_only_happens_once_per_object", func(t *testing.T) {
		py, survivors := lazarus(t)
		selfCycle(py, "laz", "Lazarus")
		py.Del("laz")
		if got := py.Collect(2); got != 0 || survivors() != 1 {
			t.Errorf("%d unreachable, %d survivors", got, survivors())
		}
		py.Clear(py.Load("survivors"))
		if got := py.Collect(2); got != 1 || survivors() != 0 || py.LiveOf("Lazarus") != 0 {
			t.Errorf("%d unreachable, %d survivors", got, survivors())
		}
	})
	t.Run("test_resurrection_is_transitive", func(t *testing.T) {
		py, survivors := lazarus(t)
		py.Assign("laz", py.Call(py.Load("Lazarus")))
		selfCycle(py, "cargo", "Node")
		py.SetAttr(py.Load("laz"), "cargo", py.Load("cargo"))
		py.SetAttr(py.Load("cargo"), "laz", py.Load("laz"))
		cargo := py.Load("cargo")
		id := cargo.ID()
		py.Release(cargo)
		py.Del("laz")
		py.Del("cargo")
		py.Collect(2)
		if survivors() != 1 {
			t.Fatalf("%d survivors", survivors())
		}
		laz := py.PopAt(py.Load("survivors"), -1)
		cargo = py.Attr(py.Retain(laz), "cargo")
		if cargo.ID() != id || !py.HasAttr(py.Retain(cargo), "me") {
			t.Error("the cargo was lost, or taken apart")
		}
		py.Release(cargo)
		py.Release(laz)
		if got := py.Collect(2); got != 2 {
			t.Errorf("%d unreachable", got)
		}
	})
	t.Run("test_resurrection_does_not_block_cleanup_of_other_objects", func(t *testing.T) {
		const n = 100
		py, survivors := lazarus(t)
		expect := func(what string, lazaruses, others, want int) {
			t.Helper()
			before := py.GCStats()[2].Collected
			for range others {
				selfCycle(py, "a", "Node")
				py.Del("a")
			}
			for range lazaruses {
				selfCycle(py, "z", "Lazarus")
				py.Del("z")
			}
			if got := py.Collect(2); got != want || py.GCStats()[2].Collected-before != want {
				t.Errorf("%s: %d collected, want %d", what, got, want)
			}
		}
		py.DisableGC()
		expect("others", 0, n, n)
		expect("one revived", 1, 0, 0)
		expect("one revived, and others", 1, n, n)
		if survivors() != 2 {
			t.Errorf("%d survivors", survivors())
		}
		py.Clear(py.Load("survivors"))
		expect("both revived once", 0, 0, 2)
	})
	t.Run("test_trash_weakref_clear", func(t *testing.T) {
		// A weak reference to a part of the garbage lies in the garbage too, in a
		// cycle that is taken apart later.
		py := newPy(t)
		r := &recorder{py: py}
		py.Assign("Node", node(py))
		selfCycle(py, "a", "Node")
		py.Assign("z", py.Call(py.Load("Node")))
		py.SetAttr(py.Load("a"), "y", py.Tuple(py.Load("z")))
		py.SetAttr(py.Load("a"), "wz", py.WeakRef(py.Load("z"), r.note("called")))
		py.Assign("cycle", py.List(py.Attr(py.Load("a"), "wz")))
		py.Append(py.Load("cycle"), py.Load("cycle"))
		for _, name := range []string{"a", "z", "cycle"} {
			py.Del(name)
		}
		py.Collect(2)
		r.want(t)
		if py.LiveOf("Node") != 0 {
			t.Errorf("%d left", py.LiveOf("Node"))
		}
	})
	t.Run("test_bug1055820b", func(t *testing.T) {
		py := newPy(t)
		called, seen := 0, 0
		py.Assign("Node", node(py))
		callback := func() *Object {
			return py.Function("callback", func([]*Object) *Object {
				called++
				for _, name := range []string{"wr0", "wr1"} {
					if !dead(py, name) {
						seen++
					}
				}
				return nil
			})
		}
		for i := range 2 {
			name := fmt.Sprint("c", i)
			selfCycle(py, name, "Node")
			py.Assign(fmt.Sprint("wr", i), py.WeakRef(py.Load(name), callback()))
		}
		py.Del("c0")
		py.Del("c1")
		py.Collect(2)
		if called != 2 || seen != 0 {
			t.Errorf("%d calls, which saw %d alive", called, seen)
		}
	})
	t.Run("test_gc_main_module_at_shutdown", func(t *testing.T) {
		py := newPy(t)
		died := 0
		py.Assign("C", py.NewClass("C", Class{Del: func(*Object) { died++ }}))
		py.Assign("l", py.List(py.Call(py.Load("C"))))
		py.Append(py.Load("l"), py.Load("l"))
		py.Exit()
		if died != 1 {
			t.Errorf("%d died", died)
		}
	})
	t.Run("test_get_objects_generations", func(t *testing.T) {
		py := newPy(t)
		py.Collect(2)
		py.Collect(2)
		old := py.Generations()
		l := py.List()
		py.Append(py.Retain(l), py.Retain(l))
		py.Assign("l", l)
		for g := range 3 {
			want := old
			want[g]++
			if got := py.Generations(); got != want {
				t.Errorf("before the collection of %d: %v, want %v", g, got, want)
			}
			py.Collect(g)
		}
		py.Del("l")
		py.Collect(2)
	})
}

// lazarus returns an interpreter with a class whose instances revive themselves,
// and how many are in the list of survivors.
func lazarus(t *testing.T) (py *Interpreter, survivors func() int) {
	py = newPy(t)
	py.Assign("Node", node(py))
	py.Assign("survivors", py.List())
	py.Assign("Lazarus", py.NewClass("Lazarus", Class{Del: func(self *Object) {
		py.Append(py.Load("survivors"), py.Retain(self))
	}}))
	py.Collect(2)
	return py, func() int { return py.Len(py.Load("survivors")) }
}

// checkDelThatCollects: a destructor starts collections by what it makes.
func checkDelThatCollects(t *testing.T, spec Class) {
	t.Helper()
	py := newPy(t)
	collections, died := 0, 0
	py.OnCollect(func(Phase, GCInfo) { collections++ })
	spec.Del = func(*Object) {
		died++
		py.Release(py.List(py.List(), py.List()))
	}
	py.Assign("A", py.NewClass("A", spec))
	py.SetThreshold(1, 10, 10)
	py.Assign("a", py.Call(py.Load("A")))
	before := collections
	py.Del("a")
	if died != 1 || collections == before || py.LiveOf("A") != 0 {
		t.Errorf("%d died, %d collections", died, collections-before)
	}
}

// checkBoom: what the objects of a cycle do when they are asked for something, at
// the n-th time, is to take the cycle apart; the collector never asks.
func checkBoom(t *testing.T, n int) {
	t.Helper()
	py := newPy(t)
	asked := 0
	boom := func(self *Object) {
		if asked++; asked == n {
			py.DelAttr(py.Retain(self), "attr")
		}
	}
	py.Assign("Boom", py.NewClass("Boom", Class{
		Repr: func(self *Object) string { boom(self); return "Boom" },
		Eq:   func(self, _ *Object) bool { boom(self); return false },
		Hash: func(self *Object) uint64 { boom(self); return 1 },
		Call: func(self *Object, _ []*Object) *Object { boom(self); return nil },
	}))
	py.Assign("a", py.Call(py.Load("Boom")))
	py.Assign("b", py.Call(py.Load("Boom")))
	py.SetAttr(py.Load("a"), "attr", py.Load("b"))
	py.SetAttr(py.Load("b"), "attr", py.Load("a"))
	py.Collect(2)
	py.Del("a")
	py.Del("b")
	if got := py.Collect(2); got != 2 || asked != 0 || py.LiveOf("Boom") != 0 {
		t.Errorf("%d collected, asked %d times, %d left", got, asked, py.LiveOf("Boom"))
	}
}

// TestCPythonGCCallbacks is GCCallbackTests.
func TestCPythonGCCallbacks(t *testing.T) {
	type visit struct {
		hook  int
		phase Phase
		info  GCInfo
	}
	watched := func(t *testing.T) (py *Interpreter, take func() []visit) {
		py = newPy(t)
		var visits []visit
		for hook := range 2 {
			py.OnCollect(func(p Phase, info GCInfo) { visits = append(visits, visit{hook + 1, p, info}) })
		}
		py.Collect(2)
		visits = nil
		return py, func() []visit {
			defer func() { visits = nil }()
			return visits
		}
	}
	for name, generation := range map[string]int{"test_collect": 1, "test_collect_generation": 2} {
		t.Run(name, func(t *testing.T) {
			py, take := watched(t)
			py.Collect(generation)
			info := GCInfo{Generation: generation}
			if got, want := take(), []visit{{1, GCStart, info}, {2, GCStart, info}, {1, GCStop, info}, {2, GCStop, info}}; !slices.Equal(got, want) {
				t.Errorf("visits %v, want %v", got, want)
			}
		})
	}
	t.Run("test_collect_garbage", func(t *testing.T) {
		// Nothing is uncollectable here, but garbage may be kept.
		py, take := watched(t)
		py.Assign("Node", node(py))
		for range 3 {
			selfCycle(py, "c", "Node")
		}
		py.Del("c")
		py.SaveAll(true)
		py.Collect(2)
		py.SaveAll(false)
		for _, v := range take() {
			if v.phase == GCStop && v.info.Collected != 3 || v.phase == GCStart && v.info.Collected != 0 {
				t.Errorf("visit %v", v)
			}
		}
		garbage := py.TakeGarbage()
		if len(garbage) != 3 || py.GCStats()[2].Uncollectable != 0 {
			t.Errorf("garbage %v", garbage)
		}
		for _, o := range garbage {
			py.DelAttr(o, "me")
		}
		py.Collect(2)
		if visits := take(); len(visits) != 4 || visits[3].info.Collected != 0 || py.LiveOf("Node") != 0 {
			t.Errorf("visits %v, %d left", visits, py.LiveOf("Node"))
		}
	})
}

// TestCPythonGCToggling is GCTogglingTests.
func TestCPythonGCToggling(t *testing.T) {
	// An object of the oldest generation hangs from garbage of the youngest, and
	// what runs at its death has a weak reference to other such garbage.
	check := func(t *testing.T, destructor bool) {
		py := newPy(t)
		py.DisableGC()
		ran := 0
		look := func() {
			ran++
			if !dead(py, "c2wr") {
				t.Error("garbage was alive")
			}
		}
		py.Assign("Node", node(py))
		spec := Class{}
		if destructor {
			spec.Del = func(*Object) { look() }
		}
		py.Assign("Old", py.NewClass("Old", spec))
		py.Assign("c0", py.Call(py.Load("Old")))
		py.Collect(2)
		selfCycle(py, "c1", "Node")
		py.SetAttr(py.Load("c1"), "keep", py.Load("c0"))
		selfCycle(py, "c2", "Node")
		py.Assign("c2wr", py.WeakRef(py.Load("c2"), nil))
		if !destructor {
			py.Assign("c0wr", py.WeakRef(py.Load("c0"), py.Function("callback", func([]*Object) *Object {
				look()
				return nil
			})))
		}
		for _, name := range []string{"c0", "c1", "c2"} {
			py.Del(name)
		}
		if got := py.Collect(0); got != 2 || ran != 1 || py.LiveOf("Old") != 0 {
			t.Errorf("%d collected, ran %d times", got, ran)
		}
	}
	t.Run("test_bug1055820c", func(t *testing.T) { check(t, false) })
	t.Run("test_bug1055820d", func(t *testing.T) { check(t, true) })
	t.Run("test_indirect_calls_with_gc_disabled", func(t *testing.T) {
		py := newPy(t)
		happened := 0
		py.OnCollect(func(Phase, GCInfo) { happened++ })
		junk := func() {
			l := py.List()
			for range 10_000 {
				py.Append(py.Retain(l), py.List())
			}
			py.Release(l)
		}
		if junk(); happened == 0 {
			t.Error("no collection while enabled")
		}
		py.DisableGC()
		happened = 0
		if junk(); happened != 0 {
			t.Errorf("%d collections while disabled", happened)
		}
	})
}
