package interning

import "unsafe"

// text is the head of a block that goes on with the n bytes of a canonical
// string. The string points into the block, so any piece of it keeps the whole
// alive. The block is never so small that the allocator would share it, and even
// of a size that it never shares, so that nobody need suspect it
// (realweak.CheckReferent).
type text struct{ n int }

const (
	textHead  = int(unsafe.Sizeof(text{}))
	leastText = 24 // the next size after runtime/malloc.go, maxTinySize
)

// newText returns a *text, and the size of its block.
func newText(s string) (unsafe.Pointer, int) {
	block := newBlock(len(s))
	copy(block[textHead:], s)
	return unsafe.Pointer(unsafe.SliceData(block)), len(block)
}

// newBlock returns a block with a text of n bytes, which are to be filled in behind
// its head.
func newBlock(n int) []byte {
	block := make([]byte, max(textHead+n, leastText))
	(*text)(unsafe.Pointer(unsafe.SliceData(block))).n = n
	return block
}

// String is unsafe.String without its checks.
func (t *text) String() string {
	s := struct {
		data unsafe.Pointer
		n    int
	}{unsafe.Add(unsafe.Pointer(t), textHead), t.n}
	return *(*string)(unsafe.Pointer(&s))
}

// is reports whether t is s. Short strings are compared here, without a call of the
// runtime's comparison.
func (t *text) is(s string) bool {
	n := len(s)
	if t.n != n {
		return false
	}
	p, q := unsafe.Pointer(unsafe.StringData(s)), unsafe.Add(unsafe.Pointer(t), textHead)
	if isTwoWords(n) {
		return sameTwoWords(p, q, n)
	}
	return t.String() == s
}

// letters has every string of one byte, at the place of its byte.
var letters = func() string {
	var b [256]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

// short returns the canonical string equal to an s of at most one byte.
func short(s string) string {
	if s == "" {
		return ""
	}
	return letters[s[0]:][:1]
}
