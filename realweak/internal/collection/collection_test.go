package collection_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak/internal/collection"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func settle(t *testing.T) {
	t.Helper()
	if err := collection.AwaitCleanups(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := collection.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// After a collection and AwaitCleanups every cleanup that it queued has run, in
// each of many rounds.
func TestAwaitCleanups(t *testing.T) {
	for range 50 {
		const n = 500
		var ran atomic.Int32
		func() {
			for range n {
				runtime.AddCleanup(&[2]*int{}, func(r *atomic.Int32) { r.Add(1) }, &ran)
			}
		}()
		runtime.GC()
		if err := collection.AwaitCleanups(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The last of them may still have been in a register of this frame.
		if got := ran.Load(); got < n-1 {
			t.Fatalf("%d of %d cleanups ran", got, n)
		}
	}
}

// holdUpCleanups returns once a cleanup is running, which ends when release is called.
func holdUpCleanups() (release func()) {
	held, began := make(chan struct{}), make(chan struct{})
	func() {
		runtime.AddCleanup(&[2]*int{}, func(int) { close(began); <-held }, 1)
	}()
	runtime.GC()
	<-began
	return func() { close(held) }
}

func TestAwaitCleanupsHonoursItsContext(t *testing.T) {
	release := holdUpCleanups()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := collection.AwaitCleanups(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("AwaitCleanups = %v", err)
	}
	release()
	settle(t)
}

// However long a cleanup takes, the clock of a bubble in which one waits for it
// stands still.
func TestAwaitCleanupsInsideABubble(t *testing.T) {
	release := holdUpCleanups()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx := &askedContext{Context: t.Context(), last: 2 * collection.Spins, then: release}
		if err := collection.AwaitCleanups(ctx); err != nil {
			t.Error(err)
		}
		if ctx.asked < ctx.last {
			t.Errorf("the cleanup was over after %d looks", ctx.asked)
		}
		if now := time.Now(); !now.Equal(start) {
			t.Errorf("the clock went on by %v", now.Sub(start))
		}
	})
}

// askedContext calls then when its error has been asked for as often as last says.
type askedContext struct {
	context.Context
	asked, last int
	then        func()
}

func (c *askedContext) Err() error {
	if c.asked++; c.asked == c.last {
		c.then()
	}
	return c.Context.Err()
}

// Each watcher is told of every collection while it watches, whoever else does, and
// of none before or after. There may be more collections than the test asks for.
func TestWatchersComeAndGo(t *testing.T) {
	var mu sync.Mutex
	told := [2][]uint64{}
	watch := func(i int) func() {
		return collection.Watch(func(news []collection.Info) {
			mu.Lock()
			defer mu.Unlock()
			for _, info := range news {
				told[i] = append(told[i], info.Number)
			}
		})
	}
	// grown collects until it is sure that all watchers have been told of one: a
	// sentinel armed during a collection sleeps through it.
	grown := func(i int) bool {
		mu.Lock()
		before := len(told[i])
		mu.Unlock()
		for range 2 {
			runtime.GC()
			settle(t)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(told[i]) > before
	}
	stop0 := watch(0)
	if !grown(0) {
		t.Error("the first watcher is told nothing")
	}
	stop1 := watch(1)
	if !grown(1) {
		t.Error("the second watcher is told nothing")
	}
	stop0()
	stop0()
	settle(t)
	if grown(0) {
		t.Error("a watcher is told of a collection after it stopped")
	}
	stop1()
	settle(t)
	if grown(1) {
		t.Error("the last watcher is told of a collection after it stopped")
	}
	missed := collection.Number()
	stop0 = watch(0)
	if !grown(0) {
		t.Error("a watcher that comes back is told nothing")
	}
	stop0()
	settle(t)
	mu.Lock()
	defer mu.Unlock()
	for i := range told {
		for j := 1; j < len(told[i]); j++ {
			if before, now := told[i][j-1], told[i][j]; now != before+1 && (i == 1 || before >= missed || now <= missed) {
				t.Errorf("watcher %d was told of collection %d after %d", i, now, before)
			}
		}
	}
}
