package realweak

import "sync/atomic"

// Slots makes a type a key of [SlotTable]. It is embedded by value:
//
//	type Session struct {
//		realweak.Slots
//		User string
//	}
//
// It takes one word and has nothing to call. What the tables hold for an object
// hangs off this word, so that it lives and dies with the object. The zero Slots
// has no values and is ready to use.
//
// An object must not be copied or overwritten as a whole after its first use as a
// key; go vet reports copies. A copy has none of the original's values, but may
// keep the original alive.
type Slots struct {
	slotMark
	head atomic.Pointer[slot]
}

// Slotted is the constraint of what can be a key's type: one that embeds [Slots].
// Nothing else satisfies it, so the compiler finds a key type that forgot to.
type Slotted interface{ slotted() }

// slotMark carries the method that a key's type gets from Slots. It is not a
// method of Slots itself because only a value's method is promoted to the type
// that a program names, as Session, and a value receiver would copy the word.
type slotMark struct{}

func (slotMark) slotted() {}

// slots is how a table finds where in a key the Slots is.
func (s *Slots) slots() *Slots { return s }
