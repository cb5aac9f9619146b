package interning

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
)

// set is the node of a FrozenSet that is not empty.
type set[E comparable] struct {
	in      *sets[E]
	members []member[E] // in the order of their hashes
}

type member[E comparable] struct {
	hash uint64
	elem E
}

// contains reports whether e, whose hash is given, is a member.
func (n *set[E]) contains(hash uint64, e E) bool {
	i, _ := slices.BinarySearchFunc(n.members, hash, func(m member[E], hash uint64) int {
		return cmp.Compare(m.hash, hash)
	})
	for ; i < len(n.members) && n.members[i].hash == hash; i++ {
		if n.members[i].elem == e {
			return true
		}
	}
	return false
}

// sets is the table of all frozen sets of one element type.
type sets[E comparable] struct {
	engine engine[set[E]]
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
const fewPicks = 16

var manyPicks = sync.Pool{New: func() any { return new([]pick) }}

func (t *sets[E]) intern(elems []E) *set[E] {
	var few [fewPicks]pick
	if len(elems) <= fewPicks {
		return t.internPicks(elems, few[:0])
	}
	many := manyPicks.Get().(*[]pick)
	defer manyPicks.Put(many)
	*many = slices.Grow((*many)[:0], len(elems))
	return t.internPicks(elems, *many)
}

// internPicks is intern with scratch memory that has room for all elements.
func (t *sets[E]) internPicks(elems []E, picks []pick) *set[E] {
	for i := range elems {
		picks = append(picks, pick{t.elem.hash(elems[i]), i})
	}
	picks = t.distinct(elems, picks)
	hash, size := uint64(len(picks)), 0
	for _, p := range picks {
		hash = mix(hash, p.hash)
		size += t.elem.bytes(&elems[p.at])
	}
	return t.engine.intern(hash&^t.elem.forget, size,
		func(n *set[E]) bool { return n.has(elems, picks) },
		func() *set[E] { return t.build(elems, picks) })
}

// distinct sorts the picks by hash, so that the order in which the elements came
// no longer matters, and drops those of equal elements.
func (t *sets[E]) distinct(elems []E, picks []pick) []pick {
	slices.SortFunc(picks, func(a, b pick) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at))
	})
	kept := picks[:0]
	for _, p := range picks {
		same := false
		for i := len(kept) - 1; i >= 0 && kept[i].hash == p.hash && !same; i-- {
			same = elems[kept[i].at] == elems[p.at]
		}
		if !same {
			kept = append(kept, p)
		}
	}
	return kept
}

// has reports whether the picked elements are exactly the members.
func (n *set[E]) has(elems []E, picks []pick) bool {
	if len(n.members) != len(picks) {
		return false
	}
	for i, p := range picks {
		// Both are in the order of hashes, so only members whose hashes
		// collide may be at another index.
		m := &n.members[i]
		if m.hash != p.hash || m.elem != elems[p.at] && !n.contains(p.hash, elems[p.at]) {
			return false
		}
	}
	return true
}

func (t *sets[E]) build(elems []E, picks []pick) *set[E] {
	n := &set[E]{t, make([]member[E], len(picks))}
	for i, p := range picks {
		n.members[i] = member[E]{p.hash, elems[p.at]}
		t.elem.own(&n.members[i].elem)
	}
	return n
}
