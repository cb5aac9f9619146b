package refcount_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/refcount"
)

// cell is a member with any number of handles.
type cell struct {
	id    int
	links []refcount.Strong[cell]
	end   func(*cell)
}

func (c *cell) Trace(visit func(refcount.Edge)) {
	for i := range c.links {
		visit(c.links[i].Edge("links"))
	}
}

func (c *cell) drop() {
	if c.end != nil {
		c.end(c)
	}
}

// tie makes from own a handle to to.
func tie(from, to *refcount.Strong[cell]) {
	from.Value().links = append(from.Value().links, to.Clone())
}

// cells makes n members of a domain, numbered from 0.
func cells(d *refcount.Domain, n int, end func(*cell)) []refcount.Strong[cell] {
	all := make([]refcount.Strong[cell], n)
	for i := range all {
		all[i] = refcount.New(cell{id: i, end: end}, (*cell).drop)
		refcount.Adopt(d, &all[i])
	}
	return all
}

func ring(all []refcount.Strong[cell]) {
	for i := range all {
		tie(&all[i], &all[(i+1)%len(all)])
	}
}

func releaseAll[T any](all []refcount.Strong[T]) {
	for i := range all {
		if all[i].Held() {
			all[i].Release()
		}
	}
}

func collect(t testing.TB, d *refcount.Domain) refcount.Collected {
	t.Helper()
	c, err := d.Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCollectRing(t *testing.T) {
	var d refcount.Domain
	var ended []int
	all := cells(&d, 5, func(c *cell) { ended = append(ended, c.id) })
	ring(all)
	weak := all[2].Downgrade()
	for i := range 4 {
		all[i].Release()
	}
	if got := collect(t, &d); got != (refcount.Collected{Pending: 5, Examined: 5}) || d.Len() != 5 || d.Pending() != 0 {
		t.Errorf("collected %+v while one is held, %d members, %d pending", got, d.Len(), d.Pending())
	}
	if got := collect(t, &d); got != (refcount.Collected{}) {
		t.Errorf("collected %+v when nothing had happened", got)
	}
	all[4].Release()
	if got := collect(t, &d); got != (refcount.Collected{Pending: 1, Examined: 5, Destroyed: 5}) || d.Len() != 0 {
		t.Errorf("collected %+v, %d members", got, d.Len())
	}
	if !slices.Equal(ended, []int{4, 3, 2, 1, 0}) {
		t.Errorf("ended in the order %v, want the newest first", ended)
	}
	if _, ok := weak.Upgrade(); ok {
		t.Error("a weak handle to garbage can be upgraded")
	}
}

// probe is a member whose Trace does what a test wants.
type probe struct {
	next, other refcount.Strong[probe]
	foreign     refcount.Strong[gouda]
	trace       func(visit func(refcount.Edge))
	end         func(*probe)
	ended       int
}

func (p *probe) Trace(visit func(refcount.Edge)) {
	visit(p.next.Edge("next"))
	visit(p.other.Edge("other"))
	visit(p.foreign.Edge("foreign"))
	if p.trace != nil {
		p.trace(visit)
	}
}

func (p *probe) drop() {
	p.ended++
	if p.end != nil {
		p.end(p)
	}
}

// pair makes two members that hold each other. They are wrapped, so that they can
// be looked at afterwards.
func pair(d *refcount.Domain) (a, b *probe, all []refcount.Strong[probe]) {
	a, b = new(probe), new(probe)
	all = []refcount.Strong[probe]{refcount.Wrap(a, (*probe).drop), refcount.Wrap(b, (*probe).drop)}
	refcount.Adopt(d, &all[0])
	refcount.Adopt(d, &all[1])
	a.next, b.next = all[1].Clone(), all[0].Clone()
	return a, b, all
}

func expectEnded(t *testing.T, want int, all ...*probe) {
	t.Helper()
	for i, p := range all {
		if p.ended != want {
			t.Errorf("the destructor of object %d has run %d times, want %d", i, p.ended, want)
		}
	}
}

func TestHandleVisitedTwice(t *testing.T) {
	const twice = "refcount_test.probe"
	for name, c := range map[string]struct {
		make func(a, b *probe)
		keep int // handles from outside to b
	}{
		"by its owner":                    {func(a, b *probe) { a.trace = func(v func(refcount.Edge)) { v(a.next.Edge("again")) } }, 0},
		"by its owner, and held":          {func(a, b *probe) { a.trace = func(v func(refcount.Edge)) { v(a.next.Edge("again")) } }, 1},
		"by another object":               {func(a, b *probe) { b.trace = func(v func(refcount.Edge)) { v(a.next.Edge("a's")) } }, 0},
		"by another object, and held":     {func(a, b *probe) { b.trace = func(v func(refcount.Edge)) { v(a.next.Edge("a's")) } }, 1},
		"three times, and held two times": {func(a, b *probe) { a.trace = func(v func(refcount.Edge)) { v(a.next.Edge("")); v(a.next.Edge("")) } }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var d refcount.Domain
			a, b, all := pair(&d)
			c.make(a, b)
			all[0].Release()
			var kept []refcount.Strong[probe]
			for range c.keep {
				kept = append(kept, all[1].Clone())
			}
			all[1].Release()
			for range 2 { // it does not wear off
				expectPanic(t, func() { d.Collect(context.Background()) }, twice, "once")
				expectPanic(t, func() { d.Report(context.Background()) }, twice, "once")
			}
			expectEnded(t, 0, a, b)
			a.trace, b.trace = nil, nil
			if collect(t, &d); c.keep > 0 {
				expectEnded(t, 0, a, b)
				releaseAll(kept)
				collect(t, &d)
			}
			expectEnded(t, 1, a, b)
		})
	}
}

