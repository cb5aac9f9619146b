package refcount_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// The scenarios of CPython's test_finalization.py, with the behaviour that PEP 442
// lays down, for objects that are members of a Domain. Its legacy cases and
// objects that its collector does not know have no counterpart.

// patient is an object under test, with the equipment of SimpleBase there.
type patient struct {
	ward             *ward
	id               int
	ref, left, right refcount.Strong[patient]
	suicided         bool
	effect           func(*patient)
}

type ward struct {
	domain    refcount.Domain
	survivors []refcount.Strong[patient]
	calls     []int // of destructors
	errors    []string
}

func (p *patient) Trace(visit func(refcount.Edge)) {
	visit(p.ref.Edge("ref"))
	visit(p.left.Edge("left"))
	visit(p.right.Edge("right"))
}

func (p *patient) drop() {
	p.ward.calls = append(p.ward.calls, p.id)
	p.checkSanity()
	if p.effect != nil {
		p.effect(p)
	}
}

func (p *patient) checkSanity() {
	fail := func(why string) { p.ward.errors = append(p.ward.errors, why) }
	leads := func(h *refcount.Strong[patient], to *patient) bool { return h.Held() && h.Value() == to }
	if p.ref.Held() && p.ref.Value() != p {
		fail("ref is not the object itself")
	}
	if p.left.Held() && !p.left.Value().suicided && !leads(&p.left.Value().right, p) {
		fail("left.right is not the object itself")
	}
	if p.right.Held() && !p.right.Value().suicided && !leads(&p.right.Value().left, p) {
		fail("right.left is not the object itself")
	}
}

func resurrect(p *patient) { p.ward.survivors = append(p.ward.survivors, refcount.Resurrect(p)) }

// resurrectByNeighbour takes a handle that another object has, as a reference to
// self in Python is one.
func resurrectByNeighbour(p *patient) {
	self := &p.ref
	if !self.Held() {
		self = &p.left.Value().right
	}
	p.ward.survivors = append(p.ward.survivors, self.Clone())
}

func suicide(p *patient) {
	p.suicided = true
	for _, h := range []*refcount.Strong[patient]{&p.ref, &p.left, &p.right} {
		if h.Held() {
			h.Release()
		}
	}
}

func (w *ward) admit(effect func(*patient)) refcount.Strong[patient] {
	w.calls = nil
	p := refcount.New(patient{ward: w, effect: effect}, (*patient).drop)
	refcount.Adopt(&w.domain, &p)
	return p.Move()
}

// discharge releases the handles and collects, and checks which destructors have
// run, each once, and that the weak handles are dead.
func (w *ward) discharge(t *testing.T, all []refcount.Strong[patient]) {
	t.Helper()
	var weaks []refcount.Weak[patient]
	var want []int
	for i := range all {
		all[i].Value().id = i
		weaks = append(weaks, all[i].Downgrade())
		want = append(want, i)
	}
	w.calls = nil
	releaseAll(all)
	collect(t, &w.domain)
	w.expectCalls(t, want)
	for i := range weaks {
		if _, ok := weaks[i].Upgrade(); ok {
			t.Errorf("the weak handle to #%d is not dead", i)
		}
	}
}

func (w *ward) expectCalls(t *testing.T, want []int) {
	t.Helper()
	got := slices.Sorted(slices.Values(w.calls))
	if !slices.Equal(got, want) {
		t.Errorf("destructors of %v have run, want %v", got, want)
	}
	for _, why := range w.errors {
		t.Error(why)
	}
}

// expectSurvivors checks who survived, lets go of them, and checks that they end
// then without another call of a destructor.
func (w *ward) expectSurvivors(t *testing.T, want ...int) {
	t.Helper()
	var got []int
	for i := range w.survivors {
		if !w.survivors[i].Finalized() {
			t.Error("a survivor says that its destructor has not run")
		}
		got = append(got, w.survivors[i].Value().id)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("survivors are %v, want %v", got, want)
	}
	calls := slices.Sorted(slices.Values(w.calls))
	releaseAll(w.survivors)
	w.survivors = nil
	collect(t, &w.domain)
	w.expectCalls(t, calls)
	if w.domain.Len() != 0 || len(w.survivors) != 0 {
		t.Errorf("%d members and %d survivors are left", w.domain.Len(), len(w.survivors))
	}
}

