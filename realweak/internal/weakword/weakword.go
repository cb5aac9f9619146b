// Package weakword reads what weak pointers are made of, for those who want to know
// whether an object is dead without wanting the object, such as a sweep.
package weakword

import (
	"sync/atomic"
	"unsafe"
	"weak"
)

// known says that Cleared and Leads read words instead of asking for values. It is set where a
// look at a living object shows a word of the form that is expected here; on a runtime
// with another one everything goes on as before, at the price of Value.
var known atomic.Bool

func init() { known.Store(probe()) }

func probe() bool {
	p := new([2]*int)
	w := weak.Make((*byte)(unsafe.Pointer(p)))
	return unsafe.Sizeof(w) == unsafe.Sizeof(uintptr(0)) && Of(w).Load() == uintptr(unsafe.Pointer(p))
}

// Known reports whether words can be read on this runtime.
func Known() bool { return known.Load() }

// SetKnown is for tests of what is done where words cannot be read. It returns whether
// they could be before.
func SetKnown(can bool) (before bool) { return known.Swap(can) }

// Of returns the word that a weak pointer which is not zero is the address of. It
// has the address of the object until its memory is swept, and zero from then on
// (runtime/mheap.go, getOrAddWeakHandle).
func Of(w weak.Pointer[byte]) *atomic.Uintptr {
	return *(**atomic.Uintptr)(unsafe.Pointer(&w))
}

// Cleared reports whether w's object is dead, for those who do not want the object.
// Value makes a strong pointer, and so keeps an object for another collection
// if the collector marks meanwhile, may have to wait for the end of that, and costs
// several times as much; Cleared does nothing of the kind where words are known, and may
// then be called with a lock held. But while a collection is being swept it takes objects
// for alive that Value would not.
func Cleared(w weak.Pointer[byte]) bool {
	if known.Load() {
		return w == weak.Pointer[byte]{} || Of(w).Load() == 0
	}
	return w.Value() == nil
}
