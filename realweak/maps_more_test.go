package realweak_test

import (
	"errors"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestValueMapSwaps(t *testing.T) {
	each(t, valueMaps[string, node](), func(t *testing.T, m *realweak.ValueMap[string, node]) {
		a, b := &node{name: "a"}, &node{name: "b"}
		if m.CompareAndSwap("k", a, b) || m.CompareAndSwap("k", nil, b) || m.CompareAndDelete("k", a) || m.CompareAndDelete("k", nil) {
			t.Error("an entry that is not there was compared")
		}
		if got, loaded := m.Swap("k", a); got != nil || loaded {
			t.Errorf("Swap = %v, %v", got, loaded)
		}
		if got, loaded := m.Swap("k", b); got != a || !loaded {
			t.Errorf("Swap = %v, %v", got, loaded)
		}
		if m.CompareAndSwap("k", a, a) {
			t.Error("swapped for another than the old value")
		}
		if !m.CompareAndSwap("k", b, a) {
			t.Error("did not swap for the old value")
		}
		if m.CompareAndDelete("k", b) || !m.CompareAndDelete("k", a) || m.Len() != 0 {
			t.Error("CompareAndDelete")
		}
		drop := func() { m.Store("k", &node{}) }
		drop()
		weaktest.Collect(t)
		if got, loaded := m.Swap("k", a); got != nil || loaded {
			t.Errorf("Swap over a dead value = %v, %v", got, loaded)
		}
		if got, _ := m.Load("k"); got != a {
			t.Errorf("Load = %v", got)
		}
		runtime.KeepAlive(a)
		runtime.KeepAlive(b)
	})
}

func TestValueMapCopies(t *testing.T) {
	a, b := &node{name: "a"}, &node{name: "b"}
	m := new(realweak.ValueMap[string, node])
	m.Merge(maps.All(map[string]*node{"a": a, "b": b}))
	clone := m.Clone()
	m.Delete("a")
	clone.Store("c", b)
	if got := slices.Sorted(m.Keys()); !slices.Equal(got, []string{"b"}) {
		t.Errorf("m has %v", got)
	}
	if got := slices.Sorted(clone.Keys()); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("clone has %v", got)
	}
	refs := maps.Collect(clone.Refs())
	if len(refs) != 3 || refs["a"] != realweak.Make(a) || refs["c"] != realweak.Make(b) {
		t.Errorf("refs %v", refs)
	}
	runtime.KeepAlive(a)
	a = nil
	weaktest.AwaitDone(t, func() bool { return clone.Len() == 2 })
	runtime.KeepAlive(b)
}

func TestLoadOrCompute(t *testing.T) {
	m := new(realweak.ValueMap[string, node])
	made := &node{}
	if got, loaded, err := m.LoadOrCompute("k", func() (*node, error) { return made, nil }); got != made || loaded || err != nil {
		t.Errorf("first: %v, %v, %v", got, loaded, err)
	}
	if got, loaded, err := m.LoadOrCompute("k", func() (*node, error) { t.Error("computed again"); return nil, nil }); got != made || !loaded || err != nil {
		t.Errorf("second: %v, %v, %v", got, loaded, err)
	}
	no := errors.New("no")
	if got, loaded, err := m.LoadOrCompute("e", func() (*node, error) { return nil, no }); got != nil || loaded || err != no {
		t.Errorf("failing: %v, %v, %v", got, loaded, err)
	}
	if m.LenApprox() != 1 {
		t.Error("an error was stored")
	}
	func() {
		defer func() {
			if _, ok := recover().(*realweak.ReferentError); !ok {
				t.Error("nil was stored")
			}
		}()
		_, _, _ = m.LoadOrCompute("n", func() (*node, error) { return nil, nil })
	}()
	runtime.KeepAlive(made)
}

