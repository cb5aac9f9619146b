package interning

import (
	"hash/maphash"
	"unsafe"
)

// shortParts is up to how many bytes parts are put together on the stack.
const shortParts = 128

// Parts is as [String] for the concatenation of the parts, which is made only if
// there is no canonical one yet: for keys such as Parts(host, ":", port). A call that
// finds the string allocates nothing.
func Parts(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	if n <= shortParts {
		var scratch [shortParts]byte
		b := scratch[:0]
		for _, p := range parts {
			b = append(b, p...)
		}
		return Bytes(b)
	}
	var h maphash.Hash
	h.SetSeed(seed)
	for _, p := range parts {
		h.WriteString(p)
	}
	t := (*text)(texts.intern(lastStep(h.Sum64()), n,
		func(t unsafe.Pointer) bool { return isJoined((*text)(t).String(), n, parts) },
		func() (unsafe.Pointer, int) {
			block := newBlock(n)
			b := block[textHead:textHead]
			for _, p := range parts {
				b = append(b, p...)
			}
			return unsafe.Pointer(unsafe.SliceData(block)), len(block)
		}))
	return t.String()
}

// isJoined reports whether s is the concatenation of parts, of n bytes.
func isJoined(s string, n int, parts []string) bool {
	if len(s) != n {
		return false
	}
	for _, p := range parts {
		if s[:len(p)] != p {
			return false
		}
		s = s[len(p):]
	}
	return true
}
