package realweak_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// valueMaps are the kinds of ValueMap that all keep the same promises.
func valueMaps[K comparable, V any]() map[string]func() *realweak.ValueMap[K, V] {
	return map[string]func() *realweak.ValueMap[K, V]{
		"zero":      func() *realweak.ValueMap[K, V] { return new(realweak.ValueMap[K, V]) },
		"sharded":   realweak.ShardedValueMap[K, V],
		"colliding": realweak.CollidingValueMap[K, V],
		"per entry": func() *realweak.ValueMap[K, V] {
			return realweak.NewValueMap(realweak.ValueMapOptions[K, V]{PerEntry: true})
		},
		"with listener": func() *realweak.ValueMap[K, V] {
			return realweak.NewValueMap(realweak.ValueMapOptions[K, V]{OnRemoval: func(realweak.Removal[K, *V]) {}})
		},
	}
}

// keyMaps are the kinds of KeyMap that compare keys by identity.
func keyMaps[V any]() map[string]func() *realweak.KeyMap[node, V] {
	return map[string]func() *realweak.KeyMap[node, V]{
		"zero":      func() *realweak.KeyMap[node, V] { return new(realweak.KeyMap[node, V]) },
		"sharded":   realweak.ShardedKeyMap[node, V],
		"colliding": realweak.CollidingKeyMap[node, V],
		"per entry": func() *realweak.KeyMap[node, V] {
			return realweak.NewKeyMap(realweak.KeyMapOptions[node, V]{PerEntry: true})
		},
		"with listener": func() *realweak.KeyMap[node, V] {
			return realweak.NewKeyMap(realweak.KeyMapOptions[node, V]{OnRemoval: func(realweak.Removal[*node, V]) {}})
		},
		"by value, which is identity here": func() *realweak.KeyMap[node, V] {
			return realweak.NewKeyMapFunc(
				func(*node) uint64 { return 7 },
				func(a, b *node) bool { return a == b },
				realweak.KeyMapOptions[node, V]{})
		},
	}
}

func each[M any](t *testing.T, kinds map[string]func() M, test func(*testing.T, M)) {
	for name, fresh := range kinds {
		t.Run(name, func(t *testing.T) { test(t, fresh()) })
	}
}

func TestValueMap(t *testing.T) { each(t, valueMaps[string, node](), testValueMap) }

func testValueMap(t *testing.T, m *realweak.ValueMap[string, node]) {
	if _, ok := m.Load("a"); ok || m.Len() != 0 || m.LenApprox() != 0 {
		t.Error("the zero map is not empty")
	}
	m.Delete("a")
	m.Clear()
	a, b := &node{name: "a"}, &node{name: "b"}
	m.Store("a", a)
	if got, ok := m.Load("a"); got != a || !ok {
		t.Errorf("Load = %v, %v", got, ok)
	}
	if got, loaded := m.LoadOrStore("a", b); got != a || !loaded {
		t.Errorf("LoadOrStore of a living entry = %v, %v", got, loaded)
	}
	if got, loaded := m.LoadOrStore("b", b); got != b || loaded {
		t.Errorf("LoadOrStore of no entry = %v, %v", got, loaded)
	}
	if got, want := slices.Sorted(m.Keys()), []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("Keys = %v", got)
	}
	if got := maps.Collect(m.All()); len(got) != 2 || got["a"] != a || got["b"] != b {
		t.Errorf("All = %v", got)
	}
	if n := len(slices.Collect(m.Values())); n != 2 {
		t.Errorf("%d values", n)
	}
	if got, ok := m.LoadAndDelete("a"); got != a || !ok {
		t.Errorf("LoadAndDelete = %v, %v", got, ok)
	}
	if got, ok := m.LoadAndDelete("a"); got != nil || ok {
		t.Errorf("second LoadAndDelete = %v, %v", got, ok)
	}
	m.Clear()
	if m.Len() != 0 {
		t.Error("Clear left entries")
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
}

func TestDeadValuesAreInvisibleAndSwept(t *testing.T) {
	each(t, valueMaps[int, node](), testDeadValuesAreInvisibleAndSwept)
}

func testDeadValuesAreInvisibleAndSwept(t *testing.T, m *realweak.ValueMap[int, node]) {
	kept := make([]*node, 0, 100)
	fill := func() realweak.Ref[node] {
		var last *node
		for i := range 200 {
			p := &node{name: fmt.Sprint(i)}
			m.Store(i, p)
			if i%2 == 0 {
				kept = append(kept, p)
			} else {
				last = p
			}
		}
		return realweak.Make(last)
	}
	weaktest.AwaitDead(t, fill())
	if n := m.Len(); n != 100 {
		t.Errorf("Len = %d, want 100", n)
	}
	for i, p := range kept {
		if got, ok := m.Load(2 * i); got != p || !ok {
			t.Fatalf("a value that is held was lost: Load(%d) = %v, %v", 2*i, got, ok)
		}
		if _, ok := m.Load(2*i + 1); ok {
			t.Fatalf("Load(%d) found a dead value", 2*i+1)
		}
	}
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 100 })
	// A dead entry is as good as none.
	fresh := &node{}
	if got, loaded := m.LoadOrStore(1, fresh); got != fresh || loaded {
		t.Errorf("LoadOrStore over a dead entry = %v, %v", got, loaded)
	}
	runtime.KeepAlive(kept)
}

