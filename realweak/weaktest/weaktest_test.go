package weaktest_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(m) }

type node struct{ _ *node }

// failure runs a check with a test that records its failure, and returns that.
func failure(t *testing.T, check func(testing.TB)) string {
	t.Helper()
	f := &recorder{TB: t}
	var wg sync.WaitGroup
	wg.Go(func() { check(f) })
	wg.Wait()
	return f.message
}

type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.message = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestAwaitDead(t *testing.T) {
	ref := func() realweak.Ref[node] { return realweak.Make(&node{}) }()
	if got := failure(t, func(tb testing.TB) { weaktest.AwaitDead(tb, ref) }); got != "" {
		t.Error(got)
	}
}

func TestAwaitDeadSaysWhatIsWrong(t *testing.T) {
	held := &node{}
	got := failure(t, func(tb testing.TB) { weaktest.AwaitDead(tb, realweak.Make(held)) })
	for _, want := range []string{"Ref[weaktest_test.node](alive)", "after 50 collections", "something still refers to it"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
	runtime.KeepAlive(held)
	got = failure(t, func(tb testing.TB) { weaktest.AwaitDead(tb, realweak.Make(&global)) })
	for _, want := range []string{"always will be", "package-level"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

var global node

// A chain in which each callback holds the next object takes a collection a link.
func TestAwaitDoneFollowsChains(t *testing.T) {
	const links = 6
	var ran atomic.Int32
	build := func() {
		var next *node
		for range links {
			p := &node{}
			realweak.Finalize(p, func(*node) { ran.Add(1) }, next)
			next = p
		}
	}
	build()
	weaktest.AwaitDone(t, func() bool { return ran.Load() == links })
}

func TestAwaitDoneGivesUp(t *testing.T) {
	asked := 0
	got := failure(t, func(tb testing.TB) {
		weaktest.AwaitDone(tb, func() bool { asked++; return false })
	})
	if asked != 50 || !strings.Contains(got, "after 50 collections") {
		t.Errorf("asked %d times, said %q", asked, got)
	}
}

func TestDrainWaitsForCallbacks(t *testing.T) {
	const n = 1000
	for range 20 {
		var ran atomic.Int32
		func() {
			for range n {
				realweak.Finalize(&node{}, func(r *atomic.Int32) { r.Add(1) }, &ran)
			}
		}()
		weaktest.Collect(t)
		if got := ran.Load(); got < n-1 { // the last may linger in this frame
			t.Fatalf("%d of %d callbacks ran", got, n)
		}
	}
}

func TestInABubbleNoTimePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ref := func() realweak.Ref[node] { return realweak.Make(&node{}) }()
		weaktest.AwaitDead(t, ref)
		weaktest.Drain(t)
		if d := time.Since(began); d != 0 {
			t.Errorf("%v passed", d)
		}
	})
}

// exit makes the outcome of Main observable.
type run func() int

func (r run) Run() int { return r() }

func TestMainFindsLeaks(t *testing.T) {
	code := -1
	catch := goleak.Cleanup(func(c int) { code = c })
	weaktest.Main(run(func() int {
		realweak.Finalize(&node{}, func(int) { time.Sleep(time.Millisecond) }, 0)
		runtime.GC()
		return 0
	}), catch, goleak.IgnoreCurrent())
	if code != 0 {
		t.Errorf("a callback that ends counts as a leak: code %d", code)
	}
	stop := make(chan struct{})
	stopped := make(chan struct{})
	weaktest.Main(run(func() int {
		go func() { defer close(stopped); <-stop }()
		return 0
	}), catch, goleak.IgnoreCurrent())
	if code != 1 {
		t.Errorf("a goroutine that is left: code %d", code)
	}
	close(stop)
	<-stopped
	weaktest.Main(run(func() int { return 3 }), catch)
	if code != 3 {
		t.Errorf("a failed run: code %d, want 3", code)
	}
}
