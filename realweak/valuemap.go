package realweak

import (
	"iter"
	"sync/atomic"
	"weak"
)

// ValueMap is a concurrent map from K to *V that does not keep its values alive:
// an entry is gone once nothing else refers to its value. It is CPython's
// WeakValueDictionary (Lib/weakref.py) with the method names of [sync.Map]. The
// zero ValueMap is empty and ready to use; it must not be copied after first use.
//
// All methods are safe for concurrent use, also while the map is iterated. An
// entry whose value something holds on to is always found. A dead one never is:
// it is as good as deleted from the moment the collector clears it, and a sweep
// after the collection frees its memory. A ValueMap that is itself unreachable
// is collected with all that it holds.
//
// A value is what a *V points to. Methods that store panic if it is nil, and if
// V is so small that its objects may share a block ([CheckReferent]); [New]
// allocates such values.
//
// # Not guaranteed
//
// That a dead value's key is freed by a certain time: in a map of more than a few
// thousand entries the sweep waits until one in eight is dead. K is held
// strongly, so a key that refers to its own value keeps the entry for ever.
type ValueMap[K comparable, V any] struct {
	table atomic.Pointer[valueTable[K, V]]
}

// Load returns the value for key and true, or nil and false if there is none
// that is alive.
func (m *ValueMap[K, V]) Load(key K) (value *V, ok bool) {
	t := m.table.Load()
	if t == nil {
		return nil, false
	}
	ref, _ := t.entries.Load(key)
	value = ref.Value() // nil for the zero ref
	return value, value != nil
}

// Store sets the value for key.
func (m *ValueMap[K, V]) Store(key K, value *V) {
	mustRefer("ValueMap.Store", value)
	ref := weak.Make(value)
	enrollAs(ref, key)
	m.own().entries.Store(key, ref)
}

// LoadOrStore returns the value for key if there is one that is alive, and
// otherwise stores the given one and returns that. loaded tells the cases apart.
// Of several goroutines that store at once, one stores and all return its value.
func (m *ValueMap[K, V]) LoadOrStore(key K, value *V) (actual *V, loaded bool) {
	mustRefer("ValueMap.LoadOrStore", value)
	t := m.own()
	ref, _ := t.entries.Load(key)
	if actual = ref.Value(); actual != nil {
		return actual, true
	}
	fresh := weak.Make(value)
	enrollAs(fresh, key)
	for {
		// ref is absent or dead. It can only be replaced by another value.
		now := t.replace(key, ref, fresh)
		if now == fresh {
			return value, false
		}
		if actual = now.Value(); actual != nil {
			return actual, true
		}
		ref = now
	}
}

// LoadAndDelete deletes the entry for key and returns its value and true, or nil
// and false if there was none that was alive.
func (m *ValueMap[K, V]) LoadAndDelete(key K) (value *V, loaded bool) {
	t := m.table.Load()
	if t == nil {
		return nil, false
	}
	ref, _ := t.entries.LoadAndDelete(key)
	value = ref.Value()
	return value, value != nil
}

// Delete deletes the entry for key, if there is one.
func (m *ValueMap[K, V]) Delete(key K) {
	if t := m.table.Load(); t != nil {
		t.entries.Delete(key)
	}
}

// Clear deletes all entries.
func (m *ValueMap[K, V]) Clear() {
	if t := m.table.Load(); t != nil {
		t.entries.Clear()
	}
}

// Len returns how many entries are alive. It looks at every entry; [ValueMap.LenApprox]
// does not. While the map is in use elsewhere the count is one that held for each
// entry at some moment of the call.
func (m *ValueMap[K, V]) Len() int {
	n := 0
	for range m.All() {
		n++
	}
	return n
}

// LenApprox returns how many entries the map stores, among them dead ones that no
// sweep has reached. It takes constant time.
func (m *ValueMap[K, V]) LenApprox() int {
	if t := m.table.Load(); t != nil {
		return t.entries.Size()
	}
	return 0
}

// All iterates over the living entries in no particular order. Each key comes up
// once at most, and once if its entry is there and alive throughout. Only the
// value at hand is kept alive. The map may be changed meanwhile, by the loop's
// body too; what is stored during the loop may come up or not.
func (m *ValueMap[K, V]) All() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		t := m.table.Load()
		if t == nil {
			return
		}
		for key, ref := range t.entries.All() {
			if value := ref.Value(); value != nil && !yield(key, value) {
				return
			}
		}
	}
}

// Keys iterates over the keys of the living entries, as [ValueMap.All] does.
func (m *ValueMap[K, V]) Keys() iter.Seq[K] { return first(m.All()) }

// Values iterates over the living values, as [ValueMap.All] does. A value that is
// stored under several keys comes up for each.
func (m *ValueMap[K, V]) Values() iter.Seq[*V] { return second(m.All()) }

// own returns the map's table and makes it if this is the first store.
func (m *ValueMap[K, V]) own() *valueTable[K, V] {
	if t := m.table.Load(); t != nil {
		return t
	}
	return adopt(&m.table, newValueTable[K, V])
}