// The same for objects in boxes of their own, whose handles lie in them.
func TestHandleVisitedTwiceInBoxes(t *testing.T) {
	for name, fault := range map[string]func(a, b *probe){
		"by its owner":      func(a, b *probe) { a.trace = func(v func(refcount.Edge)) { v(a.next.Edge("again")) } },
		"by another object": func(a, b *probe) { b.trace = func(v func(refcount.Edge)) { v(a.next.Edge("a's")) } },
		"by the first one":  func(a, b *probe) { a.trace = func(v func(refcount.Edge)) { v(b.next.Edge("b's")) } },
	} {
		t.Run(name, func(t *testing.T) {
			var d refcount.Domain
			ended := 0
			drop := func(*probe) { ended++ }
			ha, hb := refcount.New(probe{}, drop), refcount.New(probe{}, drop)
			refcount.Adopt(&d, &ha)
			refcount.Adopt(&d, &hb)
			a, b := ha.Value(), hb.Value()
			a.next, b.next = hb.Clone(), ha.Clone()
			fault(a, b)
			all := []refcount.Strong[probe]{ha.Clone(), hb.Clone()}
			ha.Release()
			hb.Release()
			for i := range all {
				// One is held, the other one has one handle. Which of both
				// looks like having none left depends on the fault.
				all[i].Release()
				if text := panicText(func() { d.Collect(context.Background()) }); text != "" && !strings.Contains(text, "refcount_test.probe") {
					t.Errorf("the panic is %q", text)
				}
				if ended != 0 {
					t.Fatal("an object ended because of a handle that was visited twice")
				}
			}
			expectPanic(t, func() { d.Collect(context.Background()) }, "refcount_test.probe", "once")
			a.trace, b.trace = nil, nil
			if collect(t, &d); ended != 2 {
				t.Errorf("%d destructors have run", ended)
			}
		})
	}
}

// A forgotten edge makes its object look held. That is found out by nobody, but
// harms nobody.
func TestForgottenEdge(t *testing.T) {
	var d refcount.Domain
	a, b := new(forgetful), new(forgetful)
	ended := 0
	drop := func(*forgetful) { ended++ }
	ha, hb := refcount.Wrap(a, drop), refcount.Wrap(b, drop)
	refcount.Adopt(&d, &ha)
	refcount.Adopt(&d, &hb)
	a.next, b.next = hb.Clone(), ha.Clone()
	b.forget = true
	ha.Release()
	hb.Release()
	for range 3 {
		refcount.Look(&d, &a.next)
		if got := collect(t, &d); got.Destroyed != 0 || ended != 0 {
			t.Errorf("collected %+v", got)
		}
	}
	b.forget = false
	refcount.Look(&d, &a.next)
	if got := collect(t, &d); got.Destroyed != 2 || ended != 2 {
		t.Errorf("collected %+v once all edges are reported", got)
	}
}