// Of all who ask for a key at once one computes; a panic hands that on.
func TestLoadOrComputeOnce(t *testing.T) {
	const askers = 8
	for range 50 {
		var m realweak.ValueMap[int, node]
		var computing, computed, panicked atomic.Int32
		var got [askers]*node
		var loads atomic.Int32
		var wg sync.WaitGroup
		for i := range askers {
			wg.Go(func() {
				defer func() {
					if recover() != nil {
						panicked.Add(1)
					}
				}()
				value, loaded, err := m.LoadOrCompute(1, func() (*node, error) {
					if computing.Add(1) != 1 {
						t.Error("two compute at once")
					}
					defer computing.Add(-1)
					runtime.Gosched()
					if computed.Add(1) <= 2 {
						panic("no")
					}
					return &node{}, nil
				})
				if err != nil {
					t.Error(err)
				}
				if loaded {
					loads.Add(1)
				}
				got[i] = value
			})
		}
		wg.Wait()
		if computed.Load() != 3 || panicked.Load() != 2 || loads.Load() != askers-3 {
			t.Fatalf("computed %d times, %d panics, %d loaded; want 3, 2, %d", computed.Load(), panicked.Load(), loads.Load(), askers-3)
		}
		winners := map[*node]bool{}
		for _, p := range got {
			if p != nil {
				winners[p] = true
			}
		}
		if len(winners) != 1 {
			t.Fatalf("%d winners", len(winners))
		}
	}
}

func TestKeyMapSwaps(t *testing.T) {
	each(t, keyMaps[int](), func(t *testing.T, m *realweak.KeyMap[node, int]) {
		k := &node{}
		if m.CompareAndSwap(k, 0, 1) || m.CompareAndDelete(k, 0) || m.CompareAndSwap(nil, 0, 1) || m.CompareAndDelete(nil, 0) {
			t.Error("an entry that is not there was compared")
		}
		if got, loaded := m.Swap(k, 1); got != 0 || loaded {
			t.Errorf("Swap = %v, %v", got, loaded)
		}
		if got, loaded := m.Swap(k, 2); got != 1 || !loaded {
			t.Errorf("Swap = %v, %v", got, loaded)
		}
		if m.CompareAndSwap(k, 1, 3) || !m.CompareAndSwap(k, 2, 3) {
			t.Error("CompareAndSwap")
		}
		if m.CompareAndDelete(k, 2) || !m.CompareAndDelete(k, 3) || m.Len() != 0 {
			t.Error("CompareAndDelete")
		}
		m.Store(k, 5)
		clone := m.Clone()
		m.Clear()
		if got, ok := clone.Load(k); got != 5 || !ok || m.Len() != 0 || m.LenApprox() != 0 {
			t.Error("Clone and Clear")
		}
		if refs := maps.Collect(clone.Refs()); refs[realweak.Make(k)] != 5 || len(refs) != 1 {
			t.Errorf("Refs %v", refs)
		}
		runtime.KeepAlive(k)
	})
}

func TestKeyMapCounts(t *testing.T) {
	each(t, keyMaps[int](), func(t *testing.T, m *realweak.KeyMap[node, int]) {
		const workers, adds = 4, 2000
		k := &node{}
		m.Store(k, 0)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range adds {
					for {
						n, _ := m.Load(k)
						if m.CompareAndSwap(k, n, n+1) {
							break
						}
					}
				}
			})
		}
		wg.Wait()
		if n, _ := m.Load(k); n != workers*adds {
			t.Errorf("counted %d, want %d", n, workers*adds)
		}
	})
}

func TestComparingTheIncomparablePanics(t *testing.T) {
	m := new(realweak.KeyMap[node, []int])
	k := &node{}
	m.Store(k, nil)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	m.CompareAndSwap(k, nil, nil)
}

// removals collects what a listener is told.
type removals[K comparable, V comparable] struct {
	mu  sync.Mutex
	all []realweak.Removal[K, V]
}

func (r *removals[K, V]) add(x realweak.Removal[K, V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, x)
}

