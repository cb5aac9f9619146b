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

func tuplesOf[E comparable]() *tuples[E] { return processWide(newTuples[E]) }

func (t *tuples[E]) intern(elems []E) *tuple[E] {
	if t.elem.hashing == byText {
		var scratch [shortTuple]byte
		if flat, lengths, ok := flatten(scratch[:0], asStrings(elems)); ok {
			return t.internFlat(elems, flat, lengths)
		}
	}
	hash, size := t.hash(elems)
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		if n := (*tuple[E])(b.node(first(m))); n != nil && same(n.elems, elems) {
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
		hash = mix(hash, t.elem.hash(elems[i]))
		size += t.elem.bytes(&elems[i])
	}
	return hash &^ t.elem.forget, size
}

// shortTuple is up to how many bytes in all the strings of a tuple are hashed and
// compared in one piece, which costs half of what it does one by one.
const shortTuple = 96

// flatten appends the strings to flat, which is empty, if there is room. lengths is
// a number made of their lengths.
func flatten(flat []byte, elems []string) (_ []byte, lengths uint64, ok bool) {
	for _, s := range elems {
		if len(s) > cap(flat)-len(flat) {
			return nil, 0, false
		}
		flat = append(flat, s...)
		lengths = lengths<<7 + lengths>>57 + uint64(len(s)) + 1
	}
	return flat, lengths, true
}

// internFlat is intern for strings that flatten made flat of.
func (t *tuples[E]) internFlat(elems []E, flat []byte, lengths uint64) *tuple[E] {
	hash := mix(lengths, hashText(unsafe.String(unsafe.SliceData(flat), len(flat)))) &^ t.elem.forget
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		if n := (*tuple[E])(b.node(first(m))); n != nil && n.isFlat(elems, flat) {
			t.engine.hit(len(flat))
			return n
		}
	}
	return t.internSlowly(hash, len(flat), elems)
}

// isFlat is same for strings. Those of a tuple are in one piece, as flat is.
func (n *tuple[E]) isFlat(elems []E, flat []byte) bool {
	own, others := asStrings(n.elems), asStrings(elems)
	if len(own) != len(others) {
		return false
	}
	for i := range own {
		if len(own[i]) != len(others[i]) {
			return false
		}
	}
	return unsafe.String(unsafe.StringData(own[0]), len(flat)) == string(flat)
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
