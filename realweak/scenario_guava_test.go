package realweak_test

import (
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Scenarios of Guava's MapMaker and Caffeine: what their documentation promises of weak
// keys and values, and what their tests do by enqueueing references by hand.

// reclaimable is a key or a value that a test can have reclaimed by hand.
type reclaimable struct {
	id int
	_  *reclaimable
}

func newReclaimables(n int) []*reclaimable {
	all := make([]*reclaimable, n)
	for i := range all {
		all[i] = &reclaimable{id: i}
	}
	return all
}

// "The size may include entries that have been reclaimed; they are never visible."
func TestReclaimedEntriesCountButAreInvisible(t *testing.T) {
	const n = 20
	objects := newReclaimables(n)
	var values realweak.ValueMap[int, reclaimable]
	var keys realweak.KeyMap[reclaimable, int]
	var members realweak.Set[reclaimable]
	for i, p := range objects {
		values.Store(i, p)
		keys.Store(p, i)
		members.Add(p)
	}
	for _, p := range objects[:n/2] {
		realweak.Kill(p)
	}
	approx := []int{values.LenApprox(), keys.LenApprox(), members.LenApprox()}
	for i, size := range approx {
		if size < n/2 || size > n {
			t.Errorf("the size of collection %d is %d", i, size)
		}
	}
	for i, p := range objects {
		got, ok := values.Load(i)
		if alive := i >= n/2; ok != alive || alive && got != p || !alive && got != nil {
			t.Fatalf("Load(%d) = %v, %v", i, got, ok)
		}
	}
	for _, p := range objects[n/2:] {
		if _, ok := keys.Load(p); !ok || !members.Contains(p) {
			t.Fatalf("%d was lost", p.id)
		}
	}
	for what, got := range map[string]int{
		"values.Len": values.Len(), "values.All": len(maps.Collect(values.All())),
		"keys.Len": keys.Len(), "keys.All": len(maps.Collect(keys.All())),
		"members.Len": members.Len(), "members.Clone": members.Clone().LenApprox(),
		"values.Clone": values.Clone().LenApprox(), "keys.Clone": keys.Clone().LenApprox(),
	} {
		if got != n/2 {
			t.Errorf("%s: %d, want %d", what, got, n/2)
		}
	}
	values.Sweep()
	keys.Sweep()
	members.Sweep()
	if values.LenApprox() != n/2 || keys.LenApprox() != n/2 || members.LenApprox() != n/2 {
		t.Error("a sweep left reclaimed entries")
	}
	runtime.KeepAlive(objects)
}

// "An entry that is partially reclaimed is never exposed": no method ever returns a
// key without its value, or nil for a value that is said to be there.
func TestPartiallyReclaimedEntriesAreNotExposed(t *testing.T) {
	each(t, valueMaps[int, reclaimable](), func(t *testing.T, m *realweak.ValueMap[int, reclaimable]) {
		const keys = 32
		rounds := 40
		if testing.Short() {
			rounds = 10
		}
		var stop atomic.Bool
		var wg, collector sync.WaitGroup
		collector.Go(func() {
			for !stop.Load() {
				runtime.GC()
			}
		})
		for range 2 {
			wg.Go(func() {
				for r := range rounds {
					for k := range keys {
						if (k+r)%3 == 0 {
							m.Store(k, &reclaimable{id: k})
						}
					}
					for k := range keys {
						if p, ok := m.Load(k); ok != (p != nil) || ok && p.id != k {
							t.Errorf("Load(%d) = %v, %v", k, p, ok)
						}
						if p, ok := m.LoadAndDelete(k); ok != (p != nil) || ok && p.id != k {
							t.Errorf("LoadAndDelete(%d) = %v, %v", k, p, ok)
						}
						if p, _ := m.LoadOrStore(k, &reclaimable{id: k}); p == nil || p.id != k {
							t.Errorf("LoadOrStore(%d) = %v", k, p)
						}
					}
					for k, p := range m.All() {
						if p == nil || p.id != k {
							t.Errorf("All: %d, %v", k, p)
						}
					}
				}
			})
		}
		wg.Wait()
		stop.Store(true)
		collector.Wait()
	})
}

// "Iteration is weakly consistent and never fails", also while others change the map:
// what is there throughout comes up, once.
func TestIterationIsWeaklyConsistent(t *testing.T) {
	const steady, changing = 64, 64
	objects := newReclaimables(steady + changing)
	values := new(realweak.ValueMap[int, reclaimable])
	keys := new(realweak.KeyMap[reclaimable, int])
	for i, p := range objects[:steady] {
		values.Store(i, p)
		keys.Store(p, i)
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for r := 0; !stop.Load(); r++ {
				for i, p := range objects[steady:] {
					if i%2 == r%2 {
						values.Store(steady+i, p)
						keys.Store(p, steady+i)
					} else {
						values.Delete(steady + i)
						keys.Delete(p)
					}
				}
			}
		})
	}
	for r := range 100 {
		if r%10 == 0 {
			runtime.GC()
		}
		byKey, byObject := map[int]int{}, map[*reclaimable]int{}
		for k, p := range values.All() {
			if byKey[k]++; p.id != k {
				t.Fatalf("%d is under %d", p.id, k)
			}
		}
		for p, v := range keys.All() {
			if byObject[p]++; p.id != v {
				t.Fatalf("%d is %d", p.id, v)
			}
		}
		for i, p := range objects {
			least := 0
			if i < steady {
				least = 1
			}
			if n := byKey[i]; n < least || n > 1 {
				t.Fatalf("key %d came up %d times", i, n)
			}
			if n := byObject[p]; n < least || n > 1 {
				t.Fatalf("object %d came up %d times", i, n)
			}
		}
	}
	stop.Store(true)
	wg.Wait()
	runtime.KeepAlive(objects)
}

