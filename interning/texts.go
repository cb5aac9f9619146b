package interning

import (
	"encoding/binary"
	"unsafe"
)

// What sequences of strings are hashed and compared by: maps, and tuples of more than a
// few. Most of their elements are of no more than two words, and calls of hashText and
// the runtime's comparison would take half of the time of a lookup; so both are written
// out in loops here.

// twoWords is the length of strings that two words, which may overlap, are all of.
const twoWords = 16

// isTwoWords reports whether strings of n bytes are all of their first and their last
// word.
func isTwoWords(n int) bool { return uint(n-8) <= twoWords-8 }

// load8, load4 and load1 return what is at p; it need not be aligned.
func load8(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }
func load4(p unsafe.Pointer) uint64 { return uint64(binary.LittleEndian.Uint32((*[4]byte)(p)[:])) }
func load1(p unsafe.Pointer) uint64 { return uint64(*(*byte)(p)) }

// sameTwoWords reports whether the n bytes at p, for which isTwoWords is true, are those at q.
func sameTwoWords(p, q unsafe.Pointer, n int) bool {
	return load8(p) == load8(q) && load8(unsafe.Add(p, n-8)) == load8(unsafe.Add(q, n-8))
}

// sameText reports whether a is b, and is inlined if these are two words.
func sameText(a, b string) bool {
	if n := len(a); isTwoWords(n) && len(b) == n {
		return sameTwoWords(unsafe.Pointer(unsafe.StringData(a)), unsafe.Pointer(unsafe.StringData(b)), n)
	}
	return a == b
}

// hashTexts returns the hash of the sequence of the n strings from p on, and what they
// have in bytes.
func hashTexts(p unsafe.Pointer, n int) (hash uint64, size int) {
	zero, one, two := keys[0], keys[1], keys[2]
	hash = uint64(n)
	for i := range n {
		s := *(*string)(textAt(p, i))
		n := len(s)
		size += n
		p := unsafe.Pointer(unsafe.StringData(s))
		var x, y uint64
		switch {
		case n > twoWords:
			hash = hash*one + halfText(s)
			continue
		case n >= 8:
			x, y = load8(p), load8(unsafe.Add(p, n-8))
		case n >= 4:
			x, y = load4(p), load4(unsafe.Add(p, n-4))
		case n > 0:
			x, y = load1(p)|load1(unsafe.Add(p, n/2))<<8, load1(unsafe.Add(p, n-1))
		}
		hash = hash*one + fold(x^two, y^zero^uint64(n))
	}
	return lastStep(hash), size
}

// sameTexts reports whether the strings from a on are those from b on, n each.
func sameTexts(a, b unsafe.Pointer, n int) bool {
	for i := range n {
		s, o := *(*string)(textAt(b, i)), *(*string)(textAt(a, i))
		n := len(s)
		if len(o) != n {
			return false
		}
		p, q := unsafe.Pointer(unsafe.StringData(s)), unsafe.Pointer(unsafe.StringData(o))
		switch {
		case n > twoWords:
			if s != o {
				return false
			}
		case n >= 8:
			if !sameTwoWords(p, q, n) {
				return false
			}
		case n >= 4:
			if load4(p) != load4(q) || load4(unsafe.Add(p, n-4)) != load4(unsafe.Add(q, n-4)) {
				return false
			}
		case n > 0:
			if load1(p) != load1(q) || load1(unsafe.Add(p, n/2)) != load1(unsafe.Add(q, n/2)) || load1(unsafe.Add(p, n-1)) != load1(unsafe.Add(q, n-1)) {
				return false
			}
		}
	}
	return true
}

// textsNode is the beginning of the node of a sequence of strings: a slice of them,
// or of structs with several each.
type textsNode struct {
	first unsafe.Pointer
	n     int // structs
}

// findTexts returns the node that has the n strings from p on, if it is where most are,
// their hash, and what they have in bytes. each is how many a struct has.
func (e *engine) findTexts(p unsafe.Pointer, n, each int, forget uint64) (node unsafe.Pointer, hash uint64, size int) {
	hash, size = hashTexts(p, n)
	hash &^= forget
	b, m := e.bucket(hash)
	// As in String, nearly always the first.
	if m != 0 {
		t := (*textsNode)(b.node(first(m)))
		if t != nil && t.n*each == n && sameTexts(t.first, p, n) {
			e.hit(size)
			return unsafe.Pointer(t), hash, size
		}
	}
	return nil, hash, size
}
