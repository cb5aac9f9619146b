package realweak

import (
	"runtime"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak/event"
)

// A second runtime special on an object, a weak handle beside its cleanup, costs
// more than all the rest of a finalizer. But without one nothing tells whether an
// anchor that is found by address belongs to the object there now, or to a dead one
// whose cleanup is still queued. So a further finalizer does not ask. It brings an
// anchor and a cleanup of its own, puts the one it found below, and stops the
// cleanup of that one:
//
//   - If the two are of one object, the lower anchor's cleanup is gone, and its
//     finalizers run after those of the upper one, newest first as they should.
//   - If the lower one's object is dead, its cleanup was queued already, stopping it
//     does nothing, and its finalizers run when it does, or with the upper anchor,
//     whichever is first; each is claimed once.
//
// An address where that happens again and again gets a weak pointer after all, and
// further finalizers then join the anchor that they find.
const maxTurns = 3

// anchored puts l into the list of an anchor of the object at p. found is the one that
// was there a moment ago, and a is a blank one, nil if found is known to be of the
// object. It panics if no cleanup of the object would ever run.
func anchored[T any](op string, p *T, l *link, found, a *anchor) {
	if a != nil {
		begin(op, p, a, l)
	}
	for !found.holds(unsafe.Pointer(p)) {
		a.follow(found)
		if a.turns == maxTurns && a.object == nil {
			identify(a, p)
		}
		now := anchors.replace(found, a)
		if now == a {
			if found != nil && found.object == nil {
				found.cleanup.Stop()
			}
			runtime.KeepAlive(p)
			return
		}
		found = now
	}
	if found.immortal && refuses(Immortal) { // accepted under another policy
		refuse[T](op, Immortal)
	}
	if a != nil { // other goroutines were faster
		a.cleanup.Stop()
	}
	found.push(l)
	runtime.KeepAlive(p)
}

// begin makes a an anchor of the object at p that nobody can find yet.
func begin[T any](op string, p *T, a *anchor, l *link) {
	a.addr, a.newest, l.anchor = address(p), l, a
	// The cleanup comes first: for memory that cannot be referred to it panics or
	// does nothing, where weak.Make would end the process.
	a.cleanup = addCleanup(op, p, a)
	a.immortal = a.cleanup == (runtime.Cleanup{})
	if event.Default.Listening() {
		identify(a, p)
	}
}

func identify[T any](a *anchor, p *T) {
	w := weak.Make(p)
	a.object = &identified{ref: untyped(w), birth: enroll(w)}
}

// follow puts found below a, unless that has nothing to run or is known to be of a
// dead object, as one is that is asked for an object and does not hold it.
func (a *anchor) follow(found *anchor) {
	a.below, a.turns = nil, 0
	if found == nil || found.object != nil {
		return
	}
	a.turns = found.turns + 1
	for found != nil && found.empty() {
		found = found.below
	}
	a.below = found
}

// retire ends the anchor at an object's address if it has nothing left to run. The
// caller holds the object: stopping the cleanup of one that is dead is not safe
// (golang/go#81435). An anchor that others may join, or that has to tell of the death,
// stays.
func retire(addr uintptr) {
	a := anchors.at(addr)
	if a == nil || a.object != nil {
		return
	}
	for b := a; b != nil; b = b.below {
		if !b.empty() {
			return
		}
	}
	a.cleanup.Stop()
	anchors.remove(a)
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
