package realweak_test

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Scenarios of OpenJDK's tests of Cleaner and WeakHashMap. docs/scenarios.md lists
// them all, with the tests that have them.

// CleanerTest's thread ends when there is nothing left to clean; here the goroutine
// that runs callbacks does.
func TestCleanerLeavesNoThread(t *testing.T) {
	before := goleak.IgnoreCurrent()
	var ran atomic.Int32
	drop := func() {
		for range 100 {
			realweak.Finalize(&fated{}, func(int) { ran.Add(1) }, 0)
		}
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return ran.Load() == 100 })
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// foo is a key of GCDuringIteration. All of one map have one hash.
type foo struct {
	id int
	_  *foo
}

// foos is a map of twenty keys, an iteration over it, and those of its keys that are
// held.
type foos struct {
	t    *testing.T
	m    *realweak.KeyMap[foo, int]
	held map[int]*foo
	next func() (*foo, int, bool)
	stop func()
}

const fooCount = 20

//go:noinline
func newFoos(t *testing.T, m *realweak.KeyMap[foo, int]) *foos {
	f := &foos{t: t, m: m, held: map[int]*foo{}}
	for id := range fooCount {
		f.held[id] = &foo{id: id}
		m.Store(f.held[id], id)
	}
	f.next, f.stop = iter.Pull2(m.All())
	t.Cleanup(f.stop)
	return f
}

// step is Java's next. It returns no key, which the caller's frame would hold, and
// fails the test if the map ends before.
//
//go:noinline
func (f *foos) step() (id int) {
	k, id, ok := f.next()
	if !ok {
		f.t.Fatal("the iteration ended too soon")
	}
	if k.id != id || f.held[id] != nil && f.held[id] != k {
		f.t.Fatalf("key %d came up with value %d", k.id, id)
	}
	return id
}

// rest is how many keys are still to come up; none twice.
//
//go:noinline
func (f *foos) rest() (ids []int) {
	for {
		_, id, ok := f.next()
		if !ok {
			return ids
		}
		if slices.Contains(ids, id) {
			f.t.Fatalf("key %d came up twice", id)
		}
		ids = append(ids, id)
	}
}

// drop lets go of all keys but some, and collects until those that are to die have.
func (f *foos) drop(but ...int) {
	for id := range fooCount {
		if !slices.Contains(but, id) {
			delete(f.held, id)
		}
	}
	weaktest.AwaitDone(f.t, func() bool { return f.m.Len() == len(but) })
}

// The seven of WeakHashMap's GCDuringIteration: what happens to an iteration whose keys
// die before, between and after its steps. All keys have one hash, in the two maps
// by value as in the one whose store is bad on purpose.
func TestGCDuringIteration(t *testing.T) {
	sameID := func(a, b *foo) bool { return a.id == b.id }
	one := func(*foo) uint64 { return 42 }
	kinds := map[string]func() *realweak.KeyMap[foo, int]{
		"identity":  func() *realweak.KeyMap[foo, int] { return new(realweak.KeyMap[foo, int]) },
		"colliding": realweak.CollidingKeyMap[foo, int],
		"one hash": func() *realweak.KeyMap[foo, int] {
			return realweak.NewKeyMapFunc(one, sameID, realweak.KeyMapOptions[foo, int]{})
		},
		"one hash, per entry": func() *realweak.KeyMap[foo, int] {
			return realweak.NewKeyMapFunc(one, sameID, realweak.KeyMapOptions[foo, int]{PerEntry: true})
		},
	}
	for scenario, test := range map[string]func(*testing.T, *foos){
		"all are held":                          gcNothingDies,
		"all die before the first step":         gcAllDieBefore,
		"the iteration holds the key at hand":   gcCurrentIsHeld,
		"it holds no other":                     gcOnlyCurrentIsHeld,
		"what dies between steps does not come": gcDieBetween,
		"remove after the others have died":     gcRemoveAfter,
		"remove a key that has died since":      gcRemoveTheDead,
	} {
		for kind, fresh := range kinds {
			t.Run(fmt.Sprintf("%s/%s", scenario, kind), func(t *testing.T) { test(t, newFoos(t, fresh())) })
		}
	}
}

func gcNothingDies(t *testing.T, f *foos) {
	first := f.step()
	weaktest.Collect(t)
	ids := append(f.rest(), first)
	slices.Sort(ids)
	if len(slices.Compact(ids)) != fooCount {
		t.Errorf("came up: %v", ids)
	}
	runtime.KeepAlive(f.held)
}

func gcAllDieBefore(t *testing.T, f *foos) {
	f.drop()
	if ids := f.rest(); len(ids) != 0 {
		t.Errorf("dead keys came up: %v", ids)
	}
}

func gcCurrentIsHeld(t *testing.T, f *foos) {
	id := f.step()
	clear(f.held)
	weaktest.Collect(t)
	if !f.has(id) {
		t.Error("the key at hand died")
	}
	if ids := f.rest(); len(ids) != 0 {
		t.Errorf("dead keys came up: %v", ids)
	}
	f.stop()
	weaktest.AwaitDone(t, func() bool { return f.m.Len() == 0 })
}

// has reports whether an entry with that value is alive.
//
//go:noinline
func (f *foos) has(id int) bool {
	for _, v := range f.m.All() {
		if v == id {
			return true
		}
	}
	return false
}

func gcOnlyCurrentIsHeld(t *testing.T, f *foos) {
	f.step()
	second := f.step()
	for id := range fooCount {
		if id != second {
			delete(f.held, id) // the first too: the iteration has left it
		}
	}
	delete(f.held, second)
	weaktest.AwaitDone(t, func() bool { return f.m.Len() <= 1 })
	if !f.has(second) {
		t.Error("the key at hand died")
	}
}

func gcDieBetween(t *testing.T, f *foos) {
	came := []int{f.step(), f.step(), f.step()}
	var keep []int // every other one of those that are still to come
	for id := range fooCount {
		if !slices.Contains(came, id) && id%2 == 0 {
			keep = append(keep, id)
		}
	}
	current := came[2]
	f.drop(append(keep, current)...)
	ids := f.rest()
	slices.Sort(ids)
	if !slices.Equal(ids, keep) {
		t.Errorf("came up: %v, want those that live: %v", ids, keep)
	}
	runtime.KeepAlive(f.held)
}

func gcRemoveAfter(t *testing.T, f *foos) {
	id := f.step()
	f.drop(id)
	if got, ok := f.m.LoadAndDelete(f.held[id]); got != id || !ok {
		t.Errorf("LoadAndDelete of the key at hand = %d, %v", got, ok)
	}
	if ids := f.rest(); len(ids) != 0 || f.m.Len() != 0 {
		t.Errorf("came up: %v, left: %d", ids, f.m.Len())
	}
}

func gcRemoveTheDead(t *testing.T, f *foos) {
	id := f.step()
	f.rest()
	f.stop()
	f.drop()
	// Java's remove finds nothing to remove. A key that is equal, or has the address,
	// finds nothing either.
	if _, ok := f.m.LoadAndDelete(&foo{id: id}); ok {
		t.Error("a dead key was removed")
	}
	weaktest.AwaitDone(t, func() bool { return f.m.LenApprox() == 0 })
}
