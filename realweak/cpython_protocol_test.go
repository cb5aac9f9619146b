package realweak_test

import (
	"errors"
	"maps"
	"runtime"
	"slices"
	"testing"
)

// The mapping protocol of CPython's tests (mapping_tests.BasicTestMappingProtocol).

func TestCPythonWeakValueDictionary(t *testing.T) { testMappingProtocol(t, weakValueMaps()) }

func TestCPythonWeakKeyDictionary(t *testing.T) { testMappingProtocol(t, weakKeyMaps()) }

// entries are what a mapping is tried with, and what keeps them alive.
type entries[K, V comparable] struct {
	inside       map[K]V
	key, other   K // one of inside and one that is not
	value, third V // their values
	kept         []*node
}

func testMappingProtocol[K, V comparable](t *testing.T, kinds map[string]func() weakMap[K, V]) {
	tests := map[string]func(*testing.T, weakMap[K, V], entries[K, V]){
		"test_read":        protocolRead[K, V],
		"test_write":       protocolWrite[K, V],
		"test_constructor": protocolConstructor[K, V],
		"test_bool":        protocolLen[K, V], // what has entries is true
		"test_len":         protocolLen[K, V],
		"test_keys":        protocolKeys[K, V],
		"test_values":      protocolValues[K, V],
		"test_items":       protocolItems[K, V],
		"test_getitem":     protocolGet[K, V],
		"test_get":         protocolGet[K, V],
		"test_update":      protocolUpdate[K, V],
		"test_setdefault":  protocolSetDefault[K, V],
		"test_popitem":     protocolPopItem[K, V],
		"test_pop":         protocolPop[K, V],
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			each(t, kinds, func(t *testing.T, w weakMap[K, V]) {
				e := entries[K, V]{inside: map[K]V{}}
				for i := range 3 {
					e.kept = append(e.kept, cyclic(i))
					e.key, e.value = w.entry(e.kept[i])
					e.inside[e.key] = e.value
				}
				outside := cyclic(3)
				e.kept = append(e.kept, outside)
				e.other, e.third = w.entry(outside)
				test(t, w, e)
				runtime.KeepAlive(e.kept)
			})
		})
	}
}

func full[K, V comparable](w weakMap[K, V], e entries[K, V]) mapping[K, V] {
	m := w.fresh()
	for k, v := range e.inside {
		m.Store(k, v)
	}
	return m
}

func protocolRead[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	m := full(w, e)
	for k, v := range e.inside {
		if got, ok := m.Load(k); got != v || !ok {
			t.Errorf("Load(%v) = %v, %v", k, got, ok)
		}
	}
	if _, ok := m.Load(e.other); ok {
		t.Error("found what is not there")
	}
	protocolLen(t, w, e)
	protocolKeys(t, w, e)
	protocolValues(t, w, e)
	protocolItems(t, w, e)
}

func protocolWrite[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	m := w.fresh()
	for k, v := range e.inside {
		m.Store(k, v)
		if got, _ := m.Load(k); got != v {
			t.Errorf("stored %v, loaded %v", v, got)
		}
	}
	m.Store(e.key, e.third)
	if got, _ := m.Load(e.key); got != e.third {
		t.Errorf("stored another, loaded %v", got)
	}
	for k := range e.inside {
		m.Delete(k)
		if _, ok := m.Load(k); ok {
			t.Errorf("%v is there after Delete", k)
		}
	}
	agrees(t, "all deleted", m, map[K]V{})
	protocolUpdate(t, w, e)
	protocolSetDefault(t, w, e)
	protocolPop(t, w, e)
	protocolPopItem(t, w, e)
}

func protocolConstructor[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	a, b := w.fresh(), w.fresh()
	a.Store(e.key, e.value)
	agrees(t, "another map", b, map[K]V{})
	agrees(t, "a clone of an empty map", w.clone(b), map[K]V{})
	agrees(t, "a clone", w.clone(a), map[K]V{e.key: e.value})
}

func protocolLen[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	if m := w.fresh(); m.Len() != 0 || m.LenApprox() != 0 {
		t.Error("an empty map has a length")
	}
	if m := full(w, e); m.Len() != len(e.inside) || m.LenApprox() != len(e.inside) {
		t.Errorf("Len = %d, LenApprox = %d, want %d", m.Len(), m.LenApprox(), len(e.inside))
	}
}

