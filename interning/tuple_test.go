package interning

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// newTuple is TupleOf in a table of the test's own.
func newTuple[E comparable](in *tuples[E], elems ...E) Tuple[E] { return Tuple[E]{in.intern(elems)} }

func TestTuple(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		in := newTuples[string](config{forget: forget})
		contents := [][]string{{""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"c", "ab"}, {"a", "b", "c"}, {"a", "b", "c", ""},
			strings.Split(strings.Repeat("many ", 100), " ")}
		var tuples []Tuple[string]
		for _, c := range contents {
			tuples = append(tuples, newTuple(in, c...))
		}
		weaktest.Collect(t)
		for i, c := range contents {
			tuple := tuples[i]
			for j := range contents {
				if again := newTuple(in, slices.Clone(contents[j])...); (again == tuple) != (i == j) {
					t.Errorf("the tuples of %q and %q are one: %v", c, contents[j], again == tuple)
				}
			}
			if tuple.Len() != len(c) || !slices.Equal(tuple.Slice(), c) || tuple.IsZero() {
				t.Errorf("the tuple of %q has %d elements %q", c, tuple.Len(), tuple.Slice())
			}
			for at, e := range tuple.All() {
				if e != c[at] || tuple.At(at) != e {
					t.Errorf("element %d of %q is %q", at, c, e)
				}
			}
			expectAllocs(t, "a hit of a tuple", 0, func() { newTuple(in, c...) })
		}
		tuples = nil
		weaktest.AwaitDone(t, func() bool { return in.engine.stats().Live == 0 })
	})
}

func TestTupleOf(t *testing.T) {
	a, b := TupleOf("x", fresh("%s", "y")), TupleOf([]string{"x", "y"}...)
	if a != b || a.String() != "(x, y)" {
		t.Errorf("%v and %v are not one tuple", a, b)
	}
	expectAllocs(t, "a hit of TupleOf with strings", 0, func() { TupleOf("x", "y") })
	i := TupleOf(1, 2, 3)
	expectAllocs(t, "a hit of TupleOf with ints", 0, func() { TupleOf(1, 2, 3) })
	n := TupleOf(a, a)
	expectAllocs(t, "a hit of TupleOf with tuples", 0, func() { TupleOf(a, b) })
	_, _ = i, n
}

func TestTupleDoesNotKeepItsArgument(t *testing.T) {
	s := []int{1, 2, 3}
	tuple := TupleOf(s...)
	s[0] = 100
	if tuple.At(0) != 1 || tuple != TupleOf(1, 2, 3) {
		t.Errorf("the tuple changed to %v", tuple)
	}
	got := tuple.Slice()
	got[0] = 100
	if tuple.At(0) != 1 {
		t.Errorf("the tuple changed to %v", tuple)
	}
}

func TestEmptyTuple(t *testing.T) {
	var zero Tuple[int]
	if zero != TupleOf[int]() || zero != TupleOf([]int{}...) || !zero.IsZero() || zero.Len() != 0 || zero.Slice() != nil || zero.String() != "()" {
		t.Error("the zero Tuple is not the empty one")
	}
	for range zero.All() {
		t.Error("the empty tuple has an element")
	}
}

func TestTupleAtOutOfRangePanics(t *testing.T) {
	want := "interning: Tuple.At(2) of a tuple of 2 elements; indexes begin at 0 and end before Len"
	expectPanic(t, want, func() { TupleOf(1, 2).At(2) })
}

func TestNestedTuples(t *testing.T) {
	type T = Tuple[string]
	ab, c, a, bc, abc := TupleOf("a", "b"), TupleOf("c"), TupleOf("a"), TupleOf("b", "c"), TupleOf("a", "b", "c")
	all := []Tuple[T]{TupleOf(ab, c), TupleOf(a, bc), TupleOf(abc), TupleOf(abc, T{}), TupleOf(T{}, abc), TupleOf(c, ab)}
	for i := range all {
		for j := range all {
			if (all[i] == all[j]) != (i == j) {
				t.Errorf("%v and %v are one: %v", all[i], all[j], all[i] == all[j])
			}
		}
	}
	if all[0] != TupleOf(TupleOf("a", "b"), TupleOf("c")) || all[0].At(1) != c {
		t.Error("nested tuples are not canonical")
	}
}

func TestTupleWithNaN(t *testing.T) {
	a, b := TupleOf(1, math.NaN()), TupleOf(1, math.NaN())
	if a == b || a.Len() != 2 || a.At(0) != 1 || TupleStats[float64]().Live != 0 {
		t.Error("a tuple with a NaN is canonical")
	}
	negative := TupleOf(math.Copysign(0, -1))
	if negative != TupleOf(0.0) {
		t.Error("the tuples of 0 and -0 differ")
	}
}

//go:noinline
func tupleOfPieces() (Tuple[string], realweak.Ref[byte]) {
	parent := fresh("%s", strings.Repeat("parent ", 1000))
	return TupleOf(parent[:6], parent[7:13]), realweak.Make(data(parent))
}

func TestTupleDoesNotKeepTheParentsOfStrings(t *testing.T) {
	tuple, parent := tupleOfPieces()
	weaktest.AwaitDead(t, parent)
	if tuple != TupleOf("parent", "parent") {
		t.Errorf("the tuple became %v", tuple)
	}
}
