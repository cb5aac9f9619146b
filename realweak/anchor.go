package realweak

import (
	"runtime"
	"sync"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak/event"
)

// anchor is what outlives an object that has finalizers: the list of them. Its
// address is the argument of the object's runtime cleanup.
//
// An object may come to have a row of anchors, newest first, of which only the
// first has a cleanup; see [anchoring].
type anchor struct {
	// Written before the anchor can be found.
	addr     uintptr
	cleanup  runtime.Cleanup
	below    *anchor     // older finalizers, perhaps of another, dead object
	object   *identified // nil unless the object had to be known
	turns    uint32      // anchors before this one at its address, none of which knew
	immortal bool        // the object never dies; the policy was Lenient

	mu     sync.Mutex
	newest *link // the finalizers that have neither run nor been detached

	next *anchor // in the index
}

// An anchor stays in memory for a collection longer than its object, and each word of
// it costs every finalizer.
var _ [80 - unsafe.Sizeof(anchor{})]byte

// identified is an object that an anchor can tell from others.
type identified struct {
	ref      weak.Pointer[byte]
	birth    event.Birth // zero if nobody listened
	survived uint64      // collections, noted at death while somebody listens
}

// link is a finalizer's place in the list of its anchor, which is set before the
// link can be found and never again. older and newer are guarded by the anchor's
// mutex.
type link struct {
	owner        finalizer
	anchor       *anchor
	older, newer *link
}

// finalizer is a [Finalizer] whose types the anchor does not know.
type finalizer interface {
	// claim ends the finalizer's armed state and reports whether it was
	// armed. It is called with the anchor's mutex held.
	claim() bool
	// run calls the callback. Only who claimed the finalizer may.
	run()
	event(event.Kind) event.Event
	source() string
	runsAtExit() bool
	number() uint64
}

// holds reports whether a is known to be an anchor of the object at p.
func (a *anchor) holds(p unsafe.Pointer) bool {
	return a != nil && a.object != nil && unsafe.Pointer(a.object.ref.Value()) == p
}

// objectDied is the object's cleanup. The runtime may have but one goroutine for
// the cleanups of the whole process, so it does no more than pass the anchor on.
func (a *anchor) objectDied() {
	if event.Default.Listening() {
		a.announce()
	}
	dispatcher.Put(a)
}

// announce tells of the death and of the callbacks that wait for their turn.
func (a *anchor) announce() {
	if a.object != nil {
		population.died(a.object.ref, event.Collector)
	}
	for ; a != nil; a = a.below {
		a.mu.Lock()
		if a.object != nil {
			a.object.survived = a.object.birth.Death(event.Cleared, "").Collections
		}
		for l := a.newest; l != nil; l = l.older {
			e := l.owner.event(event.CallbackQueued)
			e.Collections = a.survived()
			event.Default.Emit(e)
		}
		a.mu.Unlock()
	}
}

func (a *anchor) birth() event.Birth {
	if a.object == nil {
		return event.Birth{}
	}
	return a.object.birth
}

func (a *anchor) survived() uint64 {
	if a.object == nil {
		return 0
	}
	return a.object.survived
}

// push makes l the newest of the list.
func (a *anchor) push(l *link) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l.anchor, l.older = a, a.newest
	if a.newest != nil {
		a.newest.newer = l
	}
	a.newest = l
}

// unlink is called with the mutex held, by the one who claimed l's finalizer.
func (a *anchor) unlink(l *link) {
	if l.newer != nil {
		l.newer.older = l.older
	} else {
		a.newest = l.older
	}
	if l.older != nil {
		l.older.newer = l.newer
	}
	l.older, l.newer = nil, nil
}

// take claims the finalizer and takes it out of the list. Whoever gets true is the
// only one who ever does.
func (l *link) take() bool {
	a := l.anchor
	a.mu.Lock()
	defer a.mu.Unlock()
	if !l.owner.claim() {
		return false
	}
	a.unlink(l)
	return true
}

// takeNewest claims and returns the newest finalizer of the anchor itself, nil if none
// is left, and whether there are more.
func (a *anchor) takeNewest() (f finalizer, more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.newest
	if l == nil || !l.owner.claim() {
		return nil, false
	}
	a.unlink(l)
	return l.owner, a.newest != nil
}

func (a *anchor) empty() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.newest == nil
}
