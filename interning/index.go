package interning

import "math/bits"

// index finds numbers by hashes: a table that is never added to once it is made,
// with linear probing. Each entry has a number, from 1, in its lowest bits and the
// upper bits of the hash in the others. At most half of the entries are used.
type index struct {
	entries []uint32 // a power of two
	bits    int      // of an entry that are the number
}

// newIndex returns an index with room for n numbers, below 1<<31.
func newIndex(n int) index {
	n = max(n, 1)
	return index{make([]uint32, 1<<bits.Len(uint(2*n-1))), bits.Len(uint(n))}
}

func (x *index) add(hash uint64, number int) {
	mask := uint64(len(x.entries) - 1)
	i := hash & mask
	for x.entries[i] != 0 {
		i = (i + 1) & mask
	}
	x.entries[i] = uint32(hash>>32)>>x.bits<<x.bits | uint32(number+1)
}

// from returns the first number at or after place i that may have the hash, and the
// place after it, or a negative number if there is none. The search begins at
// place hash.
func (x *index) from(i, hash uint64) (number int, next uint64) {
	mask := uint64(len(x.entries) - 1)
	upper := uint32(hash >> 32)
	for {
		entry := x.entries[i&mask]
		i++
		if entry == 0 {
			return -1, 0
		}
		if (entry^upper)>>x.bits == 0 {
			return int(entry&(1<<x.bits-1)) - 1, i
		}
	}
}
