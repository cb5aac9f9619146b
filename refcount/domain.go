package refcount

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Domain is a set of counted objects among which there may be cycles: objects that
// hold each other by strong handles, so that their counts never reach zero.
// [Domain.Collect] finds and destroys those that nobody else holds, and
// [Domain.Report] shows them, with the handle that should better be a [Weak].
//
// An object becomes a member by [Adopt]. Members are destroyed as all objects are,
// as soon as their last handle is released; a collection is only for what that
// does not reach. It looks at the objects that might have become garbage since the
// last one: those that are new, and those of which a handle was released or
// moved. From there it follows the handles that [Tracer] reports, and destroys
// what is held by nothing but other such objects. Its time is proportional to the
// number of objects that it looks at, not to the size of the domain.
//
// # Concurrency
//
// A member's handles, those that its Trace reports, are written only inside
// [Domain.Update], by its methods Move and Release too: a collection reads them.
// Reading them needs nothing, nor does the use of any handle that no member owns,
// nor writing them before Adopt and in the destructor, nor what is an [Atomic] or a
// [Primary]. The race detector finds what breaks this rule.
//
// All methods are safe for concurrent use. Handles of members can be used while a
// collection is at work: for the time in which it makes its decision, some
// nanoseconds for each object of garbage, Clone, Release, Move and Upgrade wait.
// What looked like garbage and was used since stays.
//
// The destructors run in the goroutine that called Collect, with nothing locked.
//
// # Destruction
//
// Objects that only hold each other are destroyed in the steps of CPython's
// collector: their weak handles are dead from now on; their destructors run, once
// each, owners before what they own and, where they own each other, the newest
// first, and find all the others intact; objects that a destructor handed out live
// on, and so does what they hold, without a destructor; the others give up the
// handles that they still own and are zeroed; then those who watch are told
// ([Watch]).
//
// A member need not release its handles in its destructor. What its Trace still
// reports afterwards is released for it, also if it was destroyed by its last
// Release.
//
// # Not guaranteed
//
// An object that becomes garbage by a handle that is neither released nor moved,
// but whose surroundings change, is not looked at: a handle that lies in a slice,
// say, or behind a pointer that one member passes to another. Release or Move
// handles of such objects, or call [Domain.Look] with one.
//
// Handles that are lost without Release keep their objects, as everywhere in this
// package, and while an object waits for the next collection the collector of Go
// does not find its lost handles.
//
// The zero Domain is ready for use. It must not be copied.
//
// The algorithm is that of CPython's Modules/gcmodule.c, count less handles from
// inside, applied to a part of the graph only, as in Bacon and Rajan's "Concurrent
// Cycle Collection in Reference Counted Systems" (2001).
type Domain struct {
	_ noCopy

	gate       gate
	collector  collector // of whoever has the turn at the gate
	decision   sync.Mutex
	phase      atomic.Uint32              // what the collection does
	round      atomic.Uint64              // which search it is
	collecting atomic.Uintptr             // the goroutine that collects
	batch      atomic.Uint64              // changes after every few objects that are traced
	used       atomic.Uint64              // the last round in which any member was used meanwhile
	busy       [stripes]stripe            // operations under way that change counts
	specials   atomic.Uint64              // members that are not plain any more
	itself     atomic.Pointer[[]observer] // see alone

	era     atomic.Uint64 // of the list; a new one begins when a collection takes it
	mu      sync.Mutex
	dirty   []*front // members that may be garbage, each once
	members int
	limit   int // of dirty members, and
	percent int // of members: an Update that leaves more collects
}

// ErrCollecting is the error of a collection that a destructor asks for that is
// run by a collection of the same domain. What the destructor leaves behind is
// looked at the next time.
var ErrCollecting = errors.New("refcount: the domain is being collected by this goroutine: a destructor cannot collect the domain that destroys its object")

// Adopt makes the handle's object a member of the domain, for good. The handle
// must be the object's only strong one, so adopt objects right after they are
// made. Adopt panics if it is not, and if the object is a member already.
//
// An Adopt beyond the threshold collects ([Domain.SetThreshold]). What [Strong.MakeMut]
// makes of a member is no member.
//
// A member takes about 260 bytes more than another object, and its handles are
// counted on a slower path, at several times the price.
func Adopt[T any, P interface {
	*T
	Tracer
}](d *Domain, h *Strong[T]) {
	core, _, _ := h.look("Adopt")
	if w := core.watch(); w != nil && w.node.domain != nil {
		panic(fmt.Sprintf("refcount: Adopt of a %s that is a member of a Domain already: adopt an object once", typeName[T]()))
	}
	if h.StrongCount() != 1 || !h.observe(d, false) {
		panic(fmt.Sprintf("refcount: Adopt of a %s that has several strong handles: adopt an object right after it is made, and clone the handle then", typeName[T]()))
	}
	d.enroll(h.block.front())
	d.collectIfDue(goroutine())
}

