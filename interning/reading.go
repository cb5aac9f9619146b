package interning

import "unsafe"

// reading is a few strings as two words each, by which they are hashed and compared. A
// string's bytes are read once, and in the order in which the processor gets at them; calls of
// hashText and of the runtime's comparison would take half of the time of a lookup.
type reading [few]words

// words are a string's bytes, as they lie in memory, and in the last byte what isShort tells
// and the length: those of two short strings are the same if and only if the strings are.
type words struct{ x, y uint64 }

const (
	wordsSize    = int(unsafe.Sizeof(words{}))
	wordsPerText = wordsSize / int(unsafe.Sizeof("")) // by size

	// lengthMark and a length are the last byte of words, unless the string fills them;
	// no text in UTF-8 has such a byte at its end.
	lengthMark = 0xf0
	// longSize stands for the size of a string that is not short: with the mark it is
	// that of the empty string, whose other bits in y are zero.
	longSize = 0x100
	longBit  = 1
)

// isShort reports whether a string is all in its words.
func isShort(s string) bool {
	return len(s) < wordsSize || len(s) == wordsSize && s[wordsSize-1] < lengthMark
}

// marked returns y with a mark of the size n, which is nothing if the words are full.
func marked(y uint64, n int) uint64 { return y + uint64(n+lengthMark)<<56 }

// wordsOf returns the words of s; those of a string that is not short have its halfText.
func wordsOf(s string) words {
	p, n := unsafe.Pointer(unsafe.StringData(s)), len(s)
	switch {
	case !isShort(s):
		return words{halfText(s), marked(longBit, longSize)}
	case n > 8:
		return words{load8(p), marked(load8(unsafe.Add(p, n-8))>>(8*(wordsSize-n)&63), n)}
	case n >= 4:
		return words{load4(p) | load4(unsafe.Add(p, n-4))<<(8*(n-4)&63), marked(0, n)}
	case n > 0:
		return words{load1(p) | load1(unsafe.Add(p, n/2))<<8 | load1(unsafe.Add(p, n-1))<<16, marked(0, n)}
	}
	return words{0, marked(0, 0)}
}

// What strings are hashed with: placeKeys has a key for each word of a sequence, or of a
// value's parts; elementKeys has the same for all, whose order does not matter.
var (
	placeKeys = func() (k [mostParts]words) {
		for i := range k {
			k[i] = words{newKey(len(keys) + 2*i), newKey(len(keys) + 2*i + 1)}
		}
		return k
	}()
	elementKeys = func() (k [mostParts]words) {
		for i := range k {
			k[i] = words{keys[2], keys[0]}
		}
		return k
	}()
)

// read reads the n strings from p on. It returns what their halves, with the given keys,
// have together, and what they have in bytes, for bytesOf. wordsOf is written out, because
// a call takes longer, and one offset serves for all, because there are no more registers.
func (r *reading) read(p unsafe.Pointer, n int, keys *[mostParts]words) (all together, size int) {
	var sum, parity uint64
	for at := (n - 1) * wordsSize; at >= 0; at -= wordsSize {
		s := *(*string)(unsafe.Add(p, at/wordsPerText))
		n, p := len(s), unsafe.Pointer(unsafe.StringData(s))
		var x, y uint64
		switch {
		case n >= wordsSize:
			x, y = load8(p), load8(unsafe.Add(p, 8))
			if n > wordsSize || y>>56 >= lengthMark {
				x, y, n = halfText(s), longBit, longSize
			}
		case n > 8:
			x, y = load8(p), load8(unsafe.Add(p, n-8))>>(8*(wordsSize-n)&63)
		case n >= 4:
			x = load4(p) | load4(unsafe.Add(p, n-4))<<(8*(n-4)&63)
		case n > 0:
			x = load1(p) | load1(unsafe.Add(p, n/2))<<8 | load1(unsafe.Add(p, n-1))<<16
		}
		y = marked(y, n)
		w, k := (*words)(unsafe.Add(unsafe.Pointer(r), at)), (*words)(unsafe.Add(unsafe.Pointer(keys), at))
		w.x, w.y = x, y
		// No string's part waits for that of another.
		h := fold(x^k.x, y^k.y)
		sum += h
		parity ^= h
		size += n
	}
	return together{sum, parity}, size
}

// halfElement is the hash of a string as one of a set's members. As halfText, it lacks
// the last step.
func halfElement(s string) uint64 {
	w, k := wordsOf(s), &elementKeys[0]
	return fold(w.x^k.x, w.y^k.y)
}