func protocolKeys[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	keys := slices.Collect(full(w, e).Keys())
	for k := range e.inside {
		if !slices.Contains(keys, k) {
			t.Errorf("%v is no key", k)
		}
	}
	if len(keys) != len(e.inside) || slices.Contains(keys, e.other) || count(w.fresh().Keys()) != 0 {
		t.Errorf("keys %v", keys)
	}
}

func protocolValues[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	values := slices.Collect(full(w, e).Values())
	for _, v := range e.inside {
		if !slices.Contains(values, v) {
			t.Errorf("%v is no value", v)
		}
	}
	if len(values) != len(e.inside) || count(w.fresh().Values()) != 0 {
		t.Errorf("values %v", values)
	}
}

func protocolItems[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	agrees(t, "full", full(w, e), e.inside)
	agrees(t, "empty", w.fresh(), map[K]V{})
	for range full(w, e).All() {
		break // an iterator may be left
	}
}

func protocolGet[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	var zero V
	for _, m := range []mapping[K, V]{w.fresh(), full(w, e)} {
		if got, ok := m.Load(e.other); got != zero || ok {
			t.Errorf("Load of what is not there = %v, %v", got, ok)
		}
	}
	if got, ok := full(w, e).Load(e.key); got != e.value || !ok {
		t.Errorf("Load = %v, %v", got, ok)
	}
}

func protocolUpdate[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	m := w.fresh()
	m.Merge(maps.All(map[K]V{e.other: e.third}))
	agrees(t, "Merge", m, map[K]V{e.other: e.third})
	m.Merge(w.fresh().All())
	agrees(t, "Merge of nothing", m, map[K]V{e.other: e.third})
	m.Merge(maps.All(map[K]V{e.other: e.value}))
	agrees(t, "Merge over an entry", m, map[K]V{e.other: e.value})
	m.Clear()
	m.Merge(full(w, e).All())
	agrees(t, "Merge of a mapping", m, e.inside)
	// A source that fails half way has stored the first half.
	m, failure := w.fresh(), errors.New("no")
	func() {
		defer func() {
			if recover() != failure {
				t.Error("the failure of a source was lost")
			}
		}()
		m.Merge(func(yield func(K, V) bool) {
			yield(e.key, e.value)
			panic(failure)
		})
	}()
	agrees(t, "Merge that failed", m, map[K]V{e.key: e.value})
}

func protocolSetDefault[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	m := full(w, e)
	if got, loaded := m.LoadOrStore(e.key, e.third); got != e.value || !loaded {
		t.Errorf("LoadOrStore = %v, %v", got, loaded)
	}
	agrees(t, "LoadOrStore of what is there", m, e.inside)
	if got, loaded := m.LoadOrStore(e.other, e.third); got != e.third || loaded {
		t.Errorf("LoadOrStore = %v, %v", got, loaded)
	}
	if got, ok := m.Load(e.other); got != e.third || !ok {
		t.Errorf("Load = %v, %v", got, ok)
	}
}

// There is no popitem: take a key and delete what it has.
func protocolPopItem[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	m, got := full(w, e), map[K]V{}
	for k := range m.Keys() {
		v, loaded := m.LoadAndDelete(k)
		if _, there := m.Load(k); !loaded || there {
			t.Errorf("LoadAndDelete(%v) = %v, %v", k, v, loaded)
		}
		got[k] = v
	}
	if !maps.Equal(got, e.inside) {
		t.Errorf("popped %v", got)
	}
	agrees(t, "all popped", m, map[K]V{})
}

func protocolPop[K, V comparable](t *testing.T, w weakMap[K, V], e entries[K, V]) {
	var zero V
	m := w.fresh()
	m.Store(e.key, e.value)
	if got, loaded := m.LoadAndDelete(e.other); got != zero || loaded {
		t.Errorf("LoadAndDelete of what is not there = %v, %v", got, loaded)
	}
	if got, loaded := m.LoadAndDelete(e.key); got != e.value || !loaded {
		t.Errorf("LoadAndDelete = %v, %v", got, loaded)
	}
	if got, loaded := m.LoadAndDelete(e.key); got != zero || loaded || m.Len() != 0 {
		t.Errorf("second LoadAndDelete = %v, %v", got, loaded)
	}
}