type forgetful struct {
	next   refcount.Strong[forgetful]
	forget bool
}

func (f *forgetful) Trace(visit func(refcount.Edge)) {
	if !f.forget {
		visit(f.next.Edge("next"))
	}
}

func TestMisuseOfDomain(t *testing.T) {
	var d, other refcount.Domain
	_, _, all := pair(&d)
	defer func() {
		releaseAll(all)
		collect(t, &d)
	}()
	expectPanic(t, func() { refcount.Adopt(&d, &all[0]) }, "member of a Domain already", "once")
	expectPanic(t, func() { refcount.Look(&other, &all[0]) }, "no member", "Adopt it first")
	fresh := refcount.New(probe{}, nil)
	expectPanic(t, func() { refcount.Look(&d, &fresh) }, "no member", "Adopt it first")
	expectPanic(t, func() { refcount.Watch(&fresh, func() {}) }, "no member", "Adopt it first")
	c := fresh.Clone()
	expectPanic(t, func() { refcount.Adopt(&d, &fresh) }, "several strong handles", "right after it is made")
	c.Release()
	refcount.Adopt(&other, &fresh)
	fresh.Release()
	d.Update(func() {
		expectPanic(t, func() { d.Collect(context.Background()) }, "inside Update", "after it")
		expectPanic(t, func() { d.Report(context.Background()) }, "inside Update", "after it")
	})
	if got := collect(t, &d); got.Destroyed != 0 || got.Examined != 2 {
		t.Errorf("after the panics collected %+v", got)
	}
}

func TestMisuseInTrace(t *testing.T) {
	for name, what := range map[string]struct {
		do   func(d *refcount.Domain, a *probe)
		text string
	}{
		"Clone":   {func(_ *refcount.Domain, a *probe) { a.next.Clone() }, "Clone called by the Trace of a refcount_test.probe"},
		"Release": {func(_ *refcount.Domain, a *probe) { a.next.Release() }, "Release called by the Trace"},
		"Move":    {func(_ *refcount.Domain, a *probe) { a.next.Move() }, "Move called by the Trace"},
		"Update":  {func(d *refcount.Domain, a *probe) { d.Update(func() {}) }, "Update called by a Trace"},
	} {
		t.Run(name, func(t *testing.T) {
			var d refcount.Domain
			a, b, all := pair(&d)
			a.trace = func(func(refcount.Edge)) { what.do(&d, a) }
			expectPanic(t, func() { d.Collect(context.Background()) }, what.text)
			a.trace = nil
			expectEnded(t, 0, a, b)
			if d.Len() != 2 || d.Pending() != 2 {
				t.Errorf("%d members, %d pending", d.Len(), d.Pending())
			}
			releaseAll(all)
			collect(t, &d)
		})
	}
}

// While a collection is at work, others use what it is about to find.
func TestUseDuringSearch(t *testing.T) {
	elsewhere := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			f()
		}()
		<-done
	}
	for name, use := range map[string]func(a, b *probe, weak *refcount.Weak[probe]) refcount.Strong[probe]{
		"Upgrade": func(_, _ *probe, weak *refcount.Weak[probe]) refcount.Strong[probe] {
			s, ok := weak.Upgrade()
			if !ok {
				t.Error("an object cannot be upgraded before it is condemned")
			}
			return s.Move()
		},
		// Against the rule, since it is not in an Update; noticed all the same.
		"Move": func(a, _ *probe, _ *refcount.Weak[probe]) refcount.Strong[probe] { return a.next.Move() },
		"Upgrade, Clone and Release": func(_, b *probe, weak *refcount.Weak[probe]) refcount.Strong[probe] {
			s, _ := weak.Upgrade()
			c := b.next.Clone()
			s.Release()
			return c.Move()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var d refcount.Domain
			a, b, all := pair(&d)
			weak := all[1].Downgrade()
			releaseAll(all)
			var kept refcount.Strong[probe]
			b.trace = func(func(refcount.Edge)) { // a has been traced by now
				elsewhere(func() { kept = use(a, b, &weak) })
				b.trace = nil
			}
			if got := collect(t, &d); got.Destroyed != 0 || got.Used == 0 {
				t.Errorf("collected %+v", got)
			}
			expectEnded(t, 0, a, b)
			kept.Release()
			collect(t, &d)
			expectEnded(t, 1, a, b)
			if d.Len() != 0 {
				t.Errorf("%d members are left", d.Len())
			}
		})
	}
}

