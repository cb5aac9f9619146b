package realweak

import (
	"fmt"
	"reflect"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak/event"
)

// The types of a table's keys and values end here: slots and indexes do without,
// and a slot's index vouches for the type of its value.

func box[V any](value V) *byte {
	p := new(V)
	*p = value
	return (*byte)(unsafe.Pointer(p))
}

func unbox[V any](p *byte) (value V, ok bool) {
	if p == nil {
		return value, false
	}
	return *(*V)(unsafe.Pointer(p)), true
}

// slotsAt returns the Slots in a key. A method of K would do it too, but through
// a table of methods, which takes as long as the rest of a lookup.
func slotsAt[K any](key *K, offset uintptr) *Slots {
	return (*Slots)(unsafe.Add(unsafe.Pointer(key), offset))
}

func keyOf[K any](s *Slots, offset uintptr) *K {
	return (*K)(unsafe.Add(unsafe.Pointer(s), -int(offset)))
}

// slotsOffset returns where in a K its Slots is. It panics if that is elsewhere:
// values that hang off another object would not die with the key.
func slotsOffset[K any](key *K) uintptr {
	if k, ok := any(key).(interface{ slots() *Slots }); ok {
		offset := uintptr(unsafe.Pointer(k.slots())) - uintptr(unsafe.Pointer(key))
		if offset < unsafe.Sizeof(*key) {
			return offset
		}
	}
	panic(fmt.Sprintf("realweak: key type %v has its Slots behind a pointer; embed the Slots itself", reflect.TypeFor[K]()))
}

// own returns the table's index, and makes it if this is the first store, with
// the key's Slots.
func (t *SlotTable[K, V]) own(op string, key *K) (*slotIndex, *Slots) {
	if key == nil {
		panic(checkReferent(op, key))
	}
	o := t.owner.Load()
	for o == nil {
		fresh := newSlotOwner(slotsOffset(key))
		if t.owner.CompareAndSwap(nil, fresh) {
			fresh.watch()
			o = fresh
		} else {
			o = t.owner.Load()
		}
	}
	return o.index, slotsAt(key, o.offset)
}

// tell enrolls the key of a new entry. A weak reference to a key is made for
// listeners only.
func tell[K any](key *K) {
	if event.Default.Listening() {
		enroll(weak.Make(key))
	}
}

// entries is All but for the copy of the value.
func (t *SlotTable[K, V]) entries(yield func(*K, *V) bool) {
	o := t.owner.Load()
	if o == nil {
		return
	}
	for _, ref := range o.index.slots() {
		n := ref.Value()
		if n == nil {
			continue
		}
		v := n.value.Load()
		if v == nil || v == gone {
			continue
		}
		if !yield(keyOf[K](n.owner, o.offset), (*V)(unsafe.Pointer(v))) {
			return
		}
	}
}
