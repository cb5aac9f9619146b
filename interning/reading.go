package interning

import "unsafe"

// reading is a few strings as two words each, by which they are hashed and compared. A
// string's bytes are read once, and in the order in which the processor gets at them; calls of
// hashText and of the runtime's comparison would take half of the time of a lookup.
type reading [few]words

type words struct{ x, y uint64 }

const (
	wordsSize    = int(unsafe.Sizeof(words{}))
	wordsPerText = wordsSize / int(unsafe.Sizeof("")) // by size
)

// wordsOf returns the words of s. Those of two short strings of one length are the same if
// and only if the strings are: in memory, words begin with the bytes of their string.
func wordsOf(s string) (x, y uint64) {
	p, n := unsafe.Pointer(unsafe.StringData(s)), len(s)
	switch {
	case n > twoWords:
		return halfText(s), 0
	case n > 8:
		return load8(p), load8(unsafe.Add(p, n-8)) >> (8 * (twoWords - n) & 63)
	case n >= 4:
		return load4(p) | load4(unsafe.Add(p, n-4))<<(8*(n-4)&63), 0
	case n > 0:
		return load1(p) | load1(unsafe.Add(p, n/2))<<8 | load1(unsafe.Add(p, n-1))<<16, 0
	}
	return 0, 0
}

// placeKeys has a key for each word of a sequence, or of a value's parts.
var placeKeys = func() (k [mostParts]words) {
	for i := range k {
		k[i] = words{newKey(len(keys) + 2*i), newKey(len(keys) + 2*i + 1)}
	}
	return k
}()

// inOrder reads the n strings from p on. It returns the hash of their sequence, and their
// lens. wordsOf is written out here and in apart, because a call takes longer, and one
// offset serves for all, because there are no more registers.
func (r *reading) inOrder(p unsafe.Pointer, n int) (hash, lens uint64) {
	for at := (n - 1) * wordsSize; at >= 0; at -= wordsSize {
		s := *(*string)(unsafe.Add(p, at/wordsPerText))
		n, p := len(s), unsafe.Pointer(unsafe.StringData(s))
		var x, y uint64
		switch {
		case n > twoWords:
			x, n = halfText(s), longLen
		case n > 8:
			x, y = load8(p), load8(unsafe.Add(p, n-8))>>(8*(twoWords-n)&63)
		case n >= 4:
			x = load4(p) | load4(unsafe.Add(p, n-4))<<(8*(n-4)&63)
		case n > 0:
			x = load1(p) | load1(unsafe.Add(p, n/2))<<8 | load1(unsafe.Add(p, n-1))<<16
		}
		w, k := (*words)(unsafe.Add(unsafe.Pointer(r), at)), (*words)(unsafe.Add(unsafe.Pointer(&placeKeys), at))
		w.x, w.y = x, y
		// No string's part waits for that of another.
		hash += fold(x^k.x, y^k.y)
		lens = lens<<8 | uint64(n)
	}
	return lastStep(hash + lens*keys[1]), lens
}

// unordered is a reading of strings whose order does not matter, with the halfElement
// of each.
type unordered struct {
	reading
	halves [few]uint64
	keep   uint64 // the bits that are left of these
}

// apart reads the n strings from p on. It returns what the halves have together, and the
// strings' lens. keep lies in memory, for there are just enough registers without it.
func (r *unordered) apart(p unsafe.Pointer, n int) (all together, lens uint64) {
	var sum, parity uint64
	for at := (n - 1) * wordsSize; at >= 0; at -= wordsSize {
		s := *(*string)(unsafe.Add(p, at/wordsPerText))
		n, p := len(s), unsafe.Pointer(unsafe.StringData(s))
		var x, y uint64
		switch {
		case n > twoWords:
			x, n = halfText(s), longLen
		case n > 8:
			x, y = load8(p), load8(unsafe.Add(p, n-8))>>(8*(twoWords-n)&63)
		case n >= 4:
			x = load4(p) | load4(unsafe.Add(p, n-4))<<(8*(n-4)&63)
		case n > 0:
			x = load1(p) | load1(unsafe.Add(p, n/2))<<8 | load1(unsafe.Add(p, n-1))<<16
		}
		w := (*words)(unsafe.Add(unsafe.Pointer(r), at))
		w.x, w.y = x, y
		h := fold(x^keys[2], y^keys[0]^uint64(n)) & r.keep
		lens = lens<<8 | uint64(n)
		*(*uint64)(unsafe.Add(unsafe.Pointer(&r.halves), at>>1)) = h
		sum += h
		parity ^= h
	}
	return together{sum, parity}, lens
}

// halfElement is the hash of a string as one of a set's members. As halfText, it lacks
// the last step.
func halfElement(s string) uint64 {
	x, y := wordsOf(s)
	return fold(x^keys[2], y^keys[0]^lenOf(s))
}

// at is r[i] without its check.
func (r *reading) at(i int) *words {
	return (*words)(unsafe.Add(unsafe.Pointer(r), i*wordsSize))
}

// textAt returns the address of the i-th string from p on.
func textAt(p unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(p, i*int(unsafe.Sizeof(""))) }
