package realweak_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// node is an ordinary heap object.
type node struct {
	name string
	next *node
}

// log collects lines from callbacks.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func TestCallbacksRunNewestFirst(t *testing.T) {
	const objects, each = 300, 9
	var l [objects]log
	drop := func() {
		for i := range objects {
			p := &node{name: "x"}
			for k := range each {
				realweak.Finalize(p, func(line string) { l[i].add(line) }, fmt.Sprint(k))
			}
		}
	}
	drop()
	weaktest.AwaitDone(t, func() bool {
		for i := range objects {
			if len(l[i].all()) < each {
				return false
			}
		}
		return true
	})
	want := []string{"8", "7", "6", "5", "4", "3", "2", "1", "0"}
	for i := range objects {
		if got := l[i].all(); !slices.Equal(got, want) {
			t.Fatalf("object %d: callbacks ran in order %v, want %v", i, got, want)
		}
	}
}

func TestCallRunsOnce(t *testing.T) {
	p := &node{}
	var ran atomic.Int32
	z := realweak.Finalize(p, func(n int32) { ran.Add(n) }, 1)
	if !z.Alive() {
		t.Error("a new finalizer is not alive")
	}
	if arg, ok := z.Peek(); arg != 1 || !ok {
		t.Errorf("Peek = %d, %v; want 1, true", arg, ok)
	}
	if !z.Call() {
		t.Error("first Call = false")
	}
	if z.Call() {
		t.Error("second Call = true")
	}
	if z.Alive() {
		t.Error("alive after Call")
	}
	if _, ok := z.Detach(); ok {
		t.Error("Detach after Call succeeded")
	}
	if arg, ok := z.Peek(); arg != 0 || ok {
		t.Error("Peek after Call succeeded")
	}
	runtime.KeepAlive(p)
	p = nil
	weaktest.Collect(t)
	if n := ran.Load(); n != 1 {
		t.Errorf("ran %d times", n)
	}
}

func TestDetach(t *testing.T) {
	var l log
	var second *realweak.Finalizer[node, string]
	drop := func() realweak.Ref[node] {
		p := &node{}
		realweak.Finalize(p, l.add, "first")
		second = realweak.Finalize(p, l.add, "second")
		realweak.Finalize(p, l.add, "third")
		return realweak.Make(p)
	}
	ref := drop()
	if arg, ok := second.Detach(); arg != "second" || !ok {
		t.Errorf("Detach = %q, %v", arg, ok)
	}
	if second.Call() {
		t.Error("Call after Detach ran")
	}
	if _, ok := second.Detach(); ok {
		t.Error("second Detach succeeded")
	}
	weaktest.AwaitDead(t, ref)
	weaktest.AwaitDone(t, func() bool { return len(l.all()) >= 2 })
	if got, want := l.all(), []string{"third", "first"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

// A callback may detach an older one of the same object.
func TestDetachFromCallback(t *testing.T) {
	var l log
	drop := func() {
		p := &node{}
		older := realweak.Finalize(p, l.add, "older")
		realweak.Finalize(p, func(z *realweak.Finalizer[node, string]) {
			z.Detach()
			l.add("newer")
		}, older)
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return len(l.all()) >= 1 })
	weaktest.Collect(t)
	if got := l.all(); !slices.Equal(got, []string{"newer"}) {
		t.Errorf("ran %v", got)
	}
}

func TestWeakReferencesAreDeadBeforeTheFirstCallback(t *testing.T) {
	const n = 200
	var alive, ran atomic.Int32
	drop := func() {
		for range n {
			p := &node{}
			ref := realweak.Make(p)
			realweak.Finalize(p, func(r realweak.Ref[node]) {
				if r.Alive() {
					alive.Add(1)
				}
				ran.Add(1)
			}, ref)
		}
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return ran.Load() == n })
	if n := alive.Load(); n != 0 {
		t.Errorf("%d callbacks saw their object alive", n)
	}
}

// An anchor belongs to an object, not to an address.
func TestAddressReuse(t *testing.T) {
	const rounds = 2000
	var ran atomic.Int32
	addresses := map[string]int{}
	for i := range rounds {
		p := &node{}
		addresses[fmt.Sprintf("%p", p)]++
		realweak.Finalize(p, func(int) { ran.Add(1) }, i)
		if i%50 == 0 {
			runtime.GC()
		}
	}
	weaktest.AwaitDone(t, func() bool { return ran.Load() == rounds })
	if len(addresses) == rounds {
		t.Log("no address was used twice; the test shows less than it should")
	}
}

func TestPanicIsReportedAndTheRestRuns(t *testing.T) {
	var reports []realweak.PanicInfo
	var mu sync.Mutex
	defer realweak.OnPanic(func(p realweak.PanicInfo) {
		mu.Lock()
		defer mu.Unlock()
		reports = append(reports, p)
	})()
	var l log
	drop := func() {
		p := &node{}
		realweak.Finalize(p, l.add, "oldest")
		realweak.Finalize(p, func(string) { panic("boom") }, "").SetLabel("the bad one")
		realweak.Finalize(p, func(string) { runtime.Goexit() }, "")
		realweak.Finalize(p, l.add, "newest")
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return len(l.all()) == 2 })
	mu.Lock()
	defer mu.Unlock()
	if len(reports) != 2 {
		t.Fatalf("%d reports, want 2: %v", len(reports), reports)
	}
	if r := reports[0]; r.Value != nil || !strings.Contains(r.String(), "Goexit") {
		t.Errorf("first report: %v", r)
	}
	r := reports[1]
	if r.Value != "boom" || r.Source != `finalizer of *realweak_test.node "the bad one"` {
		t.Errorf("second report: %v", r)
	}
	if !strings.Contains(string(r.Stack), "TestPanicIsReportedAndTheRestRuns") {
		t.Errorf("the stack does not show the callback:\n%s", r.Stack)
	}
}

