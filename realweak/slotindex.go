package realweak

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"weak"
)

// slotOwner is what a SlotTable owns, and owns alone: its death is how the
// sweeper learns that the table was dropped.
type slotOwner struct {
	index  *slotIndex
	offset uintptr // of the Slots in a key
}

func newSlotOwner(offset uintptr) *slotOwner {
	return &slotOwner{index: new(slotIndex), offset: offset}
}

// watch has the index swept after each collection while the owner is alive, and
// once more afterwards, to take from living keys what the dropped table held.
func (o *slotOwner) watch() {
	owner, x := Make(o), o.index
	sweeps.register(func() (again bool) {
		if !owner.Alive() {
			x.release()
			return false
		}
		return x.sweep()
	})
}

// slotIndex is a table's identity, which its slots refer to, and the list of its
// slots, which it refers to weakly. Looking an entry up does not need the list;
// iterating, counting, and taking all values away at once do.
//
// What stands in refs never changes, so that an iteration can go on with the
// slice that it began with: a new slot is appended, and a sweep makes a new slice.
type slotIndex struct {
	mu       sync.Mutex
	refs     []weak.Pointer[slot]
	limit    int // length of refs from which an insertion sweeps
	released bool

	live    atomic.Int64 // slots with a value, as far as sweeps have counted
	loading calls[*Slots, *byte]

	sweeping sync.Mutex // held by the one who sweeps
}

func (x *slotIndex) load(s *Slots) *byte {
	n, _ := s.find(x)
	if n == nil {
		return nil
	}
	if v := n.value.Load(); v != gone {
		return v
	}
	return nil
}

// swap sets the value and returns the previous one, or nil.
func (x *slotIndex) swap(s *Slots, v *byte) (old *byte) {
	for {
		n, head := s.find(x)
		if n == nil {
			if x.insert(s, head, v) {
				return nil
			}
			continue
		}
		old = n.value.Load()
		if old != gone && n.value.CompareAndSwap(old, v) {
			if old == nil {
				x.live.Add(1)
			}
			return old
		}
	}
}

// loadOrStore returns the value there is, or sets it to v and returns that.
func (x *slotIndex) loadOrStore(s *Slots, v *byte) (actual *byte, loaded bool) {
	for {
		n, head := s.find(x)
		if n == nil {
			if x.insert(s, head, v) {
				return v, false
			}
			continue
		}
		old := n.value.Load()
		if old == gone {
			continue
		}
		if old != nil {
			return old, true
		}
		if n.value.CompareAndSwap(nil, v) {
			x.live.Add(1)
			return v, false
		}
	}
}

// remove takes the value away and returns it. The slot stays until a sweep, for
// the next value to use: making one takes far longer.
func (x *slotIndex) remove(s *Slots) (old *byte) {
	n, _ := s.find(x)
	if n == nil {
		return nil
	}
	for {
		old = n.value.Load()
		if old == nil || old == gone {
			return nil
		}
		if n.value.CompareAndSwap(old, nil) {
			x.live.Add(-1)
			return old
		}
	}
}

func (x *slotIndex) insert(s *Slots, head *slot, v *byte) bool {
	n := &slot{index: x, owner: s}
	n.value.Store(v)
	if !s.push(n, head) {
		return false
	}
	added, full := x.add(weak.Make(n))
	if !added {
		n.drop() // as if stored before the Clear that released the index
	}
	if full && x.sweeping.TryLock() {
		// The sweeper is behind, or there was no collection for long.
		defer x.sweeping.Unlock()
		x.pass()
	}
	return true
}

func (x *slotIndex) add(ref weak.Pointer[slot]) (added, full bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.released {
		return false, false
	}
	x.refs = append(x.refs, ref)
	x.live.Add(1)
	return true, len(x.refs) > max(sweepAlways, x.limit)
}

// slots returns the weak references to all slots there are now.
func (x *slotIndex) slots() []weak.Pointer[slot] {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.refs
}

// release drops all slots, now and for ever.
func (x *slotIndex) release() {
	x.mu.Lock()
	refs := x.refs
	x.refs, x.released = nil, true
	x.mu.Unlock()
	for _, ref := range refs {
		if n := ref.Value(); n != nil {
			n.drop()
		}
	}
}

// sweep removes the slots of dead keys and those without a value, if there are
// enough of them. It must be called again if it returns true.
func (x *slotIndex) sweep() (again bool) {
	x.sweeping.Lock()
	defer x.sweeping.Unlock()
	return x.pass()
}

func (x *slotIndex) pass() (again bool) {
	x.mu.Lock()
	refs, live := x.refs, x.live.Load()
	x.limit = 2 * len(refs)
	again = !x.released
	x.mu.Unlock()
	if len(refs) > sweepAlways && !worthSweepingSlots(refs) {
		return again
	}
	kept := useful(refs)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.released {
		return false
	}
	// How many of the dead had a value when they died nobody knows. What was
	// counted alive is right but for what changed meanwhile.
	x.live.Add(int64(len(kept)) - live)
	if len(kept) < len(refs) {
		x.refs = append(kept, x.refs[len(refs):]...)
		x.limit = 2 * len(x.refs)
	}
	return true
}

// useful drops the slots that hold no value and returns the others that are alive:
// refs itself if all are.
func useful(refs []weak.Pointer[slot]) []weak.Pointer[slot] {
	for i, ref := range refs {
		if isUseful(ref) {
			continue
		}
		kept := append([]weak.Pointer[slot](nil), refs[:i]...)
		for _, ref := range refs[i+1:] {
			if isUseful(ref) {
				kept = append(kept, ref)
			}
		}
		return kept
	}
	return refs
}

func isUseful(ref weak.Pointer[slot]) bool {
	n := ref.Value()
	return n != nil && !n.dropEmpty()
}

// worthSweepingSlots tells from a sample whether the share of useless slots has
// reached the bound that holds for all maps. Unlike a map's, the slots are in
// order of age, so the sample must be drawn.
func worthSweepingSlots(refs []weak.Pointer[slot]) bool {
	useless := 0
	for range sampleSize {
		n := refs[rand.IntN(len(refs))].Value()
		if n == nil || n.value.Load() == nil {
			useless++
		}
	}
	return useless*deadShare >= sampleSize
}
