package interning

import (
	"math/bits"
	"slices"
	"unsafe"
)

// fewSet is a set of a few strings.
type fewSet[E comparable] struct {
	set[E]
	where whereabouts
}

// whereabouts is at which index a set has the string with a given hash.
type whereabouts struct {
	factor  uint64 // the upper bits of its product with a hash are a place
	indexes [places]uint8
}

const (
	placeBits = 4
	places    = 1 << placeBits
)

func (w *whereabouts) index(half uint64) uint8 {
	return w.indexes[half*w.factor>>(64-placeBits)]
}

// settle chooses the factor. One in nine serves for eight strings, more for fewer. If
// there is none, because hashes are the same, index is of no use.
func (w *whereabouts) settle(halves []uint64) {
	factor := keys[0]
	for range 200 {
		factor *= keys[1]
		w.factor = factor
		var taken uint64
		for i, h := range halves {
			at := h * factor >> (64 - placeBits)
			taken |= 1 << at
			w.indexes[at] = uint8(i)
		}
		if bits.OnesCount64(taken) == len(halves) {
			return
		}
	}
}

// findFewSet returns the set of the n strings from p on, if it is where most are. It
// expects that they are few, and that all differ, which is so if they are the members of
// a set that has as many.
func (e *engine) findFewSet(p unsafe.Pointer, n int, forget uint64) unsafe.Pointer {
	r := unordered{keep: ^forget}
	all, lens := r.apart(p, n)
	b, m := e.bucket(all.hash(n) &^ forget)
	// As in String, nearly always the first.
	if m != 0 {
		head := (*set[string])(b.node(first(m)))
		if head == nil || len(head.members) != n {
			return nil // perhaps one of many, which has nothing behind its head
		}
		t := (*withTexts[fewSet[string], slot, string])(unsafe.Pointer(head))
		own := unsafe.Pointer(unsafe.SliceData(head.members))
		// Most callers have their elements in the same order each time.
		if t.lens == lens && t.have(&r.reading, n) && (!hasLong(lens) || sameTexts(own, p, n)) ||
			t.haveShuffled(&r, n, lens, &t.head.where) && (!hasLong(lens) || hasLongOf(own, p, n)) {
			e.hit(bytesOf(p, n, lens))
			return unsafe.Pointer(t)
		}
	}
	return nil
}

// haveShuffled is as have and equal lens, if the order does not matter: where tells the
// order of the node's strings by the hashes of those that were read.
func (t *fewTexts) haveShuffled(r *unordered, n int, lens uint64, where *whereabouts) bool {
	var found uint64
	for i := range n {
		j := int(where.index(r.halves[i&(few-1)]))
		found |= 1 << (j & 63)
		w, q := r.at(i), t.slot(j)
		if w.x != load8(q) || w.y != load8(unsafe.Add(q, 8)) || t.lens>>(8*j&63)&0xff != lens&0xff {
			return false
		}
		lens >>= 8
	}
	return found == 1<<n-1
}

// hasLongOf reports whether those of the n strings from p on that are not short are among
// those from own on.
func hasLongOf(own, p unsafe.Pointer, n int) bool {
	ours, theirs := unsafe.Slice((*string)(own), n), unsafe.Slice((*string)(p), n)
	for _, s := range theirs {
		if len(s) > twoWords && !slices.Contains(ours, s) {
			return false
		}
	}
	return true
}

// buildFewTexts is build for a few strings.
func (t *sets[E]) buildFewTexts(elems []string, picks []pick) (node unsafe.Pointer, size int) {
	var texts [few]string
	var halves [few]uint64
	var tags uint64
	for i, p := range picks {
		texts[i], halves[i] = elems[p.at], p.hash
		tags |= uint64(tagOf(p.hash)) << (8 * i)
	}
	n, own, size := newWithTexts[fewSet[E]](texts[:len(picks)])
	n.in, n.members, n.tags = t, fromStrings[E](own), tags
	n.where.settle(halves[:len(picks)])
	return unsafe.Pointer(n), size
}
