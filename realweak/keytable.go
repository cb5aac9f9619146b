package realweak

import (
	"runtime"
	"sync/atomic"
	"unsafe"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// keyTable is what a KeyMap by identity owns; see valueTable.
//
// It finds a key by its address, and believes it if the weak pointer beside it
// agrees. That is sound because the collector does not move what it has
// allocated: of all objects that ever had an address, one at most is alive, and
// the entry of a dead one is taken for absent. Looking up by weak pointer would
// have to make one for every key that is asked about.
//
// Whoever stores must hold the key until the entry is in place: were it to die
// before, the entry could replace that of a new object at its address.
type keyTable[K, V any] struct {
	sweeping[uintptr, keyEntry[V]]
	fast    *xsync.Map[uintptr, keyEntry[V]] // the map in entries; nil if that is another kind of store
	removed listener[*K, V]                  // may be nil
	watched *watchedKeys                     // nil unless keys tell of their death one by one

	versions atomic.Uint64 // given out so far
}

// keyEntry is a key as the table holds it, with its value. The version tells the
// stores of a key apart. No two entries of a table ever have the same one: were it
// counted for each key alone, one deleted and stored again could pass for the one
// that was seen before.
type keyEntry[V any] struct {
	key     weak.Pointer[byte]
	version uint64
	value   V
}

func (e keyEntry[V]) same(other keyEntry[V]) bool {
	return e.key == other.key && e.version == other.version
}

func (e keyEntry[V]) dead() bool { return cleared(e.key) }

func newKeyTable[K, V any](o KeyMapOptions[K, V]) *keyTable[K, V] {
	entries := newXStore[uintptr, keyEntry[V]]()
	t := newKeyTableOn(store[uintptr, keyEntry[V]](entries), o)
	t.fast = entries.m
	return t
}

func newKeyTableOn[K, V any](entries store[uintptr, keyEntry[V]], o KeyMapOptions[K, V]) *keyTable[K, V] {
	t := &keyTable[K, V]{removed: o.OnRemoval}
	t.entries = entries
	t.dead = keyEntry[V].dead
	if o.perEntry() {
		t.watched = newWatchedKeys()
	} else {
		sweepWhileAlive(t)
	}
	return t
}

func address[K any](key *K) uintptr { return uintptr(unsafe.Pointer(key)) }

// load returns what is stored at the key's address, perhaps for a dead object.
func (t *keyTable[K, V]) load(key *K) (e keyEntry[V], there bool) {
	if t.fast != nil {
		return t.fast.Load(address(key))
	}
	return t.entries.load(address(key))
}

func (t *keyTable[K, V]) find(key *K) (e keyEntry[V], ok bool) {
	e, there := t.load(key)
	return e, there && referent[K](e.key) == key
}

func (t *keyTable[K, V]) lookup(key *K) (value V, ok bool) {
	if e, ok := t.find(key); ok {
		return e.value, true
	}
	return value, false
}

func (t *keyTable[K, V]) swap(key *K, value V) (old V, had bool) {
	for {
		seen, _ := t.load(key)
		// The weak pointer of a key once stored is kept: making it again takes
		// far longer than the rest.
		e := t.entry(seen.key, value)
		had = referent[K](seen.key) == key
		if !had {
			e.key = t.refer(key)
		}
		if t.replace(key, seen, e, had) {
			if had {
				old = seen.value
			}
			return old, had
		}
	}
}

func (t *keyTable[K, V]) entry(key weak.Pointer[byte], value V) keyEntry[V] {
	return keyEntry[V]{key, t.versions.Add(1), value}
}

// refer returns a weak pointer to a key that is new to the table.
func (t *keyTable[K, V]) refer(key *K) weak.Pointer[byte] {
	ref := weak.Make(key)
	enroll(ref)
	return untyped(ref)
}

// loadOrStore returns the key's value, or stores one.
func (t *keyTable[K, V]) loadOrStore(key *K, value V) (actual V, loaded bool) {
	seen, _ := t.load(key)
	if referent[K](seen.key) == key {
		return seen.value, true
	}
	e := t.entry(t.refer(key), value)
	for {
		if seen.key == e.key {
			return seen.value, true
		}
		if t.replace(key, seen, e, false) {
			return value, false
		}
		seen, _ = t.load(key)
	}
}

// replace stores e if the entry is still the one seen. own says that the one seen
// is an entry of the same key, not of a dead one or none.
func (t *keyTable[K, V]) replace(key *K, seen, e keyEntry[V], own bool) bool {
	if !own && t.watched != nil {
		t.watch(key, e.key)
	}
	_, done := t.entries.putIf(address(key), seen, e)
	runtime.KeepAlive(key)
	if !done {
		return false
	}
	var none weak.Pointer[byte]
	switch {
	case own:
		t.gone(key, seen.value, Replaced)
	case seen.key != none:
		t.gone(nil, seen.value, Collected)
	case t.watched == nil:
		t.inserted()
	}
	return true
}

func (t *keyTable[K, V]) remove(key *K, accept func(V) bool) (old V, ok bool) {
	for {
		seen, ok := t.find(key)
		if !ok || !accept(seen.value) {
			return old, false
		}
		if t.entries.deleteIf(address(key), seen) {
			t.gone(key, seen.value, Explicit)
			return seen.value, true
		}
	}
}

func (t *keyTable[K, V]) compareAndSwap(key *K, old, fresh V) bool {
	for {
		seen, ok := t.find(key)
		if !ok || any(seen.value) != any(old) {
			return false
		}
		if t.replace(key, seen, t.entry(seen.key, fresh), true) {
			return true
		}
	}
}

func (t *keyTable[K, V]) each(yield func(weak.Pointer[K], V) bool) {
	scan(t.entries, t.fast, func(_ uintptr, e keyEntry[V]) bool { return yield(typed[K](e.key), e.value) })
}

func (t *keyTable[K, V]) size() int { return t.entries.size() }

func (t *keyTable[K, V]) clear() {
	if t.removed == nil {
		t.entries.clear()
		return
	}
	for at, e := range t.entries.all() {
		if t.entries.deleteIf(at, e) {
			if key := referent[K](e.key); key != nil {
				t.gone(key, e.value, Cleared)
			} else {
				t.gone(nil, e.value, Collected)
			}
		}
	}
}

// gone is called by the one who removed an entry.
func (t *keyTable[K, V]) gone(key *K, value V, cause Cause) {
	if t.removed != nil {
		t.removed.tell(key, value, cause)
	}
}

// watch gives a new key a finalizer that removes its entry. The finalizer holds
// the table weakly.
func (t *keyTable[K, V]) watch(key *K, ref weak.Pointer[byte]) {
	if t.watched.add(ref) {
		Finalize(key, reapKey[K, V], keyNotice[keyTable[K, V]]{weak.Make(t), uint64(address(key)), ref}).SetAtExit(false)
	}
}

func reapKey[K, V any](n keyNotice[keyTable[K, V]]) {
	t := n.table.Value()
	if t == nil {
		return
	}
	t.watched.remove(n.ref)
	for {
		e, _ := t.entries.load(uintptr(n.at))
		if e.key != n.ref {
			return // taken out before, or a new object's by now
		}
		if t.entries.deleteIf(uintptr(n.at), e) {
			t.gone(nil, e.value, Collected)
			return
		}
	}
}