func TestCallRecovers(t *testing.T) {
	var got realweak.PanicInfo
	defer realweak.OnPanic(func(p realweak.PanicInfo) { got = p })()
	p := &node{}
	z := realweak.Finalize(p, func(int) { panic(errors.New("no")) }, 0)
	if !z.Call() {
		t.Error("Call = false")
	}
	if fmt.Sprint(got.Value) != "no" {
		t.Errorf("report: %v", got)
	}
	runtime.KeepAlive(p)
}

// Whatever races, each callback runs once or is detached once.
func TestExactlyOnce(t *testing.T) {
	const objects, each = 200, 5
	for range 5 {
		var ran, detached [objects * each]atomic.Int32
		var wg sync.WaitGroup
		handles := make(chan *realweak.Finalizer[node, int], objects*each)
		for g := range 4 {
			wg.Go(func() {
				for i := g * objects / 4; i < (g+1)*objects/4; i++ {
					p := &node{}
					for k := range each {
						handles <- realweak.Finalize(p, func(n int) { ran[n].Add(1) }, i*each+k)
					}
				}
			})
		}
		wg.Go(func() {
			for range 10 {
				runtime.GC()
			}
		})
		for g := range 2 {
			wg.Go(func() {
				for range objects * each / 4 {
					z := <-handles
					if g == 0 {
						z.Call()
					} else if n, ok := z.Detach(); ok {
						detached[n].Add(1)
					}
				}
			})
		}
		wg.Go(func() {
			for range 20 {
				if err := realweak.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		weaktest.AwaitDone(t, func() bool {
			for i := range ran {
				if ran[i].Load()+detached[i].Load() == 0 {
					return false
				}
			}
			return true
		})
		weaktest.Collect(t)
		for i := range ran {
			if n := ran[i].Load() + detached[i].Load(); n != 1 {
				t.Fatalf("finalizer %d: ran %d times, detached %d times", i, ran[i].Load(), detached[i].Load())
			}
		}
	}
}

func TestFinalizeRefuses(t *testing.T) {
	mustPanic := func(name, want string, f func()) {
		t.Helper()
		defer func() {
			t.Helper()
			if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
				t.Errorf("%s: panicked with %q, want it to contain %q", name, got, want)
			}
		}()
		f()
	}
	nop := func(int) {}
	mustPanic("nil", "nil pointer", func() { realweak.Finalize[node](nil, nop, 0) })
	mustPanic("nil function", "nil function", func() { realweak.Finalize[node, int](&node{}, nil, 0) })
	mustPanic("zero size", "size zero", func() { realweak.Finalize(&struct{}{}, nop, 0) })
	mustPanic("global", "package-level", func() { realweak.Finalize(&global, nop, 0) })
	mustPanic("itself", "keep it alive", func() {
		p := &node{}
		realweak.Finalize(p, func(*node) {}, p)
	})
	defer func() {
		var refused *realweak.ReferentError
		if err, _ := recover().(error); !errors.As(err, &refused) || refused.Reason != realweak.Immortal || refused.Op != "Finalize" {
			t.Errorf("panicked with %v", err)
		}
	}()
	realweak.Finalize(&global, nop, 0)
}

var global node

func TestFinalizedThingsAreFreed(t *testing.T) {
	type payload struct{ _ *int }
	var z *realweak.Finalizer[node, *payload]
	drop := func() realweak.Ref[payload] {
		arg := &payload{}
		z = realweak.Finalize(&node{}, func(*payload) {}, arg)
		return realweak.Make(arg)
	}
	ref := drop()
	weaktest.AwaitDead(t, ref)
	if z.Alive() {
		t.Error("the argument died before its callback ran")
	}
}

// The order of CPython's test_atexit: newest first, what is registered meanwhile
// next, an error does not stop the rest.
func TestShutdownOrder(t *testing.T) {
	defer realweak.OnPanic(func(realweak.PanicInfo) {})()
	var l log
	p := &node{}
	realweak.Finalize(p, l.add, "f1")
	realweak.Finalize(p, l.add, "f2").SetAtExit(false)
	realweak.Finalize(p, func(line string) {
		l.add(line)
		realweak.Finalize(p, l.add, "g1")
		panic(line)
	}, "f3")
	other := &node{}
	realweak.Finalize(other, l.add, "f4")
	if err := realweak.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := l.all(), []string{"f4", "f3", "g1", "f1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
	runtime.KeepAlive(p)
	runtime.KeepAlive(other)
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	release := make(chan struct{})
	p := &node{}
	realweak.Finalize(p, func(int) {}, 0)
	realweak.Finalize(p, func(c chan struct{}) { <-c }, release).SetLabel("stuck")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := realweak.Shutdown(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Shutdown = %v", err)
	}
	for _, want := range []string{"1 callbacks have not run", `"stuck" is still running`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	close(release)
	if err := realweak.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(p)
}

func TestShutdownSurvivesGoexit(t *testing.T) {
	defer realweak.OnPanic(func(realweak.PanicInfo) {})()
	var l log
	p := &node{}
	realweak.Finalize(p, l.add, "rest")
	realweak.Finalize(p, func(string) { runtime.Goexit() }, "")
	if err := realweak.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := l.all(); !slices.Equal(got, []string{"rest"}) {
		t.Errorf("ran %v", got)
	}
	runtime.KeepAlive(p)
}
