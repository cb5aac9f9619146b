package realweak

import (
	"iter"
	"runtime"
	"sync/atomic"
	"weak"
)

// KeyMap is a concurrent map from *K to V that does not keep its keys alive: an
// entry is gone once nothing else refers to its key. The keys are objects, not
// values: two pointers are the same key if they are equal. It is CPython's
// WeakKeyDictionary (Lib/weakref.py) but for that: CPython compares keys by
// value. The zero KeyMap is empty and ready to use; it must not be copied after
// first use.
//
// All methods are safe for concurrent use, also while the map is iterated. An
// entry whose key something holds on to is always found. A dead one never is,
// and a sweep after the collection frees its value. A KeyMap that is itself
// unreachable is collected with all that it holds.
//
// Methods that store panic if the key is nil, and if K is so small that its
// objects may share a block ([CheckReferent]); [New] allocates such keys.
//
// # Not guaranteed
//
// Values are held strongly: a value that refers to its key, even through other
// objects, keeps the entry for ever, as in CPython. A dead key's value is freed by
// the sweep, which in a map of more than a few thousand entries waits until one in
// eight is dead.
type KeyMap[K, V any] struct {
	table atomic.Pointer[keyTable[K, V]]
}

// Load returns the value for key and true, or the zero V and false.
func (m *KeyMap[K, V]) Load(key *K) (value V, ok bool) {
	t := m.table.Load()
	if t == nil || key == nil {
		return value, false
	}
	e, ok := t.find(key)
	if !ok {
		return value, false
	}
	return e.value, true
}

// Store sets the value for key.
func (m *KeyMap[K, V]) Store(key *K, value V) {
	mustRefer("KeyMap.Store", key)
	t := m.own()
	// The weak pointer of a key once stored is kept: making it again takes far
	// longer than the rest.
	e, ok := t.find(key)
	if !ok {
		e.key = weak.Make(key)
		enroll(e.key)
	}
	e.value = value
	t.entries.Store(address(key), e)
	// Were the key to die before, the entry could replace that of a new object
	// at its address.
	runtime.KeepAlive(key)
}

// LoadOrStore returns the value for key if there is one, and otherwise stores the
// given one and returns that. loaded tells the cases apart. Of several goroutines
// that store at once, one stores and all return its value.
func (m *KeyMap[K, V]) LoadOrStore(key *K, value V) (actual V, loaded bool) {
	mustRefer("KeyMap.LoadOrStore", key)
	t := m.own()
	if e, ok := t.find(key); ok {
		return e.value, true
	}
	ref := weak.Make(key)
	enroll(ref)
	return t.loadOrStore(key, keyEntry[K, V]{ref, value})
}

// LoadAndDelete deletes the entry for key and returns its value and true, or the
// zero V and false if there was none.
func (m *KeyMap[K, V]) LoadAndDelete(key *K) (value V, loaded bool) {
	t := m.table.Load()
	if t == nil || key == nil {
		return value, false
	}
	e, ok := t.remove(key)
	return e.value, ok
}

// Delete deletes the entry for key, if there is one.
func (m *KeyMap[K, V]) Delete(key *K) { m.LoadAndDelete(key) }

// Clear deletes all entries.
func (m *KeyMap[K, V]) Clear() {
	if t := m.table.Load(); t != nil {
		t.entries.Clear()
	}
}

// Len returns how many entries are alive. It looks at every entry; [KeyMap.LenApprox]
// does not. While the map is in use elsewhere the count is one that held for each
// entry at some moment of the call.
func (m *KeyMap[K, V]) Len() int {
	n := 0
	for range m.All() {
		n++
	}
	return n
}

// LenApprox returns how many entries the map stores, among them dead ones that no
// sweep has reached. It takes constant time.
func (m *KeyMap[K, V]) LenApprox() int {
	if t := m.table.Load(); t != nil {
		return t.entries.Size()
	}
	return 0
}

// All iterates over the living entries in no particular order. Each key comes up
// once at most, and once if its entry is there throughout. Only the key at hand
// is kept alive. The map may be changed meanwhile, by the loop's body too; what is
// stored during the loop may come up or not.
func (m *KeyMap[K, V]) All() iter.Seq2[*K, V] {
	return func(yield func(*K, V) bool) {
		t := m.table.Load()
		if t == nil {
			return
		}
		for _, e := range t.entries.All() {
			if key := e.key.Value(); key != nil && !yield(key, e.value) {
				return
			}
		}
	}
}

// Keys iterates over the living keys, as [KeyMap.All] does.
func (m *KeyMap[K, V]) Keys() iter.Seq[*K] { return first(m.All()) }

// Values iterates over the values of the living keys, as [KeyMap.All] does.
func (m *KeyMap[K, V]) Values() iter.Seq[V] { return second(m.All()) }

// own returns the map's table and makes it if this is the first store.
func (m *KeyMap[K, V]) own() *keyTable[K, V] {
	if t := m.table.Load(); t != nil {
		return t
	}
	return adopt(&m.table, newKeyTable[K, V])
}
