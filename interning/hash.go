package interning

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"unsafe"
)

// seed and keys are the process's own, so that nobody outside can prepare values
// that collide.
var (
	seed = maphash.MakeSeed()
	keys = func() (k [4]uint64) {
		for i := range k {
			// Odd: of some even ones a product has few bits.
			k[i] = maphash.Bytes(seed, binary.BigEndian.AppendUint64(nil, uint64(i))) | 1
		}
		return k
	}()
)

// longText is the length from which maphash is faster, which then also can be had
// piece by piece.
const longText = 64

// hashText is for short strings in the way of the runtime's hash on processors
// without AES instructions: products of 128 bits, folded, of words and secret
// keys. It saves the four calls down to the one with them.
func hashText(s string) uint64 {
	n := len(s)
	if n >= longText {
		return maphash.String(seed, s)
	}
	b := unsafe.Slice(unsafe.StringData(s), n)
	var x, y uint64
	h := keys[0] ^ uint64(n)
	switch {
	case n > 16:
		// The last two words may overlap what came before.
		x, y = binary.LittleEndian.Uint64(b[n-16:]), binary.LittleEndian.Uint64(b[n-8:])
		for len(b) > 16 {
			h = fold(binary.LittleEndian.Uint64(b)^keys[1], binary.LittleEndian.Uint64(b[8:])^h)
			b = b[16:]
		}
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		x, y = uint64(b[0])|uint64(b[n/2])<<8, uint64(b[n-1])
	}
	return fold(fold(x^keys[2], y^h), keys[3])
}

// hashWord is for values of 64 bits.
func hashWord(x uint64) uint64 { return fold(x^keys[0], keys[1]) }

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// mix returns the hash of a sequence that has hash so far and goes on with an
// element of hash next. The order counts.
func mix(hash, next uint64) uint64 { return fold(hash^keys[2], next^keys[3]) + next }
