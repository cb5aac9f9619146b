package realweak_test

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

// The permutations of OpenJDK's CleanerTest: whatever order the things come in that
// can happen to an object with finalizers, each callback runs once or not at all.
// What is right is not written down for each order, but told by a model of ten lines.

// permutations yields all orders of what it is given, by Heap's algorithm.
func permutations[E any](of ...E) iter.Seq[[]E] {
	return func(yield func([]E) bool) {
		var permute func(n int) bool
		permute = func(n int) bool {
			if n <= 1 {
				return yield(slices.Clone(of))
			}
			for i := range n {
				if !permute(n - 1) {
					return false
				}
				if i == n-1 {
					break
				}
				if n%2 == 0 {
					of[i], of[n-1] = of[n-1], of[i]
				} else {
					of[0], of[n-1] = of[n-1], of[0]
				}
			}
			return true
		}
		permute(len(of))
	}
}

func TestPermutationsAreAll(t *testing.T) {
	seen := map[string]bool{}
	for p := range permutations("a", "b", "c", "d") {
		seen[strings.Join(p, "")] = true
	}
	if len(seen) != 24 {
		t.Errorf("%d different orders of four, want 24", len(seen))
	}
}

// fated is the object of a [fate].
type fated struct {
	name string
	_    *fated
}

// stroke is one thing that happens to a fated object, or to one of its finalizers.
type stroke struct {
	what string // Call, Detach, NotAtExit, Drop or Shutdown
	z    int
}

// callbackRun is one run of a callback.
type callbackRun struct {
	z  int
	by event.Actor
}

// fateModel says what must come of the strokes.
type fateModel struct {
	alive  bool
	armed  []bool
	atExit []bool
	ran    []callbackRun
}

func (m *fateModel) run(z int, by event.Actor) bool {
	if !m.armed[z] {
		return false
	}
	m.armed[z] = false
	m.ran = append(m.ran, callbackRun{z, by})
	return true
}

func (m *fateModel) strike(s stroke) (answer bool) {
	switch s.what {
	case "Call":
		return m.run(s.z, event.Caller)
	case "Detach":
		answer, m.armed[s.z] = m.armed[s.z], false
	case "NotAtExit":
		m.atExit[s.z] = false
	case "Drop":
		m.alive = false
		for z := range slices.Backward(m.armed) {
			m.run(z, event.Dispatcher)
		}
	case "Shutdown":
		for z := range slices.Backward(m.armed) {
			if m.atExit[z] {
				m.run(z, event.AtExit)
			}
		}
	}
	return answer
}

// fate is an object, its finalizers, and what happens to it in which order.
type fate struct {
	name    string
	strokes []stroke
	panics  []bool // which callbacks do
	object  *fated
	ref     realweak.Ref[fated]
	zs      []*realweak.Finalizer[fated, int]
	model   fateModel

	mu  sync.Mutex
	ran []callbackRun
}

func (f *fate) label(z int) string { return fmt.Sprintf("%s, finalizer %d", f.name, z) }

// born makes the object. phase tells callbacks who may run them at the time.
func (f *fate) born(phase *atomic.Uint32) {
	f.object = &fated{name: f.name}
	f.ref = realweak.Make(f.object)
	f.model.alive = true
	for z, panics := range f.panics {
		f.zs = append(f.zs, realweak.Finalize(f.object, func(z int) {
			f.mu.Lock()
			f.ran = append(f.ran, callbackRun{z, event.Actor(phase.Load())})
			f.mu.Unlock()
			if panics {
				panic(z)
			}
		}, z).SetLabel(f.label(z)))
		f.model.armed = append(f.model.armed, true)
		f.model.atExit = append(f.model.atExit, true)
	}
}

// check compares with the model. It has a frame of its own for what Peek returns.
//
//go:noinline
func (f *fate) check(t *testing.T, stage int) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	done := f.strokes[:stage+1]
	if !slices.Equal(f.ran, f.model.ran) {
		t.Fatalf("%s: after %v ran %v, want %v", f.name, done, f.ran, f.model.ran)
	}
	if f.ref.Alive() != f.model.alive {
		t.Fatalf("%s: after %v the object is alive: %v", f.name, done, f.ref.Alive())
	}
	for i, z := range f.zs {
		armed := f.model.armed[i]
		if z.Alive() != armed {
			t.Fatalf("%s: after %v finalizer %d is alive: %v", f.name, done, i, z.Alive())
		}
		if arg, ok := z.Peek(); ok != armed || ok && arg != i || !ok && arg != 0 {
			t.Fatalf("%s: after %v Peek of finalizer %d = %d, %v", f.name, done, i, arg, ok)
		}
	}
}

