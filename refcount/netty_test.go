package refcount

import (
	"sync"
	"sync/atomic"
	"testing"
)

// TestNetty has the scenarios of Netty's AbstractReferenceCountedTest. Where Netty
// retains or releases several at once, TryRetain or a repetition stands in.
func TestNetty(t *testing.T) {
	const (
		tooMany     = "Retain overflows the Count: something retains without releasing"
		tooManyTry  = "TryRetain overflows the Count: something retains without releasing"
		freedBefore = "Release of a freed object: it was released more often than retained"
		revived     = "Retain of a freed object: its last reference was released"
	)
	full := func() *Count {
		c := new(Count)
		c.word.Store(maxWord)
		return c
	}
	released := func(t *testing.T) *Count {
		c := new(Count)
		if !c.Release() || c.Refs() != 0 {
			t.Error("the only Release was not the last")
		}
		return c
	}
	// keeps fails if a refused operation leaves its mark on the word.
	keeps := func(t *testing.T, c *Count, says string, f func()) {
		t.Helper()
		before := c.word.Load()
		for range 3 {
			refused(t, says, f)
		}
		if n := c.word.Load(); n != before {
			t.Errorf("a refused operation turned the word from %#x into %#x", before, n)
		}
	}

	t.Run("RetainOverflow", func(t *testing.T) {
		c := full()
		keeps(t, c, tooMany, c.Retain)
	})
	t.Run("RetainOverflow2", func(t *testing.T) {
		c := full()
		keeps(t, c, tooManyTry, func() { c.TryRetain() })
		if c.Release() {
			t.Error("one Release of very many was the last")
		}
		c.Retain() // as many as before
	})
	t.Run("ReleaseOverflow", func(t *testing.T) {
		c := released(t)
		for range 100_000 {
			refused(t, freedBefore, func() { c.Release() })
		}
		if c.word.Load() != freed || c.Refs() != 0 || c.TryRetain() {
			t.Error("many releases too many have revived the object")
		}
	})
	t.Run("ReleaseErrorMessage", func(t *testing.T) {
		c := released(t)
		keeps(t, c, "refcount: "+freedBefore+"; each Retain, and the making, allows for one Release", func() { c.Release() })
	})
	t.Run("RetainResurrect", func(t *testing.T) {
		c := released(t)
		keeps(t, c, revived+"; retain it while you hold one, or use TryRetain", c.Retain)
	})
	t.Run("RetainResurrect2", func(t *testing.T) {
		c := released(t)
		for range 2 { // also after one that was refused
			refused(t, revived, c.Retain)
			if c.TryRetain() {
				t.Error("TryRetain revived a freed object")
			}
		}
	})
	// together runs f in four goroutines that begin at once, and counts its
	// panics and how often it returned true.
	together := func(f func() bool) (panicked, yes int32) {
		var no, ok atomic.Int32
		start := make(chan struct{})
		var done sync.WaitGroup
		for range 4 {
			done.Go(func() {
				defer func() {
					if recover() != nil {
						no.Add(1)
					}
				}()
				<-start
				if f() {
					ok.Add(1)
				}
			})
		}
		close(start)
		done.Wait()
		return no.Load(), ok.Load()
	}
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	t.Run("RetainFromMultipleThreadsThrows", func(t *testing.T) {
		for range rounds {
			c := released(t)
			if panicked, _ := together(func() bool { c.Retain(); return true }); panicked != 4 {
				t.Fatalf("%d of 4 retains of a freed object panicked", panicked)
			}
		}
	})
	t.Run("ReleaseFromMultipleThreadsThrows", func(t *testing.T) {
		for range rounds {
			c := new(Count)
			if panicked, last := together(c.Release); panicked != 3 || last != 1 {
				t.Fatalf("%d of 4 releases were the last and %d panicked, want 1 and 3", last, panicked)
			}
		}
	})
}
