package bench

import (
	"runtime"
	"sync"
	"weak"
)

// nativeValueMap is a map with weak values as one writes it on sync.Map: each
// entry has a cleanup, which removes that very entry and not whatever is under
// its key by then.
type nativeValueMap[K comparable] struct{ entries sync.Map } // of *nativeEntry

type nativeEntry struct {
	value   weak.Pointer[object]
	cleanup runtime.Cleanup
}

type nativeDeath[K comparable] struct {
	home  *nativeValueMap[K]
	key   K
	entry *nativeEntry
}

func (d nativeDeath[K]) remove() { d.home.entries.CompareAndDelete(d.key, d.entry) }

func (m *nativeValueMap[K]) load(key K) *object {
	found, ok := m.entries.Load(key)
	if !ok {
		return nil
	}
	return found.(*nativeEntry).value.Value()
}

func (m *nativeValueMap[K]) store(key K, p *object) {
	e := &nativeEntry{value: weak.Make(p)}
	e.cleanup = runtime.AddCleanup(p, nativeDeath[K].remove, nativeDeath[K]{m, key, e})
	m.entries.Store(key, e)
}

// delete stops the cleanup too, or one would stay with the value for each time
// that it was stored.
func (m *nativeValueMap[K]) delete(key K) {
	found, ok := m.entries.LoadAndDelete(key)
	if !ok {
		return
	}
	e := found.(*nativeEntry)
	if p := e.value.Value(); p != nil {
		e.cleanup.Stop()
		runtime.KeepAlive(p)
	}
}

func (m *nativeValueMap[K]) len() int {
	n := 0
	m.entries.Range(func(_, e any) bool {
		if e.(*nativeEntry).value.Value() != nil {
			n++
		}
		return true
	})
	return n
}

// nativeKeyMap is a map with weak keys, and with values of no size a weak set. A
// weak pointer is never equal to a later object's, so the cleanup may go by key.
type nativeKeyMap[V any] struct{ entries sync.Map } // of V, by weak.Pointer[object]

func (m *nativeKeyMap[V]) load(p *object) (v V, ok bool) {
	found, ok := m.entries.Load(weak.Make(p))
	if ok {
		v = found.(V)
	}
	return v, ok
}

func (m *nativeKeyMap[V]) store(p *object, v V) {
	key := weak.Make(p)
	if _, loaded := m.entries.Swap(key, v); !loaded {
		runtime.AddCleanup(p, func(key weak.Pointer[object]) { m.entries.Delete(key) }, key)
	}
}

func (m *nativeKeyMap[V]) len() int {
	n := 0
	m.all(func(*object) { n++ })
	return n
}

func (m *nativeKeyMap[V]) all(f func(*object)) {
	m.entries.Range(func(key, _ any) bool {
		if p := key.(weak.Pointer[object]).Value(); p != nil {
			f(p)
		}
		return true
	})
}
