package track

import (
	"sync/atomic"
	"time"
)

// epoch is what moments are measured from.
var epoch = time.Now()

// moment is a time in nanoseconds since epoch; what it takes is one look at the
// monotonic clock, outside of bubbles.
type moment int64

func now() moment { return moment(time.Since(epoch)) }

// bubbled reports whether a moment was read inside a synctest bubble, whose clock
// begins with the year 2000. One that has gone on until today looks like ours, and
// has wrong ages.
func (m moment) bubbled() bool { return m < 0 }

// since returns the time from an earlier moment to m, and zero if one of them is of a
// bubble's clock and the other is not.
func (m moment) since(earlier moment) time.Duration {
	if m.bubbled() != earlier.bubbled() {
		return 0
	}
	return time.Duration(max(m-earlier, 0))
}

// cycle is the number of the last collection that this package was told of.
var cycle atomic.Uint64

// survived returns how many collections up to the one numbered now began after an
// earlier one was told of: not the next one, which may have been under way.
func survived(now, earlier uint64) uint64 {
	return now - min(now, earlier+1)
}
