package bench

import (
	"sync"

	"github.com/referent-go/referent/refcount"
)

// countedValueMap is a map with weak values for counted objects: the destructor
// of an object takes it out.
type countedValueMap[K comparable] struct {
	mu      sync.RWMutex
	entries map[K]*countedEntry
	keyOf   func(*object) K
}

type countedEntry struct {
	value refcount.Weak[object]
	addr  *object // tells a value from the next one under its key
}

func (m *countedValueMap[K]) load(key K) (value refcount.Strong[object], ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if e := m.entries[key]; e != nil {
		return e.value.Upgrade()
	}
	return refcount.Strong[object]{}, false
}

func (m *countedValueMap[K]) store(key K, s *refcount.Strong[object]) {
	e := &countedEntry{s.Downgrade(), s.Value()}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[key] = e
}

func (m *countedValueMap[K]) delete(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; e != nil {
		e.value.Release()
		delete(m.entries, key)
	}
}

func (m *countedValueMap[K]) len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.entries)
}

// drop is the objects' destructor.
func (m *countedValueMap[K]) drop(p *object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if key := m.keyOf(p); m.entries[key] != nil && m.entries[key].addr == p {
		delete(m.entries, key)
	}
}

// countedKeyMap is the same for keys: an address is an object's own until its
// destructor has run.
type countedKeyMap[V any] struct {
	mu      sync.RWMutex
	entries map[*object]V
}

func (m *countedKeyMap[V]) load(p *object) (v V, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v, ok = m.entries[p]
	return v, ok
}

func (m *countedKeyMap[V]) store(p *object, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[p] = v
}

func (m *countedKeyMap[V]) len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.entries)
}

func (m *countedKeyMap[V]) all(f func(*object)) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for p := range m.entries {
		f(p)
	}
}

func (m *countedKeyMap[V]) drop(p *object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, p)
}
