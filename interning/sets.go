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
	// How members are found by their hashes: if there are few, by a byte of each,
	// the first member's being the lowest, as in a bucket; many by an index.
	tags  uint64
	index *index
}

// has reports whether e, whose hash is given, is a member.
func (n *set[E]) has(hash uint64, e E) bool {
	if n.index != nil {
		return n.indexHas(hash, e)
	}
	for m := n.matching(hash); m != 0; m &= m - 1 {
		if n.members[first(m)] == e {
			return true
		}
	}
	return false
}

// matching is as for a bucket: which of a few members may have the hash.
func (n *set[E]) matching(hash uint64) uint64 { return tagged(n.tags, tagOf(hash)) }

// eachByte times a byte has it in each of its bytes.
const eachByte = 0x0101_0101_0101_0101

// tagged returns a word with the highest bit set in each byte of tags that is tag.
func tagged(tags uint64, tag uint8) uint64 {
	x := tags ^ eachByte*uint64(tag)
	return (x - eachByte) &^ x & (eachByte * inUse)
}

func (n *set[E]) indexHas(hash uint64, e E) bool {
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
	switch {
	case len(elems) > few:
		return t.internMany(elems)
	case t.elem.hashing == byText:
		if n := t.engine.findFewSet(unsafe.Pointer(unsafe.SliceData(elems)), len(elems), t.elem.forget); n != nil {
			return (*set[E])(n)
		}
	case t.elem.hashing == byWord && t.elem.flat:
		return t.internFewWords(elems)
	}
	return t.internRepeated(elems)
}

// internFewWords is intern for a few words. It expects that all differ, which is so if
// they are the members of a set that has as many.
func (t *sets[E]) internFewWords(elems []E) *set[E] {
	var halves [few]uint64
	all := halfWords(&halves, unsafe.Pointer(unsafe.SliceData(elems)), len(elems), t.elem.forget)
	b, m := t.engine.bucket(all.hash(len(elems)) &^ t.elem.forget)
	// As in String, nearly always the first.
	if m != 0 {
		n := (*set[E])(b.node(first(m)))
		if n != nil && len(n.members) == len(elems) && (asBytes(n.members) == asBytes(elems) || n.areAll(elems, &halves)) {
			t.engine.hit(8 * len(elems))
			return n
		}
	}
	return t.internRepeated(elems)
}

func (t *sets[E]) internMany(elems []E) *set[E] {
	many := manyPicks.Get().(*[]pick)
	defer manyPicks.Put(many)
	*many = slices.Grow((*many)[:0], len(elems))
	return t.internPicks(elems, *many)
}

// internRepeated is intern for a few elements, also if some are the same.
func (t *sets[E]) internRepeated(elems []E) *set[E] {
	var picks [few]pick
	return t.internPicks(elems, picks[:0])
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
	var all together
	var seen uint64 // bits of the hashes so far
	for i := range elems {
		half := t.elem.half(&elems[i])
		h := half &^ t.elem.forget
		bit := uint64(1) << (h >> 58)
		if seen&bit != 0 && picked(elems, picks, h, elems[i]) {
			continue
		}
		seen |= bit
		picks = append(picks, pick{h, i})
		all.add(half)
		size += t.elem.bytes(&elems[i])
	}
	return picks, all.hash(len(picks)) &^ t.elem.forget, size
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

// areAll reports whether elems, of which there are as many as members, and whose
// hashes are given, are the members in some order.
func (n *set[E]) areAll(elems []E, hashes *[few]uint64) bool {
	var found uint64 // a bit for each
	for i := range elems {
		m := n.matching(hashes[i&(few-1)]) &^ found
		for ; m != 0 && n.members[first(m)] != elems[i]; m &= m - 1 {
		}
		if m == 0 {
			return false
		}
		found |= m & -m
	}
	return true
}

func (t *sets[E]) build(elems []E, picks []pick) (node unsafe.Pointer, size int) {
	if t.elem.hashing == byText && len(picks) <= few {
		return t.buildFewTexts(asStrings(elems), picks)
	}
	n := &set[E]{in: t, members: make([]E, len(picks))}
	size = int(unsafe.Sizeof(*n)) + len(picks)*int(unsafe.Sizeof(elems[0]))
	if len(picks) > few {
		x := newIndex(len(picks))
		n.index = &x
		size += int(unsafe.Sizeof(x)) + 4*len(x.entries)
	}
	for i, p := range picks {
		n.members[i] = elems[p.at]
		if n.index != nil {
			n.index.add(p.hash, i)
		} else {
			n.tags |= uint64(tagOf(p.hash)) << (8 * i)
		}
	}
	size += t.elem.ownAll(n.members)
	return unsafe.Pointer(n), size
}
