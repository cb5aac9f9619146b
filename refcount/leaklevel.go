package refcount

import (
	"fmt"
	"sync"
)

// LeakLevel says how closely the leak detector looks.
//
// An object that is not tracked costs what it costs without a leak detector, but
// for the choice, which is one multiplication or two. Making and releasing one that is
// tracked costs about ten times as much; at Paranoid so does each Clone with its
// Release; and a noted access costs as much as a stack of 32 calls.
type LeakLevel uint32

// The levels, which are Netty's.
const (
	// Disabled tracks nothing.
	Disabled LeakLevel = iota
	// Simple tracks one object in 128, chosen at random when it is made, and
	// notes where it was made. It is the default.
	Simple
	// Advanced notes the last accesses to those objects as well.
	Advanced
	// Paranoid does so for every object, and follows every handle by itself. It
	// tells which Clone was never released, and who released first what is
	// released twice, handles and Counts. It is for tests and for hunting a leak.
	Paranoid
)

var levelNames = [...]string{"disabled", "simple", "advanced", "paranoid"}

// String returns the level's name, such as "advanced".
func (l LeakLevel) String() string {
	if int(l) >= len(levelNames) {
		return fmt.Sprintf("LeakLevel(%d)", uint32(l))
	}
	return levelNames[l]
}

// scrutiny is what the process wants to be tracked: its level, and all of it while
// a scope is open.
var scrutiny struct {
	sync.Mutex
	level  LeakLevel
	scopes []*Scope // open
}

func init() { SetLeakLevel(Simple) }

// SetLeakLevel sets the level of the process for objects that are made from now
// on, and returns a function that restores the one before. It is safe for
// concurrent use.
func SetLeakLevel(level LeakLevel) (restore func()) {
	if level > Paranoid {
		panic("refcount: SetLeakLevel: the levels are Disabled, Simple, Advanced and Paranoid")
	}
	scrutiny.Lock()
	defer scrutiny.Unlock()
	before := scrutiny.level
	scrutiny.level = level
	wantTracking()
	return func() { SetLeakLevel(before) }
}

// wantTracking is called with the lock of scrutiny held.
func wantTracking() {
	level := scrutiny.level
	want := [...]uint32{0, wantSample | wantSalt, wantSample | wantSalt | wantTrail, wantAll | wantTrail}[level]
	if len(scrutiny.scopes) > 0 {
		want = wantAll | wantTrail | wantScope
	}
	setTracing(want&wantAll != 0)
	for old := wanted.Load(); !wanted.CompareAndSwap(old, old&wantEvents|want); old = wanted.Load() {
	}
}