func (r *removals[K, V]) take() []realweak.Removal[K, V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

func TestValueMapTellsOfRemovals(t *testing.T) {
	type removal = realweak.Removal[string, *node]
	var told removals[string, *node]
	m := realweak.NewValueMap(realweak.ValueMapOptions[string, node]{OnRemoval: told.add})
	a, b := &node{name: "a"}, &node{name: "b"}
	expect := func(what string, want ...removal) {
		t.Helper()
		if got := told.take(); !slices.Equal(got, want) {
			t.Errorf("%s: told %v, want %v", what, got, want)
		}
	}
	m.Store("k", a)
	m.Store("k", a)
	expect("the same value again")
	m.Store("k", b)
	expect("Store", removal{"k", a, realweak.Replaced})
	m.Swap("k", a)
	expect("Swap", removal{"k", b, realweak.Replaced})
	m.CompareAndSwap("k", a, b)
	expect("CompareAndSwap", removal{"k", a, realweak.Replaced})
	m.LoadOrStore("k", a)
	expect("LoadOrStore of what is there")
	m.Delete("k")
	m.Delete("k")
	expect("Delete", removal{"k", b, realweak.Explicit})
	m.Store("k", a)
	m.CompareAndDelete("k", a)
	expect("CompareAndDelete", removal{"k", a, realweak.Explicit})
	m.Store("k", b)
	m.Clear()
	expect("Clear", removal{"k", b, realweak.Cleared})
	drop := func() { m.Store("d", &node{}) }
	drop()
	var seen []removal
	weaktest.AwaitDone(t, func() bool { seen = append(seen, told.take()...); return len(seen) > 0 })
	if want := []removal{{"d", nil, realweak.Collected}}; !slices.Equal(seen, want) {
		t.Errorf("death: told %v, want %v", seen, want)
	}
	if m.LenApprox() != 0 {
		t.Error("a dead entry is still there")
	}
	for range 1000 {
		m.Store("k", a)
		m.Delete("k")
	}
	if n := m.Watched(); n > 2 {
		t.Errorf("storing one value again and again left %d finalizers", n)
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
	a, b = nil, nil
	told.take()
	weaktest.AwaitDone(t, func() bool { return m.Watched() == 0 })
}

func TestKeyMapTellsOfRemovals(t *testing.T) {
	type removal = realweak.Removal[*node, int]
	var told removals[*node, int]
	o := realweak.KeyMapOptions[node, int]{OnRemoval: told.add}
	for name, m := range map[string]*realweak.KeyMap[node, int]{
		"by identity": realweak.NewKeyMap(o),
		"by value":    realweak.NewKeyMapFunc(hashName, equalNames, o),
	} {
		t.Run(name, func(t *testing.T) {
			a := &node{name: "a"}
			expect := func(what string, want ...removal) {
				t.Helper()
				if got := told.take(); !slices.Equal(got, want) {
					t.Errorf("%s: told %v, want %v", what, got, want)
				}
			}
			m.Store(a, 1)
			m.Store(a, 2)
			expect("Store", removal{a, 1, realweak.Replaced})
			m.CompareAndSwap(a, 2, 3)
			expect("CompareAndSwap", removal{a, 2, realweak.Replaced})
			m.Delete(a)
			expect("Delete", removal{a, 3, realweak.Explicit})
			m.Store(a, 4)
			m.Clear()
			expect("Clear", removal{a, 4, realweak.Cleared})
			drop := func() { m.Store(&node{name: "d"}, 5) }
			drop()
			var seen []removal
			weaktest.AwaitDone(t, func() bool { seen = append(seen, told.take()...); return len(seen) > 0 })
			if want := []removal{{nil, 5, realweak.Collected}}; !slices.Equal(seen, want) {
				t.Errorf("death: told %v, want %v", seen, want)
			}
			for range 1000 {
				m.Store(a, 1)
				m.Delete(a)
			}
			told.take()
			if n := m.Watched(); n > 1 {
				t.Errorf("storing one key again and again left %d finalizers", n)
			}
			runtime.KeepAlive(a)
		})
	}
}

func TestListenerMayPanicAndUseTheMap(t *testing.T) {
	var reports atomic.Int32
	defer realweak.OnPanic(func(realweak.PanicInfo) { reports.Add(1) })()
	var m *realweak.ValueMap[string, node]
	p := &node{}
	m = realweak.NewValueMap(realweak.ValueMapOptions[string, node]{OnRemoval: func(r realweak.Removal[string, *node]) {
		if r.Key == "k" {
			m.Store("other", p)
			m.Delete("other")
			panic(r.Cause)
		}
	}})
	m.Store("k", p)
	m.Delete("k")
	if reports.Load() != 1 || m.Len() != 0 {
		t.Errorf("%d reports, %d entries", reports.Load(), m.Len())
	}
	runtime.KeepAlive(p)
}

// A map is collected although its listener, and the finalizers of values that live,
// lead to it.
func TestDroppedMapWithListenerIsCollected(t *testing.T) {
	p := &node{}
	type holder struct {
		values *realweak.ValueMap[int, node]
		keys   *realweak.KeyMap[node, int]
	}
	drop := func() realweak.Ref[holder] {
		h := new(holder)
		h.values = realweak.NewValueMap(realweak.ValueMapOptions[int, node]{OnRemoval: func(realweak.Removal[int, *node]) { h.values.Len() }})
		h.keys = realweak.NewKeyMap(realweak.KeyMapOptions[node, int]{OnRemoval: func(realweak.Removal[*node, int]) { h.keys.Len() }})
		h.values.Store(1, p)
		h.keys.Store(p, 1)
		return realweak.Make(h)
	}
	weaktest.AwaitDead(t, drop())
	runtime.KeepAlive(p)
}

var nameSeed = maphash.MakeSeed()

func hashName(n *node) uint64    { return maphash.String(nameSeed, n.name) }
func equalNames(a, b *node) bool { return a.name == b.name }
func oneHash(*node) uint64       { return 1 }
func byName() realweakKeyMap {
	return realweak.NewKeyMapFunc(hashName, equalNames, realweakKeyMapOptions{})
}
func byNameColliding() realweakKeyMap {
	return realweak.NewKeyMapFunc(oneHash, equalNames, realweakKeyMapOptions{})
}

type (
	realweakKeyMap        = *realweak.KeyMap[node, int]
	realweakKeyMapOptions = realweak.KeyMapOptions[node, int]
)

// Keys by value behave as in CPython: equal keys are one key, and the entry dies
// with the first of them.
func TestKeyMapByValue(t *testing.T) {
	each(t, map[string]func() realweakKeyMap{"good hash": byName, "one hash": byNameColliding}, func(t *testing.T, m realweakKeyMap) {
		first, second, other := &node{name: "same"}, &node{name: "same"}, &node{name: "other"}
		m.Store(first, 1)
		m.Store(second, 2)
		m.Store(other, 3)
		if m.Len() != 2 || m.LenApprox() != 2 {
			t.Errorf("%d entries, want 2", m.Len())
		}
		if got, ok := m.Load(&node{name: "same"}); got != 2 || !ok {
			t.Errorf("Load of an equal key = %d, %v", got, ok)
		}
		for k, v := range m.All() {
			if k.name == "same" && (k != first || v != 2) {
				t.Error("the entry does not belong to the first key")
			}
		}
		if _, ok := m.Load(&node{name: "none"}); ok {
			t.Error("found a key that is not there")
		}
		runtime.KeepAlive(first)
		first = nil
		weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 1 })
		if _, ok := m.Load(second); ok {
			t.Error("the entry outlived its first key")
		}
		m.Store(second, 4)
		if got, loaded := m.LoadOrStore(&node{name: "same"}, 5); got != 4 || !loaded {
			t.Errorf("LoadOrStore = %d, %v", got, loaded)
		}
		m.Delete(&node{name: "other"})
		if m.Len() != 1 {
			t.Error("an equal key does not delete")
		}
		runtime.KeepAlive(second)
		runtime.KeepAlive(other)
	})
}

