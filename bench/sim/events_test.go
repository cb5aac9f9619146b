package sim

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// listen returns an interpreter and a function that returns the new events.
func listen(t *testing.T, opts Options) (*Interpreter, func() []event.Event) {
	hub := new(event.Hub)
	sub := hub.Subscribe(1 << 16)
	t.Cleanup(sub.Close)
	opts.Hub = hub
	ticks := 0
	opts.Clock = func() time.Time {
		ticks++
		return time.Unix(int64(ticks), 0)
	}
	return New(opts), func() []event.Event {
		var events []event.Event
		for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
			events = append(events, e)
		}
		if sub.Lost() != 0 {
			t.Errorf("%d events lost", sub.Lost())
		}
		return events
	}
}

func summary(events []event.Event) []string {
	var lines []string
	for _, e := range events {
		line := e.Kind.String()
		if e.Kind == event.GC {
			line += fmt.Sprintf(" #%d queued %d executed %d", e.GC.Number, e.GC.Queued, e.GC.Executed)
		} else {
			line += fmt.Sprintf(" #%d %s", e.Object, e.Type)
		}
		if e.Label != "" {
			line += fmt.Sprintf(" %q", e.Label)
		}
		if e.Collections > 0 {
			line += fmt.Sprintf(" survived %d", e.Collections)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestEvents is the trace of the notebook's first cells, of callbacks that fail,
// of a detachment, a cycle, a resurrection and an interned string.
func TestEvents(t *testing.T) {
	py, events := listen(t, Options{})
	want := func(lines ...string) {
		t.Helper()
		if got := summary(events()); !slices.Equal(got, lines) {
			t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
		}
	}
	py.Assign("s1", py.Label(py.Set(), "s1"))
	want(`created #1 set`)
	py.Assign("ender", py.Finalize(py.Load("s1"), py.Function("bye", func([]*Object) *Object { return nil })))
	want(`created #2 function`, `created #3 finalize`, `created #4 ReferenceType`)
	py.Collect(2)
	want(`gc #1 queued 0 executed 0`)
	py.Del("s1")
	want(
		`released #1 set "s1" survived 1`,
		`cleared #1 set "s1" survived 1`,
		`callback-queued #1 set "s1" survived 1`,
		`released #2 function survived 1`, // what the finalizer held goes with its call
		`callback-run #1 set "s1" survived 1`,
		`released #4 ReferenceType survived 1`,
	)

	py.Assign("o", py.Set())
	py.Assign("r", py.WeakRef(py.Load("o"), py.Function("boom", func([]*Object) *Object { panic("boom") })))
	py.Release(py.Detach(py.Finalize(py.Load("o"), py.Load("o"))))
	events()
	py.Del("o")
	want(`released #5 set`, `cleared #5 set`, `callback-queued #5 set`, `callback-panicked #5 set`, `released #6 function`)
	takeUnraisable(py)

	py.Assign("o", py.Set())
	py.Assign("r", py.WeakRef(py.Load("o"), py.Load("o")))
	events()
	py.Del("r") // its callback will never run
	want(`released #13 ReferenceType`, `detached #12 set`)
	py.Assign("ender", py.Finalize(py.Load("o"), py.Load("o")))
	events()
	py.Release(py.Detach(py.Load("ender")))
	want(`created #16 dict`, `created #17 tuple`, `detached #12 set`, `released #15 ReferenceType`, `released #17 tuple`, `released #16 dict`)
	py.Del("o")
	py.Del("ender")
	events()

	py.Assign("C", py.NewClass("C", Class{Del: func(self *Object) { py.AssignGlobal("back", py.Retain(self)) }}))
	py.Assign("o", py.Label(py.Call(py.Load("C")), "phoenix"))
	events()
	py.Del("o")
	want(`retained #19 C "phoenix"`)
	py.SetAttr(py.Load("back"), "me", py.Load("back"))
	py.Assign("r", py.WeakRef(py.Load("back"), nil))
	py.Del("back")
	events()
	py.Collect(0)
	want(`cleared #19 C "phoenix"`, `released #19 C "phoenix"`, `gc #2 queued 2 executed 2`)
	py.Release(py.Intern(py.Str("spam")))
	want(`created #21 str`, `interned #21 str`, `released #21 str`)
}

// TestWatch: the program chooses what events are about.
func TestWatch(t *testing.T) {
	py, events := listen(t, Options{Watch: func(o *Object) bool { return o.TypeName() == "set" }})
	py.Assign("s", py.Set(py.Int(1000)))
	py.Assign("l", py.List())
	py.Del("s")
	if got := summary(events()); !slices.Equal(got, []string{"created #2 set", "released #2 set"}) {
		t.Errorf("%q", got)
	}
}

// TestDeterminism: two runs of one program give the same events to the last bit.
func TestDeterminism(t *testing.T) {
	run := func(seed int64) []event.Event {
		py, events := listen(t, Options{})
		m := &machine{py: py}
		m.define()
		py.EnableGC()
		py.SetThreshold(5, 2, 2)
		for _, s := range seeded(seed) {
			m.step(s)
		}
		py.Exit()
		return events()
	}
	for seed := range int64(50) {
		a, b := run(seed), run(seed)
		if len(a) < 50 || len(a) != len(b) {
			t.Fatalf("%d and %d events", len(a), len(b))
		}
		for i := range a {
			x, y := a[i], b[i]
			if x.Actor != event.Interpreter || x.Age != 0 || x.Time.IsZero() {
				t.Fatalf("%+v", x)
			}
			if (x.GC == nil) != (y.GC == nil) || x.GC != nil && *x.GC != *y.GC {
				t.Fatalf("%v and %v", x, y)
			}
			x.GC, y.GC = nil, nil
			if x != y {
				t.Fatalf("%v and %v", x, y)
			}
		}
	}
}

// TestEventsBalance: over random programs each object is created once and released
// at most once, cleared only if it was, and every queued callback had its turn.
func TestEventsBalance(t *testing.T) {
	for seed := range int64(200) {
		py, events := listen(t, Options{})
		m := &machine{py: py}
		m.define()
		py.EnableGC()
		py.SetThreshold(1+rand.New(rand.NewSource(seed)).Intn(9), 2, 2)
		for _, s := range seeded(seed) {
			m.step(s)
		}
		created, released := make(map[event.ID]bool), make(map[event.ID]bool)
		queued, ran := 0, 0
		for _, e := range events() {
			if e.Kind == event.Created {
				if created[e.Object] {
					t.Fatalf("seed %d: %v: twice", seed, e)
				}
				created[e.Object] = true
			}
			if e.Kind != event.GC && !created[e.Object] {
				t.Fatalf("seed %d: %v: never created", seed, e)
			}
			switch e.Kind {
			case event.Released:
				if released[e.Object] {
					t.Fatalf("seed %d: %v: twice", seed, e)
				}
				released[e.Object] = true
			case event.CallbackQueued:
				queued++
			case event.CallbackRun:
				ran++
			}
		}
		if len(created)-len(released) != py.Live() {
			t.Fatalf("seed %d: %d created, %d released, %d live", seed, len(created), len(released), py.Live())
		}
		if ran < queued {
			t.Fatalf("seed %d: %d queued, %d ran", seed, queued, ran)
		}
	}
}

// TestSilence: nothing is emitted or allocated for events without a subscriber.
func TestSilence(t *testing.T) {
	hub := new(event.Hub)
	py := New(Options{Hub: hub})
	py.Assign("s", py.Set())
	n := testing.AllocsPerRun(1000, func() {
		py.Assign("t", py.Load("s"))
		py.Del("t")
	})
	if n != 0 || hub.Stats().Emitted != 0 {
		t.Errorf("%v allocations, %d events", n, hub.Stats().Emitted)
	}
}
