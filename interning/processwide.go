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

// quick has some of them again, each at a place that its type's address chooses.
var quick [1 << quickBits]atomic.Pointer[quickTable]

const quickBits = 8

type quickTable struct{ typ, table unsafe.Pointer }

// processWide returns the process's one table of type T, which build makes.
func processWide[T any](build func(config) *T) *T {
	var none *T
	var boxed any = none
	typ := *(*unsafe.Pointer)(unsafe.Pointer(&boxed)) // the descriptor of *T, as reflect sees it
	at := &quick[hashWord(uint64(uintptr(typ)))>>(64-quickBits)]
	if q := at.Load(); q != nil && q.typ == typ {
		return (*T)(q.table)
	}
	key := reflect.TypeFor[T]()
	t, ok := tables.Load(key)
	if !ok {
		t, _ = tables.LoadOrStore(key, build(config{}))
	}
	at.Store(&quickTable{typ, unsafe.Pointer(t.(*T))})
	return t.(*T)
}
