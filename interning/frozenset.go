package interning

import (
	"iter"
	"unsafe"
)

// FrozenSet is an immutable set of which there is one canonical copy while anybody
// holds it. It is one word, and two sets are equal by == if and only if they have
// the same members, in one step; so a FrozenSet is a key of a map, a member of
// other sets and an element of tuples. The zero FrozenSet is the empty one.
//
// Members are compared by ==. A NaN differs from every member, itself included:
// Contains never finds it, and a set with a NaN in it is equal to no other.
//
// A FrozenSet cannot be changed, so its methods are safe for concurrent use. Strings that
// are taken from it may lie in its own memory, and then keep it alive.
type FrozenSet[E comparable] struct {
	n *set[E]
}

// FrozenSetOf returns the set of the given elements, in whatever order they come
// and however often; of a slice's, if called as FrozenSetOf(s...). The slice is not
// kept. A call that finds the set allocates nothing, apart from scratch memory
// that is used again by later calls with many elements. FrozenSetOf is safe for
// concurrent use.
//
// It panics if an element has an interface whose dynamic type is not comparable.
func FrozenSetOf[E comparable](elems ...E) FrozenSet[E] {
	if len(elems) == 0 {
		return FrozenSet[E]{}
	}
	// As in TupleOf.
	t := (*sets[E])(quickly((*sets[E])(nil)))
	if t == nil {
		t = setsOf[E]()
	}
	return FrozenSet[E]{t.intern(elems)}
}

// Len returns the number of members.
func (s FrozenSet[E]) Len() int {
	if s.n == nil {
		return 0
	}
	return len(s.n.members)
}

// Contains reports whether e is a member. It panics if e has an interface whose
// dynamic type is not comparable.
func (s FrozenSet[E]) Contains(e E) bool {
	if s.n == nil {
		return false
	}
	k := &s.n.in.elem
	return s.n.has(k.half(&e)&^k.forget, e)
}

// All returns an iterator over the members. Their order is the same for as long
// as the set lives, but otherwise arbitrary.
func (s FrozenSet[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) {
		for i := range s.Len() {
			if !yield(s.n.members[i]) {
				return
			}
		}
	}
}

// Slice returns a new slice with the members in the order of [FrozenSet.All], and
// nil for the empty set.
func (s FrozenSet[E]) Slice() []E {
	if s.n == nil {
		return nil
	}
	elems := make([]E, 0, s.Len())
	for e := range s.All() {
		elems = append(elems, e)
	}
	return elems
}

// IsZero reports whether s is the empty set.
func (s FrozenSet[E]) IsZero() bool { return s.n == nil }

func (s FrozenSet[E]) pin() unsafe.Pointer { return unsafe.Pointer(s.n) }

// FrozenSetStats returns the counts of the table behind all sets of E. It is safe
// for concurrent use.
func FrozenSetStats[E comparable]() Stats { return setsOf[E]().engine.stats() }
