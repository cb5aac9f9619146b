package sim

import (
	"fmt"
	"slices"
	"testing"
)

// TestCycles: what gc.collect() returns for the simplest cycles, as on 3.11.
func TestCycles(t *testing.T) {
	py := newPy(t)
	py.Assign("Node", node(py))
	py.Collect(2)
	instance := func() *Object { return py.Call(py.Load("Node")) }
	for _, c := range []struct {
		name string
		make func()
		want int
	}{
		{"an instance", func() {
			a := instance()
			py.SetAttr(py.Retain(a), "me", py.Retain(a))
			py.Release(a)
		}, 1},
		{"two instances", func() {
			a, b := instance(), instance()
			py.SetAttr(py.Retain(a), "peer", py.Retain(b))
			py.SetAttr(b, "peer", a)
		}, 2},
		{"a list", func() {
			l := py.List()
			py.Append(py.Retain(l), l)
		}, 1},
		{"a list and a tuple", func() {
			l := py.List()
			py.Append(l, py.Tuple(py.Retain(l)))
		}, 2},
		{"a dict", func() {
			d := py.Dict()
			py.SetItem(py.Retain(d), py.Str("me"), d)
		}, 1},
		{"a function and its cell", func() {
			cell := py.Cell(nil)
			f := py.Closure("f", func(_, _ []*Object) *Object { return nil }, py.Retain(cell))
			py.SetCell(cell, f)
		}, 2}, // and the closure's tuple there: 3
		{"an instance with a set", func() {
			a := instance()
			py.SetAttr(py.Retain(a), "set", py.Set(py.Retain(a)))
			py.Release(a)
		}, 2},
		{"something else alive", func() { py.Assign("l", py.List(instance())) }, 0},
	} {
		c.make()
		if got := py.Collect(2); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if py.LiveOf("Node") != 1 {
		t.Errorf("%d instances left", py.LiveOf("Node"))
	}
}

// TestCycleChains: rings of n instances whose destructors run once each.
func TestCycleChains(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 1000} {
		py := newPy(t)
		died := 0
		py.Assign("C", py.NewClass("C", Class{Del: func(*Object) { died++ }}))
		py.DisableGC()
		first := py.Call(py.Load("C"))
		last := py.Retain(first)
		for range n - 1 {
			next := py.Call(py.Load("C"))
			py.SetAttr(last, "next", py.Retain(next))
			last = next
		}
		py.SetAttr(last, "next", first)
		if got := py.Collect(2); got != n || died != n || py.LiveOf("C") != 0 {
			t.Errorf("%d: %d unreachable, %d died, %d left", n, got, died, py.LiveOf("C"))
		}
	}
}

// TestCyclesWithCallbacks: the callback of a weak reference outside the garbage is
// called, once; that of one inside is not.
func TestCyclesWithCallbacks(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("Node", node(py))
	py.Assign("a", py.Call(py.Load("Node")))
	py.SetAttr(py.Load("a"), "me", py.Load("a"))
	py.SetAttr(py.Load("a"), "inside", py.WeakRef(py.Load("a"), r.note("inside")))
	py.Assign("outside", py.WeakRef(py.Load("a"), r.note("outside")))
	py.Assign("outside2", py.WeakRef(py.Load("a"), py.Function("f", func([]*Object) *Object {
		r.got = append(r.got, "outside2 "+pyBool(dead(py, "outside")))
		return nil
	})))
	py.Release(py.Finalize(py.Load("a"), r.note("finalize")))
	// Another object's weak reference lies in the garbage: not called either.
	py.Assign("b", py.Set())
	py.SetAttr(py.Load("a"), "to b", py.WeakRef(py.Load("b"), r.note("to b")))
	py.Del("a")
	r.want(t)
	py.Collect(2)
	r.want(t, "finalize", "outside2 True", "outside")
	py.Del("b")
	r.want(t)
}

