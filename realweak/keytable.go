package realweak

import (
	"runtime"
	"unsafe"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// keyTable is what a KeyMap owns; see valueTable.
//
// It finds a key by its address, and believes it if the weak pointer beside it
// agrees. That is sound because the collector does not move what it has
// allocated: of all objects that ever had an address, one at most is alive, and
// the entry of a dead one is taken for absent. Looking up by weak pointer would
// have to make one for every key that is asked about.
type keyTable[K, V any] struct {
	entries *xsync.Map[uintptr, keyEntry[K, V]]
}

type keyEntry[K, V any] struct {
	key   weak.Pointer[K]
	value V
}

func newKeyTable[K, V any]() *keyTable[K, V] {
	t := &keyTable[K, V]{xsync.NewMap[uintptr, keyEntry[K, V]]()}
	sweepWhileAlive(t)
	return t
}

func address[K any](key *K) uintptr { return uintptr(unsafe.Pointer(key)) }

func (t *keyTable[K, V]) find(key *K) (e keyEntry[K, V], ok bool) {
	e, ok = t.entries.Load(address(key))
	return e, ok && e.key.Value() == key
}

// loadOrStore stores e unless another goroutine has stored an entry for the key.
func (t *keyTable[K, V]) loadOrStore(key *K, e keyEntry[K, V]) (actual V, loaded bool) {
	// The caller holds key, so an entry at its address whose weak pointer
	// differs is that of a dead object.
	now, _ := t.entries.Compute(address(key), func(old keyEntry[K, V], there bool) (keyEntry[K, V], xsync.ComputeOp) {
		if loaded = there && old.key == e.key; loaded {
			return old, xsync.CancelOp
		}
		return e, xsync.UpdateOp
	})
	runtime.KeepAlive(key) // until the entry is in place; see KeyMap.Store
	return now.value, loaded
}

// remove deletes the entry of a key that the caller holds.
func (t *keyTable[K, V]) remove(key *K) (e keyEntry[K, V], ok bool) {
	seen, ok := t.find(key)
	if !ok {
		return e, false
	}
	t.entries.Compute(address(key), func(old keyEntry[K, V], there bool) (keyEntry[K, V], xsync.ComputeOp) {
		if ok = there && old.key == seen.key; !ok {
			return old, xsync.CancelOp
		}
		e = old
		return old, xsync.DeleteOp
	})
	return e, ok
}

func (t *keyTable[K, V]) sweep() {
	sweepEntries(t.entries,
		func(e keyEntry[K, V]) *K { return e.key.Value() },
		func(a, b keyEntry[K, V]) bool { return a.key == b.key })
}
