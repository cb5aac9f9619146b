package interning

import (
	"encoding/binary"
	"strings"
	"unsafe"
)

// few is how many elements are looked up with nothing but the caller's frame.
const few = 8

// withTexts is a node with a few strings in one object: its head, a slot for each string,
// and the strings themselves, of which the short ones lead to their slots. So a lookup
// need follow no pointer of the node that it compares.
type withTexts[H, S, T any] struct {
	head H
	fewTexts
	slots S
	texts T
}

// slot is the words of a string; those of a short one begin with its bytes.
type slot [twoWords]byte

// newWithTexts returns a node with copies of a few strings, and what it takes.
func newWithTexts[H any](texts []string) (head *H, own []string, size int) {
	switch len(texts) {
	case 1:
		return newWithTextsIn[H, [1]slot, [1]string](texts)
	case 2:
		return newWithTextsIn[H, [2]slot, [2]string](texts)
	case 3:
		return newWithTextsIn[H, [3]slot, [3]string](texts)
	case 4:
		return newWithTextsIn[H, [4]slot, [4]string](texts)
	case 5:
		return newWithTextsIn[H, [5]slot, [5]string](texts)
	case 6:
		return newWithTextsIn[H, [6]slot, [6]string](texts)
	case 7:
		return newWithTextsIn[H, [7]slot, [7]string](texts)
	}
	return newWithTextsIn[H, [few]slot, [few]string](texts)
}

func newWithTextsIn[H, S, T any](texts []string) (head *H, own []string, size int) {
	n := new(withTexts[H, S, T])
	own = unsafe.Slice((*string)(unsafe.Pointer(&n.texts)), len(texts))
	slots := unsafe.Slice((*slot)(unsafe.Pointer(&n.slots)), len(texts))
	var long int
	n.lens, long = fillIn(slots, own, texts)
	return &n.head, own, int(unsafe.Sizeof(*n)) + long
}

// fillIn makes own copies of the strings in texts. It returns their lens, and what those
// take that are outside of the slots.
func fillIn(slots []slot, own, texts []string) (lens uint64, long int) {
	for i, s := range texts {
		lens |= lenOf(s) << (8 * i)
		at := &slots[i]
		x, y := wordsOf(s)
		binary.LittleEndian.PutUint64(at[:8], x)
		binary.LittleEndian.PutUint64(at[8:], y)
		if len(s) <= twoWords {
			own[i] = unsafe.String(&at[0], len(s))
			continue
		}
		own[i] = strings.Clone(s)
		long += len(s)
	}
	return lens, long
}

// fewTexts is what there is behind the head of a node. The slots follow, as many as there
// are strings.
type fewTexts struct {
	lens uint64 // a byte for each string, the first one's being the lowest: what lenOf returns
}

const (
	longLen  = 2 * twoWords // the length of all strings that are not short
	eachByte = 0x0101_0101_0101_0101
)

func lenOf(s string) uint64 {
	if len(s) > twoWords {
		return longLen
	}
	return uint64(len(s))
}

// slot returns the address of the i-th slot.
func (t *fewTexts) slot(i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(t), int(unsafe.Sizeof(*t))+i*int(unsafe.Sizeof(slot{})))
}

// have reports whether the node's strings have the words that were read.
func (t *fewTexts) have(r *reading, n int) bool {
	for i := range n {
		if w, q := r.at(i), t.slot(i); w.x != load8(q) || w.y != load8(unsafe.Add(q, 8)) {
			return false
		}
	}
	return true
}

// hasLong reports whether one of the strings is not short.
func hasLong(lens uint64) bool { return lens&(longLen*eachByte) != 0 }

// bytesOf returns what the n strings from p on, of which the lens are given, have in bytes.
func bytesOf(p unsafe.Pointer, n int, lens uint64) int {
	if hasLong(lens) {
		return sizeOfTexts(p, n)
	}
	return int(lens * eachByte >> 56) // at most few * twoWords
}

func sizeOfTexts(p unsafe.Pointer, n int) (size int) {
	for i := range n {
		size += len(*(*string)(textAt(p, i)))
	}
	return size
}

// findFewTuple is findTexts for a tuple of a few strings.
func (e *engine) findFewTuple(p unsafe.Pointer, n int, forget uint64) (node unsafe.Pointer, hash uint64, size int) {
	var r reading
	hash, lens := r.inOrder(p, n)
	hash &^= forget
	size = bytesOf(p, n, lens)
	b, m := e.bucket(hash)
	// As in String, nearly always the first.
	if m != 0 {
		head := (*tuple[string])(b.node(first(m)))
		if head == nil || len(head.elems) != n {
			return nil, hash, size // perhaps one of many, which has nothing behind its head
		}
		t := (*withTexts[tuple[string], slot, string])(unsafe.Pointer(head))
		if t.lens == lens && t.have(&r, n) && (!hasLong(lens) || sameTexts(unsafe.Pointer(unsafe.SliceData(head.elems)), p, n)) {
			e.hit(size)
			return unsafe.Pointer(t), hash, size
		}
	}
	return nil, hash, size
}
