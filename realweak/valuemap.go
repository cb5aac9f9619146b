package realweak

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"sync/atomic"
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

// ValueMapOptions are the options of a [ValueMap]. The zero ValueMapOptions are
// those of a zero map.
type ValueMapOptions[K comparable, V any] struct {
	// OnRemoval is called once for each entry that leaves the map: by the goroutine
	// that removed it, after the removal and without a lock of the map, and for
	// Collected mostly by the goroutine that runs finalizers. A panic in it is
	// recovered and reported ([OnPanic]). It implies PerEntry. If it refers to the
	// map, the map is still collected when dropped.
	OnRemoval func(Removal[K, *V])

	// PerEntry gives each value a finalizer that removes its entry as soon as it is
	// found dead, in the place of the sweep after each collection. An insertion
	// costs about three times as much then, and a collection more for each entry;
	// it pays where millions of entries hardly change.
	PerEntry bool

	// Name shows the map's values as a group of that name in [event.Groups]. Names
	// need not be unique; maps of one name are shown as one. Without a name a map is
	// not shown. A map that is shown is still collected when dropped.
	Name string
}

// NewValueMap returns an empty map with options. Without any, new(ValueMap[K, V])
// does the same.
func NewValueMap[K comparable, V any](o ValueMapOptions[K, V]) *ValueMap[K, V] {
	m := new(ValueMap[K, V])
	m.table.Store(newValueTable(o))
	m.join(o.Name)
	return m
}

// Load returns the value for key and true, or nil and false if there is none
// that is alive.
func (m *ValueMap[K, V]) Load(key K) (value *V, ok bool) {
	t := m.table.Load()
	if t == nil {
		return nil, false
	}
	var e valueEntry
	if t.fast != nil { // not by load, a call that costs as much as a miss
		e, _ = t.fast.Load(key)
	} else {
		e, _ = t.entries.load(key)
	}
	value = referent[V](e.ref) // nil for the zero entry
	return value, value != nil
}

// Store sets the value for key.
func (m *ValueMap[K, V]) Store(key K, value *V) {
	m.swap("ValueMap.Store", key, value)
}

// Swap sets the value for key and returns the one before and true, or nil and
// false if there was none that was alive.
func (m *ValueMap[K, V]) Swap(key K, value *V) (previous *V, loaded bool) {
	previous = referent[V](m.swap("ValueMap.Swap", key, value).ref)
	return previous, previous != nil
}

func (m *ValueMap[K, V]) swap(op string, key K, value *V) (old valueEntry) {
	mustRefer(op, value)
	t := m.own()
	e := t.entryOf(key, value)
	old, _ = t.entries.put(key, e)
	t.stored(key, old, e)
	return old
}

// LoadOrStore returns the value for key if there is one that is alive, and
// otherwise stores the given one and returns that. loaded tells the cases apart.
// Of several goroutines that store at once, one stores and all return its value.
func (m *ValueMap[K, V]) LoadOrStore(key K, value *V) (actual *V, loaded bool) {
	mustRefer("ValueMap.LoadOrStore", value)
	t := m.own()
	seen := t.load(key)
	if actual = referent[V](seen.ref); actual != nil {
		return actual, true
	}
	e := t.entryOf(key, value)
	for {
		// What was seen is absent or dead.
		now, done := t.entries.putIf(key, seen, e)
		if done {
			t.stored(key, seen, e)
			return value, false
		}
		if actual = referent[V](now.ref); actual != nil {
			return actual, true
		}
		seen = now
	}
}

// LoadOrCompute returns the value for key if there is one that is alive, and
// otherwise stores and returns the one that compute makes. loaded tells the cases
// apart. Of several goroutines that ask for a key at once, one computes, and the
// others wait and return its value; they do not keep goroutines waiting that ask
// for other keys. An error is returned to all who waited, and nothing is stored.
// If compute panics, so does its caller, and one of those who waited computes.
//
// compute must not ask the map for the same key by LoadOrCompute. It panics if
// compute returns a value that cannot be stored, nil among them.
func (m *ValueMap[K, V]) LoadOrCompute(key K, compute func() (*V, error)) (value *V, loaded bool, err error) {
	if value, loaded = m.Load(key); loaded {
		return value, true, nil
	}
	t := m.own()
	loaded = true
	value, err = t.loading.do(context.Background(), key, func() (*V, error) {
		// Another call may have stored it since this goroutine looked.
		if value, ok := m.Load(key); ok {
			return value, nil
		}
		value, err := compute()
		if err != nil {
			return nil, err
		}
		actual, there := m.LoadOrStore(key, value)
		loaded = there
		return actual, nil
	})
	if err != nil {
		return nil, false, err
	}
	return value, loaded, nil
}

