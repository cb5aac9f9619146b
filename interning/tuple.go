package interning

import (
	"fmt"
	"iter"
	"slices"
	"unsafe"
)

// Tuple is an immutable sequence of elements of which there is one canonical copy
// while anybody holds it. It is one word, and two tuples are equal by == if and
// only if their elements are, in one step; so a Tuple is a key of a map where a
// slice cannot be, and an element of other tuples and sets. The zero Tuple is the
// empty one.
//
// Where one element ends and the next begins counts: ("ab", "c") is not
// ("a", "bc"), nor is (("a", "b"), "c") the same as ("a", ("b", "c")). Elements
// are compared by ==; a tuple with a NaN in it is equal to no other.
//
// A Tuple cannot be changed, so its methods are safe for concurrent use. Strings that are
// taken from it may lie in its own memory, and then keep it alive.
type Tuple[E comparable] struct {
	n *tuple[E]
}

// TupleOf returns the tuple of the given elements; of a slice's, if called as
// TupleOf(s...). The slice is not kept. A call that finds the tuple allocates
// nothing. TupleOf is safe for concurrent use.
//
// It panics if an element has an interface whose dynamic type is not comparable.
func TupleOf[E comparable](elems ...E) Tuple[E] {
	if len(elems) == 0 {
		return Tuple[E]{}
	}
	// What quickly finds is found without the call that tuplesOf would be.
	t := (*tuples[E])(quickly((*tuples[E])(nil)))
	if t == nil {
		t = tuplesOf[E]()
	}
	return Tuple[E]{t.intern(elems)}
}

// Len returns the number of elements.
func (t Tuple[E]) Len() int { return len(t.elems()) }

// At returns the element at index i, from 0. It panics if there is none.
func (t Tuple[E]) At(i int) E {
	elems := t.elems()
	if i < 0 || i >= len(elems) {
		panic(fmt.Sprintf("interning: Tuple.At(%d) of a tuple of %d elements; indexes begin at 0 and end before Len", i, len(elems)))
	}
	return elems[i]
}

// All returns an iterator over indexes and elements, in order.
func (t Tuple[E]) All() iter.Seq2[int, E] { return slices.All(t.elems()) }

// Slice returns a new slice with the elements, and nil for the empty tuple.
func (t Tuple[E]) Slice() []E { return slices.Clone(t.elems()) }

// IsZero reports whether t is the empty tuple.
func (t Tuple[E]) IsZero() bool { return t.n == nil }

func (t Tuple[E]) elems() []E {
	if t.n == nil {
		return nil
	}
	return t.n.elems
}

func (t Tuple[E]) pin() unsafe.Pointer { return unsafe.Pointer(t.n) }

// TupleStats returns the counts of the table behind all tuples of E. It is safe
// for concurrent use.
func TupleStats[E comparable]() Stats { return tuplesOf[E]().engine.stats() }
