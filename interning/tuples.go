package interning

import (
	"math/bits"
	"reflect"
	"slices"
	"sync"
)

// tuple is the node of a Tuple that is not empty.
type tuple[E comparable] struct{ elems []E }

// tuples is the table of all tuples of one element type.
type tuples[E comparable] struct {
	engine engine[tuple[E]]
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
	return t.engine.intern(hash&^t.elem.forget, size,
		func(n *tuple[E]) bool { return slices.Equal(n.elems, elems) },
		func() *tuple[E] { return t.build(elems) })
}

func (t *tuples[E]) build(elems []E) *tuple[E] {
	n := &tuple[E]{append(make([]E, 0, len(elems)), elems...)}
	for i := range n.elems {
		t.elem.own(&n.elems[i])
	}
	return n
}

// mix returns the hash of a sequence that has hash so far and goes on with an
// element of hash next. The order counts.
func mix(hash, next uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2⁶⁴ ÷ golden ratio: no pattern of its own
	hi, lo := bits.Mul64(hash^next, odd)
	return bits.RotateLeft64(hi^lo, 23) + next
}

// tables has the tables that a package-level generic variable would hold if Go
// had such: by their own type.
var tables sync.Map // reflect.Type → *tuples[E], *sets[E]

// processWide returns the process's one table of type T, which build makes.
func processWide[T any](build func(config) *T) *T {
	key := reflect.TypeFor[T]()
	t, ok := tables.Load(key)
	if !ok {
		t, _ = tables.LoadOrStore(key, build(config{}))
	}
	return t.(*T)
}
