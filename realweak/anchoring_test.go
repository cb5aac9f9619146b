package realweak_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// tally is what the callbacks of one object have done.
type tally struct {
	mu  sync.Mutex
	ran []int
}

func (y *tally) add(i int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.ran = append(y.ran, i)
}

func (y *tally) all() []int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return slices.Clone(y.ran)
}

type errand struct {
	of *tally
	i  int
}

func (e errand) run() { e.of.add(e.i) }

// Objects come and go at the same addresses, faster than their cleanups run, each
// with one to seven finalizers of which some are detached or called. Whatever anchors
// an address has seen, each callback runs once at most, and those of one object newest
// first.
func TestManyFinalizersOnReusedAddresses(t *testing.T) {
	workers, objects := 3, 3000
	if testing.Short() {
		objects = 1000
	}
	type plan struct {
		*tally
		want []int
	}
	all := make([][]plan, workers)
	var busy sync.WaitGroup
	for w := range workers {
		busy.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(w)))
			for k := range objects {
				p := &node{}
				plan := plan{tally: new(tally)}
				var called []int
				for i := range 1 + random.IntN(7) {
					z := realweak.Finalize(p, errand.run, errand{plan.tally, i})
					switch random.IntN(5) {
					case 0:
						z.Detach()
					case 1:
						z.DetachFrom(p)
					case 2:
						z.Call()
						called = append(called, i)
					default:
						plan.want = append(plan.want, i)
					}
				}
				slices.Reverse(plan.want)
				plan.want = append(called, plan.want...)
				all[w] = append(all[w], plan)
				runtime.KeepAlive(p)
				if k%100 == 0 {
					runtime.GC()
				}
			}
		})
	}
	busy.Wait()
	weaktest.AwaitDone(t, func() bool {
		for _, plans := range all {
			for _, p := range plans {
				if len(p.all()) < len(p.want) {
					return false
				}
			}
		}
		return true
	})
	for _, plans := range all {
		for k, p := range plans {
			if got := p.all(); !slices.Equal(got, p.want) {
				t.Fatalf("object %d: ran %v, want %v", k, got, p.want)
			}
		}
	}
}

// Goroutines that finalize one object at once all find a place for their callbacks.
func TestConcurrentFinalizeOfOneObject(t *testing.T) {
	const rounds, workers, each = 200, 4, 3
	var ran atomic.Int32
	for range rounds {
		p := &node{}
		start := make(chan struct{})
		var busy sync.WaitGroup
		for range workers {
			busy.Go(func() {
				<-start
				for range each {
					realweak.Finalize(p, func(r *atomic.Int32) { r.Add(1) }, &ran)
				}
			})
		}
		close(start)
		busy.Wait()
		runtime.KeepAlive(p)
	}
	weaktest.AwaitDone(t, func() bool { return ran.Load() >= rounds*workers*each })
	weaktest.Collect(t)
	if got := ran.Load(); got != rounds*workers*each {
		t.Errorf("%d callbacks ran, want %d", got, rounds*workers*each)
	}
}

// A finalizer that is added and detached for as long as its object lives leaves
// nothing behind, beside one that stays.
func TestFinalizersThatComeAndGo(t *testing.T) {
	const rounds = 20_000
	p := &node{}
	var l log
	realweak.Finalize(p, l.add, "stays")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	old := realweak.Finalize(p, l.add, "comes and goes")
	for range rounds {
		fresh := realweak.Finalize(p, l.add, "comes and goes")
		old.Detach()
		old = fresh
	}
	old.Detach()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapObjects) - int64(before.HeapObjects); grown > rounds/10 {
		t.Errorf("%d more objects in the heap after %d finalizers came and went", grown, rounds)
	}
	runtime.KeepAlive(p)
	p = nil
	weaktest.AwaitDone(t, func() bool { return len(l.all()) > 0 })
	if got := fmt.Sprint(l.all()); got != "[stays]" {
		t.Errorf("ran %v", got)
	}
}

// Whichever finalizers of an object are detached by who holds it, and in which order, the
// others run, newest first, and if there are none nothing is left for the object's death.
func TestDetachFrom(t *testing.T) {
	const n = 3
	type subject struct {
		tally
		want    []int
		removed []int
	}
	var all []*subject
	func() {
		for order := range permutations(0, 1, 2) {
			for k := range n + 1 {
				s := &subject{want: []int{2, 1, 0}, removed: order[:k]}
				p := &node{}
				var zs []*realweak.Finalizer[node, errand]
				for i := range n {
					zs = append(zs, realweak.Finalize(p, errand.run, errand{&s.tally, i}))
				}
				for _, i := range s.removed {
					if e, ok := zs[i].DetachFrom(p); !ok || e.i != i {
						t.Errorf("%v: DetachFrom of %d = %d, %v", s.removed, i, e.i, ok)
					}
					if _, ok := zs[i].DetachFrom(p); ok {
						t.Errorf("%v: a second DetachFrom of %d succeeded", s.removed, i)
					}
					s.want = slices.DeleteFunc(s.want, func(w int) bool { return w == i })
				}
				if got, want := realweak.Anchored(p), k < n; got != want {
					t.Errorf("%v: the object is known: %v", s.removed, got)
				}
				all = append(all, s)
				runtime.KeepAlive(p)
			}
		}
	}()
	weaktest.AwaitDone(t, func() bool {
		return !slices.ContainsFunc(all, func(s *subject) bool { return len(s.all()) < len(s.want) })
	})
	weaktest.Collect(t)
	for _, s := range all {
		if got := s.all(); !slices.Equal(got, s.want) {
			t.Errorf("without %v ran %v, want %v", s.removed, got, s.want)
		}
	}
}

func TestDetachFromAnotherObject(t *testing.T) {
	p, q := &node{}, &node{}
	z := realweak.Finalize(p, func(int) {}, 0)
	for _, wrong := range []*node{q, nil} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "realweak: DetachFrom:") {
					t.Errorf("DetachFrom(%p) panics with %q", wrong, text)
				}
			}()
			z.DetachFrom(wrong)
		}()
	}
	if _, ok := z.DetachFrom(p); !ok {
		t.Error("it is detached all the same")
	}
	runtime.KeepAlive(p)
}

// Goroutines that share an object add finalizers and end them in every way, while others
// collect and shut down. Each callback runs, or is detached, once.
func TestDetachFromByMany(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 100
	}
	for round := range rounds {
		var added, ended atomic.Int64
		func() {
			p := &node{}
			var busy sync.WaitGroup
			for w := range 4 {
				busy.Go(func() {
					random := rand.New(rand.NewPCG(uint64(round), uint64(w)))
					for range 20 {
						added.Add(1)
						z := realweak.Finalize(p, func(n *atomic.Int64) { n.Add(1) }, &ended)
						detached := false
						switch random.IntN(6) {
						case 0:
							_, detached = z.Detach()
						case 1, 2, 3:
							_, detached = z.DetachFrom(p)
						case 4:
							z.Call()
						}
						if detached {
							ended.Add(1)
						}
					}
				})
			}
			if round%20 == 0 {
				runtime.GC()
			}
			if round%50 == 0 {
				if err := realweak.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
			busy.Wait()
			runtime.KeepAlive(p)
		}()
		weaktest.AwaitDone(t, func() bool { return ended.Load() >= added.Load() })
		if got, want := ended.Load(), added.Load(); got != want {
			t.Fatalf("round %d: %d callbacks ran or were detached, of %d", round, got, want)
		}
	}
}
