package realweak

import (
	"fmt"
	"iter"
	"reflect"
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
	table   atomic.Pointer[keyTable[K, V]]
	byValue *equalTable[K, V] // takes the place of table if not nil; set before first use
}

// KeyMapOptions are the options of a [KeyMap]. The zero KeyMapOptions are those of
// a zero map.
type KeyMapOptions[K, V any] struct {
	// OnRemoval is called once for each entry that leaves the map: by the goroutine
	// that removed it, after the removal and without a lock of the map, and for
	// Collected mostly by the goroutine that runs finalizers. A panic in it is
	// recovered and reported ([OnPanic]). It implies PerEntry. If it refers to the
	// map, the map is still collected when dropped.
	OnRemoval func(Removal[*K, V])

	// PerEntry gives each key a finalizer that removes its entry as soon as it is
	// found dead, in the place of the sweep after each collection; see
	// [ValueMapOptions].
	PerEntry bool

	// Name shows the map's keys as a group of that name in [event.Groups]; see
	// [ValueMapOptions].
	Name string
}

func (o KeyMapOptions[K, V]) perEntry() bool { return o.PerEntry || o.OnRemoval != nil }

// NewKeyMap returns an empty map with options. Without any, new(KeyMap[K, V]) does
// the same.
func NewKeyMap[K, V any](o KeyMapOptions[K, V]) *KeyMap[K, V] {
	m := new(KeyMap[K, V])
	m.table.Store(newKeyTable(o))
	m.join(o.Name)
	return m
}

// NewKeyMapFunc returns an empty map whose keys are compared by value, as those of
// CPython's WeakKeyDictionary: two keys are the same if equal says so, and equal
// keys must have equal hashes. A key that is in the map must not change what they
// depend on. An entry belongs to the first of its equal keys: it holds that one
// weakly, and is gone with it, whatever other keys are equal to it.
//
// hash and equal are called without any lock and may call the map. equal is never
// called with a dead key. A lookup costs a call of each and several times as much as
// one by identity; a change copies all entries of the same hash.
//
// # Not guaranteed
//
// That a key dies soon while others of its hash are looked up all the time: a lookup
// holds each key that it compares, and a collection that marks meanwhile keeps it.
func NewKeyMapFunc[K, V any](hash func(*K) uint64, equal func(a, b *K) bool, o KeyMapOptions[K, V]) *KeyMap[K, V] {
	if hash == nil || equal == nil {
		panic("realweak: NewKeyMapFunc needs both functions; NewKeyMap compares keys by identity")
	}
	m := &KeyMap[K, V]{byValue: newEqualTable(hash, equal, o)}
	m.join(o.Name)
	return m
}

// keyed is what a KeyMap is made on: a keyTable or an equalTable.
type keyed[K, V any] interface {
	lookup(key *K) (value V, ok bool)
	swap(key *K, value V) (old V, had bool)
	loadOrStore(key *K, value V) (actual V, loaded bool)
	// remove deletes the entry if accept agrees to its value.
	remove(key *K, accept func(V) bool) (old V, ok bool)
	// compareAndSwap panics if V is not comparable.
	compareAndSwap(key *K, old, fresh V) bool
	size() int
	clear()
}

// Load returns the value for key and true, or the zero V and false.
func (m *KeyMap[K, V]) Load(key *K) (value V, ok bool) {
	if key == nil {
		return value, false
	}
	if m.byValue != nil {
		return m.byValue.lookup(key)
	}
	t := m.table.Load()
	if t == nil {
		return value, false
	}
	if t.fast == nil {
		return t.lookup(key)
	}
	// As lookup has it, but without a call that would cost a quarter of the whole.
	if e, _ := t.fast.Load(address(key)); referent[K](e.key) == key {
		return e.value, true
	}
	return value, false
}

// Store sets the value for key.
func (m *KeyMap[K, V]) Store(key *K, value V) {
	mustRefer("KeyMap.Store", key)
	m.own().swap(key, value)
}

// Swap sets the value for key and returns the one before and true, or the zero V
// and false if there was none.
func (m *KeyMap[K, V]) Swap(key *K, value V) (previous V, loaded bool) {
	mustRefer("KeyMap.Swap", key)
	return m.own().swap(key, value)
}

// LoadOrStore returns the value for key if there is one, and otherwise stores the
// given one and returns that. loaded tells the cases apart. Of several goroutines
// that store at once, one stores and all return its value.
func (m *KeyMap[K, V]) LoadOrStore(key *K, value V) (actual V, loaded bool) {
	mustRefer("KeyMap.LoadOrStore", key)
	return m.own().loadOrStore(key, value)
}

// LoadAndDelete deletes the entry for key and returns its value and true, or the
// zero V and false if there was none.
func (m *KeyMap[K, V]) LoadAndDelete(key *K) (value V, loaded bool) {
	t := m.existing()
	if t == nil || key == nil {
		return value, false
	}
	return t.remove(key, func(V) bool { return true })
}

