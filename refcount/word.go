package refcount

// The state word has the object's generation, its strong and its weak count, and
// two marks. One addition changes a count and says what everything else was; one
// comparison, with the handle's generation, tells whether that was in order.
//
//	 63          62        61         54 53      27 26      0
//	┌───────────┬─────────┬─────────────┬──────────┬─────────┐
//	│ destroyed │ detour  │ generation  │ strong   │ weak    │
//	└───────────┴─────────┴─────────────┴──────────┴─────────┘
//
// A handle keeps the generation of its object, in place. Subtracted from the word
// of that object in life it leaves the counts, and from any other word something
// far out of their range: of a destroyed object, of a later object in the same
// block, of an observed one ([front]). Generations begin at one, so that a live
// word from which a stray handle has taken too much does not turn negative.
//
// Both counts use half of their fields. Additions by handles that should not
// exist are undone when found out, and meanwhile have room. In a destroyed word
// the strong count lies in the middle of its field, with room both ways. The weak
// count is never negative, not even for a moment, since it would borrow.
const (
	oneWeak   int64 = 1
	oneStrong int64 = 1 << 27
	firstGen  int64 = 1 << 54
	lastGen   int64 = 1<<62 - firstGen
	detour    int64 = 1 << 62
	destroyed int64 = -1<<63 + 1<<53 // is added to a live word
	elsewhere int64 = detour + 1<<53 // the whole word of a front

	maxWeak   = 1<<26 - 1
	maxStrong = 1<<26 - 1
)

// live reports whether n is the word of a live object of generation gen: with 1
// to maxStrong strong counts.
func live(n, gen int64) bool {
	return uint64(n-gen-oneStrong) < uint64(maxStrong*oneStrong)
}

// retained reports whether n, the word after one more strong count, is that of a
// live object whose count did not overflow: 2 to maxStrong.
func retained(n, gen int64) bool {
	return uint64(n-gen-2*oneStrong) < uint64((maxStrong-1)*oneStrong)
}

// watched reports whether n, the word after one more weak count, is that of a live
// object whose weak count did not overflow.
func watched(n, gen int64) bool { return live(n, gen) && weaks(n) <= maxWeak }

func weaks(n int64) int { return int(n & (oneStrong - 1)) }

// strongs returns the strong count of a word of generation gen that is not
// destroyed. It is negative after a stray release.
func strongs(n, gen int64) int { return int((n&^detour - gen) >> 27) }

func isDestroyed(n int64) bool { return n < 0 }

// generation returns the generation of n, in place.
func generation(n int64) int64 { return n & lastGen }

// current reports whether n is the word of an object of generation gen that is
// not destroyed, observed or not, whatever its counts.
func current(n, gen int64) bool { return n >= 0 && generation(n) == gen }