// single runs a destructor's effect on one object, which may hold itself.
func single(t *testing.T, effect func(*patient), self, survives bool) {
	var w ward
	p := w.admit(effect)
	if self {
		p.Value().ref = p.Clone()
	}
	w.discharge(t, []refcount.Strong[patient]{p.Move()})
	if survives {
		w.expectSurvivors(t, 0)
	} else {
		w.expectSurvivors(t)
	}
}

func TestCPythonSimpleFinalization(t *testing.T) {
	t.Run("test_simple", func(t *testing.T) { single(t, nil, false, false) })
	t.Run("test_simple_resurrect", func(t *testing.T) { single(t, resurrect, false, true) })
}

func TestCPythonSelfCycleFinalization(t *testing.T) {
	t.Run("test_simple", func(t *testing.T) { single(t, nil, true, false) })
	t.Run("test_simple_resurrect", func(t *testing.T) {
		single(t, resurrect, true, true)
		single(t, resurrectByNeighbour, true, true)
	})
	t.Run("test_simple_suicide", func(t *testing.T) { single(t, suicide, true, false) })
}

func TestCPythonCycleChainFinalization(t *testing.T) {
	var (
		nothing   = effect{}
		resurrect = effect{resurrect, true}
		byHandle  = effect{resurrectByNeighbour, true}
		suicide   = effect{suicide, false}
	)
	repeat := func(n int, effects ...effect) (all []effect) {
		for range n {
			all = append(all, effects...)
		}
		return all
	}
	for name, chains := range map[string][][]effect{
		"test_homogenous":                 {repeat(3, nothing), repeat(500, nothing)},
		"test_homogenous_resurrect":       {repeat(3, resurrect), repeat(3, byHandle)},
		"test_homogenous_suicidal":        {repeat(3, suicide)},
		"test_heterogenous_suicidal_one":  {repeat(2, suicide, nothing), repeat(250, suicide, nothing)},
		"test_heterogenous_suicidal_two":  {{suicide, suicide, nothing, nothing}},
		"test_heterogenous_resurrect_one": {repeat(2, resurrect, nothing), repeat(2, byHandle, nothing)},
		"test_heterogenous_resurrect_two": {repeat(2, resurrect, nothing, suicide)},
		"test_heterogenous_resurrect_three": {
			slices.Concat(repeat(2, resurrect), repeat(2, nothing), repeat(2, suicide)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, effects := range chains {
				bothWays(t, effects)
			}
		})
	}
}

type effect struct {
	run      func(*patient)
	survives bool
}

// bothWays ties objects to a ring in which each holds both neighbours.
func bothWays(t *testing.T, effects []effect) {
	var w ward
	n := len(effects)
	nodes := make([]refcount.Strong[patient], n)
	var survivors []int
	for i, effect := range effects {
		nodes[i] = w.admit(effect.run)
		if effect.survives {
			survivors = append(survivors, i)
		}
	}
	for i := range nodes {
		left := &nodes[(i+n-1)%n]
		nodes[i].Value().left = left.Clone()
		left.Value().right = nodes[i].Clone()
	}
	w.discharge(t, nodes)
	w.expectSurvivors(t, survivors...)
}

