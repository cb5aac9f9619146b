package refcount_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/refcount"
)

func TestPool(t *testing.T) {
	var dropped []string
	pool := refcount.NewPool(func(w *wheel) { dropped = append(dropped, w.kind) })
	used := map[*wheel]bool{}
	const n = 1000
	for i := range n {
		s := pool.New(wheel{kind: "Brie"})
		used[s.Value()] = true
		w := s.Downgrade()
		c := s.Clone()
		counts(t, &s, 2, 1)
		s.Release()
		if u, ok := w.Upgrade(); !ok || u.Value().kind != "Brie" {
			t.Fatal("the weak handle does not lead to the object")
		} else {
			u.Release()
		}
		if !c.Release() || len(dropped) != i+1 || dropped[i] != "Brie" {
			t.Fatalf("object %d: dropped %q", i, dropped[i:])
		}
		if i%2 == 0 {
			w.Release() // the others are left to later objects
		}
	}
	if !slow && len(used) > n/2 {
		t.Errorf("%d objects took %d places", n, len(used))
	}
}

// No handle of an earlier object, weak or copied, has anything to do with a later
// one in the same memory, however many there were.
func TestPoolDoesNotRevive(t *testing.T) {
	type old struct {
		strong *strong
		weak   *weak
	}
	var all []old
	pool := refcount.NewPool[wheel](nil)
	const n = 700 // more than there are generations
	for range n {
		s := pool.New(wheel{kind: "Brie"})
		w := s.Downgrade()
		all = append(all, old{copyOf(&s), &w})
		s.Release()
		live := pool.New(wheel{kind: "Tilsit"})
		// The object just destroyed and some of those before it, at all
		// kinds of distances: panics take their time.
		for back := 1; back <= len(all); back = back*3/2 + 1 {
			o := all[len(all)-back]
			if _, ok := o.weak.Upgrade(); ok || o.weak.StrongCount() != 0 || o.weak.WeakCount() != 0 {
				t.Fatal("a weak handle leads to another object")
			}
			for _, use := range []func(){
				func() { o.strong.Value() },
				func() { o.strong.Clone() },
				func() { o.strong.Downgrade() },
				func() { copyOf(o.strong).Release() },
			} {
				if panicText(use) == "" {
					t.Fatal("a copied handle leads to another object")
				}
			}
		}
		counts(t, &live, 1, 0)
		live.Release()
	}
	for _, o := range all {
		o.weak.Release()
	}
}

func TestPoolZeroes(t *testing.T) {
	pool := refcount.NewPool[wheel](nil)
	s := pool.New(wheel{kind: "Brie", rind: new([64]byte)})
	p := s.Value()
	s.Release()
	if *p != (wheel{}) {
		t.Errorf("the pool keeps %v", *p)
	}
}

// A label belongs to one object only.
func TestPoolKeepsNoLabel(t *testing.T) {
	pool := refcount.NewPool[wheel](nil)
	for range 10 {
		s := pool.New(wheel{})
		if got := s.String(); got != "Strong[refcount_test.wheel](1 strong, 0 weak)" {
			t.Errorf("a new object is %s", got)
		}
		s.SetLabel("Brie")
		s.Release()
	}
}

func TestPoolAllocates(t *testing.T) {
	if slow {
		t.Skip("sync.Pool drops some of what it is given")
	}
	pool := refcount.NewPool(func(*payload) {})
	got := testing.AllocsPerRun(1000, func() {
		s := pool.New(payload{})
		s.Release()
	})
	if got != 0 {
		t.Errorf("New and Release of a pool allocate %v times", got)
	}
}

func TestPoolHammer(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	var live, drops atomic.Int64
	pool := refcount.NewPool(func(g *guarded) {
		drops.Add(1)
		if !g.dead.CompareAndSwap(0, 1) {
			t.Error("destroyed twice")
		}
	})
	var done sync.WaitGroup
	watches := make(chan *refcount.Weak[guarded], 64)
	for range 4 {
		done.Go(func() {
			for range rounds {
				s := pool.New(guarded{})
				live.Add(1)
				w := s.Downgrade()
				select {
				case watches <- &w:
				case other := <-watches:
					if u, ok := other.Upgrade(); ok {
						if u.Value().dead.Load() != 0 {
							t.Error("Upgrade led to a destroyed object")
						}
						u.Release()
					}
					other.Release()
					w.Release()
				}
				c := s.Clone()
				s.Release()
				if c.Value().dead.Load() != 0 {
					t.Error("a value in use is destroyed")
				}
				c.Release()
			}
		})
	}
	done.Wait()
	if live.Load() != drops.Load() {
		t.Errorf("%d made, %d destroyed", live.Load(), drops.Load())
	}
}
