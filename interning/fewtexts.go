package interning

import (
	"encoding/binary"
	"strings"
	"unsafe"
)

// few is how many elements are looked up with nothing but the caller's frame.
const few = 8

// withTexts is a node with a few strings in one object: its head, the words of each
// string, and the strings themselves, of which the short ones lead to their words. So a
// lookup need follow no pointer of the node that it compares.
type withTexts[H, W, T any] struct {
	head  H
	words W
	texts T
}

// newWithTexts returns a node with copies of a few strings, and what it takes.
func newWithTexts[H any](texts []string) (head *H, own []string, size int) {
	switch len(texts) {
	case 1:
		return newWithTextsIn[H, [1]words, [1]string](texts)
	case 2:
		return newWithTextsIn[H, [2]words, [2]string](texts)
	case 3:
		return newWithTextsIn[H, [3]words, [3]string](texts)
	case 4:
		return newWithTextsIn[H, [4]words, [4]string](texts)
	case 5:
		return newWithTextsIn[H, [5]words, [5]string](texts)
	case 6:
		return newWithTextsIn[H, [6]words, [6]string](texts)
	case 7:
		return newWithTextsIn[H, [7]words, [7]string](texts)
	}
	return newWithTextsIn[H, [few]words, [few]string](texts)
}

func newWithTextsIn[H, W, T any](texts []string) (head *H, own []string, size int) {
	n := new(withTexts[H, W, T])
	own = unsafe.Slice((*string)(unsafe.Pointer(&n.texts)), len(texts))
	long := fillIn(unsafe.Slice((*words)(unsafe.Pointer(&n.words)), len(texts)), own, texts)
	return &n.head, own, int(unsafe.Sizeof(*n)) + long
}

// fillIn makes own copies of the strings in texts, and returns what those take that are
// not short.
func fillIn(all []words, own, texts []string) (long int) {
	for i, s := range texts {
		w := wordsOf(s)
		// In the order of bytes that a string has.
		at := (*[wordsSize]byte)(unsafe.Pointer(&all[i]))
		binary.LittleEndian.PutUint64(at[:8], w.x)
		binary.LittleEndian.PutUint64(at[8:], w.y)
		if isShort(s) {
			own[i] = unsafe.String(&at[0], len(s))
			continue
		}
		own[i] = strings.Clone(s)
		long += len(s)
	}
	return long
}

// areIn reports whether a node's words, which are at p, are those of the n strings that
// were read.
func (r *reading) areIn(p unsafe.Pointer, n int) bool {
	for at := (n - 1) * wordsSize; at >= 0; at -= wordsSize {
		w, q := r.at(at), unsafe.Add(p, at)
		if w.x != load8(q) || w.y != load8(unsafe.Add(q, 8)) {
			return false
		}
	}
	return true
}

// at returns the words at an offset, without a check.
func (r *reading) at(offset int) *words { return (*words)(unsafe.Add(unsafe.Pointer(r), offset)) }

// hasLong reports whether one of the strings of which a reading returned the size is
// not short.
func hasLong(size int) bool { return size >= longSize }

// bytesOf returns what the n strings from p on, of which a reading returned the size,
// have in bytes.
func bytesOf(p unsafe.Pointer, n, size int) int {
	if !hasLong(size) {
		return size
	}
	size = 0
	for i := range n {
		size += len(*(*string)(textAt(p, i)))
	}
	return size
}

// textAt returns the address of the i-th string from p on.
func textAt(p unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(p, i*int(unsafe.Sizeof(""))) }

// findFewTuple is findTexts for a tuple of a few strings.
func (e *engine) findFewTuple(p unsafe.Pointer, n int, forget uint64) (node unsafe.Pointer, hash uint64, size int) {
	var r reading
	all, read := r.read(p, n, &placeKeys)
	hash = all.inOrder() &^ forget
	size = bytesOf(p, n, read)
	b, m := e.bucket(hash)
	// As in String, nearly always the first.
	if m != 0 {
		head := (*tuple[string])(b.node(first(m)))
		if head == nil || len(head.elems) != n {
			return nil, hash, size // perhaps one of many, which has nothing behind its head
		}
		t := (*withTexts[tuple[string], words, string])(unsafe.Pointer(head))
		if r.areIn(unsafe.Pointer(&t.words), n) && (!hasLong(read) || sameTexts(unsafe.Pointer(unsafe.SliceData(head.elems)), p, n)) {
			e.hit(size)
			return unsafe.Pointer(t), hash, size
		}
	}
	return nil, hash, size
}
