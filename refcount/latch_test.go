package refcount

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLatch(t *testing.T) {
	var l latch
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			if err := l.wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("wait at a closed latch = %v", err)
	}
	l.open()
	l.open()
	done.Wait()
	if err := l.wait(ctx); err != nil {
		t.Errorf("wait at an open latch = %v", err)
	}
	if len(l.waiters) != 0 {
		t.Errorf("%d waiters are left", len(l.waiters))
	}
}

// One whose context ends makes no other go on.
func TestLatchContextsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l latch
		began := time.Now()
		for i := range 5 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Minute)
				defer cancel()
				if err := l.wait(ctx); (err != nil) != (i < 3) {
					t.Errorf("the context of %d minutes: %v", i, err)
				}
			}()
		}
		time.Sleep(2*time.Minute + time.Second)
		l.open()
		synctest.Wait()
		if d := time.Since(began); d != 2*time.Minute+time.Second {
			t.Errorf("%v went by", d)
		}
	})
}

// From outside of a bubble a latch is opened without harm. Who waits inside finds
// out when the context ends.
func TestLatchOpenedFromOutside(t *testing.T) {
	var mu sync.Mutex
	var l *latch
	var done sync.WaitGroup
	done.Go(func() {
		for {
			mu.Lock()
			inside := l
			mu.Unlock()
			if inside != nil {
				inside.mu.Lock()
				waits := len(inside.waiters) == 1
				inside.mu.Unlock()
				if waits {
					inside.open()
					return
				}
			}
			runtime.Gosched()
		}
	})
	synctest.Test(t, func(t *testing.T) {
		inside := new(latch)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			// Not a durable wait, so that the outside has its time.
			done.Wait()
			cancel()
		}()
		mu.Lock()
		l = inside
		mu.Unlock()
		if err := inside.wait(ctx); err != nil {
			t.Errorf("wait = %v", err)
		}
	})
}

func TestBubble(t *testing.T) {
	if id := bubble(); id != 0 {
		t.Errorf("outside of any bubble: %d", id)
	}
	first := 0
	synctest.Test(t, func(t *testing.T) {
		first = bubble()
		go func() {
			runtime.LockOSThread()
			if id := bubble(); id != first {
				t.Errorf("another goroutine of bubble %d: %d", first, id)
			}
		}()
		synctest.Wait()
	})
	synctest.Test(t, func(t *testing.T) {
		if id := bubble(); id == first || id == 0 || first == 0 {
			t.Errorf("the second bubble is %d, the first was %d", id, first)
		}
	})
}
