package interning

import (
	"math/bits"
	"reflect"
	"slices"
	"unsafe"
)

// tuple is the node of a Tuple that is not empty.
type tuple[E comparable] struct{ elems []E }

// tuples is the table of all tuples of one element type.
type tuples[E comparable] struct {
	engine engine
	elem   kind[E]
}

func newTuples[E comparable](c config) *tuples[E] {
	t := &tuples[E]{elem: newKind[E]("tuple element", c)}
	t.engine.init(c, reflect.TypeFor[Tuple[E]]().String())
	return t
}

func tuplesOf[E comparable]() *tuples[E] { return processWide(newTuples[E]) }

func (t *tuples[E]) intern(elems []E) *tuple[E] {
	hash, size := uint64(len(elems)), 0
	for i := range elems {
		hash = mix(hash, t.elem.hash(elems[i]))
		size += t.elem.bytes(&elems[i])
	}
	hash &^= t.elem.forget
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		if n := (*tuple[E])(b.node(first(m))); n != nil && slices.Equal(n.elems, elems) {
			t.engine.hits.add(size)
			return n
		}
	}
	return t.internSlowly(hash, size, elems)
}

func (t *tuples[E]) internSlowly(hash uint64, size int, elems []E) *tuple[E] {
	return (*tuple[E])(t.engine.intern(hash, size,
		func(n unsafe.Pointer) bool { return slices.Equal((*tuple[E])(n).elems, elems) },
		func() (unsafe.Pointer, int) { return t.build(elems) }))
}

func (t *tuples[E]) build(elems []E) (node unsafe.Pointer, size int) {
	n := roomFor[E](len(elems))
	copy(n.elems, elems)
	size = int(unsafe.Sizeof(*n)) + len(elems)*int(unsafe.Sizeof(elems[0]))
	for i := range n.elems {
		size += t.elem.own(&n.elems[i])
	}
	return unsafe.Pointer(n), size
}

// These are a tuple and its elements in one object.
type (
	tuple1[E comparable] struct {
		tuple[E]
		own [1]E
	}
	tuple2[E comparable] struct {
		tuple[E]
		own [2]E
	}
	tuple3[E comparable] struct {
		tuple[E]
		own [3]E
	}
	tuple4[E comparable] struct {
		tuple[E]
		own [4]E
	}
	tuple6[E comparable] struct {
		tuple[E]
		own [6]E
	}
	tuple8[E comparable] struct {
		tuple[E]
		own [8]E
	}
)

// roomFor returns a tuple with room for n elements; few are in one object with it.
func roomFor[E comparable](n int) *tuple[E] {
	switch n {
	case 1:
		t := new(tuple1[E])
		t.elems = t.own[:]
		return &t.tuple
	case 2:
		t := new(tuple2[E])
		t.elems = t.own[:]
		return &t.tuple
	case 3:
		t := new(tuple3[E])
		t.elems = t.own[:]
		return &t.tuple
	case 4:
		t := new(tuple4[E])
		t.elems = t.own[:]
		return &t.tuple
	case 5, 6:
		t := new(tuple6[E])
		t.elems = t.own[:n:n]
		return &t.tuple
	case 7, 8:
		t := new(tuple8[E])
		t.elems = t.own[:n:n]
		return &t.tuple
	}
	return &tuple[E]{make([]E, n)}
}

// mix returns the hash of a sequence that has hash so far and goes on with an
// element of hash next. The order counts.
func mix(hash, next uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2⁶⁴ ÷ golden ratio: no pattern of its own
	hi, lo := bits.Mul64(hash^next, odd)
	return bits.RotateLeft64(hi^lo, 23) + next
}
