package interning

import (
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// set is the node of a FrozenSet that is not empty.
type set[E comparable] struct {
	in      *sets[E]
	members []E // in the order in which they first came
	index   index
}

// has reports whether e, whose hash is given, is a member.
func (n *set[E]) has(hash uint64, e E) bool {
	for number, i := n.index.from(hash, hash); number >= 0; number, i = n.index.from(i, hash) {
		if n.members[number] == e {
			return true
		}
	}
	return false
}

// sets is the table of all frozen sets of one element type.
type sets[E comparable] struct {
	engine engine
	elem   kind[E]
}

func newSets[E comparable](c config) *sets[E] {
	t := &sets[E]{elem: newKind[E]("set element", c)}
	t.engine.init(c, reflect.TypeFor[FrozenSet[E]]().String())
	return t
}

func setsOf[E comparable]() *sets[E] { return processWide(newSets[E]) }

// pick is one of the elements that a set is asked for by: its hash, and its
// index among them.
type pick struct {
	hash uint64
	at   int
}

// fewPicks is how many picks fit into a caller's frame.
const fewPicks = 8

var manyPicks = sync.Pool{New: func() any { return new([]pick) }}

func (t *sets[E]) intern(elems []E) *set[E] {
	if len(elems) <= fewPicks {
		var few [fewPicks]pick
		return t.internPicks(elems, few[:0])
	}
	many := manyPicks.Get().(*[]pick)
	defer manyPicks.Put(many)
	*many = slices.Grow((*many)[:0], len(elems))
	return t.internPicks(elems, *many)
}

// internPicks is intern with scratch memory that has room for all elements.
func (t *sets[E]) internPicks(elems []E, picks []pick) *set[E] {
	picks, hash, size := t.pick(elems, picks)
	hash &^= t.elem.forget
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		if n := (*set[E])(b.node(first(m))); n != nil && n.isOf(elems, picks) {
			t.engine.hit(size)
			return n
		}
	}
	return (*set[E])(t.engine.intern(hash, size,
		func(n unsafe.Pointer) bool { return (*set[E])(n).isOf(elems, picks) },
		func() (unsafe.Pointer, int) { return t.build(elems, picks) }))
}

// pick appends the distinct elements to picks. The order in which they come does
// not matter to the hash.
func (t *sets[E]) pick(elems []E, picks []pick) (_ []pick, hash uint64, size int) {
	var seen uint64 // bits of the hashes so far
	text := t.elem.hashing == byText
	for i := range elems {
		var h uint64
		n := int(unsafe.Sizeof(elems[i]))
		if text {
			s := *(*string)(unsafe.Pointer(&elems[i]))
			h, n = hashText(s)&^t.elem.forget, len(s)
		} else {
			h = t.elem.hash(elems[i])
		}
		bit := uint64(1) << (h >> 58)
		if seen&bit != 0 && picked(elems, picks, h, elems[i]) {
			continue
		}
		seen |= bit
		picks = append(picks, pick{h, i})
		hash += mix(h, h) // more than h: the hashes of small integers make a pattern
		size += n
	}
	return picks, mix(hash, uint64(len(picks))), size
}

// picked reports whether e is among the picks.
func picked[E comparable](elems []E, picks []pick, hash uint64, e E) bool {
	for _, p := range picks {
		if p.hash == hash && elems[p.at] == e {
			return true
		}
	}
	return false
}

// isOf reports whether the picked elements are exactly the members.
func (n *set[E]) isOf(elems []E, picks []pick) bool {
	if len(n.members) != len(picks) {
		return false
	}
	// Most callers have their elements in the same order each time.
	inOrder := 0
	for inOrder < len(picks) && n.members[inOrder] == elems[picks[inOrder].at] {
		inOrder++
	}
	for i := inOrder; i < len(picks); i++ {
		if p := &picks[i]; !n.has(p.hash, elems[p.at]) {
			return false
		}
	}
	return true
}

func (t *sets[E]) build(elems []E, picks []pick) (node unsafe.Pointer, size int) {
	n := &set[E]{t, make([]E, len(picks)), newIndex(len(picks))}
	size = int(unsafe.Sizeof(*n)) + len(picks)*int(unsafe.Sizeof(elems[0])) + 4*len(n.index.entries)
	for i, p := range picks {
		n.members[i] = elems[p.at]
		n.index.add(p.hash, i)
	}
	size += t.elem.ownAll(n.members)
	return unsafe.Pointer(n), size
}
