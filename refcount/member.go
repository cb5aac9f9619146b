package refcount

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// node is what a member's watch keeps for its domain.
type node struct {
	domain    *Domain                   // nil if the object is no member
	number    event.ID                  // grows with age; the object's own if it has one
	callbacks atomic.Pointer[callbacks] // nil until somebody watches
	first     *front                    // the one that becomeMember has made, or nil
	stamp     uint64                    // as a front's, if there is none
	shared    bool                      // there are other observers
	finished  bool                      // its destructor has run, in a collection or before it was resurrected

	place uint32        // in the list of dirty members, guarded by the domain's lock
	dirty atomic.Uint64 // the era in which it was put into that list
	used  atomic.Uint64 // the last round in which it was used meanwhile
}

// The phases of a collection, as far as others see them.
const (
	resting uint32 = iota
	searching
	deciding
)

// setSpecial has collections look at the node, since the object is not plain any more.
func (n *node) setSpecial() {
	if n.first == nil {
		return
	}
	if d := n.first.plain.Swap(nil); d != nil {
		d.specials.Add(1)
	}
}

// A domain is the observer of its members. Operations that change counts are
// counted themselves while they are under way, in stripes so that operations on
// different objects do not meet. While the domain decides there are none.
const stripes = 16

type stripe struct {
	atomic.Int32
	_ [60]byte
}

func (d *Domain) stripe(core *block) *stripe {
	return &d.busy[uint64(uintptr(unsafe.Pointer(core)))*0x9e3779b97f4a7c15>>60]
}

// awaitOperations waits until the operations are over that are under way. No Trace is.
func (d *Domain) awaitOperations() {
	for i := range d.busy {
		for d.busy[i].Load() != 0 {
			d.batch.Add(1) // for a destructor that waits for the end of one
			runtime.Gosched()
		}
	}
}

// alone returns the observers of an object that has no other one.
func (d *Domain) alone() *[]observer {
	if all := d.itself.Load(); all != nil {
		return all
	}
	d.itself.CompareAndSwap(nil, &[]observer{d})
	return d.itself.Load()
}

func (d *Domain) fronted(*front) {}

func (d *Domain) before(core *block, f *front, op op) {
	if op == opValue {
		return
	}
	s := d.stripe(core)
	for {
		s.Add(1)
		switch d.phase.Load() {
		case resting:
			return
		case searching:
			if d.collecting.Load() == goroutine() {
				s.Add(-1)
				panic(fmt.Sprintf("refcount: %v called by the Trace of a %s: Trace only reports the handles of its object", op, d.collector.tracing.drop.typ()))
			}
			round := d.round.Load()
			core.watch().node.used.Store(round)
			d.used.Store(round)
			return
		default:
			s.Add(-1)
			d.decision.Lock() // until it has decided
			d.decision.Unlock()
		}
	}
}

func (d *Domain) after(core *block, f *front, op op) {
	switch op {
	case opValue:
		return
	case opRevive:
		core.watch().node.finished = true
		d.suspect(f)
	case opRelease, opMove, opUnwrap:
		if isDestroyed(atomic.LoadInt64(&core.state)) {
			// Its Trace may be at work on what the destructor is about
			// to change. Who is traced in a later batch is found dead.
			batch := d.batch.Load()
			for d.phase.Load() == searching && d.batch.Load() == batch {
				runtime.Gosched()
			}
		} else if f != nil {
			d.suspect(f)
		}
	}
	d.stripe(core).Add(-1)
}

// ended takes the object off the books.
func (d *Domain) ended(core *block) {
	n := &core.watch().node
	d.remove(n)
	if list := n.callbacks.Load(); list != nil {
		list.run()
	}
}

func (d *Domain) remove(n *node) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members--
	if n.dirty.Load() == d.era.Load() {
		n.dirty.Store(0)
		last := len(d.dirty) - 1
		moved := d.dirty[last]
		d.dirty[n.place] = moved
		moved.watch.node.place = n.place
		d.dirty[last] = nil
		d.dirty = d.dirty[:last]
	}
}

// strike takes n destroyed objects off the books.
func (d *Domain) strike(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members -= n
	kept := d.dirty[:0]
	for _, f := range d.dirty {
		if f.core.handles() > 0 {
			f.watch.node.place = uint32(len(kept))
			kept = append(kept, f)
		} else {
			f.watch.node.dirty.Store(0)
		}
	}
	clear(d.dirty[len(kept):])
	d.dirty = kept
}

func (d *Domain) enroll(f *front) {
	n := &f.watch.node
	n.domain = d
	n.shared = len(f.watch.all()) > 1
	n.number = f.core.describe().birth.Object
	if n.number == 0 {
		n.number = event.NextID()
	}
	if n.first != nil {
		n.first.number = n.number
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.era.Load() == 0 {
		d.era.Store(1)
	}
	d.members++
	d.pend(f)
}

// suspect has the next collection start from the object, among others.
func (d *Domain) suspect(f *front) {
	// The count was changed before. If the era is over by now, the object is
	// put into the next list; if it is not, the search comes later.
	if f.watch.node.dirty.Load() == d.era.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pend(f)
}

// pend is called with the lock held. An object that has just been destroyed by
// another goroutine, and is off the books, does not come back.
func (d *Domain) pend(f *front) {
	n := &f.watch.node
	if era := d.era.Load(); n.dirty.Load() != era && f.core.handles() > 0 {
		n.place = uint32(len(d.dirty))
		n.dirty.Store(era)
		d.dirty = append(d.dirty, f)
	}
}

// member reports whether the object is in a domain.
func (x *extra) member() bool { return x != nil && x.watch != nil && x.watch.node.domain != nil }

// finished reports whether the destructor has run already, in a collection that
// another destructor saved the object from.
func (b *block) finished() bool {
	w := b.watch()
	return w != nil && w.node.finished
}

// giveUpHandles releases what a destroyed member still owns.
func (b *block) giveUpHandles() {
	w := b.watch()
	if w == nil || w.node.domain == nil {
		return
	}
	returned := false
	defer func() {
		if !returned {
			b.report("Trace", recover())
		}
	}()
	b.drop.trace(b.target, func(e Edge) {
		e.release()
	})
	returned = true
}
