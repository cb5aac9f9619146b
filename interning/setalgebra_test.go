package interning

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// bits8 is the set of the numbers of the bits that are set.
func bits8(b byte) FrozenSet[int] {
	var elems []int
	for i := range 8 {
		if b>>i&1 != 0 {
			elems = append(elems, i)
		}
	}
	return FrozenSetOf(elems...)
}

// TestSetAlgebra compares the operations with those on bits.
func TestSetAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Byte().Draw(t, "a"), rapid.Byte().Draw(t, "b")
		s, o := bits8(a), bits8(b)
		for _, c := range []struct {
			what string
			got  FrozenSet[int]
			want byte
		}{
			{"Union", s.Union(o), a | b},
			{"With", s.With(o.Slice()...), a | b},
			{"Intersect", s.Intersect(o), a & b},
			{"Difference", s.Difference(o), a &^ b},
			{"Without", s.Without(o.Slice()...), a &^ b},
			{"SymmetricDifference", s.SymmetricDifference(o), a ^ b},
		} {
			if c.got != bits8(c.want) {
				t.Errorf("%v.%s(%v) = %v", s, c.what, o, slices.Sorted(c.got.All()))
			}
		}
		if got := s.IsSubset(o); got != (a&^b == 0) {
			t.Errorf("%v.IsSubset(%v) = %v", s, o, got)
		}
		if got := s.IsSuperset(o); got != (b&^a == 0) {
			t.Errorf("%v.IsSuperset(%v) = %v", s, o, got)
		}
		if got := s.IsDisjoint(o); got != (a&b == 0) {
			t.Errorf("%v.IsDisjoint(%v) = %v", s, o, got)
		}
	})
}
