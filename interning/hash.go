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
			k[i] = newKey(i)
		}
		return k
	}()
)

// newKey returns the process's i-th key. It is odd: of some even ones a product has few
// bits.
func newKey(i int) uint64 {
	return maphash.Bytes(seed, binary.BigEndian.AppendUint64(nil, uint64(i))) | 1
}

// longText is the length from which maphash is faster, which then also can be had
// piece by piece.
const longText = 64

// hashText is the hash of a string.
func hashText(s string) uint64 { return lastStep(halfText(s)) }

func lastStep(half uint64) uint64 { return fold(half, keys[3]) }

// halfText is the hash of a string that is hashed further, together with others: it
// lacks the last step. It is for short strings in the way of the runtime's hash on
// processors without AES instructions: products of 128 bits, folded, of words and
// secret keys. It saves the four calls down to the one with them.
func halfText(s string) uint64 {
	n := len(s)
	p := unsafe.Pointer(unsafe.StringData(s))
	var x, y uint64
	h := keys[0] ^ uint64(n)
	switch {
	case n >= longText:
		return maphash.String(seed, s)
	case n > twoWords:
		// The last two words may overlap what came before.
		x, y = load8(unsafe.Add(p, n-16)), load8(unsafe.Add(p, n-8))
		for i := 0; i < n-16; i += 16 {
			h = fold(load8(unsafe.Add(p, i))^keys[1], load8(unsafe.Add(p, i+8))^h)
		}
	case n >= 8:
		x, y = load8(p), load8(unsafe.Add(p, n-8))
	case n >= 4:
		x, y = load4(p), load4(unsafe.Add(p, n-4))
	case n > 0:
		x, y = load1(p)|load1(unsafe.Add(p, n/2))<<8, load1(unsafe.Add(p, n-1))
	}
	return fold(x^keys[2], y^h)
}

// halfTwoWords is halfText for those that isTwoWords is true for, and is inlined.
func halfTwoWords(s string) uint64 {
	n, p := len(s), unsafe.Pointer(unsafe.StringData(s))
	return fold(load8(p)^keys[2], load8(unsafe.Add(p, n-8))^keys[0]^uint64(n))
}

// halfWord is halfText for values of 64 bits. Without the last step, with some keys of
// the process, multiples of a power of two lie together in few buckets.
func halfWord(x uint64) uint64 { return fold(x^keys[0], keys[1]) }

// halfWords puts the halfWord of each of the n values from p on in halves, and
// returns what they have together.
func halfWords(halves *[few]uint64, p unsafe.Pointer, n int, forget uint64) (all together) {
	for i := range n {
		h := halfWord(word(unsafe.Add(p, 8*i)))
		halves[i&(few-1)] = h &^ forget
		all.add(h)
	}
	return all
}

// together is what is known of several hashes whatever their order: their sum and
// their exclusive or. One of both would not do: sums of what only lacks its last step
// make patterns.
type together struct{ sum, parity uint64 }

func (t *together) add(half uint64) {
	t.sum += half
	t.parity ^= half
}

// inOrder returns the hash of a sequence, whose places have keys of their own.
func (t together) inOrder() uint64 { return lastStep(t.sum) }

// hash returns the hash of all n.
func (t together) hash(n int) uint64 {
	return fold(t.sum^keys[2], t.parity^keys[3]) + uint64(n)*keys[1]
}

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// mix returns the hash of a sequence that has hash so far and goes on with an
// element of hash next. The order counts.
func mix(hash, next uint64) uint64 { return fold(hash^keys[2], next^keys[3]) + next }
