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
	wantSample        // one object in so many is tracked
	wantAll           // every object is
	wantTrail         // with its accesses
	wantScope         // and where it belongs
	wantSalt          // a new one, for sampling
)

func init() { event.Default.Mirror(&wanted, wantEvents) }

// announce is called with each new object, and returns the block for its first
// handle.
func (b *block) announce(gen int64) *block {
	want := wanted.Load()
	if want == 0 || want&^wantTrail == wantSample && !b.hitBy(gen, salt.Load()) {
		return b
	}
	return b.born(gen, want)
}

// born is the rest of a birth if anything is wanted. Nobody else can see b yet,
// except weak handles if NewCyclic gave them away; so observing it may fail. It
// returns b, or a front if b has observers.
//
//go:noinline
func (b *block) born(gen int64, want uint32) *block {
	if want&wantEvents != 0 {
		b.created()
	}
	if want&wantSalt != 0 {
		newSalt()
	}
	switch {
	case want&wantAll != 0:
	case want&wantSample == 0, !b.hitBy(gen, salt.Load()):
		return b
	}
	return b.track(gen, want)
}