// CompareAndSwap sets the value for key to fresh if it is old, and reports
// whether it did. Both are compared as pointers. It panics if fresh cannot be
// stored; if old is nil it does nothing.
func (m *ValueMap[K, V]) CompareAndSwap(key K, old, fresh *V) (swapped bool) {
	mustRefer("ValueMap.CompareAndSwap", fresh)
	t := m.table.Load()
	if t == nil || old == nil {
		return false
	}
	seen := t.load(key)
	if referent[V](seen.ref) != old {
		return false
	}
	e := t.entryOf(key, fresh)
	if _, swapped = t.entries.putIf(key, seen, e); swapped {
		t.stored(key, seen, e)
	}
	runtime.KeepAlive(old)
	return swapped
}

// CompareAndDelete deletes the entry for key if its value is old, compared as a
// pointer, and reports whether it did.
func (m *ValueMap[K, V]) CompareAndDelete(key K, old *V) (deleted bool) {
	t := m.table.Load()
	if t == nil || old == nil {
		return false
	}
	seen := t.load(key)
	if referent[V](seen.ref) != old || !t.entries.deleteIf(key, seen) {
		return false
	}
	t.gone(key, seen, Explicit)
	runtime.KeepAlive(old)
	return true
}

// LoadAndDelete deletes the entry for key and returns its value and true, or nil
// and false if there was none that was alive.
func (m *ValueMap[K, V]) LoadAndDelete(key K) (value *V, loaded bool) {
	t := m.table.Load()
	if t == nil {
		return nil, false
	}
	old, had := t.entries.take(key)
	value = referent[V](old.ref)
	if had {
		t.gone(key, old, Explicit)
	}
	return value, value != nil
}

// Delete deletes the entry for key, if there is one.
func (m *ValueMap[K, V]) Delete(key K) { m.LoadAndDelete(key) }

// Clear deletes all entries. What is stored meanwhile may be deleted or not.
func (m *ValueMap[K, V]) Clear() {
	if t := m.table.Load(); t != nil {
		t.clear()
	}
}

// Len returns how many entries are alive. It looks at every entry; [ValueMap.LenApprox]
// does not. While the map is in use elsewhere the count is one that held for each
// entry at some moment of the call.
func (m *ValueMap[K, V]) Len() int {
	return count(m.All())
}

// LenApprox returns how many entries the map stores, among them dead ones that no
// sweep has reached. It takes constant time.
func (m *ValueMap[K, V]) LenApprox() int {
	if t := m.table.Load(); t != nil {
		return t.entries.size()
	}
	return 0
}

// String returns the type and the number of stored entries, such as
// "ValueMap[string, main.Page](12 entries)". It looks at none of them.
func (m *ValueMap[K, V]) String() string {
	return fmt.Sprintf("ValueMap[%v, %v](%d entries)", reflect.TypeFor[K](), reflect.TypeFor[V](), m.LenApprox())
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
		scan(t.entries, t.fast, func(key K, e valueEntry) bool {
			value := referent[V](e.ref)
			return value == nil || yield(key, value)
		})
	}
}

// Keys iterates over the keys of the living entries, as [ValueMap.All] does.
func (m *ValueMap[K, V]) Keys() iter.Seq[K] { return first(m.All()) }

// Values iterates over the living values, as [ValueMap.All] does. A value that is
// stored under several keys comes up for each.
func (m *ValueMap[K, V]) Values() iter.Seq[*V] { return second(m.All()) }

// Refs iterates over the entries as weak references, as [ValueMap.All] does, but
// keeps no value alive. A reference may be dead when it comes up, or soon after.
func (m *ValueMap[K, V]) Refs() iter.Seq2[K, Ref[V]] {
	return func(yield func(K, Ref[V]) bool) {
		t := m.table.Load()
		if t == nil {
			return
		}
		scan(t.entries, t.fast, func(key K, e valueEntry) bool { return yield(key, Ref[V]{typed[V](e.ref)}) })
	}
}

// Clone returns a map of its own with the living entries, and without options.
func (m *ValueMap[K, V]) Clone() *ValueMap[K, V] {
	clone := new(ValueMap[K, V])
	clone.Merge(m.All())
	return clone
}

// Merge stores all pairs of a sequence, such as the [ValueMap.All] of another map
// or [maps.All] of an ordinary one.
func (m *ValueMap[K, V]) Merge(pairs iter.Seq2[K, *V]) {
	for key, value := range pairs {
		m.Store(key, value)
	}
}

// own returns the map's table and makes it if this is the first store.
func (m *ValueMap[K, V]) own() *valueTable[K, V] {
	if t := m.table.Load(); t != nil {
		return t
	}
	return adopt(&m.table, func() *valueTable[K, V] { return newValueTable(ValueMapOptions[K, V]{}) })
}
