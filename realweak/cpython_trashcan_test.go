package realweak_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// cell is a counted object that holds another, the next of a chain.
type cell struct {
	next refcount.Strong[cell]
	self refcount.Weak[cell] // of this one
	up   refcount.Weak[cell] // of the one that holds this one
}

// chain returns a chain of n cells, each of which drop takes apart.
func chain(n int, drop func(*cell)) refcount.Strong[cell] {
	var head refcount.Strong[cell]
	for range n {
		c := refcount.New(cell{}, func(c *cell) {
			drop(c)
			if c.next.Held() {
				c.next.Release()
			}
		})
		c.Value().self = c.Downgrade()
		if head.Held() {
			head.Value().up = c.Downgrade()
			c.Value().next = head.Move()
		}
		head = c.Move()
	}
	return head.Move()
}

// A weak reference made in the destructor is harmless, and dead in the end.
func testRefCreatedDuringDel(t *testing.T) {
	var made realweak.Ref[cell]
	destroyed := 0
	drop := func() realweak.Ref[cell] {
		var weak refcount.Weak[cell]
		h := refcount.New(cell{}, func(c *cell) {
			destroyed++
			made = realweak.Make(c)
			if _, ok := weak.Upgrade(); ok {
				t.Error("the destructor revived its object")
			}
		})
		weak = h.Downgrade()
		h.Release()
		return made
	}
	died(t, drop)
	if made.Value() != nil || destroyed != 1 {
		t.Errorf("destroyed %d times, the reference: %v", destroyed, made)
	}
}

// TestCPythonTrashcan has what CPython's tests demand of long chains of
// destructors: they need no deep stack, and nobody sees an object whose count has
// fallen to zero.
func TestCPythonTrashcan(t *testing.T) {
	t.Run("test_trashcan_16602", func(t *testing.T) {
		const n = 100
		deepest, destroyed, seen := 0, 0, 0
		head := chain(n, func(c *cell) {
			destroyed++
			deepest = max(deepest, runtime.Callers(0, make([]uintptr, 10*n)))
			for _, w := range []*refcount.Weak[cell]{&c.self, &c.up} {
				if !w.Held() {
					continue
				}
				if h, ok := w.Upgrade(); ok {
					seen++
					h.Release()
				}
			}
		})
		base := runtime.Callers(0, make([]uintptr, 10*n))
		head.Release()
		if destroyed != n || seen != 0 {
			t.Errorf("%d destroyed, %d seen with a count of zero", destroyed, seen)
		}
		if deepest > base+20 {
			t.Errorf("the destructors are %d frames deep", deepest-base)
		}
	})
	t.Run("test_trashcan_16602 collected", func(t *testing.T) {
		// The same chain without counts, where each value is the next key: a callback
		// asks for its own key and for the one that led to it.
		type key struct {
			realweak.Slots
			up realweak.Ref[key]
		}
		const n = 100
		var d realweak.SlotTable[key, *key]
		var seen, ran atomic.Int32
		died(t, func() realweak.Ref[key] {
			root := &key{}
			for c := root; d.Len() < n; {
				next := &key{up: realweak.Make(c)}
				d.Store(c, next)
				realweak.Finalize(c, func(refs [2]realweak.Ref[key]) {
					ran.Add(1)
					if refs[0].Alive() || refs[1].Alive() {
						seen.Add(1)
					}
				}, [2]realweak.Ref[key]{next.up, c.up})
				c = next
			}
			return realweak.Make(root)
		})
		weaktest.AwaitDone(t, func() bool { return ran.Load() == n })
		if seen.Load() != 0 || d.Len() != 0 {
			t.Errorf("%d callbacks saw garbage, %d entries", seen.Load(), d.Len())
		}
	})
	t.Run("test_trashcan", func(t *testing.T) {
		// Destructors that collect, in chains of every kind.
		const n = 150
		destroyed := 0
		ouch := func(*cell) {
			if destroyed++; destroyed%17 == 0 {
				runtime.GC()
			}
		}
		for range 2 {
			for range 3 {
				head := chain(n, ouch)
				head.Release()
			}
		}
		if destroyed != 6*n {
			t.Errorf("%d destroyed of %d", destroyed, 6*n)
		}
	})
	t.Run("test_trashcan_threads", func(t *testing.T) {
		const nesting, workers = 60, 2
		rounds := max(scaled(2000), 1)
		var born, destroyed atomic.Int64
		stop := collecting()
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range rounds {
					born.Add(nesting)
					head := chain(nesting, func(*cell) {
						if destroyed.Add(1)%7 == 0 {
							runtime.Gosched() // another goroutine in the middle of it
						}
					})
					shared := head.Clone()
					var last sync.WaitGroup // the chain ends in whichever of the two is later
					last.Go(func() { shared.Release() })
					head.Release()
					last.Wait()
				}
			})
		}
		wg.Wait()
		stop()
		if born.Load() != destroyed.Load() {
			t.Errorf("%d born, %d destroyed", born.Load(), destroyed.Load())
		}
	})
}
