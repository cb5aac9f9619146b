package realweak_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Four goroutines store, load, delete, drop keys and tables, and iterate while
// collections run: what is held is never lost, and nothing is found twice or wrong.
func TestSlotTableUnderStress(t *testing.T) {
	const workers, keys = 4, 64
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	var m ropes
	var racers realweak.SlotTable[knot, int]
	shared := newKnots(8)
	var stop atomic.Bool
	var collector, wg sync.WaitGroup
	collector.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	var lost, wrong atomic.Int64
	final := make([][]*knot, workers)
	for g := range workers {
		wg.Go(func() {
			for r := range rounds {
				own := new(realweak.SlotTable[knot, int]) // dropped each round
				var held []*knot
				for i := range keys {
					k := &knot{}
					m.Store(k, &rope{to: k})
					own.Store(k, i)
					own.Store(shared[i%8], i)
					switch i % 4 {
					case 0:
						held = append(held, k)
					case 1:
						m.Delete(k)
					case 2:
						m.Delete(k)
						m.LoadOrStore(k, &rope{to: k})
						held = append(held, k)
					}
				}
				grow(8 + r%8) // stacks move; keys must not care
				seen := map[*knot]bool{}
				for k, v := range m.All() {
					if seen[k] || v.to != k {
						wrong.Add(1)
					}
					seen[k] = true
				}
				for _, k := range held {
					if v, ok := m.Load(k); !ok || v.to != k || !seen[k] {
						lost.Add(1)
					}
					if _, ok := own.Load(k); !ok {
						lost.Add(1)
					}
				}
				if own.Len() < len(held)+8 {
					lost.Add(1)
				}
				if r%16 == 0 {
					own.Clear()
					if own.Len() != 0 {
						wrong.Add(1)
					}
				}
				race(&racers, shared[r%8], &wrong)
				final[g] = held
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	collector.Wait()
	if lost.Load()+wrong.Load() > 0 {
		t.Errorf("lost %d, wrong %d", lost.Load(), wrong.Load())
	}
	want := 0
	for _, held := range final {
		want += len(held)
		for _, k := range held {
			if v, ok := m.Load(k); !ok || v.to != k {
				t.Error("a held key was lost")
			}
		}
	}
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == want && realweak.SlotIndexLen(&m) == want })
	if got := m.Len(); got != want {
		t.Errorf("Len = %d, want %d", got, want)
	}
	for _, k := range shared {
		racers.Delete(k)
	}
	// The tables of all rounds are dead, and so must be what they left here.
	weaktest.AwaitDone(t, func() bool {
		n := 0
		for _, k := range shared {
			n += realweak.SlotsOn(&k.Slots)
		}
		return n == 0
	})
	runtime.KeepAlive(shared)
	runtime.KeepAlive(final)
}

// race has all workers change one key's entry; what is taken out was put in.
func race(m *realweak.SlotTable[knot, int], k *knot, wrong *atomic.Int64) {
	for i := range 16 {
		switch i % 4 {
		case 0:
			m.Store(k, 7)
		case 1:
			if v, ok := m.LoadAndDelete(k); ok && v != 7 {
				wrong.Add(1)
			}
		case 2:
			if v, _ := m.LoadOrStore(k, 7); v != 7 {
				wrong.Add(1)
			}
		case 3:
			if v, ok := m.Swap(k, 7); ok && v != 7 {
				wrong.Add(1)
			}
		}
		if i == 15 {
			m.Clear()
		}
	}
}

//go:noinline
func grow(depth int) (sum byte) {
	var frame [1024]byte
	if depth > 0 {
		frame[depth] = 1
		return frame[depth] + grow(depth-1)
	}
	return sum
}

// Each value is taken out once, whoever takes it.
func TestSlotTableValuesAreTakenOnce(t *testing.T) {
	const workers, n = 4, 2000
	var m realweak.SlotTable[knot, int]
	keys := newKnots(16)
	taken := make([]atomic.Int32, workers*n)
	take := func(v int, ok bool) {
		if ok && taken[v].Add(1) != 1 {
			t.Errorf("value %d was taken twice", v)
		}
	}
	var wg sync.WaitGroup
	for g := range workers {
		wg.Go(func() {
			for i := range n {
				k, v := keys[i%len(keys)], g*n+i
				switch i % 3 {
				case 0:
					take(m.Swap(k, v))
				case 1:
					if _, loaded := m.LoadOrStore(k, v); loaded {
						take(v, true)
					}
				case 2:
					take(v, true)
					take(m.LoadAndDelete(k))
				}
				if i%500 == 0 {
					runtime.GC()
				}
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		take(m.LoadAndDelete(k))
	}
	for v := range taken {
		if taken[v].Load() != 1 {
			t.Fatalf("value %d was lost", v)
		}
	}
	if m.Len() != 0 {
		t.Error("entries are left")
	}
}

func TestSlotTableLoadOrStoreHasOneWinner(t *testing.T) {
	for range 200 {
		var m realweak.SlotTable[knot, *int]
		k := &knot{}
		var got [4]*int
		var wg sync.WaitGroup
		for g := range got {
			wg.Go(func() { got[g], _ = m.LoadOrStore(k, new(int)) })
		}
		wg.Wait()
		for _, p := range got {
			if p == nil || p != got[0] {
				t.Fatalf("different winners: %v", got)
			}
		}
	}
}
