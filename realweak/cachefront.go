package realweak

import (
	"reflect"
	"sync"

	"github.com/referent-go/referent/realweak/event"
)

// front holds the most recently used values of a cache strongly. It is a clock
// (Corbató's, also called second chance): a ring of slots and a hand. A hit sets
// its entry's mark, which needs no lock; when room is needed, the hand goes round,
// clears marks, and takes the first slot whose entry has none. A list in the exact
// order of use would take a lock and several writes for each hit, and serve no more
// of them (TestCacheFrontHitRatio).
type front[V any] struct {
	limit int

	mu   sync.Mutex
	ring []*cacheEntry[V] // grows up to the limit
	free []uint32         // slots of removed entries, which are nil
	hand uint32
}

// maxSteps bounds how far the hand goes under the lock. In a large front in which
// everything was used lately, an arbitrary one is as good.
const maxSteps = 128

// admit has the front hold v, e's value, and returns the entry that was let go for
// it, if any.
func (f *front[V]) admit(e *cacheEntry[V], v *V) (out *cacheEntry[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hold(e, v)
}

// readmit is admit for a hit, which does not wait: a value that is used again will
// be hit again.
func (f *front[V]) readmit(e *cacheEntry[V], v *V) (out *cacheEntry[V]) {
	if !f.mu.TryLock() {
		return nil
	}
	defer f.mu.Unlock()
	return f.hold(e, v)
}

// hold is called with the mutex held.
func (f *front[V]) hold(e *cacheEntry[V], v *V) (out *cacheEntry[V]) {
	if e.removed || e.kept.Load() != nil {
		return nil
	}
	last := len(f.free) - 1
	switch {
	case last >= 0:
		e.slot = f.free[last]
		f.free = f.free[:last]
	case len(f.ring) < f.limit:
		e.slot = uint32(len(f.ring))
		f.ring = append(f.ring, nil)
	default:
		e.slot = f.turn()
		out = f.ring[e.slot]
		out.kept.Store(nil)
	}
	f.ring[e.slot] = e
	e.used.Store(false)
	e.kept.Store(v)
	return out
}

// turn moves the hand on from a slot to give up, and returns that. There are no
// free slots then.
func (f *front[V]) turn() (slot uint32) {
	for range maxSteps {
		slot = f.hand
		if f.hand++; f.hand == uint32(len(f.ring)) {
			f.hand = 0
		}
		if !f.ring[slot].used.Swap(false) {
			break
		}
	}
	return slot
}

// remove is called once an entry is out of the table.
func (f *front[V]) remove(e *cacheEntry[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e.removed = true
	if e.kept.Load() == nil {
		return
	}
	e.kept.Store(nil)
	f.ring[e.slot] = nil
	f.free = append(f.free, e.slot)
}

func (f *front[V]) len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ring) - len(f.free)
}

// evicted counts that the front let go of an entry, and tells. The cache still
// finds the value while somebody else holds it. No lock is held.
func (t *cacheTable[K, V]) evicted(out *cacheEntry[V]) {
	if out == nil {
		return
	}
	t.counts.here().evictions.Add(1)
	if !event.Default.Listening() {
		return
	}
	e := enroll(out.ref).Event(event.Evicted, reflect.TypeFor[V]().String())
	if who, ok := population.people.Load(untyped(out.ref)); ok {
		e.Label = who.label
	}
	e.Actor = event.Caller
	event.Default.Emit(e)
}