// The share of dead entries in a large map stays below one in eight, or so near it
// as a sample of a thousand can tell.
func TestDeadShareIsBounded(t *testing.T) {
	const n = 40_000
	for _, dead := range []int{n, n / 2, n / 4} {
		var m realweak.ValueMap[int, node]
		kept := make([]*node, 0, n)
		fill := func() {
			for i := range n {
				p := &node{}
				m.Store(i, p)
				if i >= dead {
					kept = append(kept, p)
				}
			}
		}
		fill()
		// A collection during the filling may have left a share that is not worth
		// a pass: 1/8 of the entries, so 1/7 of the living, and what a sample errs.
		alive := n - dead
		weaktest.AwaitDone(t, func() bool { return m.LenApprox() <= alive+alive/5 })
		if m.Len() != alive {
			t.Errorf("%d alive of %d", m.Len(), alive)
		}
		runtime.KeepAlive(kept)
	}
}

func TestDroppedMapIsCollected(t *testing.T) {
	type holder struct {
		values realweak.ValueMap[int, node]
		keys   realweak.KeyMap[node, *node]
		set    realweak.Set[node]
	}
	held := &node{}
	drop := func() (realweak.Ref[holder], realweak.Ref[node]) {
		h, strong := &holder{}, &node{}
		h.values.Store(1, held)
		h.keys.Store(held, strong)
		h.set.Add(held)
		return realweak.Make(h), realweak.Make(strong)
	}
	h, strong := drop()
	weaktest.AwaitDead(t, h)
	weaktest.AwaitDead(t, strong) // held by the map alone, whose key lives
	runtime.KeepAlive(held)
}

func TestKeyMap(t *testing.T) { each(t, keyMaps[string](), testKeyMap) }

func testKeyMap(t *testing.T, m *realweak.KeyMap[node, string]) {
	if _, ok := m.Load(nil); ok {
		t.Error("nil is a key")
	}
	a, b := &node{name: "same"}, &node{name: "same"}
	m.Store(a, "a")
	if _, ok := m.Load(b); ok {
		t.Error("keys are compared by value")
	}
	if got, loaded := m.LoadOrStore(b, "b"); got != "b" || loaded {
		t.Errorf("LoadOrStore = %q, %v", got, loaded)
	}
	if got, loaded := m.LoadOrStore(a, "x"); got != "a" || !loaded {
		t.Errorf("LoadOrStore = %q, %v", got, loaded)
	}
	m.Store(a, "A")
	if got, ok := m.Load(a); got != "A" || !ok {
		t.Errorf("Load = %q, %v", got, ok)
	}
	if got := slices.Sorted(m.Values()); !slices.Equal(got, []string{"A", "b"}) {
		t.Errorf("Values = %v", got)
	}
	if got := maps.Collect(m.All()); got[a] != "A" || got[b] != "b" || len(got) != 2 {
		t.Errorf("All = %v", got)
	}
	if got, ok := m.LoadAndDelete(a); got != "A" || !ok {
		t.Errorf("LoadAndDelete = %q, %v", got, ok)
	}
	if _, ok := m.LoadAndDelete(a); ok {
		t.Error("deleted twice")
	}
	if m.Len() != 1 || m.LenApprox() != 1 {
		t.Errorf("Len = %d, LenApprox = %d", m.Len(), m.LenApprox())
	}
	runtime.KeepAlive(b)
	b = nil
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 0 })
}

// A new object at a dead key's address is another key.
func TestKeyMapAddressReuse(t *testing.T) { each(t, keyMaps[int](), testKeyMapAddressReuse) }

func testKeyMapAddressReuse(t *testing.T, m *realweak.KeyMap[node, int]) {
	for i := range 3000 {
		p := &node{}
		if got, ok := m.Load(p); ok {
			t.Fatalf("a new object has the value %d", got)
		}
		m.Store(p, i)
		if got, ok := m.Load(p); got != i || !ok {
			t.Fatalf("Load = %d, %v; want %d", got, ok, i)
		}
		if i%100 == 0 {
			runtime.GC()
		}
	}
	weaktest.AwaitDone(t, func() bool { return m.Len() == 0 && m.LenApprox() == 0 })
}

func TestSet(t *testing.T) {
	var s realweak.Set[node]
	a, b := &node{}, &node{}
	if !s.Add(a) || s.Add(a) || !s.Add(b) {
		t.Error("Add does not tell new members")
	}
	if !s.Contains(a) || s.Contains(&node{}) || s.Contains(nil) {
		t.Error("Contains")
	}
	if s.Len() != 2 || s.LenApprox() != 2 {
		t.Error("Len")
	}
	if !s.Remove(a) || s.Remove(a) {
		t.Error("Remove")
	}
	if got := slices.Collect(s.All()); len(got) != 1 || got[0] != b {
		t.Errorf("All = %v", got)
	}
	runtime.KeepAlive(b)
	b = nil
	weaktest.AwaitDone(t, func() bool { return s.LenApprox() == 0 })
	s.Add(a)
	s.Clear()
	if s.Len() != 0 {
		t.Error("Clear")
	}
}

