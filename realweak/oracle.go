package realweak

import (
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// place is where the runtime keeps what a pointer leads to.
type place uint8

const (
	placeUnknown place = iota
	placeHeap          // a slot of its own
	placeTiny          // a 16-byte slot without pointers, which tiny objects share
	placeGlobal        // data, bss, or the address of all zero-size objects
	placeForeign       // not the runtime's
)

// asker finds out where a pointer leads by offering AddCleanup an argument that
// it must refuse for a heap object: a pointer to the neighbouring byte, which
// lies in the same slot because slots are multiples of eight bytes
// (runtime/mcleanup.go).
//
//	refused as "within arg"    heap
//	taken                      tiny span: the runtime cannot tell the neighbours apart
//	taken, but a no-op         linker-allocated
//	refused as not allocated   foreign
type asker struct{ trusted bool }

// oracle returns the asker, which has tried itself on objects of known nature
// the first time round.
var oracle = sync.OnceValue(func() asker {
	type small struct{ p *int }
	trusted := ask(unsafe.Pointer(new(small))) == placeHeap &&
		ask(unsafe.Pointer(new([4]uint64))) == placeHeap &&
		ask(unsafe.Pointer(&known)) == placeGlobal &&
		ask(unsafe.Pointer(unsafe.StringData(constant))) == placeForeign
	return asker{trusted && ask(unsafe.Pointer(new(byte))) == placeTiny}
})

var known = 1

const constant = "the bytes of this string constant are in read-only memory"

func (a asker) place(p unsafe.Pointer) place {
	if !a.trusted {
		return placeUnknown
	}
	return ask(p)
}

func ask(p unsafe.Pointer) (answer place) {
	defer func() {
		if v := recover(); v != nil {
			answer = refusal(v)
		}
	}()
	offset := 1
	if uintptr(p)&1 == 1 {
		offset = -1 // a byte at the end of its slot
	}
	c := runtime.AddCleanup((*byte)(p), func(unsafe.Pointer) {}, unsafe.Add(p, offset))
	if c == (runtime.Cleanup{}) {
		return placeGlobal
	}
	c.Stop()
	runtime.KeepAlive(p)
	return placeTiny
}

// refusal reads what AddCleanup panicked with.
func refusal(v any) place {
	text, _ := v.(string)
	switch {
	case strings.Contains(text, "within arg"):
		return placeHeap
	case strings.Contains(text, "not in allocated block"):
		return placeForeign
	}
	return placeUnknown
}
