package realweak

import (
	"sync"
	"sync/atomic"
)

// slot is one table's entry for one key. It hangs off the key in a list with the
// slots of the other tables, and nothing else refers to it strongly:
//
//	key ──> slot ──> slot ──> …      owner leads back to the key
//	          │└──> index <── table
//	          └──> value             may lead anywhere, to the key too
//	index ··weak··> slot
//
// So the collector itself decides that a value lives exactly as long as its key:
// all that leads to it leads through the key.
//
// Readers walk the list without a lock. A slot is pushed at the head and unlinked
// once, when it holds no value and never will again; its own next is left, so
// that a reader who stands on it gets on.
type slot struct {
	index *slotIndex // whose entry this is; not the table, which must be able to die
	owner *Slots     // tells the key from a copy of it, which has the same head
	next  atomic.Pointer[slot]
	value atomic.Pointer[byte] // a *V; nil if deleted; gone once unlinked
}

// gone marks a slot that is, or is about to be, in no list.
var gone = new(byte)

// find returns x's slot for the key, and the head of the list that it looked
// through. Unless the head has changed, there still is no other.
func (s *Slots) find(x *slotIndex) (n, head *slot) {
	head = s.head.Load()
	for n = head; n != nil; n = n.next.Load() {
		if n.index == x && n.owner == s && n.value.Load() != gone {
			break
		}
	}
	return n, head
}

// push makes n the head, unless the head is no longer the one that find saw.
func (s *Slots) push(n, head *slot) bool {
	if head != nil && head.owner == s {
		n.next.Store(head)
	} // else the list came with a copy of another key
	return s.head.CompareAndSwap(head, n)
}

// drop takes a slot's value and the slot itself away for good.
func (n *slot) drop() {
	if n.value.Swap(gone) != gone {
		n.unlink()
	}
}

// dropEmpty drops a slot if it holds no value.
func (n *slot) dropEmpty() bool {
	if !n.value.CompareAndSwap(nil, gone) {
		return n.value.Load() == gone
	}
	n.unlink()
	return true
}

// unlinking lets one goroutine at a time unlink: that the slot before another is
// not itself being unlinked is all that a list without locks needs. It is taken
// by sweeps and Clear only, for a walk through one key's list.
var unlinking sync.Mutex

func (n *slot) unlink() {
	unlinking.Lock()
	defer unlinking.Unlock()
	next := n.next.Load()
	if n.owner.head.CompareAndSwap(n, next) {
		return
	}
	// What is not the head never becomes it while nobody else unlinks.
	for p := n.owner.head.Load(); p != nil; p = p.next.Load() {
		if p.next.Load() == n {
			p.next.Store(next)
			return
		}
	}
}
