package collection_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
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

func TestAwaitCleanupsHonoursItsContext(t *testing.T) {
	release := make(chan struct{})
	began := make(chan struct{})
	func() {
		runtime.AddCleanup(&[2]*int{}, func(int) { close(began); <-release }, 1)
	}()
	runtime.GC()
	<-began
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := collection.AwaitCleanups(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("AwaitCleanups = %v", err)
	}
	close(release)
	settle(t)
}

func TestWatchersComeAndGo(t *testing.T) {
	var mu sync.Mutex
	told := [2]int{}
	watch := func(i int) func() {
		return collection.Watch(func(news []collection.Info) {
			mu.Lock()
			defer mu.Unlock()
			told[i] += len(news)
		})
	}
	collect := func() {
		runtime.GC()
		settle(t)
	}
	stop0 := watch(0)
	collect()
	stop1 := watch(1)
	collect()
	stop0()
	stop0()
	collect()
	stop1()
	collect()
	collect() // nobody watches
	stop0 = watch(0)
	collect()
	stop0()
	mu.Lock()
	defer mu.Unlock()
	// Each may miss the newest collection to a sentinel that was armed during it.
	if told[0] < 2 || told[0] > 3 || told[1] < 1 || told[1] > 2 {
		t.Errorf("told %v, want 3 and 2, or one less", told)
	}
}
