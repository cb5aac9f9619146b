package realweak_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak"
)

// TestCPythonMappingThreads has those tests of MappingTestCase that collect in
// another thread all the while. Here the map is also used from several goroutines.
func TestCPythonMappingThreads(t *testing.T) {
	t.Run("test_threaded_weak_valued_setdefault", func(t *testing.T) {
		threaded(t, 500_000, func(t *testing.T, m *realweak.ValueMap[string, node], i int) {
			given := cyclic(i)
			got, loaded := m.LoadOrStore("10", given)
			if got == nil || got.next != got || !loaded && got != given {
				t.Errorf("round %d: LoadOrStore = %v, %v", i, got, loaded)
			}
		})
	})
	t.Run("test_threaded_weak_valued_pop", func(t *testing.T) {
		threaded(t, 100_000, func(t *testing.T, m *realweak.ValueMap[string, node], i int) {
			m.Store("10", cyclic(i))
			if got, loaded := m.LoadAndDelete("10"); loaded != (got != nil) || loaded && got.next != got {
				t.Errorf("round %d: LoadAndDelete = %v, %v", i, got, loaded)
			}
		})
	})
	t.Run("test_threaded_weak_valued_pop held", func(t *testing.T) {
		// A value that is held is found, whatever died under its key before.
		threaded(t, 100_000, func(t *testing.T, m *realweak.ValueMap[string, node], i int) {
			held := cyclic(i)
			m.Store(held.name, cyclic(i))
			m.Store(held.name, held)
			if got, loaded := m.LoadAndDelete(held.name); got != held || !loaded {
				t.Errorf("round %d: LoadAndDelete = %v, %v", i, got, loaded)
			}
		})
	})
	t.Run("test_threaded_weak_valued_consistency", func(t *testing.T) {
		each(t, valueMaps[string, node](), func(t *testing.T, m *realweak.ValueMap[string, node]) {
			defer collecting()()
			for i := range scaled(5_000) {
				p := cyclic(i)
				m.Store("10", p)
				if n := m.Len(); n != 1 {
					t.Fatalf("round %d: %d entries, and one value is held", i, n)
				}
				runtime.KeepAlive(p)
			}
		})
	})
	values, keys := weakValueMaps(), weakKeyMaps()
	t.Run("test_threaded_weak_key_dict_copy", func(t *testing.T) { each(t, keys, checkThreadedCopy) })
	t.Run("test_threaded_weak_value_dict_copy", func(t *testing.T) { each(t, values, checkThreadedCopy) })
	t.Run("test_threaded_weak_key_dict_deepcopy", func(t *testing.T) { each(t, keys, checkThreadedDeepCopy) })
	t.Run("test_threaded_weak_value_dict_deepcopy", func(t *testing.T) { each(t, values, checkThreadedDeepCopy) })
}

// threaded does n rounds on the zero map, and a twentieth on the other kinds, in
// two goroutines, while a third collects.
func threaded(t *testing.T, n int, round func(t *testing.T, m *realweak.ValueMap[string, node], i int)) {
	for name, fresh := range valueMaps[string, node]() {
		t.Run(name, func(t *testing.T) {
			n := scaled(n)
			if name != "zero" {
				n /= 20
			}
			m := fresh()
			defer collecting()()
			var wg sync.WaitGroup
			for g := range 2 {
				wg.Go(func() {
					for i := 0; i < n/2 && !t.Failed(); i++ {
						round(t, m, 2*i+g)
					}
				})
			}
			wg.Wait()
		})
	}
}

// checkThreadedCopy copies a map while its objects are let go of, in no order.
func checkThreadedCopy[K, V comparable](t *testing.T, w weakMap[K, V]) {
	threadedCopy(t, w, func(m mapping[K, V]) (mapping[K, V], []*node) { return w.clone(m), nil })
}

// checkThreadedDeepCopy does so with a copy of objects and entries, which Go leaves
// to a loop.
func checkThreadedDeepCopy[K, V comparable](t *testing.T, w weakMap[K, V]) {
	threadedCopy(t, w, func(m mapping[K, V]) (mapping[K, V], []*node) {
		deep, objects := w.fresh(), []*node(nil)
		for k, v := range m.All() {
			p := *w.object(k, v)
			p.next = &p
			objects = append(objects, &p)
			deep.Store(w.entry(&p))
		}
		if deep.Len() != len(objects) {
			t.Errorf("%d entries of %d", deep.Len(), len(objects))
		}
		return deep, objects
	})
}

// threadedCopy copies a map; clone also returns what keeps the copy's entries.
func threadedCopy[K, V comparable](t *testing.T, w weakMap[K, V], clone func(mapping[K, V]) (mapping[K, V], []*node)) {
	n := max(scaled(800), 200)
	m, objects := w.filled(n)
	alive, dying := objects[:n/4], objects[n/4:] // each copy must have the former
	defer collecting()()
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, i := range rand.Perm(len(dying)) {
			dying[i] = nil
			if i%8 == 0 {
				runtime.Gosched()
			}
		}
	})
	for range 4 {
		made, kept := clone(m)
		names := map[string]bool{}
		for k, v := range made.All() {
			p := w.object(k, v)
			if p == nil || p.next != p || names[p.name] {
				t.Fatalf("a copy has %v, known: %v", p, p != nil && names[p.name])
			}
			names[p.name] = true
		}
		for _, p := range alive {
			if !names[p.name] {
				t.Fatalf("a copy has no %s, which is held", p.name)
			}
		}
		runtime.KeepAlive(kept)
	}
	wg.Wait()
	if got := m.Len(); got < len(alive) {
		t.Errorf("%d entries of the %d that are held", got, len(alive))
	}
	runtime.KeepAlive(alive)
}