func TestFinalizerPermutations(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		testFinalizerPermutations(t, 1, stroke{"Call", 0}, stroke{"Detach", 0}, stroke{"NotAtExit", 0}, stroke{"Drop", 0}, stroke{"Shutdown", 0})
	})
	t.Run("two", func(t *testing.T) {
		testFinalizerPermutations(t, 2, stroke{"Call", 0}, stroke{"Detach", 0}, stroke{"Call", 1}, stroke{"Detach", 1}, stroke{"Drop", 0}, stroke{"Shutdown", 0})
	})
}

// testFinalizerPermutations plays all orders side by side, stage by stage, so that
// one collection serves all that drop their object in a stage, and one Shutdown all
// that shut down: the others have their finalizers out of its way.
func testFinalizerPermutations(t *testing.T, finalizers int, strokes ...stroke) {
	var reports removals[string, any] // a list under a lock; the sources are the keys
	defer realweak.OnPanic(func(p realweak.PanicInfo) { reports.add(realweak.Removal[string, any]{Key: p.Source}) })()
	var phase atomic.Uint32
	var fates []*fate
	for mask := range 1 << finalizers {
		for order := range permutations(strokes...) {
			f := &fate{name: fmt.Sprintf("%d, panics %b", len(fates), mask), strokes: order}
			for z := range finalizers {
				f.panics = append(f.panics, mask&(1<<z) != 0)
			}
			fates = append(fates, f)
		}
	}
	sub := event.Default.Subscribe(len(fates)*finalizers+1024, event.CallbackRun)
	defer sub.Close()
	for _, f := range fates {
		f.born(&phase)
	}
	for stage := range strokes {
		phase.Store(uint32(event.Caller))
		for _, f := range fates {
			s := f.strokes[stage]
			want := f.model.strike(s)
			got := want
			switch s.what {
			case "Call":
				got = f.zs[s.z].Call()
			case "Detach":
				var arg int
				if arg, got = f.zs[s.z].Detach(); got && arg != s.z {
					t.Fatalf("%s: Detach returned the argument %d", f.name, arg)
				}
			}
			if got != want {
				t.Fatalf("%s: %v returned %v after %v", f.name, s, got, f.strokes[:stage])
			}
			for z := range f.zs {
				f.zs[z].SetAtExit(f.model.atExit[z] && s.what == "Shutdown")
			}
		}
		phase.Store(uint32(event.AtExit))
		if err := realweak.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		phase.Store(uint32(event.Dispatcher))
		var dropped []realweak.Ref[fated]
		for _, f := range fates {
			if f.strokes[stage].what == "Drop" {
				f.object = nil
				dropped = append(dropped, f.ref)
			}
		}
		weaktest.AwaitDone(t, func() bool {
			return !slices.ContainsFunc(dropped, realweak.Ref[fated].Alive)
		})
		weaktest.Collect(t) // a collection of the runtime's own may have found the last ones just then
		for _, f := range fates {
			f.check(t, stage)
		}
	}
	weaktest.Collect(t)
	actors := map[string][]event.Actor{}
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		actors[e.Label] = append(actors[e.Label], e.Actor)
	}
	sources := map[string]int{}
	for _, r := range reports.take() {
		sources[r.Key]++
	}
	for _, f := range fates {
		f.check(t, len(strokes)-1)
		for z := range finalizers {
			var by []event.Actor // who ran it, if it did not panic
			panicked := 0
			for _, r := range f.model.ran {
				switch {
				case r.z != z:
				case f.panics[z]:
					panicked++
				default:
					by = append(by, r.by)
				}
			}
			if got := actors[f.label(z)]; !slices.Equal(got, by) {
				t.Fatalf("%s: %v: events say that it was run by %v, want %v", f.label(z), f.strokes, got, by)
			}
			source := fmt.Sprintf("finalizer of *realweak_test.fated %q", f.label(z))
			if got := sources[source]; got != panicked {
				t.Fatalf("%s: %v: %d panics reported, want %d", f.label(z), f.strokes, got, panicked)
			}
		}
	}
	runtime.KeepAlive(fates)
}
