package sim

import (
	"fmt"
	"slices"
	"testing"
)

// finalization is what CPython's test_finalization (PEP 442) looks at: which
// destructors ran, what survived, and which weak references are alive.
type finalization struct {
	py   *Interpreter
	dels []int64 // the instances whose destructor has run
	n    int     // instances made
}

// The kinds of instance, by what the destructor does with its own.
const (
	plain    = "Simple"
	reviving = "Resurrector" // puts itself into a list
	untieing = "Suicidal"    // lets go of its neighbours
)

func newFinalization(t *testing.T) *finalization {
	py := newPy(t)
	f := &finalization{py: py}
	py.DisableGC()
	py.Assign("survivors", py.List())
	del := func(effect func(self *Object)) func(*Object) {
		return func(self *Object) {
			id := py.Attr(py.Retain(self), "id")
			f.dels = append(f.dels, id.AsInt())
			py.Release(id)
			effect(self)
		}
	}
	revive := func(self *Object) { py.Append(py.Load("survivors"), py.Retain(self)) }
	py.Assign(plain, py.NewClass(plain, Class{Del: del(func(*Object) {})}))
	py.Assign(reviving, py.NewClass(reviving, Class{Del: del(revive)}))
	py.Assign(untieing, py.NewClass(untieing, Class{Del: del(func(self *Object) {
		for _, side := range []string{"left", "right"} {
			if py.HasAttr(py.Retain(self), side) {
				py.SetAttr(py.Retain(self), side, py.None())
			}
		}
	})}))
	return f
}

// ring makes instances of the kinds, each with a weak reference, in a ring if
// there is more than one or it is to be one, and lets go of them.
func (f *finalization) ring(tied bool, kinds ...string) {
	py := f.py
	name := func(i int) string { return fmt.Sprint("n", i) }
	for i, kind := range kinds {
		py.Assign(name(i), py.Call(py.Load(kind)))
		py.SetAttr(py.Load(name(i)), "id", py.Int(int64(i)))
		py.Assign(fmt.Sprint("wr", i), py.WeakRef(py.Load(name(i)), nil))
	}
	for i := range kinds {
		if left := name((i + len(kinds) - 1) % len(kinds)); tied {
			py.SetAttr(py.Load(name(i)), "left", py.Load(left))
			py.SetAttr(py.Load(left), "right", py.Load(name(i)))
		}
	}
	for i := range kinds {
		py.Del(name(i))
	}
	f.n = len(kinds)
	py.Collect(2)
}

// check fails unless each destructor has run once, and these survived.
func (f *finalization) check(t *testing.T, when string, refsAlive bool, survivors ...int64) {
	t.Helper()
	dels := slices.Sorted(slices.Values(f.dels))
	for i := range f.n {
		if len(dels) != f.n || dels[i] != int64(i) {
			t.Fatalf("%s: destructors of %v ran, of %d", when, dels, f.n)
		}
		if alive := !dead(f.py, fmt.Sprint("wr", i)); alive != refsAlive {
			t.Errorf("%s: weak reference %d is alive: %v", when, i, alive)
		}
	}
	var got []int64
	for o := range f.py.Iter(f.py.Load("survivors")) {
		id := f.py.Attr(o, "id")
		got = append(got, id.AsInt())
		f.py.Release(id)
	}
	slices.Sort(got)
	if !slices.Equal(got, survivors) {
		t.Errorf("%s: %v survived, want %v", when, got, survivors)
	}
}

// checkRing runs one test: all die, or those that revive themselves survive until
// they are let go of again, and then no destructor runs a second time.
func checkRing(t *testing.T, tied bool, kinds ...string) {
	t.Helper()
	f := newFinalization(t)
	f.ring(tied, kinds...)
	var survivors []int64
	for i, kind := range kinds {
		if kind == reviving {
			survivors = append(survivors, int64(i))
		}
	}
	// By its count an object dies with its weak references alive until the
	// destructor has run; the collector clears them first.
	f.check(t, "after one collection", !tied && len(survivors) > 0, survivors...)
	f.py.Clear(f.py.Load("survivors"))
	f.py.Collect(2)
	f.check(t, "after two", false)
	for _, kind := range kinds {
		if n := f.py.LiveOf(kind); n != 0 {
			t.Errorf("%d of %s are left", n, kind)
		}
	}
}

func repeat(n int, kinds ...string) []string { return slices.Repeat(kinds, n) }

// TestCPythonSimpleFinalization is SimpleFinalizationTest.
func TestCPythonSimpleFinalization(t *testing.T) {
	t.Run("test_simple", func(t *testing.T) { checkRing(t, false, plain) })
	t.Run("test_simple_resurrect", func(t *testing.T) { checkRing(t, false, reviving) })
}

// TestCPythonSelfCycleFinalization is SelfCycleFinalizationTest.
func TestCPythonSelfCycleFinalization(t *testing.T) {
	t.Run("test_simple", func(t *testing.T) { checkRing(t, true, plain) })
	t.Run("test_simple_resurrect", func(t *testing.T) { checkRing(t, true, reviving) })
	t.Run("test_simple_suicide", func(t *testing.T) { checkRing(t, true, untieing) })
}

// TestCPythonCycleChainFinalization is CycleChainFinalizationTest.
func TestCPythonCycleChainFinalization(t *testing.T) {
	for name, kinds := range map[string][]string{
		"test_homogenous":                   repeat(3, plain),
		"test_homogenous_resurrect":         repeat(3, reviving),
		"test_homogenous_suicidal":          repeat(3, untieing),
		"test_heterogenous_suicidal_one":    repeat(2, untieing, plain),
		"test_heterogenous_suicidal_two":    slices.Concat(repeat(2, untieing), repeat(2, plain)),
		"test_heterogenous_resurrect_one":   repeat(2, reviving, plain),
		"test_heterogenous_resurrect_two":   repeat(2, reviving, plain, untieing),
		"test_heterogenous_resurrect_three": slices.Concat(repeat(2, reviving), repeat(2, plain), repeat(2, untieing)),
	} {
		t.Run(name, func(t *testing.T) { checkRing(t, true, kinds...) })
	}
}
