package realweak

import (
	"weak"

	"github.com/referent-go/referent/realweak/internal/weakword"
)

// Deaths without the collector. What the fuzz targets and a few scenarios need is an
// object that everybody who refers to it weakly finds dead, at a moment of the test's
// choice and without a collection, of which one costs as much as a thousand operations.

// Kill makes all weak pointers to p dead, as the collector does, though the object
// lives. A weak pointer is the address of a word that has the object's address until
// the object dies (runtime/mheap.go, getOrAddWeakHandle), and all weak pointers to an
// object share it, those that are made later too.
func Kill[T any](p *T) {
	w := weak.Make(p)
	weakword.Of(untyped(w)).Store(0)
}

// KillKey is Kill for a key of SlotTables: it kills what they hold weakly, its slots.
func KillKey(s *Slots) {
	for n := s.head.Load(); n != nil; n = n.next.Load() {
		Kill(n)
	}
}

// Plant puts an entry of a dead key where key's own would be, as an object leaves that
// had key's address before. It reports whether there was room for it.
func (m *KeyMap[K, V]) Plant(key, dead *K, value V) bool {
	t := m.own().(*keyTable[K, V])
	var none keyEntry[V]
	_, done := t.entries.putIf(address(key), none, t.entry(untyped(weak.Make(dead)), value))
	return done
}

// Mourn does what the finalizers of killed values do: it tells a map with PerEntry.
func (m *ValueMap[K, V]) Mourn() {
	t := m.table.Load()
	if t == nil || t.deaths == nil {
		return
	}
	for about := range t.deaths.watched.All() {
		if about.entry.dead() {
			reap(notice[K, V]{t.deaths.table, about})
		}
	}
}

// Mourn does what the finalizer of a killed key does. at is where its entry is, for a
// key whose entry is not at its own address.
func (m *KeyMap[K, V]) Mourn(p, at *K) {
	ref := untyped(weak.Make(p))
	switch t := m.existing().(type) {
	case *keyTable[K, V]:
		if t.watched != nil {
			reapKey(keyNotice[keyTable[K, V]]{weak.Make(t), uint64(address(at)), ref})
		}
	case *equalTable[K, V]:
		if t.watched != nil {
			reapEqual(keyNotice[equalTable[K, V]]{weak.Make(t), t.hash(at), ref})
		}
	}
}

// Sweep removes dead entries as the sweeper does after a collection.
func (m *ValueMap[K, V]) Sweep() {
	if t := m.table.Load(); t != nil && t.deaths == nil {
		t.sweep()
	}
}

// Sweep removes dead entries as the sweeper does after a collection.
func (m *KeyMap[K, V]) Sweep() {
	switch t := m.existing().(type) {
	case *keyTable[K, V]:
		if t.watched == nil {
			t.sweep()
		}
	case *equalTable[K, V]:
		if t.watched == nil {
			t.sweep()
		}
	}
}

// Sweep removes dead entries as the sweeper does after a collection.
func (s *Set[T]) Sweep() { s.members.Sweep() }

// Sweep removes dead entries as the sweeper does after a collection.
func (t *SlotTable[K, V]) Sweep() {
	if o := t.owner.Load(); o != nil {
		o.index.sweep()
	}
}

// Sweep removes dead entries as the sweeper does after a collection.
func (c *Cache[K, V]) Sweep() {
	if t := c.table.Load(); t != nil {
		t.sweep()
	}
}
