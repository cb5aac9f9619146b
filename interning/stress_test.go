package interning

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

// witness knows what is held for each key and fails if two different canonical
// values are held for one at the same time.
type witness[H comparable] struct {
	mu   sync.Mutex
	held H
	n    int
}

func (w *witness[H]) hold(t *testing.T, key int, h H) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n > 0 && w.held != h {
		t.Errorf("two canonical values of key %d are alive", key)
	}
	w.held = h
	w.n++
}

func (w *witness[H]) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n--; w.n == 0 {
		var zero H
		w.held = zero
	}
}

// stressTime is for each of the subtests.
func stressTime() time.Duration {
	if testing.Short() {
		return 20 * time.Millisecond
	}
	return 100 * time.Millisecond
}

// stress has four goroutines intern a few keys, hold them for a moment, and drop
// them, while a fifth collects without pause.
func stress[H comparable](t *testing.T, keys int, intern func(key int) H, value func(h H) int) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	witnesses := make([]witness[H], keys)
	var done atomic.Bool
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			type held struct {
				key int
				h   H
			}
			var ring [8]held
			for n := 0; !done.Load(); n++ {
				slot := &ring[n%len(ring)]
				if n >= len(ring) {
					witnesses[slot.key].drop()
				}
				key := random.IntN(keys)
				h := intern(key)
				witnesses[key].hold(t, key, h)
				if got := value(h); got != key {
					t.Errorf("the canonical value of key %d is that of %d", key, got)
				}
				*slot = held{key, h}
				if n%64 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	all.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	end := time.AfterFunc(stressTime(), func() { done.Store(true) })
	defer end.Stop()
	all.Wait()
}

func TestStress(t *testing.T) {
	const keys = 48
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("key %02d", i)
	}
	number := func(s string) int { i, _ := strconv.Atoi(s[len("key "):]); return i }

	t.Run("Parts", func(t *testing.T) {
		long := make([]byte, 2*shortParts)
		stress(t, keys,
			func(key int) *byte { return data(Parts(string(long), names[key])) },
			func(p *byte) int { return number(unsafe.String(p, len(long)+len(names[0]))[len(long):]) })
	})
	t.Run("String", func(t *testing.T) {
		sub := event.Default.Subscribe(16, event.Interned, event.Cleared)
		defer sub.Close()
		// All keys are of one length, so that the address tells the string.
		stress(t, keys,
			func(key int) *byte { return data(String(names[key])) },
			func(p *byte) int { return number(unsafe.String(p, len(names[0]))) })
	})
	withHashes(t, func(t *testing.T, forget uint64) {
		t.Run("Table", func(t *testing.T) {
			var live func() int
			func() {
				table := NewTable[string](forgetting(forget))
				live = func() int { return table.Stats().Live }
				stress(t, keys,
					func(key int) Handle[string] { return table.Intern(names[key]) },
					func(h Handle[string]) int { return number(h.Value()) })
			}()
			weaktest.AwaitDone(t, func() bool { return live() == 0 })
		})
		for _, o := range []struct {
			name   string
			option Option
		}{{"Strict", Strict()}, {"Capacity", Capacity(keys / 4)}, {"Immortal", Immortal()}} {
			t.Run(o.name, func(t *testing.T) {
				table := NewTable[string](forgetting(forget), o.option)
				stress(t, keys,
					func(key int) Handle[string] { return table.Intern(names[key]) },
					func(h Handle[string]) int { return number(h.Value()) })
			})
		}
		t.Run("Map", func(t *testing.T) {
			in := newMappings[string, string](config{forget: forget})
			stress(t, keys,
				func(key int) Map[string, string] {
					return newMap(in, label{"name", names[key]}, label{"a", names[key]})
				},
				func(m Map[string, string]) int { return number(m.At(1).Value) })
			weaktest.AwaitDone(t, func() bool { return in.engine.stats().Live == 0 })
		})
		t.Run("Tuple", func(t *testing.T) {
			in := newTuples[string](config{forget: forget})
			stress(t, keys,
				func(key int) Tuple[string] { return newTuple(in, "t", names[key]) },
				func(h Tuple[string]) int { return number(h.At(1)) })
			weaktest.AwaitDone(t, func() bool { return in.engine.stats().Live == 0 })
		})
		t.Run("FrozenSet", func(t *testing.T) {
			in := newSets[int](config{forget: forget})
			stress(t, keys,
				func(key int) FrozenSet[int] { return newSet(in, key, key+1000, key) },
				func(h FrozenSet[int]) int {
					for e := range h.All() {
						return e % 1000
					}
					return -1
				})
			weaktest.AwaitDone(t, func() bool { return in.engine.stats().Live == 0 })
		})
	})
}

// TestStressGrowth has goroutines that add what nobody holds, so that shards
// grow, shrink and are purged from several sides at once, beside one that checks
// that what it holds stays.
func TestStressGrowth(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var table Table[int]
	var done atomic.Bool
	var all sync.WaitGroup
	for g := range 3 {
		all.Go(func() {
			for i := 0; !done.Load(); i++ {
				table.Intern(i*3 + g)
			}
		})
	}
	all.Go(func() {
		held := make([]Handle[int], 500)
		for i := range held {
			held[i] = table.Intern(-1 - i)
		}
		for !done.Load() {
			for i, h := range held {
				if got, ok := table.Lookup(-1 - i); !ok || got != h {
					t.Errorf("Lookup(%d) = %v, %v while its handle is held", -1-i, got, ok)
					return
				}
			}
			n := 0
			for h := range table.All() {
				if h.Value() < 0 {
					n++
				}
			}
			if n != len(held) {
				t.Errorf("All has %d of %d held values", n, len(held))
				return
			}
		}
	})
	all.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	end := time.AfterFunc(2*stressTime(), func() { done.Store(true) })
	defer end.Stop()
	all.Wait()
	weaktest.AwaitDone(t, func() bool { return table.Stats().Live == 0 })
}