// equal may use the map, and run a collection.
func TestEqualMayUseTheMap(t *testing.T) {
	var m *realweak.KeyMap[node, int]
	depth, uses := 0, 0
	m = realweak.NewKeyMapFunc(oneHash, func(a, b *node) bool {
		if depth++; depth == 1 && uses < 5 { // each use changes the chain, so that the search begins anew
			uses++
			m.Store(&node{name: "inner"}, 1)
			m.Load(&node{name: "inner"})
			runtime.GC()
		}
		depth--
		return a.name == b.name
	}, realweakKeyMapOptions{})
	a, b := &node{name: "a"}, &node{name: "b"}
	m.Store(a, 1)
	m.Store(b, 2)
	if got, _ := m.Load(a); got != 1 {
		t.Errorf("a is %d", got)
	}
	if got, _ := m.Load(b); got != 2 {
		t.Errorf("b is %d", got)
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
}

func TestSetAlgebra(t *testing.T) {
	all := []*node{{name: "0"}, {name: "1"}, {name: "2"}, {name: "3"}}
	names := func(s *realweak.Set[node]) string {
		out := ""
		for _, p := range all {
			if s.Contains(p) {
				out += p.name
			}
		}
		if len(out) != s.Len() {
			t.Errorf("%d members, of which %q are known", s.Len(), out)
		}
		return out
	}
	pick := func(mask int) *realweak.Set[node] {
		s := realweak.NewSet[node]()
		for i, p := range all {
			if mask&(1<<i) != 0 {
				s.Add(p)
			}
		}
		return s
	}
	for x := range 16 {
		for y := range 16 {
			a, b := pick(x), pick(y)
			for what, c := range map[string]struct {
				got  *realweak.Set[node]
				want int
			}{
				"union":                {a.Union(b), x | y},
				"intersection":         {a.Intersect(b), x & y},
				"difference":           {a.Difference(b), x &^ y},
				"symmetric difference": {a.SymmetricDifference(b), x ^ y},
				"clone":                {a.Clone(), x},
			} {
				if got, want := names(c.got), names(pick(c.want)); got != want {
					t.Errorf("%s of %04b and %04b = %q, want %q", what, x, y, got, want)
				}
			}
			for what, c := range map[string]struct{ got, want bool }{
				"subset":   {a.IsSubset(b), x&^y == 0},
				"superset": {a.IsSuperset(b), y&^x == 0},
				"disjoint": {a.IsDisjoint(b), x&y == 0},
				"equal":    {a.Equal(b), x == y},
			} {
				if c.got != c.want {
					t.Errorf("%s of %04b and %04b = %v", what, x, y, c.got)
				}
			}
		}
	}
	s := pick(15)
	popped := map[*node]bool{}
	for p, ok := s.Pop(); ok; p, ok = s.Pop() {
		popped[p] = true
	}
	if len(popped) != 4 || s.Len() != 0 {
		t.Errorf("popped %d, left %d", len(popped), s.Len())
	}
	n := 0
	for ref := range pick(7).Refs() {
		if ref.Alive() {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d refs", n)
	}
	runtime.KeepAlive(all)
}

// Insertions look after the dead themselves while no sweep comes: none does here,
// because the sweeper is kept busy.
func TestInsertionsCannotOutrunRemoval(t *testing.T) {
	free := realweak.OccupySweeper()
	var m realweak.ValueMap[int, node]
	most := 0
	for i := range 400_000 {
		m.Store(i, &node{})
		if i%20_000 == 0 {
			runtime.GC()
		}
		if i%1000 == 0 {
			most = max(most, m.LenApprox())
		}
	}
	if most > 100_000 {
		t.Errorf("the map grew to %d entries with at most 20,000 alive at a collection", most)
	}
	free()
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 0 })
}
