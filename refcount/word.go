package refcount

// The state word is strong count × 2³² + weak count. With both in one word, one
// load tells whether a handle is the only one, and one addition both changes the
// count and says what it was.
//
//	 63 62 61                32 31                 0
//	┌─────┬────────────────────┬────────────────────┐
//	│ 1 1 │ destroyed          │ weak               │
//	│ 0 0 │ strong count       │ weak               │
//	└─────┴────────────────────┴────────────────────┘
//
// A destroyed word lies in the middle of the negative numbers: additions by
// handles that should not exist, which are undone when found out, neither bring
// it back to life nor wrap it around. The weak count is never negative, not even
// for a moment, since it would borrow from the strong one.
const (
	oneWeak   int64 = 1
	oneStrong int64 = 1 << 32
	destroyed int64 = -1 << 62

	maxWeak   = 1<<30 - 1
	maxStrong = 1<<30 - 1
)

// retained reports whether n, the word after one more strong count, is that of a
// live object whose count did not overflow: 2 to maxStrong.
func retained(n int64) bool {
	return uint64(n-2*oneStrong) < uint64((maxStrong+1)*oneStrong-2*oneStrong)
}

// watched reports whether n, the word after one more weak count, is that of a live
// object whose weak count did not overflow.
func watched(n int64) bool { return n >= oneStrong && weak(n) <= maxWeak }

func weak(n int64) int { return int(uint32(n)) }

// strong returns the strong count. It is negative once the object is destroyed.
func strong(n int64) int { return int(n >> 32) }

func isDestroyed(n int64) bool { return n < destroyed/2 }