// An object is released for the last time while it is traced. Its destructor may
// change what Trace reads, so it waits.
func TestReleaseDuringTrace(t *testing.T) {
	var d refcount.Domain
	p := new(probe)
	h := refcount.Wrap(p, (*probe).drop)
	refcount.Adopt(&d, &h)
	weak := h.Downgrade()
	released := make(chan struct{})
	p.trace = func(func(refcount.Edge)) {
		go func() {
			defer close(released)
			h.Release()
		}()
		for weak.StrongCount() != 0 {
			runtime.Gosched()
		}
		for range 100 {
			runtime.Gosched()
		}
		if p.ended != 0 {
			t.Error("the destructor runs during Trace")
		}
		p.trace = nil
	}
	if got := collect(t, &d); got.Destroyed != 0 {
		t.Errorf("collected %+v", got)
	}
	<-released
	expectEnded(t, 1, p)
	if d.Len() != 0 {
		t.Errorf("%d members are left", d.Len())
	}
}

func TestCollectGivesUp(t *testing.T) {
	var d refcount.Domain
	a, b, all := pair(&d)
	releaseAll(all)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Collect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Collect with an ended context: %v", err)
	}
	if _, err := d.Report(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Report with an ended context: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go d.Update(func() {
		close(inside)
		<-leave
	})
	<-inside
	go func() {
		_, err := d.Collect(ctx)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Collect during an Update: %v", err)
	}
	expectEnded(t, 0, a, b)
	close(leave)
	a.trace = func(func(refcount.Edge)) { // somebody else collects
		a.trace = nil
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			_, err := d.Collect(ctx)
			done <- err
		}()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Collect during another one: %v", err)
		}
	}
	collect(t, &d)
	expectEnded(t, 1, a, b)
}

func TestThreshold(t *testing.T) {
	var d refcount.Domain
	held := cells(&d, 100, nil)
	collect(t, &d)
	garbage := func(n int) {
		all := cells(&d, n, nil)
		ring(all)
		releaseAll(all)
	}
	expect := func(what string, members, pending int) {
		t.Helper()
		if d.Len() != members || d.Pending() != pending {
			t.Errorf("%s: %d members, %d pending; want %d, %d", what, d.Len(), d.Pending(), members, pending)
		}
	}
	d.SetThreshold(10, 50)
	garbage(20)
	d.Update(func() {})
	expect("beyond the number, below the share", 120, 20)
	d.SetThreshold(50, 10)
	d.Update(func() {})
	expect("beyond the share, below the number", 120, 20)
	d.SetThreshold(10, 10)
	d.Update(func() {
		d.Update(func() {})
		expect("inside an Update", 120, 20)
	})
	expect("beyond both, after an Update", 100, 0)

	garbage(10)
	expect("beyond neither", 110, 10)
	more := cells(&d, 1, nil)
	expect("one more than the number", 111, 11)
	more = append(more, cells(&d, 1, nil)...)
	expect("beyond both, after an Adopt", 102, 0)
	releaseAll(held)
	releaseAll(more)
}

func TestScope(t *testing.T) {
	var d refcount.Domain
	got, err := d.Scope(context.Background(), func() {
		all := cells(&d, 3, nil)
		ring(all)
		releaseAll(all)
	})
	if err != nil || got.Destroyed != 3 {
		t.Errorf("at the scope's end: %+v, %v", got, err)
	}
	if text := panicText(func() {
		d.Scope(context.Background(), func() {
			all := cells(&d, 3, nil)
			ring(all)
			releaseAll(all)
			panic("mould")
		})
	}); text != "mould" || d.Len() != 0 {
		t.Errorf("a panicking scope: panic %q, %d members are left", text, d.Len())
	}
}