// Delete deletes the entry for key, if there is one.
func (m *KeyMap[K, V]) Delete(key *K) { m.LoadAndDelete(key) }

// CompareAndSwap sets the value for key to fresh if it is old, and reports whether
// it did. It panics if values of type V, or the dynamic values in them, cannot be
// compared.
func (m *KeyMap[K, V]) CompareAndSwap(key *K, old, fresh V) (swapped bool) {
	t := m.existing()
	return t != nil && key != nil && t.compareAndSwap(key, old, fresh)
}

// CompareAndDelete deletes the entry for key if its value is old, and reports
// whether it did. It panics as [KeyMap.CompareAndSwap] does.
func (m *KeyMap[K, V]) CompareAndDelete(key *K, old V) (deleted bool) {
	t := m.existing()
	if t == nil || key == nil {
		return false
	}
	_, deleted = t.remove(key, func(value V) bool { return any(value) == any(old) })
	return deleted
}

// Clear deletes all entries. What is stored meanwhile may be deleted or not.
func (m *KeyMap[K, V]) Clear() {
	if t := m.existing(); t != nil {
		t.clear()
	}
}

// Len returns how many entries are alive. It looks at every entry; [KeyMap.LenApprox]
// does not. While the map is in use elsewhere the count is one that held for each
// entry at some moment of the call.
func (m *KeyMap[K, V]) Len() int {
	return count(m.All())
}

// LenApprox returns how many entries the map stores, among them dead ones that no
// sweep has reached. It takes constant time.
func (m *KeyMap[K, V]) LenApprox() int {
	if t := m.existing(); t != nil {
		return t.size()
	}
	return 0
}

// String returns the type and the number of stored entries, such as
// "KeyMap[main.Page, int](12 entries)". It looks at none of them.
func (m *KeyMap[K, V]) String() string {
	return fmt.Sprintf("KeyMap[%v, %v](%d entries)", reflect.TypeFor[K](), reflect.TypeFor[V](), m.LenApprox())
}

// All iterates over the living entries in no particular order. Each key comes up
// once at most, and once if its entry is there throughout. Only the key at hand
// is kept alive. The map may be changed meanwhile, by the loop's body too; what is
// stored during the loop may come up or not.
func (m *KeyMap[K, V]) All() iter.Seq2[*K, V] {
	return func(yield func(*K, V) bool) {
		m.each(func(ref weak.Pointer[K], value V) bool {
			key := ref.Value()
			return key == nil || yield(key, value)
		})
	}
}

// Keys iterates over the living keys, as [KeyMap.All] does.
func (m *KeyMap[K, V]) Keys() iter.Seq[*K] { return first(m.All()) }

// Values iterates over the values of the living keys, as [KeyMap.All] does.
func (m *KeyMap[K, V]) Values() iter.Seq[V] { return second(m.All()) }

// Refs iterates over the keys as weak references, as [KeyMap.All] does, but keeps
// no key alive. A reference may be dead when it comes up, or soon after.
func (m *KeyMap[K, V]) Refs() iter.Seq2[Ref[K], V] {
	return func(yield func(Ref[K], V) bool) {
		m.each(func(ref weak.Pointer[K], value V) bool { return yield(Ref[K]{ref}, value) })
	}
}

// each calls yield for every entry, dead or alive, until it returns false. It is
// not among the methods of keyed, since yield would then have to be allocated.
func (m *KeyMap[K, V]) each(yield func(weak.Pointer[K], V) bool) {
	if m.byValue != nil {
		m.byValue.each(yield)
	} else if t := m.table.Load(); t != nil {
		t.each(yield)
	}
}

// Clone returns a map of its own with the living entries, which compares keys as m
// does, and without other options.
func (m *KeyMap[K, V]) Clone() *KeyMap[K, V] {
	clone := new(KeyMap[K, V])
	if m.byValue != nil {
		clone.byValue = newEqualTable(m.byValue.hash, m.byValue.equal, KeyMapOptions[K, V]{})
	}
	clone.Merge(m.All())
	return clone
}

// Merge stores all pairs of a sequence, such as the [KeyMap.All] of another map or
// [maps.All] of an ordinary one.
func (m *KeyMap[K, V]) Merge(pairs iter.Seq2[*K, V]) {
	for key, value := range pairs {
		m.Store(key, value)
	}
}

// existing returns what the map is made on, and nil if nothing was ever stored.
func (m *KeyMap[K, V]) existing() keyed[K, V] {
	if m.byValue != nil {
		return m.byValue
	}
	if t := m.table.Load(); t != nil {
		return t
	}
	return nil
}

// own returns what the map is made on, and makes it if this is the first store.
func (m *KeyMap[K, V]) own() keyed[K, V] {
	if t := m.existing(); t != nil {
		return t
	}
	return adopt(&m.table, func() *keyTable[K, V] { return newKeyTable(KeyMapOptions[K, V]{}) })
}
