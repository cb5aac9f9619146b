package realweak

import (
	"sync/atomic"
	"unsafe"
	"weak"
)

// weakWords says that cleared reads words instead of asking for values. It is set where a
// look at a living object shows a word of the form that is expected here; on a runtime
// with another one everything goes on as before, at the price of Value.
var weakWords atomic.Bool

func init() { weakWords.Store(probeWeakWord()) }

func probeWeakWord() bool {
	p := new([2]*int)
	w := untyped(weak.Make(p))
	return unsafe.Sizeof(w) == unsafe.Sizeof(uintptr(0)) && weakWord(w).Load() == uintptr(unsafe.Pointer(p))
}

// weakWord returns the word that a weak pointer which is not zero is the address of. It
// has the address of the object until its memory is swept, and zero from then on
// (runtime/mheap.go, getOrAddWeakHandle).
func weakWord(w weak.Pointer[byte]) *atomic.Uintptr {
	return *(**atomic.Uintptr)(unsafe.Pointer(&w))
}

// cleared reports whether w's object is dead, for those who do not want the object, such as
// a sweep. Value makes a strong pointer, and so keeps an object for another collection
// if the collector marks meanwhile, may have to wait for the end of that, and costs
// several times as much; cleared does nothing of the kind, and may be called with a lock
// held. But while a collection is being swept it takes objects for alive that Value would
// not.
func cleared(w weak.Pointer[byte]) bool {
	if weakWords.Load() {
		return w == weak.Pointer[byte]{} || weakWord(w).Load() == 0
	}
	return w.Value() == nil
}
