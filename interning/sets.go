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

func setsOf[E comparable]() *sets[E] {
	if t := quickly((*sets[E])(nil)); t != nil {
		return (*sets[E])(t)
	}
	return processWide(newSets[E])
}

func (t *sets[E]) intern(elems []E) *set[E] {
	if len(elems) <= few {
		if t.elem.hashing == byText || t.elem.hashing == byWord && t.elem.flat {
			return t.internFew(elems)
		}
		var picks [few]pick
		return t.internPicks(elems, picks[:0])
	}
	many := manyPicks.Get().(*[]pick)
	defer manyPicks.Put(many)
	*many = slices.Grow((*many)[:0], len(elems))
	return t.internPicks(elems, *many)
}

// few is how many elements are looked up with nothing but the caller's frame.
const few = 8

// internFew is intern for a few strings or words. That they all differ is what one
// expects, and that they come in the order in which they came first.
func (t *sets[E]) internFew(elems []E) *set[E] {
	var halves [few]uint64
	size := len(elems) * 8
	if t.elem.hashing == byText {
		size = halfTexts(&halves, asStrings(elems))
	} else {
		hashWords(&halves, unsafe.Pointer(unsafe.SliceData(elems)), len(elems))
	}
	if hash, differ := hashFew(&halves, len(elems), t.elem.forget); differ {
		b, m := t.engine.bucket(hash)
		for ; m != 0; m &= m - 1 {
			n := (*set[E])(b.node(first(m)))
			if n == nil {
				n = (*set[E])(t.engine.revive(hash, first(m)))
			}
			if n != nil && len(n.members) == len(elems) && (t.inOrder(n, elems) || n.hasAll(elems, &halves)) {
				t.engine.hit(size)
				return n
			}
		}
	}
	var picks [few]pick
	return t.internPicks(elems, picks[:0])
}

// hashFew returns the hash of the set of n elements with these hashes, unless two
// of them are the same.
func hashFew(halves *[few]uint64, n int, forget uint64) (hash uint64, differ bool) {
	var seen uint64 // bits of the hashes so far
	for i, h := range halves[:n] {
		h &^= forget
		halves[i] = h
		bit := uint64(1) << (h >> 58)
		if seen&bit != 0 && slices.Contains(halves[:i], h) {
			return 0, false
		}
		seen |= bit
		hash += mix(h, h) // more than h: the hashes of small integers make a pattern
	}
	return mix(hash, uint64(n)) &^ forget, true
}

// pick is one of the elements that a set is asked for by: its hash, and its
// index among them.
type pick struct {
	hash uint64
	at   int
}

var manyPicks = sync.Pool{New: func() any { return new([]pick) }}

// internPicks is intern with scratch memory that has room for all elements.
func (t *sets[E]) internPicks(elems []E, picks []pick) *set[E] {
	picks, hash, size := t.pick(elems, picks)
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		n := (*set[E])(b.node(first(m)))
		if n == nil {
			n = (*set[E])(t.engine.revive(hash, first(m)))
		}
		if n != nil && n.isOf(elems, picks) {
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
	for i := range elems {
		h := t.elem.half(elems[i])
		bit := uint64(1) << (h >> 58)
		if seen&bit != 0 && picked(elems, picks, h, elems[i]) {
			continue
		}
		seen |= bit
		picks = append(picks, pick{h, i})
		hash += mix(h, h)
		size += t.elem.bytes(&elems[i])
	}
	return picks, mix(hash, uint64(len(picks))) &^ t.elem.forget, size
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

// inOrder reports whether the members are elems, of which there are as many, in
// that order. Most callers have theirs in the same order each time.
func (t *sets[E]) inOrder(n *set[E], elems []E) bool {
	if t.elem.hashing == byText {
		return sameTexts((*string)(unsafe.Pointer(unsafe.SliceData(n.members))), asStrings(elems))
	}
	return asBytes(n.members) == asBytes(elems)
}

// hasAll reports whether all elems, whose hashes are given, are members.
func (n *set[E]) hasAll(elems []E, hashes *[few]uint64) bool {
	for i := range elems {
		if !n.has(hashes[i&(few-1)], elems[i]) {
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