// The scenarios of CPython's test_gc.py that are about objects, not about its
// types, generations or interpreter.
func TestCPythonGC(t *testing.T) {
	ring := func(t *testing.T, d *refcount.Domain, n int, end func(*cell)) []refcount.Weak[cell] {
		all := cells(d, n, end)
		for i := range all {
			tie(&all[i], &all[(i+1)%n])
		}
		var weaks []refcount.Weak[cell]
		for i := range all {
			weaks = append(weaks, all[i].Downgrade())
		}
		releaseAll(all)
		return weaks
	}
	// self-references: lists, dictionaries, instances and so on are one case here
	t.Run("test_instance", func(t *testing.T) {
		var d refcount.Domain
		ring(t, &d, 1, nil)
		if got := collect(t, &d); got.Destroyed != 1 || d.Len() != 0 {
			t.Errorf("collected %+v", got)
		}
	})
	t.Run("test_newinstance", func(t *testing.T) {
		var d refcount.Domain
		for range 3 {
			ring(t, &d, 1, nil)
			if got := collect(t, &d); got.Destroyed != 1 {
				t.Errorf("collected %+v", got)
			}
		}
		if got := collect(t, &d); got != (refcount.Collected{}) {
			t.Errorf("collected %+v of nothing", got)
		}
	})
	// The finalizer of one object gets hold of another one late, when that has
	// begun to be taken apart.
	t.Run("test_function_tp_clear_leaves_consistent_state", func(t *testing.T) {
		var d refcount.Domain
		var ended []int
		var late refcount.Weak[cell]
		latefin := refcount.New(cell{id: 2, end: func(*cell) {
			ended = append(ended, 2)
			if _, ok := late.Upgrade(); ok {
				t.Error("a late destructor got hold of an object that has ended")
			}
		}}, (*cell).drop)
		refcount.Adopt(&d, &latefin)
		all := cells(&d, 2, func(c *cell) {
			ended = append(ended, c.id)
			if c.id == 1 {
				late = c.links[0].Downgrade() // made now, so it is not void yet
				latefin.Release()             // the only handle left is the cycle's
			}
		})
		tie(&all[1], &all[0])
		tie(&all[0], &all[1])
		tie(&all[1], &latefin)
		releaseAll(all)
		got := collect(t, &d)
		if got.Destroyed != 2 || d.Len() != 0 || !slices.Equal(ended, []int{1, 0, 2}) {
			t.Errorf("collected %+v, %d members left, ended %v", got, d.Len(), ended)
		}
	})
	// What would be destroyed can be looked at instead.
	t.Run("test_saveall", func(t *testing.T) {
		var d refcount.Domain
		weaks := ring(t, &d, 1, func(*cell) {})
		for range 2 {
			report, err := d.Report(context.Background())
			if err != nil || len(report) != 1 || len(report[0].Objects) != 1 || !strings.HasSuffix(report[0].Objects[0].Type, ".cell") {
				t.Fatalf("the report is %v, %v", report, err)
			}
			if s, ok := weaks[0].Upgrade(); !ok {
				t.Error("a report destroys")
			} else {
				s.Release()
			}
		}
		if got := collect(t, &d); got.Destroyed != 1 {
			t.Errorf("collected %+v after the report", got)
		}
	})
	// Destructors may bring a collection about.
	t.Run("test_del", func(t *testing.T) {
		var d refcount.Domain
		ring(t, &d, 3, nil)
		s := refcount.New(cell{}, func(*cell) {
			if got := collect(t, &d); got.Destroyed != 3 {
				t.Errorf("a destructor collected %+v", got)
			}
		})
		s.Release()
		if d.Len() != 0 {
			t.Errorf("%d members are left", d.Len())
		}
	})
	t.Run("test_del_newclass", func(t *testing.T) { // in a cycle, by the threshold
		var d refcount.Domain
		d.SetThreshold(1, 0)
		runs := 0
		ring(t, &d, 3, func(*cell) {
			runs++
			if _, err := d.Collect(context.Background()); !errors.Is(err, refcount.ErrCollecting) {
				t.Errorf("a destructor of the collection collected, or failed otherwise: %v", err)
			}
			d.Update(func() {})
		})
		d.Update(func() {})
		if runs != 3 || d.Len() != 0 {
			t.Errorf("%d destructors have run, %d members are left", runs, d.Len())
		}
	})
	t.Run("test_trashcan", func(t *testing.T) {
		var d refcount.Domain
		const depth = 20_000
		n := 0
		ouch := func(*cell) {
			if n++; n%1700 == 0 {
				if _, err := d.Collect(context.Background()); err != nil && !errors.Is(err, refcount.ErrCollecting) {
					t.Error(err)
				}
			}
		}
		nest := func() refcount.Strong[cell] {
			head := cells(&d, 1, ouch)
			for range depth - 1 {
				next := cells(&d, 1, ouch)
				next[0].Value().links = append(next[0].Value().links, head[0].Move())
				head = next
			}
			return head[0].Move()
		}
		for range 2 {
			chain := nest()
			chain.Release()
			chain = nest() // and now hanging on a cycle
			tie(&chain, &chain)
			chain.Release()
			collect(t, &d)
		}
		if n != 4*depth || d.Len() != 0 {
			t.Errorf("%d destructors of %d have run, %d members are left", n, 4*depth, d.Len())
		}
	})
	t.Run("test_trashcan_threads", func(t *testing.T) {
		var d refcount.Domain
		var inits, ends atomic.Int32
		var done sync.WaitGroup
		for range 4 {
			done.Go(func() {
				for round := range 20 {
					var inner []refcount.Strong[cell]
					for range 60 {
						outer := cells(&d, 1, func(*cell) { ends.Add(1) })
						inits.Add(1)
						if inner != nil {
							d.Update(func() { outer[0].Value().links = append(outer[0].Value().links, inner[0].Move()) })
						}
						inner = outer
					}
					if round%2 == 0 {
						d.Update(func() { tie(&inner[0], &inner[0]) })
					}
					inner[0].Release()
					if round%5 == 0 {
						collect(t, &d)
					}
				}
			})
		}
		done.Wait()
		collect(t, &d)
		if inits.Load() != ends.Load() || d.Len() != 0 {
			t.Errorf("%d made, %d ended, %d members are left", inits.Load(), ends.Load(), d.Len())
		}
	})
	// Asking an object for its edges changes them. Here that is a mistake of
	// Trace and refused; nothing is destroyed by it, and nothing in the wrong
	// way later.
	t.Run("test_boom", func(t *testing.T) {
		var d refcount.Domain
		booms := 0
		boom := func(b *bomb) { booms++ }
		a, b := refcount.New(bomb{}, boom), refcount.New(bomb{}, boom)
		refcount.Adopt(&d, &a)
		refcount.Adopt(&d, &b)
		a.Value().attr, b.Value().attr = b.Clone(), a.Clone()
		a.Value().armed = true
		pa := a.Value()
		a.Release()
		b.Release()
		expectPanic(t, func() { d.Collect(context.Background()) }, "Release called by the Trace of a refcount_test.bomb")
		if booms != 0 || d.Len() != 2 {
			t.Errorf("%d destructors have run, %d members", booms, d.Len())
		}
		pa.armed = false
		if got := collect(t, &d); got.Destroyed+d.Len() != 2 || booms != got.Destroyed {
			t.Errorf("collected %+v with %d destructors, %d members", got, booms, d.Len())
		}
	})
	// A destructor breaks the cycle itself.
	t.Run("test_boom2", func(t *testing.T) {
		var d refcount.Domain
		runs := 0
		ring(t, &d, 2, func(c *cell) {
			runs++
			releaseAll(c.links)
		})
		if got := collect(t, &d); got.Destroyed != 2 || runs != 2 || d.Len() != 0 {
			t.Errorf("collected %+v, %d destructors have run", got, runs)
		}
	})
	t.Run("test_get_referents", func(t *testing.T) {
		var d refcount.Domain
		all := cells(&d, 3, nil)
		tie(&all[0], &all[1])
		tie(&all[0], &all[2])
		var fields []string
		all[0].Value().Trace(func(e refcount.Edge) { fields = append(fields, e.Field) })
		if !slices.Equal(fields, []string{"links", "links"}) {
			t.Errorf("the edges are %v", fields)
		}
		releaseAll(all)
	})
	t.Run("test_is_tracked", func(t *testing.T) {
		var d refcount.Domain
		s := refcount.New(cell{}, nil)
		if d.Len() != 0 {
			t.Error("an object is a member without being adopted")
		}
		refcount.Adopt(&d, &s)
		if d.Len() != 1 {
			t.Error("an adopted object is no member")
		}
		s.Release()
	})
	t.Run("test_is_finalized", func(t *testing.T) {
		var w ward
		p := w.admit(resurrect)
		p.Value().ref = p.Clone()
		if p.Finalized() {
			t.Error("a new object says that its destructor has run")
		}
		p.Release()
		collect(t, &w.domain)
		if len(w.survivors) != 1 || !w.survivors[0].Finalized() {
			t.Error("a resurrected object says that its destructor has not run")
		}
		releaseAll(w.survivors)
		collect(t, &w.domain)
	})
	t.Run("test_bug1055820b", func(t *testing.T) {
		var d refcount.Domain
		all := cells(&d, 2, nil)
		var weaks []refcount.Weak[cell]
		var ouch []bool
		for i := range all {
			tie(&all[i], &all[i])
			weaks = append(weaks, all[i].Downgrade())
		}
		for i := range all {
			refcount.Watch(&all[i], func() {
				ouch = nil
				for j := range weaks {
					_, ok := weaks[j].Upgrade()
					ouch = append(ouch, ok)
				}
			})
		}
		collect(t, &d)
		if ouch != nil {
			t.Error("a callback has run while its object was held")
		}
		releaseAll(all)
		collect(t, &d)
		if !slices.Equal(ouch, []bool{false, false}) {
			t.Errorf("the callbacks could upgrade: %v", ouch)
		}
	})
	t.Run("test_bug21435", func(t *testing.T) { // a destructor that ends a child of garbage
		var d refcount.Domain
		var ended []int
		all := cells(&d, 3, func(c *cell) {
			ended = append(ended, c.id)
			if c.id == 1 {
				c.links[0].Release()
			}
		})
		tie(&all[0], &all[1])
		tie(&all[1], &all[0])
		tie(&all[1], &all[2])
		releaseAll(all)
		if collect(t, &d); !slices.Equal(ended, []int{1, 0, 2}) {
			t.Errorf("ended %v", ended)
		}
	})
	t.Run("test_get_stats", func(t *testing.T) {
		var d refcount.Domain
		ring(t, &d, 4, nil)
		if got, want := collect(t, &d), (refcount.Collected{Pending: 4, Examined: 4, Destroyed: 4}); got != want {
			t.Errorf("collected %+v, want %+v", got, want)
		}
	})
	t.Run("test_resurrection_only_happens_once_per_object", func(t *testing.T) {
		var w ward
		p := w.admit(resurrect)
		p.Value().ref = p.Clone()
		p.Release()
		collect(t, &w.domain)
		w.expectCalls(t, []int{0})
		w.expectSurvivors(t, 0)
	})
	t.Run("test_resurrection_is_transitive", func(t *testing.T) {
		var w ward
		laz, cargo := w.admit(resurrect), w.admit(nil)
		cargo.Value().id = 1
		cargo.Value().ref = cargo.Clone()
		laz.Value().left, cargo.Value().right = cargo.Clone(), laz.Clone()
		cargo.Value().left, laz.Value().right = laz.Clone(), cargo.Clone()
		laz.Release()
		cargo.Release()
		got := collect(t, &w.domain)
		if got.Resurrected != 2 || got.Destroyed != 0 || w.domain.Len() != 2 {
			t.Errorf("collected %+v", got)
		}
		if w.survivors[0].Value().left.Value().id != 1 {
			t.Error("the survivor has lost its cargo")
		}
		w.expectSurvivors(t, 0)
	})
	t.Run("test_resurrection_does_not_block_cleanup_of_other_objects", func(t *testing.T) {
		const n = 100
		var w ward
		others := func() {
			for range n {
				p := w.admit(nil)
				p.Value().ref = p.Clone()
				p.Release()
			}
		}
		lazarus := func() {
			p := w.admit(resurrect)
			p.Value().ref = p.Clone()
			p.Release()
		}
		expect := func(destroyed, resurrected int) {
			t.Helper()
			if got := collect(t, &w.domain); got.Destroyed != destroyed || got.Resurrected != resurrected {
				t.Errorf("collected %+v, want %d destroyed, %d resurrected", got, destroyed, resurrected)
			}
		}
		others()
		expect(n, 0)
		lazarus()
		expect(0, 1)
		others()
		lazarus()
		expect(n, 1)
		releaseAll(w.survivors)
		expect(2, 0)
	})
	// Garbage that reaches an object by a handle that no Trace reports: neither
	// is that one found, nor does a callback run too early, or not at all.
	t.Run("test_trash_weakref_clear", func(t *testing.T) {
		var d refcount.Domain
		all := cells(&d, 2, nil) // A, which holds itself, and Z
		tie(&all[0], &all[0])
		called := 0
		stop := refcount.Watch(&all[1], func() { called++ })
		hidden := all[1].Clone()
		all[0].Value().end = func(*cell) {
			stop() // the one who watches is garbage too
			hidden.Release()
		}
		releaseAll(all)
		if got := collect(t, &d); got.Destroyed != 1 || d.Len() != 0 || called != 0 {
			t.Errorf("collected %+v, %d members left, the callback ran %d times", got, d.Len(), called)
		}
	})
}

// Callbacks to the same object are called once each, the newest first.
func TestWatchOrder(t *testing.T) {
	var d refcount.Domain
	all := cells(&d, 1, nil)
	tie(&all[0], &all[0])
	var order []int
	for i := range 3 {
		refcount.Watch(&all[0], func() { order = append(order, i) })
	}
	releaseAll(all)
	if collect(t, &d); !slices.Equal(order, []int{2, 1, 0}) {
		t.Errorf("called in the order %v", order)
	}
}

// bomb releases what it holds when it is asked for it.
type bomb struct {
	attr  refcount.Strong[bomb]
	armed bool
}

func (b *bomb) Trace(visit func(refcount.Edge)) {
	if b.armed {
		b.attr.Release()
	}
	visit(b.attr.Edge("attr"))
}