// TestCollectorResurrects: a destructor that makes the garbage reachable again
// saves all that it reaches, once.
func TestCollectorResurrects(t *testing.T) {
	py := newPy(t)
	r := &recorder{py: py}
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		r.got = append(r.got, "del")
		py.AssignGlobal("back", py.Retain(self))
	}}))
	py.Assign("Node", node(py))
	py.Assign("a", py.Call(py.Load("C")))
	py.Assign("b", py.Call(py.Load("Node")))
	py.SetAttr(py.Load("a"), "peer", py.Load("b"))
	py.SetAttr(py.Load("b"), "peer", py.Load("a"))
	py.Assign("r", py.WeakRef(py.Load("a"), r.note("cb")))
	// Other garbage in the same collection goes.
	l := py.List()
	py.Append(py.Retain(l), l)
	py.Del("a")
	py.Del("b")
	if got := py.Collect(2); got != 1 {
		t.Errorf("%d unreachable, want 1: the list", got)
	}
	// The collector clears weak references before destructors, and does not give
	// them back.
	r.want(t, "cb", "del")
	if !dead(py, "r") {
		t.Error("the weak reference survived")
	}
	if got := py.Repr(py.TypeOf(py.Attr(py.Load("back"), "peer"))); got != "<class '__main__.Node'>" {
		t.Errorf("peer is a %s", got)
	}
	py.Del("back")
	if got := py.Collect(2); got != 2 {
		t.Errorf("%d unreachable, want 2", got)
	}
	r.want(t)
}

// TestFinalizerBreaksCycle: a destructor may free the garbage itself.
func TestFinalizerBreaksCycle(t *testing.T) {
	py := newPy(t)
	died := 0
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		died++
		py.DelAttr(py.Retain(self), "peer")
	}}))
	py.Assign("a", py.Call(py.Load("C")))
	py.Assign("b", py.Call(py.Load("C")))
	py.SetAttr(py.Load("a"), "peer", py.Load("b"))
	py.SetAttr(py.Load("b"), "peer", py.Load("a"))
	py.Del("a")
	py.Del("b")
	py.Collect(2)
	if died != 2 || py.LiveOf("C") != 0 {
		t.Errorf("%d died, %d left", died, py.LiveOf("C"))
	}
}

// TestGenerations: survivors grow older; a younger collection leaves them alone.
func TestGenerations(t *testing.T) {
	py := newPy(t)
	py.DisableGC()
	cycle := func() {
		l := py.List()
		py.Append(py.Retain(l), py.Retain(l))
		py.Assign("l", l)
	}
	cycle()
	if got := py.Generations(); got != [3]int{1, 0, 0} {
		t.Errorf("new: %v", got)
	}
	py.Collect(0)
	if got := py.Generations(); got != [3]int{0, 1, 0} {
		t.Errorf("after one: %v", got)
	}
	py.Del("l")
	if got := py.Collect(0); got != 0 {
		t.Errorf("generation 0 found %d in generation 1", got)
	}
	if got := py.Collect(1); got != 1 {
		t.Errorf("generation 1 found %d", got)
	}
	cycle()
	py.Collect(1)
	py.Collect(1)
	if got := py.Generations(); got != [3]int{0, 0, 1} {
		t.Errorf("after two: %v", got)
	}
	py.Del("l")
	py.Freeze()
	if py.FreezeCount() != 1 || py.Collect(2) != 0 {
		t.Error("a frozen object was collected")
	}
	py.Unfreeze()
	if got := py.Collect(2); got != 1 {
		t.Errorf("%d after unfreeze", got)
	}
	stats := py.GCStats()
	if stats[0].Collections != 2 || stats[1].Collections != 3 || stats[1].Collected != 1 || stats[2].Collected != 1 {
		t.Errorf("stats %+v", stats)
	}
}