// collectAndEnd collects in a goroutine that a destructor may end.
func collectAndEnd(d *refcount.Domain) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Collect(context.Background())
	}()
	<-done
}

func TestDestructorsThatDoNotReturn(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic("mould") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			reported := panics(t)
			var d refcount.Domain
			var ended []int
			all := cells(&d, 6, func(c *cell) {
				ended = append(ended, c.id)
				if c.id%2 == 1 {
					fail()
				}
			})
			child := cells(&d, 1, func(*cell) {
				ended = append(ended, 6)
				fail()
			})
			ring(all)
			tie(&all[2], &child[0])
			called := 0
			refcount.Watch(&all[0], func() { called++ })
			refcount.Watch(&all[0], func() { fail() })
			releaseAll(all)
			releaseAll(child)
			collectAndEnd(&d)
			if !slices.Equal(ended, []int{5, 4, 3, 2, 1, 0, 6}) || d.Len() != 0 || called != 1 {
				t.Errorf("ended %v, %d members left, callback called %d times", ended, d.Len(), called)
			}
			if len(*reported) != 5 {
				t.Errorf("%d panics were reported, want 5", len(*reported))
			}
			if got := collect(t, &d); got != (refcount.Collected{}) {
				t.Errorf("a later collection: %+v", got)
			}
			outer := refcount.New(0, func(*int) { ended = nil })
			outer.Release()
			if ended != nil {
				t.Error("a later destructor has not run")
			}
		})
	}
}

// The same, with an object that is saved and destructors in what garbage holds.
func TestGoexitAndResurrection(t *testing.T) {
	panics(t)
	var d refcount.Domain
	var ended []int
	var saved refcount.Strong[cell]
	all := cells(&d, 4, func(c *cell) {
		ended = append(ended, c.id)
		if c.id == 3 {
			saved = refcount.Resurrect(c)
		}
		runtime.Goexit()
	})
	child := cells(&d, 1, func(*cell) {
		ended = append(ended, 4)
		runtime.Goexit()
	})
	ring(all[:2])           // 0 and 1, which lead to
	tie(&all[0], &all[2])   // 2, which holds itself and
	tie(&all[2], &all[2])   //
	tie(&all[2], &all[3])   // 3, which is saved and holds
	tie(&all[3], &child[0]) // 4
	releaseAll(all)
	releaseAll(child)
	collectAndEnd(&d)
	if !slices.Equal(ended, []int{1, 0, 2, 3, 4}) || d.Len() != 2 || saved.StrongCount() != 1 {
		t.Errorf("ended %v, %d members are left, the saved one has %d handles", ended, d.Len(), saved.StrongCount())
	}
	saved.Release()
	if collect(t, &d); d.Len() != 0 || len(ended) != 5 {
		t.Errorf("then ended %v, %d members are left", ended, d.Len())
	}
}

// A Trace that fails once the destructors have run. What it does not report counts
// as held.
func TestTraceFailsAfterDestructors(t *testing.T) {
	reported := panics(t)
	var d refcount.Domain
	a, b, all := pair(&d)
	a.end = func(*probe) { a.trace = func(func(refcount.Edge)) { panic("mould") } }
	releaseAll(all)
	got := collect(t, &d)
	expectEnded(t, 1, a, b)
	if got.Destroyed != 2 || len(*reported) != 1 || !strings.Contains((*reported)[0].Source, "Trace of refcount_test.probe") {
		t.Errorf("collected %+v, reported %v", got, *reported)
	}
}