// Update runs f, which may change the handles that members own. Several updates
// may run at the same time: Update keeps collections out, it does not guard
// members from each other's writers. It may be nested.
//
// While a collection searches, Update waits. So f must not wait for another
// goroutine's Update, and it must not collect. An Update that leaves the domain
// beyond its threshold collects when f has returned ([Domain.SetThreshold]).
func (d *Domain) Update(f func()) {
	self := goroutine()
	if d.update(self, f) {
		d.collectIfDue(self)
	}
}

func (d *Domain) update(self uintptr, f func()) (first bool) {
	first = d.gate.enter(self)
	defer d.gate.leave(self)
	f()
	return first
}

// Look has the next collection look at the handle's object, whether or not a
// handle of it was released or moved. It panics if the object is no member.
func Look[T any](d *Domain, h *Strong[T]) {
	h.look("Look")
	f := h.block.front()
	if f == nil || f.watch.node.domain != d {
		panic(fmt.Sprintf("refcount: Look at a %s that is no member of the Domain: Adopt it first", typeName[T]()))
	}
	d.suspect(f)
}

// SetThreshold has the domain collected whenever more members than limit, and
// more than percent of all members, may be garbage: at the end of an Update or
// Adopt, in the goroutine that called it, unless another one is updating or
// collecting. CPython collects beyond 25 percent; it is this share that keeps
// the time for collections in proportion to the work that makes them necessary.
// A limit of zero, which is the state of a new Domain, turns this off.
func (d *Domain) SetThreshold(limit, percent int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit, d.percent = limit, percent
}

// Scope calls f and collects the domain when f ends, also if it panics.
func (d *Domain) Scope(ctx context.Context, f func()) (c Collected, err error) {
	defer func() { c, err = d.Collect(ctx) }()
	f()
	return c, err
}

// Len returns the number of members.
func (d *Domain) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.members
}

// Pending returns the number of members that the next collection starts from.
func (d *Domain) Pending() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.dirty)
}

// Collected is what a collection did, in numbers of members.
type Collected struct {
	Pending     int // it started from
	Examined    int // it looked at: the pending ones and what they lead to
	Destroyed   int
	Resurrected int // ran their destructors, or would have been destroyed, and were handed out by a destructor
	Used        int // looked like garbage, but were used meanwhile
}

// Collect destroys the members that are held by nothing but each other. Handles
// that nobody traced count as held from outside.
//
// It waits for the updates and collections under way. If ctx ends before it has
// decided what to destroy, Collect returns its error and has done nothing. It
// returns [ErrCollecting] when called by a destructor that it runs itself, and
// panics when called inside Update. Members whose Trace reports a handle twice
// make it panic too; it has done nothing then. Call it without holding a lock that
// an Update or a destructor takes.
func (d *Domain) Collect(ctx context.Context) (Collected, error) {
	self := goroutine()
	switch mine, err := d.gate.take(ctx, self); {
	case err != nil:
		return Collected{}, err
	case !mine:
		return Collected{}, ErrCollecting
	}
	defer d.gate.pass()
	return d.collector.collect(ctx, d, self)
}

// collectIfDue is called outside of the goroutine's updates.
func (d *Domain) collectIfDue(self uintptr) {
	d.mu.Lock()
	due := d.limit > 0 && len(d.dirty) > max(d.limit, d.members*d.percent/100)
	d.mu.Unlock()
	if due && d.gate.tryTake(self) {
		defer d.gate.pass()
		d.collector.collect(context.Background(), d, self)
	}
}

// Report returns the cycles that Collect would destroy, and destroys nothing. It
// can be called as often as one likes; objects stay pending. Its errors and panics
// are those of Collect.
func (d *Domain) Report(ctx context.Context) ([]Cycle, error) {
	self := goroutine()
	switch mine, err := d.gate.take(ctx, self); {
	case err != nil:
		return nil, err
	case !mine:
		return nil, ErrCollecting
	}
	defer d.gate.pass()
	return d.collector.report(ctx, d, self)
}