// TestThresholds: a collection of the youngest generation at the 701st container,
// of the next at every eleventh of those; only containers count.
func TestThresholds(t *testing.T) {
	py := newPy(t)
	if py.Threshold() != [3]int{700, 10, 10} || !py.GCEnabled() {
		t.Fatal("wrong defaults")
	}
	var seen []int
	py.OnCollect(func(p Phase, info GCInfo) {
		if p == GCStop {
			seen = append(seen, info.Generation)
		}
	})
	keep := py.List()
	start := py.Counts()[0]
	for range 700 - start {
		py.Append(py.Retain(keep), py.List())
		py.Append(py.Retain(keep), py.Int(1000)) // not a container
	}
	if len(seen) != 0 || py.Counts()[0] != 700 {
		t.Fatalf("after 700: %v, counts %v", seen, py.Counts())
	}
	py.Append(py.Retain(keep), py.List())
	if !slices.Equal(seen, []int{0}) || py.Counts() != [3]int{0, 1, 0} {
		t.Fatalf("after 701: %v, counts %v", seen, py.Counts())
	}
	// Freed containers count down.
	for range 10_000 {
		py.Release(py.List())
	}
	if len(seen) != 1 {
		t.Errorf("short-lived containers started %v", seen)
	}
	py.SetThreshold(1, 2, 1000)
	seen = nil
	for range 20 {
		py.Append(py.Retain(keep), py.List())
	}
	// The count is 0 after a collection and 1 after the container that started it
	// was followed by another.
	if !slices.Equal(seen[:7], []int{0, 0, 1, 0, 0, 0, 1}) {
		t.Errorf("with thresholds 1, 2: %v", seen)
	}
	py.SetThreshold(0, 1, 1)
	n := len(seen)
	for range 1000 {
		py.Append(py.Retain(keep), py.List())
	}
	if len(seen) != n {
		t.Error("a threshold of 0 does not stop collections")
	}
	py.Release(keep)
}

// TestQuarterRule: a full collection waits until the newcomers are a quarter of
// the old.
func TestQuarterRule(t *testing.T) {
	py := newPy(t)
	keep := py.List()
	for range 4000 {
		py.Append(py.Retain(keep), py.List())
	}
	py.Collect(2)
	total := py.collector.longLivedTotal
	full := 0
	var pending int
	py.OnCollect(func(p Phase, info GCInfo) {
		if p == GCStart && info.Generation == 2 {
			full++
			pending = py.collector.longLivedPending
		}
	})
	py.SetThreshold(1, 1, 1)
	added := 0
	for full == 0 {
		py.Append(py.Retain(keep), py.List())
		added++
	}
	if pending < total/4 || added < total/4 || added > total/4+20 {
		t.Errorf("full after %d newcomers, %d pending, %d old", added, pending, total)
	}
	py.Release(keep)
}

// TestTracking: only containers, tuples and dicts only while they hold some.
func TestTracking(t *testing.T) {
	py := newPy(t)
	py.Assign("Node", node(py))
	is := func(what string, o *Object, want bool) {
		t.Helper()
		if o.Tracked() != want {
			t.Errorf("%s: tracked is %v, want %v", what, o.Tracked(), want)
		}
		py.Release(o)
	}
	is("int", py.Int(1000), false)
	is("str", py.Str("spam"), false)
	is("object()", py.Object(), false)
	is("()", py.Tuple(), false)
	is("(1,)", py.Tuple(py.Int(1)), true) // until the next collection
	is("[]", py.List(), true)
	is("{}", py.Dict(), false)
	is("{'a': 1}", py.Dict(py.Str("a"), py.Int(1)), false)
	is("{'a': []}", py.Dict(py.Str("a"), py.List()), true)
	is("set()", py.Set(), true)
	is("frozenset()", py.FrozenSet(), true)
	is("Node()", py.Call(py.Load("Node")), true)
	is("ref", py.WeakRef(py.Load("Node"), nil), true)
	is("slots without values", py.Call(py.NewClass("S", Class{Slots: []string{}})), true)

	plain, nested := py.Tuple(py.Int(1)), py.Tuple(py.Tuple(py.Int(1)), py.List())
	d := py.Dict(py.Str("a"), py.List())
	py.Clear(py.Retain(d))
	py.Collect(0)
	is("(1,) after a collection", py.Retain(plain), false)
	is("((1,), []) after a collection", py.Retain(nested), true)
	is("a cleared dict after a young collection", py.Retain(d), true)
	py.Collect(2)
	is("a cleared dict after a full collection", py.Retain(d), false)
	py.SetItem(py.Retain(d), py.Str("a"), py.Retain(d))
	is("a dict that holds itself", py.Retain(d), true)
	py.Release(plain)
	py.Release(nested)
	py.Release(d)
	if got := py.Collect(2); got < 1 {
		t.Errorf("%d", got)
	}
}

