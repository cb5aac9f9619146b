package refcount

import (
	"sync/atomic"

	"github.com/referent-go/referent/realweak/event"
)

// wanted is the one word that every birth asks, and every end: it is zero while
// nothing in the process wants to know of objects.
var wanted atomic.Uint32

// The bits of wanted.
const (
	wantEvents uint32 = 1 << iota
)

func init() { event.Default.Mirror(&wanted, wantEvents) }

// born is the rest of an object's birth if anything is wanted. It is called
// before anybody else can see b, and returns the block for the first handle: b, or
// a front if b has observers.
func (b *block) born(want uint32) *block {
	if want&wantEvents != 0 {
		b.created()
	}
	return b
}
