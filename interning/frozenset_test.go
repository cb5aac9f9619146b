package interning

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// newSet is FrozenSetOf in a table of the test's own.
func newSet[E comparable](in *sets[E], elems ...E) FrozenSet[E] {
	return FrozenSet[E]{in.intern(elems)}
}

func TestFrozenSet(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		in := newSets[int](config{forget: forget})
		random := rand.New(rand.NewPCG(1, 2))
		contents := [][]int{{0}, {1}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}, {0, 1, 2, 3}, random.Perm(few), random.Perm(few + 1), random.Perm(100)}
		var sets []FrozenSet[int]
		for _, c := range contents {
			sets = append(sets, newSet(in, c...))
		}
		weaktest.Collect(t)
		for i, set := range sets {
			for j := range contents {
				shuffled := append(slices.Clone(contents[j]), contents[j][0]) // one twice
				random.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
				if again := newSet(in, shuffled...); (again == set) != (i == j) {
					t.Errorf("the sets of %v and %v are one: %v", contents[i], shuffled, again == set)
				}
			}
			want := slices.Sorted(slices.Values(contents[i]))
			if got := slices.Sorted(set.All()); !slices.Equal(got, want) || set.Len() != len(want) || set.IsZero() {
				t.Errorf("the set of %v has the %d members %v", want, set.Len(), got)
			}
			for e := range 101 {
				if set.Contains(e) != slices.Contains(want, e) {
					t.Errorf("%v contains %d: %v", want, e, set.Contains(e))
				}
			}
			expectAllocs(t, "a hit of a set", 0, func() { newSet(in, contents[i]...) })
			expectAllocs(t, "Contains", 0, func() { set.Contains(1) })
		}
		sets = nil
		weaktest.AwaitDone(t, func() bool { return in.engine.stats().Live == 0 })
	})
}

func TestFrozenSetOf(t *testing.T) {
	a, b := FrozenSetOf("x", fresh("%s", "y")), FrozenSetOf("y", "x", "y")
	if a != b || a.Len() != 2 || !a.Contains("x") || a.Contains("z") {
		t.Errorf("%v and %v are not one set", a, b)
	}
	expectAllocs(t, "a hit of FrozenSetOf", 0, func() { FrozenSetOf("y", "x") })
	if len(a.Slice()) != 2 || maps.Collect(func(yield func(string, bool) bool) {
		for e := range a.All() {
			if !yield(e, true) {
				return
			}
		}
	})["y"] != true {
		t.Errorf("members %v", a.Slice())
	}
	for range a.All() {
		break
	}
	nested := FrozenSetOf(FrozenSetOf(1, 2), FrozenSetOf(3))
	if nested != FrozenSetOf(FrozenSetOf(3), FrozenSetOf(2, 1)) || !nested.Contains(FrozenSetOf(3)) {
		t.Error("nested sets are not canonical")
	}
}

func TestEmptyFrozenSet(t *testing.T) {
	var zero FrozenSet[int]
	if zero != FrozenSetOf[int]() || zero != FrozenSetOf([]int{}...) || !zero.IsZero() || zero.Len() != 0 || zero.Slice() != nil ||
		zero.Contains(0) || zero.String() != "{}" {
		t.Error("the zero FrozenSet is not the empty one")
	}
	for range zero.All() {
		t.Error("the empty set has a member")
	}
}

func TestFrozenSetWithNaN(t *testing.T) {
	nan := math.NaN()
	a, b := FrozenSetOf(1, nan, nan), FrozenSetOf(1, nan, nan)
	if a == b || a.Len() != 3 || a.Contains(nan) || !a.Contains(1) || FrozenSetStats[float64]().Live != 0 {
		t.Error("a set with a NaN is canonical")
	}
	if zeros := FrozenSetOf(0, math.Copysign(0, -1)); zeros.Len() != 1 || zeros != FrozenSetOf(0.0) {
		t.Error("0 and -0 are two members")
	}
}

func TestFrozenSetContainsUncomparablePanics(t *testing.T) {
	set := FrozenSetOf[any](1, "x")
	expectPanic(t, "interning: a set element of type interface {} cannot be interned: hash of unhashable type []int; "+
		"intern a form of it that == can compare, such as a string or a Tuple", func() { set.Contains([]int{1}) })
}

//go:noinline
func setAndDrop(elems ...string) realweak.Ref[set[string]] {
	return realweak.Make(FrozenSetOf(elems...).n)
}

func TestFrozenSetDies(t *testing.T) {
	weaktest.AwaitDead(t, setAndDrop("these", "members", "die"))
}