// What garbage holds and nothing else does goes with it; what others hold stays,
// with one handle less. It makes no difference whether a destructor releases it
// or leaves that to the domain.
func TestGarbageLetsGo(t *testing.T) {
	for _, tidy := range []bool{false, true} {
		for _, destructor := range []bool{false, true} {
			var d, elsewhere refcount.Domain
			goudas := 0
			cheese := refcount.New(gouda{}, func(*gouda) { goudas++ })
			kept := refcount.New(probe{}, nil)
			refcount.Adopt(&d, &kept)
			abroad := refcount.New(probe{}, nil)
			refcount.Adopt(&elsewhere, &abroad)

			var drop func(*probe)
			if destructor {
				drop = (*probe).drop
			}
			p := new(probe)
			h := refcount.Wrap(p, drop)
			refcount.Adopt(&d, &h)
			other := refcount.New(probe{}, nil)
			refcount.Adopt(&d, &other)
			other.Value().next, other.Value().other = kept.Clone(), abroad.Clone()
			p.next, p.other, p.foreign = h.Clone(), other.Move(), cheese.Move()
			if tidy {
				p.end = func(p *probe) {
					p.other.Release()
					p.foreign.Release()
				}
			}
			h.Release()
			if got := collect(t, &d); got.Destroyed < 1 || d.Len() != 1 || goudas != 1 {
				t.Errorf("collected %+v, %d members left, %d others ended", got, d.Len(), goudas)
			}
			if kept.StrongCount() != 1 || abroad.StrongCount() != 1 {
				t.Errorf("those who are held have %d and %d handles", kept.StrongCount(), abroad.StrongCount())
			}
			if p.next.Held() || p.other.Held() || p.foreign.Held() {
				t.Error("a destroyed object still owns handles")
			}
			kept.Release()
			abroad.Release()
		}
	}
}

// A member that is destroyed by its last Release gives up its handles too.
func TestMemberReleasesWhatItOwns(t *testing.T) {
	var d refcount.Domain
	goudas := 0
	p := refcount.New(probe{foreign: refcount.New(gouda{}, func(*gouda) { goudas++ })}, nil)
	refcount.Adopt(&d, &p)
	p.Release()
	if goudas != 1 || d.Len() != 0 || d.Pending() != 0 {
		t.Errorf("%d ended, %d members, %d pending", goudas, d.Len(), d.Pending())
	}
}

func TestCyclesAcrossDomainsAreHeld(t *testing.T) {
	var d, other refcount.Domain
	a, b := new(probe), new(probe)
	ha, hb := refcount.Wrap(a, (*probe).drop), refcount.Wrap(b, (*probe).drop)
	refcount.Adopt(&d, &ha)
	refcount.Adopt(&other, &hb)
	a.next, b.next = hb.Clone(), ha.Clone()
	ha.Release()
	hb.Release()
	collect(t, &d)
	collect(t, &other)
	expectEnded(t, 0, a, b)
	b.next.Release() // ends a, and that b
	expectEnded(t, 1, a, b)
}

func TestPartsAsEdges(t *testing.T) {
	var d refcount.Domain
	ended := 0
	h := refcount.New(holder{}, func(*holder) { ended++ })
	refcount.Adopt(&d, &h)
	h.Value().own = refcount.Project(&h, func(h *holder) *int { return &h.n })
	h.Release()
	if got := collect(t, &d); got.Destroyed != 1 || ended != 1 {
		t.Errorf("collected %+v, %d destructors have run", got, ended)
	}
}

type holder struct {
	own refcount.Strong[int]
	n   int
}

func (h *holder) Trace(visit func(refcount.Edge)) { visit(h.own.Edge("own")) }

// Members of which every handle is watched by itself.
func TestMembersWithManyFronts(t *testing.T) {
	var d refcount.Domain
	all := make([]refcount.Strong[cell], 4)
	var saved refcount.Strong[cell]
	ended := 0
	for i := range all {
		c := refcount.New(cell{id: i, end: func(c *cell) {
			ended++
			if c.id == 3 {
				saved = c.links[1].Clone()
			}
		}}, (*cell).drop)
		all[i] = refcount.Watched(&c, true)
		refcount.Adopt(&d, &all[i])
	}
	ring(all)
	ring(all)
	weak := all[2].Downgrade()
	releaseAll(all)
	if got := collect(t, &d); got.Resurrected != 4 || ended != 4 || !saved.Finalized() {
		t.Errorf("collected %+v, %d destructors have run", got, ended)
	}
	if _, ok := weak.Upgrade(); ok {
		t.Error("an old weak handle to a resurrected object can be upgraded")
	}
	weak.Release()
	again := saved.Downgrade()
	if s, ok := again.Upgrade(); !ok || s.StrongCount() != 4 || s.WeakCount() != 1 {
		t.Error("a resurrected object has the wrong handles")
	} else {
		s.Release()
	}
	saved.Release()
	if got := collect(t, &d); got.Destroyed != 4 || ended != 4 || d.Len() != 0 {
		t.Errorf("then collected %+v, %d destructors have run", got, ended)
	}
}

