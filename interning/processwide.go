package interning

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// tables has the tables that a package-level generic variable would hold if Go
// had such: by their own type.
var tables sync.Map // reflect.Type → *tuples[E], *sets[E], …

// quick has some of them again: a hash table by the addresses of their types, in
// which a place once taken never changes. A type that finds all of its places taken
// is looked up in tables.
var quick [1 << quickBits]quickTable

const (
	quickBits   = 8
	quickPlaces = 8 // for each type, beginning with its own
)

type quickTable struct {
	typ   atomic.Pointer[byte] // set last
	table unsafe.Pointer
}

// quickAt returns the first place of a type. Types do not come from outside, so any
// hash will do; the addresses of their descriptors are multiples of 32.
func quickAt(typ *byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(typ))>>5) * 0x9e3779b1 >> (32 - quickBits)
}

// quickly returns the process's one table of the type that nobody's pointer is to, if
// it is where most are. Otherwise processWide has it.
func quickly(nobody any) unsafe.Pointer {
	typ := descriptor(nobody)
	if q := &quick[quickAt(typ)]; q.typ.Load() == typ {
		return q.table
	}
	return nil
}

// descriptor returns the address of v's type.
func descriptor(v any) *byte { return *(**byte)(unsafe.Pointer(&v)) }

// processWide returns the process's one table of type T, which build makes.
func processWide[T any](build func(config) *T) *T {
	var nobody *T
	typ := descriptor(nobody)
	for i := range uint32(quickPlaces) {
		if q := &quick[(quickAt(typ)+i)%(1<<quickBits)]; q.typ.Load() == typ {
			return (*T)(q.table)
		}
	}
	key := reflect.TypeFor[T]()
	known, ok := tables.Load(key)
	if !ok {
		known, _ = tables.LoadOrStore(key, build(config{}))
	}
	t := known.(*T)
	addQuick(typ, unsafe.Pointer(t))
	return t
}

var quickMu sync.Mutex

// addQuick takes a place for a type if there is one.
func addQuick(typ *byte, table unsafe.Pointer) {
	quickMu.Lock()
	defer quickMu.Unlock()
	for i := range uint32(quickPlaces) {
		q := &quick[(quickAt(typ)+i)%(1<<quickBits)]
		switch q.typ.Load() {
		case typ:
			return
		case nil:
			q.table = table
			q.typ.Store(typ)
			return
		}
	}
}
