package interning

import (
	"reflect"
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

func tuplesOf[E comparable]() *tuples[E] {
	if t := quickly((*tuples[E])(nil)); t != nil {
		return (*tuples[E])(t)
	}
	return processWide(newTuples[E])
}

func (t *tuples[E]) intern(elems []E) *tuple[E] {
	if t.elem.hashing == byText {
		var n unsafe.Pointer
		var hash uint64
		var size int
		if p := unsafe.Pointer(unsafe.SliceData(elems)); len(elems) <= few {
			n, hash, size = t.engine.findFewTuple(p, len(elems), t.elem.forget)
		} else {
			n, hash, size = t.engine.findTexts(p, len(elems), 1, t.elem.forget)
		}
		if n == nil {
			return t.internSlowly(hash, size, elems)
		}
		return (*tuple[E])(n)
	}
	if t.elem.flat {
		return t.internFlat(elems)
	}
	hash, size := t.hash(elems)
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		n := (*tuple[E])(b.node(first(m)))
		if n == nil {
			n = (*tuple[E])(t.engine.revive(hash, first(m)))
		}
		if n != nil && same(n.elems, elems) {
			t.engine.hit(size)
			return n
		}
	}
	return t.internSlowly(hash, size, elems)
}

// hash returns the hash of the tuple of these elements, and what they take.
func (t *tuples[E]) hash(elems []E) (hash uint64, size int) {
	hash = uint64(len(elems))
	for i := range elems {
		hash = mix(hash, t.elem.hash(&elems[i]))
		size += t.elem.bytes(&elems[i])
	}
	return hash &^ t.elem.forget, size
}

// internFlat is intern for elements that are as good as their bytes: all are hashed
// and compared in one piece.
func (t *tuples[E]) internFlat(elems []E) *tuple[E] {
	all := asBytes(elems)
	hash := hashText(all) &^ t.elem.forget
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		n := (*tuple[E])(b.node(first(m)))
		if n == nil {
			n = (*tuple[E])(t.engine.revive(hash, first(m)))
		}
		if n != nil && asBytes(n.elems) == all {
			t.engine.hit(len(all))
			return n
		}
	}
	return t.internSlowly(hash, len(all), elems)
}

func same[E comparable](a, b []E) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (t *tuples[E]) internSlowly(hash uint64, size int, elems []E) *tuple[E] {
	return (*tuple[E])(t.engine.intern(hash, size,
		func(n unsafe.Pointer) bool { return same((*tuple[E])(n).elems, elems) },
		func() (unsafe.Pointer, int) { return t.build(elems) }))
}

func (t *tuples[E]) build(elems []E) (node unsafe.Pointer, size int) {
	if t.elem.hashing == byText && len(elems) <= few {
		n, own, size := newWithTexts[tuple[E]](asStrings(elems))
		n.elems = fromStrings[E](own)
		return unsafe.Pointer(n), size
	}
	n := roomFor[E](len(elems))
	copy(n.elems, elems)
	size = int(unsafe.Sizeof(*n)) + len(elems)*int(unsafe.Sizeof(elems[0])) + t.elem.ownAll(n.elems)
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