// Every resurrection of an object with weak handles takes a generation, and there is
// an end to them. An object that has used them all is in safety for ever; it is never
// destroyed in use.
func TestResurrectedOverAndOver(t *testing.T) {
	var d refcount.Domain
	old := refcount.Wrap(new(probe), nil)
	refcount.Adopt(&d, &old)
	for range 300 {
		saviour := refcount.Wrap(new(probe), func(p *probe) {
			if p.other.Held() {
				old = p.other.Clone()
			}
		})
		refcount.Adopt(&d, &saviour)
		old.Value().next = saviour.Clone()
		weak := old.Downgrade()
		saviour.Value().other = old.Move()
		saviour.Release()
		got := collect(t, &d)
		weak.Release()
		if got.Resurrected == 0 {
			if got.Destroyed != 0 || d.Len() < 2 {
				t.Errorf("collected %+v", got)
			}
			return
		}
		old.Value().next.Release()
		collect(t, &d)
	}
	t.Error("generations do not end")
}

func TestWatchOutside(t *testing.T) {
	var d refcount.Domain
	var called []string
	a, b, all := pair(&d)
	refcount.Watch(&all[0], func() {
		if a.ended == 0 || b.ended == 0 {
			t.Error("called before the destructors")
		}
		called = append(called, "outside")
	})
	inside := refcount.Watch(&all[0], func() { called = append(called, "inside") })
	b.end = func(*probe) {
		if !inside() {
			t.Error("the callback cannot be stopped in the collection")
		}
	}
	stop := refcount.Watch(&all[1], func() { called = append(called, "stopped") })
	if !stop() || stop() {
		t.Error("stop does not say whether it has stopped the call")
	}
	releaseAll(all)
	collect(t, &d)
	if !slices.Equal(called, []string{"outside"}) {
		t.Errorf("called %v", called)
	}

	single := refcount.New(probe{}, nil)
	refcount.Adopt(&d, &single)
	refcount.Watch(&single, func() { called = append(called, "single") })
	single.Release()
	if called[len(called)-1] != "single" {
		t.Error("not called after the last Release")
	}
}

func TestCycleEvents(t *testing.T) {
	sub := event.Default.Subscribe(64, event.Cycle, event.Released)
	t.Cleanup(sub.Close)
	var d refcount.Domain
	all := make([]refcount.Strong[nibble], 3)
	for i := range all {
		all[i] = refcount.New(nibble{}, nil)
		refcount.Adopt(&d, &all[i])
		all[i].SetLabel(string(rune('a' + i)))
	}
	all[0].Value().next, all[1].Value().next = all[1].Clone(), all[0].Clone()
	all[1].Value().other = all[2].Clone()
	releaseAll(all)
	collect(t, &d)
	var got []string
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Type == "refcount_test.nibble" {
			got = append(got, e.Kind.String()+" "+e.Label)
		}
	}
	if want := []string{"cycle b", "released b", "released a", "released c"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

type nibble struct{ next, other refcount.Strong[nibble] }

func (n *nibble) Trace(visit func(refcount.Edge)) {
	visit(n.next.Edge("next"))
	visit(n.other.Edge("other"))
}

func TestCollectAllocatesNothing(t *testing.T) {
	var d refcount.Domain
	all := cells(&d, 500, nil)
	ring(all)
	for i := 1; i < len(all); i++ {
		all[i].Release()
	}
	if got := testing.AllocsPerRun(20, func() {
		refcount.Look(&d, &all[0])
		d.Collect(context.Background())
	}); got != 0 {
		t.Errorf("a collection allocates %v times", got)
	}
	all[0].Release()
	collect(t, &d)
}
