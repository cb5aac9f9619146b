package interning

import (
	"math/bits"
	"slices"
	"sync/atomic"
	"unsafe"
)

// fewSet is a set of a few strings.
type fewSet[E comparable] struct {
	set[E]
	where whereabouts
}

// whereabouts is where among a node's words those of a given string are.
type whereabouts struct {
	factor  uint64 // see place
	offsets [places]uint8
	// order is the offsets in the first order, other than the node's, in which it was
	// asked for, a byte for each string, the last one's being the lowest; zero before.
	// Only one is kept: if each went in place of the one before, callers on two processors
	// would take the node's memory from each other with every lookup.
	order atomic.Uint64
}

const (
	placeBits = 4
	places    = 1 << placeBits
)

// place is the upper bits of a product with the factor.
func (w *whereabouts) place(s *words) uint64 {
	return (s.x + s.y*keys[1]) * w.factor >> (64 - placeBits)
}

// settle chooses the factor such that each string has a place of its own, which one in
// nine does for eight strings, more for fewer. If there is none, because long strings have
// the same hash, offsets are of no use.
func (w *whereabouts) settle(texts []string) {
	var all reading
	for i, s := range texts {
		all[i] = wordsOf(s)
	}
	factor := keys[0]
	for range 200 {
		factor *= keys[1]
		w.factor = factor
		var taken uint64
		for i := range texts {
			at := w.place(&all[i])
			taken |= 1 << at
			w.offsets[at] = uint8(i * wordsSize)
		}
		if bits.OnesCount64(taken) == len(texts) {
			return
		}
	}
}

// findFewSet returns the set of the n strings from p on, if it is where most are. It
// expects that they are few, and that all differ, which is so if they are the members of
// a set that has as many.
func (e *engine) findFewSet(p unsafe.Pointer, n int, forget uint64) unsafe.Pointer {
	var r reading
	all, size := r.read(p, n, &elementKeys)
	b, m := e.bucket(all.hash(n) &^ forget)
	// As in String, nearly always the first.
	if m != 0 {
		head := (*set[string])(b.node(first(m)))
		if head == nil || len(head.members) != n {
			return nil // perhaps one of many, which has nothing behind its head
		}
		t := (*withTexts[fewSet[string], words, string])(unsafe.Pointer(head))
		own, at := unsafe.Pointer(unsafe.SliceData(head.members)), unsafe.Pointer(&t.words)
		// Most callers have their elements in the same order each time.
		switch order := t.head.where.order.Load(); {
		case r.areIn(at, n):
			if hasLong(size) && !sameTexts(own, p, n) {
				return nil
			}
		case order != 0 && r.areInOrder(at, n, order), r.areSomewhereIn(at, n, &t.head.where):
			if hasLong(size) && !hasLongOf(own, p, n) {
				return nil
			}
		default:
			return nil
		}
		e.hit(bytesOf(p, n, size))
		return unsafe.Pointer(t)
	}
	return nil
}

// areInOrder is as areIn, for another order of the node's words. To follow one takes a
// twentieth of a lookup, so areIn does not.
func (r *reading) areInOrder(p unsafe.Pointer, n int, order uint64) bool {
	for at := (n - 1) * wordsSize; at >= 0; at -= wordsSize {
		w, q := r.at(at), unsafe.Add(p, order&0xff)
		if w.x != load8(q) || w.y != load8(unsafe.Add(q, 8)) {
			return false
		}
		order >>= 8
	}
	return true
}

// areSomewhereIn is as areIn, for any order. Strings of different places differ, so those
// that are found are all if they have as many places.
func (r *reading) areSomewhereIn(p unsafe.Pointer, n int, where *whereabouts) bool {
	var found, order uint64
	for at := 0; at < n*wordsSize; at += wordsSize {
		w := r.at(at)
		place := where.place(w)
		offset := where.offsets[place]
		q := unsafe.Add(p, offset)
		if w.x != load8(q) || w.y != load8(unsafe.Add(q, 8)) {
			return false
		}
		found |= 1 << (place & 63)
		order = order<<8 | uint64(offset)
	}
	if bits.OnesCount64(found) != n {
		return false
	}
	if where.order.Load() == 0 {
		where.order.CompareAndSwap(0, order)
	}
	return true
}

// hasLongOf reports whether those of the n strings from p on that are not short are among
// those from own on.
func hasLongOf(own, p unsafe.Pointer, n int) bool {
	ours, theirs := unsafe.Slice((*string)(own), n), unsafe.Slice((*string)(p), n)
	for _, s := range theirs {
		if !isShort(s) && !slices.Contains(ours, s) {
			return false
		}
	}
	return true
}

// buildFewTexts is build for a few strings.
func (t *sets[E]) buildFewTexts(elems []string, picks []pick) (node unsafe.Pointer, size int) {
	var texts [few]string
	var tags uint64
	for i, p := range picks {
		texts[i] = elems[p.at]
		tags |= uint64(tagOf(p.hash)) << (8 * i)
	}
	n, own, size := newWithTexts[fewSet[E]](texts[:len(picks)])
	n.in, n.members, n.tags = t, fromStrings[E](own), tags
	n.where.settle(own)
	return unsafe.Pointer(n), size
}
