package realweak_test

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestOnCollectionTellsOfEach(t *testing.T) {
	var mu sync.Mutex
	var numbers []uint64
	var pauses time.Duration
	stop := realweak.OnCollection(func(c realweak.Collection) {
		mu.Lock()
		defer mu.Unlock()
		numbers = append(numbers, c.Number)
		pauses += c.Pause
	})
	const n = 30
	for i := range n {
		runtime.GC()
		if i%7 == 0 {
			weaktest.Drain(t)
		}
	}
	weaktest.Collect(t)
	stop()
	mu.Lock()
	got := slices.Clone(numbers)
	mu.Unlock()
	// The sentinel may sleep through the newest collection, never through one
	// that others follow.
	if len(got) < n-1 {
		t.Errorf("%d collections were told of after %d", len(got), n+1)
	}
	for i := 1; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			t.Fatalf("collection %d was told of after %d", got[i], got[i-1])
		}
	}
	if pauses <= 0 {
		t.Error("no collection had a pause")
	}
	weaktest.Collect(t)
	mu.Lock()
	defer mu.Unlock()
	if len(numbers) != len(got) {
		t.Error("the hook was called after stop")
	}
}

func TestHooksDoNotWaitForEachOther(t *testing.T) {
	release := make(chan struct{})
	began := make(chan struct{}, 100)
	stopSlow := realweak.OnCollection(func(realweak.Collection) {
		began <- struct{}{}
		<-release
	})
	other := make(chan struct{}, 100)
	stopOther := realweak.OnCollection(func(realweak.Collection) { other <- struct{}{} })
	runtime.GC()
	<-began
	runtime.GC()
	<-other
	close(release)
	stopSlow()
	stopOther()
	weaktest.Drain(t)
}

func TestHookMayStopItselfAndPanic(t *testing.T) {
	var mu sync.Mutex
	var reports []realweak.PanicInfo
	calls := 0
	defer realweak.OnPanic(func(p realweak.PanicInfo) {
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, p)
	})()
	var stop func()
	mu.Lock()
	stop = realweak.OnCollection(func(realweak.Collection) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		if calls == 2 {
			stop()
		}
		panic("hook")
	})
	mu.Unlock()
	weaktest.AwaitDone(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return calls >= 2
	})
	weaktest.Collect(t)
	weaktest.Collect(t)
	mu.Lock()
	defer mu.Unlock()
	if calls != 2 || len(reports) != 2 {
		t.Errorf("%d calls, %d reports; want 2 of each", calls, len(reports))
	}
	if len(reports) > 0 && !strings.Contains(reports[0].String(), "collection hook panicked: hook") {
		t.Errorf("report: %v", reports[0])
	}
}
