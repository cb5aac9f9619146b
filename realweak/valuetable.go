package realweak

import (
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// valueTable is what a ValueMap owns. It is an object of its own so that the
// sweeper, and the callbacks of values, can hold it weakly wherever the map lies.
type valueTable[K comparable, V any] struct {
	sweeping[K, valueEntry]
	fast    *xsync.Map[K, valueEntry] // the map in entries; nil if that is another kind of store
	removed listener[K, *V]           // may be nil
	deaths  *deathWatch[K, V]         // nil unless values tell of their death one by one
	loading calls[K, *V]
}

// valueEntry is a value as the table holds it. No two objects ever have equal weak
// pointers, dead or alive.
type valueEntry struct{ ref weak.Pointer[byte] }

func (e valueEntry) same(other valueEntry) bool { return e.ref == other.ref }

func (e valueEntry) dead() bool { return cleared(e.ref) }

func newValueTable[K comparable, V any](o ValueMapOptions[K, V]) *valueTable[K, V] {
	entries := newXStore[K, valueEntry]()
	t := newValueTableOn(store[K, valueEntry](entries), o)
	t.fast = entries.m
	return t
}

func newValueTableOn[K comparable, V any](entries store[K, valueEntry], o ValueMapOptions[K, V]) *valueTable[K, V] {
	t := &valueTable[K, V]{removed: o.OnRemoval}
	t.entries = entries
	t.dead = valueEntry.dead
	if o.PerEntry || o.OnRemoval != nil {
		t.deaths = newDeathWatch(t)
	} else {
		sweepWhileAlive(t)
	}
	return t
}

func (t *valueTable[K, V]) load(key K) valueEntry {
	var e valueEntry
	if t.fast != nil {
		e, _ = t.fast.Load(key)
	} else {
		e, _ = t.entries.load(key)
	}
	return e
}

// entryOf returns an entry for a value that the caller holds, ready to be stored.
func (t *valueTable[K, V]) entryOf(key K, value *V) valueEntry {
	ref := weak.Make(value)
	enrollAs(ref, key)
	e := valueEntry{untyped(ref)}
	if t.deaths != nil {
		t.deaths.watch(key, value, e)
	}
	return e
}

// stored is called after e took the place of old, or of nothing if old is zero.
func (t *valueTable[K, V]) stored(key K, old, e valueEntry) {
	var none valueEntry
	switch {
	case old == none:
		if t.deaths == nil {
			t.inserted()
		}
	case old != e:
		t.gone(key, old, Replaced)
	}
}

// gone is called by the one who removed old.
func (t *valueTable[K, V]) gone(key K, old valueEntry, cause Cause) {
	if t.removed == nil {
		return
	}
	value := referent[V](old.ref)
	if value == nil {
		cause = Collected
	}
	t.removed.tell(key, value, cause)
}

func (t *valueTable[K, V]) clear() {
	if t.removed == nil {
		t.entries.clear()
		return
	}
	for key, e := range t.entries.all() {
		if t.entries.deleteIf(key, e) {
			t.gone(key, e, Cleared)
		}
	}
}
