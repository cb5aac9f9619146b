package track

import (
	"sync/atomic"

	"github.com/referent-go/referent/realweak/event"
)

// wanted is the one word that every call asks first.
var wanted atomic.Uint32

// The bits of wanted.
const (
	wantOff    uint32 = 1 << iota // tracking is switched off
	wantEvents                    // somebody listens
)

func init() { event.Default.Mirror(&wanted, wantEvents) }

func off() bool { return wanted.Load()&wantOff != 0 }

func listening() bool { return wanted.Load()&wantEvents != 0 }

// SetEnabled switches tracking on or off for the whole process, and returns a function
// that restores what was before. It is on when a program starts. While it is off,
// [Group.Track] and [Group.Expect] do nothing, which costs a load and a branch; what is
// tracked already goes on being watched. It is safe for concurrent use.
func SetEnabled(on bool) (restore func()) {
	var before uint32
	if on {
		before = wanted.And(^wantOff)
	} else {
		before = wanted.Or(wantOff)
	}
	return func() { SetEnabled(before&wantOff == 0) }
}
