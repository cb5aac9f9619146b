package interning

import "unsafe"

// reading is a few strings as two words each, by which they are hashed and compared. A
// string's bytes are read once, and in the order in which the processor gets at them; calls of
// hashText and of the runtime's comparison would take half of the time of a lookup.
type reading [few]struct{ x, y uint64 }

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
var placeKeys = func() (k [mostParts]struct{ x, y uint64 }) {
	for i := range k {
		k[i].x, k[i].y = newKey(len(keys)+2*i), newKey(len(keys)+2*i+1)
	}
	return k
}()

// read reads the n strings from p on, and returns their lens. wordsOf is written out, because
// a call takes longer.
func (r *reading) read(p unsafe.Pointer, n int) (lens uint64) {
	for i := n - 1; i >= 0; i-- {
		s := *(*string)(textAt(p, i))
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
		w := r.at(i)
		w.x, w.y = x, y
		lens = lens<<8 | uint64(n)
	}
	return lens
}

// inOrder returns the hash of the sequence that was read.
func (r *reading) inOrder(n int, lens uint64) (hash uint64) {
	for i, w := range r[:n] {
		k := &placeKeys[i]
		hash += fold(w.x^k.x, w.y^k.y)
	}
	return lastStep(hash + lens*keys[1])
}

// apart puts the halfElement of each string that was read in halves, of which keep leaves
// some bits, and returns what these have together.
func (r *reading) apart(n int, lens, keep uint64, halves *[few]uint64) together {
	var sum, parity uint64
	for i, w := range r[:n] {
		h := fold(w.x^keys[2], w.y^keys[0]^lens&0xff) & keep
		lens >>= 8
		halves[i] = h
		sum += h
		parity ^= h
	}
	return together{sum, parity}
}

// halfElement is the hash of a string as one of a set's members. As halfText, it lacks
// the last step.
func halfElement(s string) uint64 {
	x, y := wordsOf(s)
	return fold(x^keys[2], y^keys[0]^lenOf(s))
}

// at is r[i] without its check.
func (r *reading) at(i int) *struct{ x, y uint64 } {
	return (*struct{ x, y uint64 })(unsafe.Add(unsafe.Pointer(r), i*int(unsafe.Sizeof(r[0]))))
}

// textAt returns the address of the i-th string from p on.
func textAt(p unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(p, i*int(unsafe.Sizeof(""))) }