func TestStoringWhatCannotBeAReferentPanics(t *testing.T) {
	for name, store := range map[string]func(){
		"nil value": func() { new(realweak.ValueMap[int, node]).Store(1, nil) },
		"nil key":   func() { new(realweak.KeyMap[node, int]).Store(nil, 1) },
		"nil":       func() { new(realweak.Set[node]).Add(nil) },
		"tiny":      func() { new(realweak.Set[int32]).Add(new(int32)) },
		"zero size": func() { new(realweak.ValueMap[int, struct{}]).LoadOrStore(1, &struct{}{}) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(*realweak.ReferentError); !ok {
					t.Errorf("%s: panicked with %v", name, err)
				}
			}()
			store()
		}()
	}
	new(realweak.Set[int32]).Add(realweak.New[int32](1))
}

// The map may be changed by the body of a loop over it, and each entry comes up
// once.
func TestMutationDuringIteration(t *testing.T) {
	each(t, valueMaps[int, node](), testMutationDuringIteration)
}

func testMutationDuringIteration(t *testing.T, m *realweak.ValueMap[int, node]) {
	kept := make([]*node, 500)
	for i := range kept {
		kept[i] = &node{}
		m.Store(i, kept[i])
	}
	seen := map[int]int{}
	for k := range m.All() {
		seen[k]++
		m.Delete(k)
		m.Store(k+1000*(1+seen[k]), kept[k%500])
		if len(seen)%100 == 0 {
			runtime.GC()
		}
	}
	for i := range 500 {
		if seen[i] != 1 {
			t.Fatalf("key %d came up %d times", i, seen[i])
		}
	}
	runtime.KeepAlive(kept)
}

// Four goroutines insert, read, drop and iterate while collections run: what is
// held is never lost, nothing is found twice or wrong, two storers never get two
// winners.
func TestMapsUnderStress(t *testing.T) {
	byKey := keyMaps[*node]()
	for name, fresh := range valueMaps[int, node]() {
		t.Run(name, func(t *testing.T) { testMapsUnderStress(t, fresh(), byKey[name]()) })
	}
}

func testMapsUnderStress(t *testing.T, values *realweak.ValueMap[int, node], byKey *realweak.KeyMap[node, *node]) {
	const workers, keys = 4, 64
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	var members realweak.Set[node]
	var stop atomic.Bool
	var collector, wg sync.WaitGroup
	collector.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	var lost, wrong, winners atomic.Int64
	for g := range workers {
		wg.Go(func() {
			for r := range rounds {
				held := map[int]*node{}
				for i := range keys {
					k := g*keys + i
					p := &node{name: fmt.Sprint(k)}
					values.Store(k, p)
					byKey.Store(p, p.next)
					members.Add(p)
					if i%3 == r%3 {
						held[k] = p
					}
				}
				for k, p := range held {
					if got, ok := values.Load(k); !ok || got != p {
						lost.Add(1)
					}
					if _, ok := byKey.Load(p); !ok {
						lost.Add(1)
					}
					if !members.Contains(p) {
						lost.Add(1)
					}
				}
				seen := map[int]bool{}
				for k, p := range values.All() {
					if seen[k] || p.name != fmt.Sprint(k) && k >= 0 {
						wrong.Add(1)
					}
					seen[k] = true
				}
				for k := range held {
					if !seen[k] {
						lost.Add(1)
					}
				}
				// All workers race for one shared key.
				shared := -1 - r%7
				mine := &node{name: "shared"}
				got, _ := values.LoadOrStore(shared, mine)
				if got == nil {
					lost.Add(1)
				} else if again, ok := values.Load(shared); !ok || again != got {
					winners.Add(1)
				}
				runtime.KeepAlive(got)
				runtime.KeepAlive(held)
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	collector.Wait()
	if lost.Load()+wrong.Load()+winners.Load() > 0 {
		t.Errorf("lost %d, wrong %d, second winners %d", lost.Load(), wrong.Load(), winners.Load())
	}
	weaktest.AwaitDone(t, func() bool {
		return values.LenApprox() == 0 && byKey.LenApprox() == 0 && members.LenApprox() == 0
	})
	if values.Len()+byKey.Len()+members.Len() != 0 {
		t.Error("dead entries are visible")
	}
}

func TestLoadOrStoreHasOneWinner(t *testing.T) {
	for range 200 {
		var m realweak.ValueMap[string, node]
		var got [4]*node
		var wg sync.WaitGroup
		for g := range got {
			wg.Go(func() { got[g], _ = m.LoadOrStore("k", &node{}) })
		}
		wg.Wait()
		for _, p := range got {
			if p == nil || p != got[0] {
				t.Fatalf("different winners: %v", got)
			}
		}
	}
}
