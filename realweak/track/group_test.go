package track_test

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// conn is what most tests track.
type conn struct {
	_ *conn
	_ [24]byte
}

// elsewhere runs f on a goroutine of its own, whose frames are gone afterwards.
func elsewhere(f func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Wait()
}

// collect makes n collections visible to the package. A sentinel may sleep through
// one, and is told of it then.
func collect(t testing.TB, n int) {
	t.Helper()
	for range n {
		runtime.GC()
		if err := track.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCountsOfALife(t *testing.T) {
	g := track.NewGroup[conn](t.Name())
	var held []*conn
	elsewhere(func() {
		for range 1000 {
			if c := new(conn); g.Track(c) != c {
				t.Error("Track returned another object")
			}
		}
		for range 10 {
			held = append(held, g.Track(new(conn)))
		}
	})
	collect(t, 2)
	s := g.Stats()
	if s.Created != 1010 || s.Live != 10 || s.Cleaned != 1000 {
		t.Errorf("created %d, live %d, cleaned %d; want 1010, 10, 1000", s.Created, s.Live, s.Cleaned)
	}
	if s.Name != t.Name() || s.Kind != "tracked" || s.Type != "track_test.conn" || s.Bytes != 10*32 {
		t.Errorf("the group shows itself as %+v", s)
	}
	if s.Ages.Count != 1000 || s.Ages.Max <= 0 || s.Ages.Sum < s.Ages.Max {
		t.Errorf("ages: %+v", s.Ages)
	}
	runtime.KeepAlive(held)
	elsewhere(func() { held = nil })
	collect(t, 2)
	if s := g.Stats(); s.Created != 1010 || s.Live != 0 || s.Cleaned != 1010 {
		t.Errorf("at the end: created %d, live %d, cleaned %d", s.Created, s.Live, s.Cleaned)
	}
	runtime.KeepAlive(g)
}

func TestTrackTwiceIsOnce(t *testing.T) {
	a, b := track.NewGroup[conn](t.Name()+" a"), track.NewGroup[conn](t.Name()+" b")
	c := new(conn)
	a.Track(a.Track(c))
	b.Track(c)
	if a, b := a.Stats(), b.Stats(); a.Created != 1 || a.Live != 1 || b.Created != 1 {
		t.Errorf("%+v, %+v", a, b)
	}
	a.Expect(c)
	a.Expect(c)
	if s := a.Stats(); s.Expected != 1 || s.Live != 1 {
		t.Errorf("expected twice: %+v", s)
	}
	a.Track(c)
	if s := a.Stats(); s.Expected != 0 || s.Live != 1 || s.Created != 1 {
		t.Errorf("tracked again after Expect: %+v", s)
	}
	runtime.KeepAlive(c)
}

// retain expects n objects that it holds.
func retain(g *track.Group[conn], n int) (held []*conn) {
	for range n {
		held = append(held, g.Track(new(conn)))
	}
	for _, c := range held {
		g.Expect(c)
	}
	return held
}

func TestRetained(t *testing.T) {
	g := track.NewGroup[conn](t.Name(), track.Grace(0), track.Collections(2))
	held := retain(g, 3)
	g.Expect(new(conn)) // and dies
	if s := g.Stats(); s.Expected != 4 || s.Retained != 0 || s.Created != 4 {
		t.Errorf("after Expect: %+v", s)
	}
	if r := g.Retained(); len(r) > 0 {
		t.Errorf("retained before a collection: %+v", r)
	}
	collect(t, 5)
	if s := g.Stats(); s.Expected != 0 || s.Retained != 3 || s.Live != 3 || s.Cleaned != 1 {
		t.Errorf("after the collections: %+v", s)
	}
	all := g.Retained()
	if len(all) != 1 {
		t.Fatalf("%d places: %+v", len(all), all)
	}
	r := all[0]
	if r.Count != 3 || r.Bytes != 96 || r.Group != t.Name() || r.Type != "track_test.conn" || r.Collections < 2 || r.Since <= 0 || r.Age < r.Since {
		t.Errorf("%+v", r)
	}
	if r.Fingerprint == 0 || !slices.Equal(track.StackOf(r.Fingerprint), r.Created) {
		t.Errorf("the fingerprint %v stands for %v, not %v", r.Fingerprint, track.StackOf(r.Fingerprint), r.Created)
	}
	if len(r.Created) == 0 || !strings.HasSuffix(r.Created[0].Function, "track_test.retain") || len(r.Expected) == 0 ||
		!strings.HasSuffix(r.Expected[0].Function, "track_test.retain") || r.Created[0].Line+3 != r.Expected[0].Line {
		t.Errorf("created at\n%v\nexpected at\n%v", r.Created, r.Expected)
	}
	if i := slices.IndexFunc(track.AllRetained(), func(o track.Retained) bool { return o.Group == t.Name() }); i < 0 {
		t.Error("AllRetained does not have it")
	}
	g.Track(held[0]) // is used again
	if s := g.Stats(); s.Retained != 2 {
		t.Errorf("one is used again: %+v", s)
	}
	elsewhere(func() { clear(held) })
	collect(t, 2)
	if s := g.Stats(); s.Retained != 0 || s.Live != 0 || s.Cleaned != 4 || len(g.Retained()) > 0 {
		t.Errorf("all are dead: %+v", s)
	}
}

// The grace is over some time after the last collection, and a timer notices it.
func TestGraceEndsWithoutACollection(t *testing.T) {
	g := track.NewGroup[conn](t.Name(), track.Grace(300*time.Millisecond), track.Collections(1))
	sub := event.Default.Subscribe(1024, event.Retained)
	defer sub.Close()
	held := retain(g, 1)
	collect(t, 3)
	e, err := sub.Next(t.Context())
	for ; err == nil && e.Group != t.Name(); e, err = sub.Next(t.Context()) {
	}
	if err != nil {
		t.Fatal(err)
	}
	if e.Object == 0 || e.Fingerprint == 0 || e.Label != "1 object" || e.Type != "track_test.conn" || e.Age < 300*time.Millisecond || e.Collections < 1 {
		t.Errorf("%+v", e)
	}
	if s := g.Stats(); s.Retained != 1 {
		t.Errorf("%+v", s)
	}
	runtime.KeepAlive(held)
}

func TestEventsOfALife(t *testing.T) {
	sub := event.Default.Subscribe(1<<14, event.Created, event.Dropped, event.Cleared)
	defer sub.Close()
	g := track.NewGroup[conn](t.Name())
	elsewhere(func() { g.Expect(g.Track(new(conn))) })
	collect(t, 2)
	var kinds []event.Kind
	var id event.ID
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Group != t.Name() {
			continue
		}
		kinds = append(kinds, e.Kind)
		if id == 0 {
			id = e.Object
		}
		if e.Object != id || e.Object == 0 || e.Fingerprint == 0 || e.Type != "track_test.conn" || (e.Kind != event.Created) != (e.Age > 0) {
			t.Errorf("%+v", e)
		}
	}
	if !slices.Equal(kinds, []event.Kind{event.Created, event.Dropped, event.Cleared}) {
		t.Errorf("events: %v", kinds)
	}
	runtime.KeepAlive(g)
}

func TestOff(t *testing.T) {
	g := track.NewGroup[conn](t.Name())
	restore := track.SetEnabled(false)
	defer restore()
	c := new(conn)
	if n := testing.AllocsPerRun(100, func() { g.Track(c); g.Expect(c) }); n != 0 {
		t.Errorf("%v allocations while off", n)
	}
	if s := g.Stats(); s.Created != 0 {
		t.Errorf("%+v", s)
	}
	restore()
	if g.Track(c); g.Stats().Live != 1 {
		t.Error("not on again")
	}
	runtime.KeepAlive(c)
}

func TestSampling(t *testing.T) {
	for _, c := range []struct{ n, least, most int }{{0, 0, 0}, {1, 1000, 1000}, {10, 20, 400}} {
		g := track.NewGroup[conn](t.Name(), track.Sampling(2), track.Sampling(1))
		g.SetSampling(c.n)
		var held []*conn
		for range 1000 {
			held = append(held, g.Track(new(conn)))
		}
		with, all := 0, 0
		for _, s := range track.Samples() {
			if s.Group == t.Name() && s.State == track.StateLive {
				all += int(s.Count)
				if s.Stack != nil {
					with += int(s.Count)
				}
			}
		}
		if all != 1000 || with < c.least || with > c.most {
			t.Errorf("1 in %d: %d of %d have a stack", c.n, with, all)
		}
		runtime.KeepAlive(held)
		elsewhere(func() { clear(held) })
		runtime.KeepAlive(g)
		g = nil
		collect(t, 3)
	}
}

func TestMisuse(t *testing.T) {
	panics := func(name, want string, f func()) {
		t.Helper()
		defer func() {
			t.Helper()
			v := recover()
			text, _ := v.(string)
			if err, ok := v.(error); ok {
				text = err.Error()
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s: %v, want a panic with %q", name, v, want)
			}
		}()
		f()
	}
	g := track.NewGroup[conn](t.Name())
	panics("no name", "without a name", func() { track.NewGroup[conn]("") })
	panics("nil", "nil pointer", func() { g.Track(nil) })
	panics("nil", "nil pointer", func() { g.Expect(nil) })
	panics("zero group", "NewGroup", func() { new(track.Group[conn]).Track(new(conn)) })
	panics("nil group", "NewGroup", func() { (*track.Group[conn])(nil).Stats() })
	panics("size zero", "size zero", func() { track.NewGroup[struct{}](t.Name()).Track(new(struct{})) })
	panics("tiny", "tiny block", func() { track.NewGroup[byte](t.Name()).Track(new(byte)) })
	panics("sampling", "Sampling(-1)", func() { track.Sampling(-1) })
	panics("sampling", "SetSampling(-1)", func() { g.SetSampling(-1) })
	panics("grace", "Grace(-1ns)", func() { track.Grace(-1) })
	panics("collections", "Collections(0)", func() { track.Collections(0) })
	defer realweak.SetPolicy(realweak.Lenient)()
	tiny := track.NewGroup[byte](t.Name() + " tiny")
	b := realweak.New(byte(1))
	tiny.Track(b)
	if s := tiny.Stats(); s.Live != 1 {
		t.Errorf("%+v", s)
	}
	runtime.KeepAlive(b)
}

// A dropped group is shown until its last object is dead.
func TestDroppedGroup(t *testing.T) {
	var held []*conn
	elsewhere(func() {
		g := track.NewGroup[conn](t.Name(), track.Grace(0))
		held = retain(g, 2)
		g.Track(new(conn))
	})
	shown := func() (s event.GroupStats, ok bool) {
		all := event.Groups.Stats()
		i := slices.IndexFunc(all, func(s event.GroupStats) bool { return s.Name == t.Name() })
		if i < 0 {
			return s, false
		}
		return all[i], true
	}
	collect(t, 5)
	if s, ok := shown(); !ok || s.Live != 2 || s.Retained != 2 || s.Created != 3 || s.Cleaned != 1 {
		t.Errorf("%+v, %v", s, ok)
	}
	runtime.KeepAlive(held)
	elsewhere(func() { held = nil })
	collect(t, 3)
	if s, ok := shown(); ok {
		t.Errorf("shown without objects: %+v", s)
	}
}

func TestTwoGroupsOfOneName(t *testing.T) {
	type other struct{ _ *other }
	a, b := track.NewGroup[conn](t.Name()), track.NewGroup[other](t.Name())
	c, d := a.Track(new(conn)), b.Track(new(other))
	for _, s := range event.Groups.Stats() {
		if s.Name == t.Name() && (s.Live != 2 || s.Type != "track_test.conn, track_test.other") {
			t.Errorf("%+v", s)
		}
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(d)
}

func TestSamplesAndDeaths(t *testing.T) {
	g := track.NewGroup[conn](t.Name(), track.Grace(0))
	var held []*conn
	elsewhere(func() {
		held = retain(g, 5)
		for range 7 {
			g.Track(new(conn))
		}
	})
	collect(t, 5)
	held = append(held, g.Track(new(conn)))
	g.Expect(held[0]) // is already
	c := g.Track(new(conn))
	g.Expect(c)
	count := func(all []track.Sample) map[track.State]int64 {
		sums := make(map[track.State]int64)
		for _, s := range all {
			if s.Group != t.Name() {
				continue
			}
			sums[s.State] += s.Count
			if s.Fingerprint == 0 || s.Stack == nil || s.Bytes != 32*s.Count || s.Age <= 0 || s.Type != "track_test.conn" {
				t.Errorf("%+v", s)
			}
		}
		return sums
	}
	alive := count(track.Samples())
	if alive[track.StateLive] != 1 || alive[track.StateExpected] != 1 || alive[track.StateRetained] != 5 || alive[track.StateDead] != 0 {
		t.Errorf("alive: %v", alive)
	}
	if dead := count(track.Deaths()); len(dead) != 1 || dead[track.StateDead] != 7 {
		t.Errorf("dead: %v", dead)
	}
	runtime.KeepAlive(held)
	runtime.KeepAlive(c)
}

// A pointer into an object is as good as one to it.
func TestPartOfAnObject(t *testing.T) {
	type whole struct {
		_    [5]int
		part conn
	}
	g := track.NewGroup[conn](t.Name(), track.Grace(0))
	w := new(whole)
	g.Track(&w.part)
	g.Track(&w.part)
	g.Expect(&w.part)
	collect(t, 4)
	if s := g.Stats(); s.Created != 1 || s.Live != 1 || s.Retained != 1 {
		t.Errorf("%+v", s)
	}
	runtime.KeepAlive(w)
	elsewhere(func() { w = nil })
	collect(t, 2)
	if s := g.Stats(); s.Live != 0 || s.Cleaned != 1 {
		t.Errorf("%+v", s)
	}
}

// A leak of many objects from one place is few events, and a place that is clean again
// starts anew.
func TestRetainedEventsDouble(t *testing.T) {
	sub := event.Default.Subscribe(1<<12, event.Retained)
	defer sub.Close()
	g := track.NewGroup[conn](t.Name(), track.Grace(0), track.Collections(1))
	var held []*conn
	labels := func() (all []string) {
		for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
			if e.Group == t.Name() {
				all = append(all, e.Label)
			}
		}
		return all
	}
	leak := func(n int) {
		held = append(held, retain(g, n)...)
		collect(t, 3)
	}
	for _, c := range []struct {
		more int
		want []string
	}{{1, []string{"1 object"}}, {3, []string{"4 objects"}}, {2, nil}, {500, []string{"506 objects"}}} {
		if leak(c.more); !slices.Equal(labels(), c.want) {
			t.Errorf("with %d more retained the events were not %q", c.more, c.want)
		}
	}
	elsewhere(func() { clear(held) })
	collect(t, 2)
	if leak(2); !slices.Equal(labels(), []string{"2 objects"}) {
		t.Error("two after none are no event")
	}
	runtime.KeepAlive(held)
}