// TestClassDiesByCollector: a class refers to itself.
func TestClassDiesByCollector(t *testing.T) {
	py := newPy(t)
	py.Assign("C", node(py))
	py.Assign("r", py.WeakRef(py.Load("C"), nil))
	py.Assign("o", py.Call(py.Load("C")))
	py.Del("C")
	py.Collect(2)
	if dead(py, "r") {
		t.Error("an instance does not keep its class")
	}
	py.Del("o")
	if dead(py, "r") {
		t.Error("the class died by its count")
	}
	py.Collect(2)
	if !dead(py, "r") {
		t.Error("the class was not collected")
	}
}

// TestCollectInsideCallbacks: a collection may be asked for anywhere, and one
// inside another does nothing.
func TestCollectInsideCallbacks(t *testing.T) {
	py := newPy(t)
	calls := 0
	collect := func() *Object {
		return py.Function("collect", func([]*Object) *Object {
			calls++
			py.Collect(2)
			if err := py.CheckHeap(); err != nil {
				t.Error(err)
			}
			return nil
		})
	}
	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) {
		calls++
		py.Collect(2)
		if err := py.CheckHeap(); err != nil {
			t.Error(err)
		}
	}}))
	for _, cyclic := range []bool{false, true} {
		py.Assign("a", py.Call(py.Load("C")))
		if cyclic {
			py.SetAttr(py.Load("a"), "me", py.Load("a"))
		}
		py.SetAttr(py.Load("a"), "part", py.Call(py.Load("C")))
		py.Assign("r1", py.WeakRef(py.Load("a"), collect()))
		py.Assign("r2", py.WeakRef(py.Load("a"), collect()))
		py.Release(py.Finalize(py.Load("a"), collect()))
		calls = 0
		py.Del("a")
		py.Collect(2)
		if calls != 5 {
			t.Errorf("%d calls, want 5", calls)
		}
	}
}

// TestCollectorUnderAllocation: with a threshold of 1 every container collects.
func TestCollectorUnderAllocation(t *testing.T) {
	py := newPy(t)
	py.SetThreshold(1, 1, 1)
	py.Assign("Node", node(py))
	py.Assign("d", py.WeakValueDictionary())
	py.Assign("s", py.WeakSet())
	for i := range int64(500) {
		a := py.Call(py.Load("Node"))
		py.SetAttr(py.Retain(a), "me", py.Retain(a))
		py.SetItem(py.Load("d"), py.Int(i), py.Retain(a))
		py.Add(py.Load("s"), py.Retain(a))
		if py.Len(py.Load("d")) == 0 || !py.Contains(py.Load("s"), a) {
			t.Fatal("a live entry was lost")
		}
		if err := py.CheckHeap(); err != nil {
			t.Fatal(err)
		}
	}
	py.Collect(2)
	if n := py.Len(py.Load("d")) + py.Len(py.Load("s")); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// TestHooks: what a hook raises is unraisable, and the collection goes on.
func TestHooks(t *testing.T) {
	py := newPy(t)
	var got []string
	py.OnCollect(func(p Phase, info GCInfo) {
		got = append(got, fmt.Sprintf("%s %d %d", p, info.Generation, info.Collected))
		py.Raise("ValueError", "no")
	})
	l := py.List()
	py.Append(py.Retain(l), l)
	py.Collect(1)
	if !slices.Equal(got, []string{"start 1 0", "stop 1 1"}) || len(takeUnraisable(py)) != 2 {
		t.Errorf("%q", got)
	}
}
