package realweak

import (
	"runtime"
	"sync"
	"unsafe"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/referent-go/referent/realweak/event"
)

// anchor is what outlives an object that has finalizers: the list of them, and
// the way to tell the object from a later one at the same address.
type anchor struct {
	object weak.Pointer[byte]
	addr   uintptr
	birth  event.Birth // zero if nobody listened

	immortal bool // the object never dies; the policy was Lenient

	mu       sync.Mutex
	newest   *link  // the finalizers that have neither run nor been detached
	survived uint64 // collections, noted at death while somebody listens
}

// link is a finalizer's place in its object's list. All but owner is guarded by
// the anchor's mutex.
type link struct {
	owner        finalizer
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

// anchors finds the anchor of a living object by its address. The collector does
// not move objects, and an address is only believed if the weak pointer beside
// it agrees; looking up by weak pointer instead would make one for every object
// that is asked about, at 20 to 370 ns.
var anchors = xsync.NewMap[uintptr, *anchor]()

// anchorOf returns the anchor of the object that p points to and makes it if
// there is none. It panics if no cleanup of the object would ever run.
func anchorOf[T any](op string, p *T) *anchor {
	mustRefer(op, p)
	addr := uintptr(unsafe.Pointer(p))
	found, _ := anchors.Load(addr)
	if found.holds(unsafe.Pointer(p)) {
		if found.immortal && refuses(Immortal) { // accepted under another policy
			refuse[T](op, Immortal)
		}
		return found
	}
	fresh := &anchor{addr: addr}
	// The cleanup comes first: for memory that cannot be referred to it panics
	// or does nothing, where weak.Make would end the process.
	cleanup := addCleanup(op, p, fresh)
	w := weak.Make(p)
	fresh.object = untyped(w)
	fresh.immortal = cleanup == (runtime.Cleanup{})
	fresh.birth = enroll(w)
	for {
		// Only identities are compared under the bucket's lock: the Value of a
		// weak pointer may wait for the collector.
		now, _ := anchors.Compute(addr, func(old *anchor, loaded bool) (*anchor, xsync.ComputeOp) {
			if loaded && old != found {
				return old, xsync.CancelOp
			}
			return fresh, xsync.UpdateOp
		})
		if now == fresh {
			return fresh
		}
		if found = now; found.holds(unsafe.Pointer(p)) {
			cleanup.Stop() // another goroutine was first; its anchor serves
			runtime.KeepAlive(p)
			return found
		}
	}
}

// addCleanup registers a with the object, and panics where the runtime refuses
// or would silently do nothing.
func addCleanup[T any](op string, p *T, a *anchor) runtime.Cleanup {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case refusal(v) == placeForeign:
			refuse[T](op, Foreign)
		default:
			panic(v)
		}
	}()
	cleanup := runtime.AddCleanup(p, (*anchor).objectDied, a)
	if cleanup == (runtime.Cleanup{}) && refuses(Immortal) {
		refuse[T](op, Immortal)
	}
	return cleanup
}

// holds reports whether a is the anchor of the object at p.
func (a *anchor) holds(p unsafe.Pointer) bool {
	return a != nil && unsafe.Pointer(a.object.Value()) == p
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
	population.died(a.object, event.Collector)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.survived = a.birth.Death(event.Cleared, "").Collections
	for l := a.newest; l != nil; l = l.older {
		e := l.owner.event(event.CallbackQueued)
		e.Collections = a.survived
		event.Default.Emit(e)
	}
}

// push makes l the newest of the list.
func (a *anchor) push(l *link) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l.older = a.newest
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

// take claims l's finalizer and takes it out of the list. Whoever gets true is
// the only one who ever does.
func (a *anchor) take(l *link) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !l.owner.claim() {
		return false
	}
	a.unlink(l)
	return true
}

// takeNewest claims and returns the newest finalizer, and nil if none is left.
func (a *anchor) takeNewest() finalizer {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.newest
	if l == nil || !l.owner.claim() {
		return nil
	}
	a.unlink(l)
	return l.owner
}

// forget takes the anchor out of the register once its object is dead.
func (a *anchor) forget() {
	anchors.Compute(a.addr, func(old *anchor, loaded bool) (*anchor, xsync.ComputeOp) {
		if loaded && old == a {
			return nil, xsync.DeleteOp
		}
		return old, xsync.CancelOp
	})
}