// MapMakerInternalMap's tests enqueue a reference by hand and look at the map before
// and after it is taken note of. The late note must not hit the entry that took the
// place of the dead one.
func TestReclamationByHand(t *testing.T) {
	t.Run("ValueMap", func(t *testing.T) {
		var told removals[int, bool]
		m := realweak.NewValueMap(realweak.ValueMapOptions[int, reclaimable]{OnRemoval: func(r realweak.Removal[int, *reclaimable]) {
			told.add(realweak.Removal[int, bool]{Key: r.Key, Value: r.Value != nil, Cause: r.Cause})
		}})
		p := newReclaimables(3)
		for i := range p {
			m.Store(i, p[i])
		}
		realweak.Kill(p[0])
		realweak.Kill(p[1])
		if m.LenApprox() != 3 || m.Len() != 1 {
			t.Errorf("before the note: %d entries, %d alive", m.LenApprox(), m.Len())
		}
		m.Store(0, p[2]) // in the place of a dead value
		m.Mourn()
		m.Mourn()
		if m.LenApprox() != 2 || m.Len() != 2 {
			t.Errorf("after the note: %d entries, %d alive", m.LenApprox(), m.Len())
		}
		if got, _ := m.Load(0); got != p[2] {
			t.Error("the note of a death removed the entry that came after it")
		}
		want := map[int]realweak.Cause{0: realweak.Collected, 1: realweak.Collected}
		for _, r := range told.take() {
			if want[r.Key] != r.Cause || r.Value {
				t.Errorf("told %v", r)
			}
			delete(want, r.Key)
		}
		if len(want) != 0 {
			t.Errorf("not told: %v", want)
		}
		runtime.KeepAlive(p)
	})
	t.Run("KeyMap", func(t *testing.T) {
		var told removals[bool, int]
		m := realweak.NewKeyMap(realweak.KeyMapOptions[reclaimable, int]{OnRemoval: func(r realweak.Removal[*reclaimable, int]) {
			told.add(realweak.Removal[bool, int]{Key: r.Key != nil, Value: r.Value, Cause: r.Cause})
		}})
		p := newReclaimables(3)
		realweak.Kill(p[0])
		realweak.Kill(p[1])
		// Dead keys that had the addresses of keys that live.
		if !m.Plant(p[2], p[0], 1) {
			t.Fatal("no room in an empty map")
		}
		if _, ok := m.Load(p[2]); ok || m.Len() != 0 || m.LenApprox() != 1 {
			t.Error("an entry of a dead key is visible")
		}
		if got, loaded := m.LoadOrStore(p[2], 2); got != 2 || loaded {
			t.Errorf("LoadOrStore over a dead key = %d, %v", got, loaded)
		}
		m.Mourn(p[0], p[2])
		if got, ok := m.Load(p[2]); got != 2 || !ok || m.LenApprox() != 1 {
			t.Error("the note of a death removed the entry of the key that has the address now")
		}
		got := told.take()
		if len(got) != 1 || got[0] != (realweak.Removal[bool, int]{Value: 1, Cause: realweak.Collected}) {
			t.Errorf("told %v", got)
		}
		runtime.KeepAlive(p)
	})
}

// Each entry that there has ever been leaves once, whoever takes it out, and what is
// told of it is what was stored.
func TestRemovalsBalance(t *testing.T) {
	const workers, keys, adds = 4, 16, 2000
	type ledger struct {
		causes [realweak.Cleared + 1]atomic.Int64
		wrong  atomic.Int64
	}
	var in [workers*adds + keys]atomic.Bool
	var l ledger
	m := realweak.NewKeyMapFunc(
		func(p *reclaimable) uint64 { return uint64(p.id % 3) },
		func(a, b *reclaimable) bool { return a.id == b.id },
		realweak.KeyMapOptions[reclaimable, int]{OnRemoval: func(r realweak.Removal[*reclaimable, int]) {
			l.causes[r.Cause].Add(1)
			if !in[r.Value].CompareAndSwap(true, false) {
				l.wrong.Add(1)
			}
		}})
	held := newReclaimables(keys)
	var wg sync.WaitGroup
	var stored atomic.Int64
	for w := range workers {
		wg.Go(func() {
			for i := range adds {
				value, k := w*adds+i, held[i%keys]
				if i%2 == 0 {
					k = &reclaimable{id: keys + i%keys} // dies
				}
				in[value].Store(true)
				switch i % 5 {
				case 0, 1, 2:
					m.Store(k, value)
					stored.Add(1)
				case 3:
					if _, loaded := m.LoadOrStore(k, value); loaded {
						in[value].Store(false)
					} else {
						stored.Add(1)
					}
				case 4:
					in[value].Store(false)
					m.Delete(k)
				}
				switch {
				case i%500 == 499:
					m.Clear()
				case i%100 == 99:
					runtime.GC()
				}
			}
		})
	}
	wg.Wait()
	// Workers that look at a key hold it for a moment, and so perhaps through each of
	// the collections above. What is stored now dies.
	for i, k := range held {
		in[workers*adds+i].Store(true)
		m.Store(k, workers*adds+i)
		stored.Add(1)
	}
	clear(held)
	total := func() (n int64) {
		for i := range l.causes {
			n += l.causes[i].Load()
		}
		return n
	}
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 0 && total() >= stored.Load() })
	if total() != stored.Load() || l.wrong.Load() != 0 {
		t.Errorf("%d entries were stored, %d removals told, %d of them wrong", stored.Load(), total(), l.wrong.Load())
	}
	for c := realweak.Explicit; c <= realweak.Cleared; c++ {
		if l.causes[c].Load() == 0 {
			t.Errorf("no removal was %v", c)
		}
	}
}
