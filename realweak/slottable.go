package realweak

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"sync/atomic"
)

// SlotTable is a concurrent table that holds a V for a *K for exactly as long as
// the key lives, whatever the value refers to: a value that leads to its own key,
// directly or through other entries of this or other tables, does not keep it
// alive. Such pairs are called ephemerons (Hayes, "Ephemerons: A New Finalization
// Mechanism", 1997); C# has them as ConditionalWeakTable, JavaScript as WeakMap.
// In a [KeyMap], as in CPython's WeakKeyDictionary, such a value is a leak.
//
// Go's collector knows no ephemerons, so the value hangs off the key: K must embed
// [Slots], which the compiler checks ([Slotted]), or be an [Obj]. That also makes
// a lookup some dozen nanoseconds, and no weak reference to the key is made. A key
// is an object, not a value, and can have a value in any number of tables;
// finding it takes time in proportion to that number.
//
// The zero SlotTable is empty and ready to use; it must not be copied after first
// use. All methods are safe for concurrent use, also while the table is iterated.
// An entry whose key something holds on to is always found. What hangs off a dead
// key dies in the same collection, be it a chain of a thousand keys and values. A
// table that is itself unreachable lets go of its values, also those of living
// keys, in the sweep after the collection that found it so.
//
// Methods that store panic if the key is nil, or if its type embeds a pointer to a
// Slots instead of the Slots.
//
// # Not guaranteed
//
// If a value refers to the table and nothing else does, the table lives until the
// key of that value dies; true ephemerons would go at once. A package-level
// variable as a key never dies. A value is freed with its key or its deletion, but
// what else an entry took, some 16 bytes of a dead one and 100 of a deleted one,
// waits for a sweep, which in a table of more than a few thousand entries waits
// until one in eight is dead or deleted.
type SlotTable[K Slotted, V any] struct {
	owner atomic.Pointer[slotOwner]
}

// Load returns the value for key and true, or the zero V and false.
func (t *SlotTable[K, V]) Load(key *K) (value V, ok bool) {
	o := t.owner.Load()
	if o == nil || key == nil {
		return value, false
	}
	return unbox[V](o.index.load(slotsAt(key, o.offset)))
}

// Store sets the value for key.
func (t *SlotTable[K, V]) Store(key *K, value V) {
	x, s := t.own("SlotTable.Store", key)
	if x.swap(s, box(value)) == nil {
		tell(key)
	}
}

// Swap sets the value for key and returns the previous one and true, or the zero V
// and false if there was none.
func (t *SlotTable[K, V]) Swap(key *K, value V) (previous V, loaded bool) {
	x, s := t.own("SlotTable.Swap", key)
	previous, loaded = unbox[V](x.swap(s, box(value)))
	if !loaded {
		tell(key)
	}
	return previous, loaded
}

// LoadOrStore returns the value for key if there is one, and otherwise stores the
// given one and returns that. loaded tells the cases apart. Of several goroutines
// that store at once, one stores and all return its value.
func (t *SlotTable[K, V]) LoadOrStore(key *K, value V) (actual V, loaded bool) {
	if actual, loaded = t.Load(key); loaded {
		return actual, true
	}
	x, s := t.own("SlotTable.LoadOrStore", key)
	v, loaded := x.loadOrStore(s, box(value))
	if !loaded {
		tell(key)
	}
	actual, _ = unbox[V](v)
	return actual, loaded
}

// LoadOrCompute returns the value for key if there is one, and otherwise stores
// and returns the one that compute makes. loaded tells the cases apart. Of several
// goroutines that ask for a key at once, one computes, and the others wait and
// return its value. An error is returned to all who waited, and nothing is stored.
// If compute panics, so does its caller, and one of those who waited computes.
//
// Other methods do not wait. A value that one of them stores meanwhile stays, and
// is returned in place of the computed one. compute must not ask the table for the
// same key by LoadOrCompute.
func (t *SlotTable[K, V]) LoadOrCompute(key *K, compute func() (V, error)) (value V, loaded bool, err error) {
	if value, loaded = t.Load(key); loaded {
		return value, true, nil
	}
	x, s := t.own("SlotTable.LoadOrCompute", key)
	loaded = true
	v, err := x.loading.do(context.Background(), s, func() (v *byte, err error) {
		// Another computation may have ended since this goroutine looked.
		if v = x.load(s); v != nil {
			return v, nil
		}
		fresh, err := compute()
		if err != nil {
			return nil, err
		}
		v, loaded = x.loadOrStore(s, box(fresh))
		return v, nil
	})
	if err != nil {
		return value, false, err
	}
	if !loaded {
		tell(key)
	}
	value, _ = unbox[V](v)
	return value, loaded, nil
}

// LoadAndDelete deletes the entry for key and returns its value and true, or the
// zero V and false if there was none.
func (t *SlotTable[K, V]) LoadAndDelete(key *K) (value V, loaded bool) {
	o := t.owner.Load()
	if o == nil || key == nil {
		return value, false
	}
	return unbox[V](o.index.remove(slotsAt(key, o.offset)))
}

// Delete deletes the entry for key, if there is one.
func (t *SlotTable[K, V]) Delete(key *K) { t.LoadAndDelete(key) }

// Clear deletes all entries. It is one step to others that use the table; the
// values are let go of one by one, by the time it returns.
func (t *SlotTable[K, V]) Clear() {
	if o := t.owner.Swap(nil); o != nil {
		o.index.release()
	}
}

// Len returns how many entries are alive. It looks at every entry;
// [SlotTable.LenApprox] does not. While the table is in use elsewhere the count is
// one that held for each entry at some moment of the call.
func (t *SlotTable[K, V]) Len() int {
	n := 0
	for range t.entries {
		n++
	}
	return n
}

// LenApprox returns how many entries the table stores, among them dead ones that
// no sweep has reached. It takes constant time. It may be off by as many entries
// as were stored and deleted while the last sweep counted.
func (t *SlotTable[K, V]) LenApprox() int {
	if o := t.owner.Load(); o != nil {
		return max(0, int(o.index.live.Load()))
	}
	return 0
}

// String returns the type and the number of stored entries, such as
// "SlotTable[main.Session, int](12 entries)". It looks at none of them.
func (t *SlotTable[K, V]) String() string {
	return fmt.Sprintf("SlotTable[%v, %v](%d entries)", reflect.TypeFor[K](), reflect.TypeFor[V](), t.LenApprox())
}

// All iterates over the living entries in no particular order. Each key comes up
// once at most, and once if its entry is there throughout. Only the key at hand
// is kept alive. The table may be changed meanwhile, by the loop's body too; what
// is stored during the loop may come up or not.
func (t *SlotTable[K, V]) All() iter.Seq2[*K, V] {
	return func(yield func(*K, V) bool) {
		for key, value := range t.entries {
			if !yield(key, *value) {
				return
			}
		}
	}
}

// Keys iterates over the living keys, as [SlotTable.All] does.
func (t *SlotTable[K, V]) Keys() iter.Seq[*K] { return first(t.All()) }

// Values iterates over the values of the living keys, as [SlotTable.All] does.
func (t *SlotTable[K, V]) Values() iter.Seq[V] { return second(t.All()) }
