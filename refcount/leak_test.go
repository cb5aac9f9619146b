package refcount_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// atLevel runs the rest of the test at a level of the leak detector, as if nothing
// had leaked before, and returns the reports so far of leaks of objects of type T,
// which must be the test's own.
func atLevel[T any](t *testing.T, level refcount.LeakLevel) (reports func() []refcount.Leak) {
	t.Helper()
	// What an earlier level has lost and no collection has found would be told here.
	weaktest.AwaitDone(t, func() bool { return len(liveOf[T]()) == 0 })
	forget()
	t.Cleanup(refcount.SetLeakLevel(level))
	var mu sync.Mutex
	var all []refcount.Leak
	t.Cleanup(refcount.OnLeak(func(l refcount.Leak) {
		mu.Lock()
		defer mu.Unlock()
		if l.Type == nameOf[T]() {
			all = append(all, l)
		}
	}))
	return func() []refcount.Leak {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// nameOf is what reports and lists call the type T.
func nameOf[T any]() string { return fmt.Sprintf("%T", *new(T)) }

// liveOf lists the tracked objects of type T.
func liveOf[T any]() []refcount.HandleInfo {
	return slices.DeleteFunc(refcount.Live(), func(info refcount.HandleInfo) bool { return info.Type != nameOf[T]() })
}

// one waits for the first report and returns it.
func one(t *testing.T, reports func() []refcount.Leak) refcount.Leak {
	t.Helper()
	weaktest.AwaitDone(t, func() bool { return len(reports()) > 0 })
	return reports()[0]
}

// inAnotherGoroutine runs f where it leaves no copies of handles to this one.
func inAnotherGoroutine(f func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Wait()
}

func line() string {
	_, _, n, _ := runtime.Caller(1)
	return fmt.Sprintf("leak_test.go:%d", n)
}

// innermost is the place of a stack's innermost call outside of the package.
func innermost(s refcount.Stack) string {
	for f := range s.Frames() {
		return fmt.Sprintf("leak_test.go:%d", f.Line)
	}
	return "nowhere"
}

// Each test has a type of its own, so that its objects are known by it.

func TestPlantedLeakIsReported(t *testing.T) {
	type planted struct{ _ *int }
	reports := atLevel[planted](t, refcount.Advanced)
	var destroyed atomic.Int64
	var made, used string
	inAnotherGoroutine(func() {
		for range 5000 { // of which some are tracked
			s, at := refcount.New(planted{}, func(*planted) { destroyed.Add(1) }), line()
			made = at
			s.SetLabel("leaky")
			s.Value()
			s.Touch("the end")
			used = line()
		}
	})
	for cycles := 1; len(reports()) == 0; cycles++ {
		if cycles > 2 {
			t.Fatal("not reported within two collections")
		}
		weaktest.Collect(t)
	}
	l := reports()[0]
	if l.Label != "leaky" || l.Object == 0 || l.Age <= 0 || l.Strong != 1 || l.Lost != 1 || l.Cycle || l.From.Stack != nil {
		t.Errorf("reported as %+v", l)
	}
	if at := innermost(l.Created); at != made {
		t.Errorf("made at %s, reported as %s", made, at)
	}
	if len(l.Accesses) != 2 || l.Accesses[0].Op != "Touch" || l.Accesses[0].Hint != "the end" || l.Accesses[1].Op != "Value" {
		t.Errorf("the accesses are %v; the last is before %s", l.Accesses, used)
	}
	// Of one kind there is one report, and the rest is counted.
	weaktest.Collect(t)
	if n := len(reports()); n != 1 {
		t.Errorf("%d reports of one kind of leak", n)
	}
	// A leak is counted first, and released then.
	weaktest.AwaitDone(t, func() bool { return destroyed.Load() > 0 && destroyed.Load() == int64(leaksOf[planted]()) })
}

// An object may be made in several ways inside of the package, by what is to be
// noted of it. That makes no other leak of it.
func TestKindOfLeakIsAPlaceOfTheProgram(t *testing.T) {
	type routed struct{ _ *int }
	reports := atLevel[routed](t, refcount.Simple)
	lose := func(n int) {
		inAnotherGoroutine(func() {
			for range n { // of which some are tracked
				refcount.New(routed{}, nil)
			}
		})
	}
	found := 0
	for _, listening := range []bool{false, true} {
		if listening {
			t.Cleanup(event.Default.Subscribe(1).Close)
		}
		lose(5000)
		weaktest.AwaitDone(t, func() bool { return leaksOf[routed]() > found })
		found = leaksOf[routed]()
	}
	for _, l := range reports()[1:] {
		t.Errorf("another kind of leak: %v", l)
	}
}

// leaksOf is how many leaks of objects of type T were found.
func leaksOf[T any]() (n int) {
	for _, l := range refcount.Leaks() {
		if l.Type == nameOf[T]() {
			n += l.Count
		}
	}
	return n
}

func TestSimpleNotesTheCreationAlone(t *testing.T) {
	type simple struct{ _ *int }
	reports := atLevel[simple](t, refcount.Simple)
	made := ""
	inAnotherGoroutine(func() {
		for range 5000 {
			s, at := refcount.New(simple{}, nil), line()
			made = at
			s.Touch(errors.New("never formatted"))
		}
	})
	l := one(t, reports)
	if innermost(l.Created) != made || len(l.Accesses) != 0 || l.Thinned != 0 {
		t.Errorf("reported as %+v", l)
	}
	if text := l.String(); !strings.Contains(text, "1 in 128") || !strings.Contains(text, "SetLeakLevel(Advanced)") {
		t.Errorf("it does not say how to see more:\n%s", text)
	}
}

func TestDisabledTracksNothing(t *testing.T) {
	type disabled struct{ _ *int }
	reports := atLevel[disabled](t, refcount.Disabled)
	inAnotherGoroutine(func() {
		for range 2000 {
			refcount.New(disabled{}, nil)
		}
	})
	weaktest.Collect(t)
	weaktest.Collect(t)
	if len(reports()) != 0 || leaksOf[disabled]() != 0 {
		t.Errorf("reported %v", reports())
	}
}

// One object in 128 is tracked, give or take three standard deviations, from the
// heap as from a pool, and with collections in between. Chance alone exceeds that
// in one of 370 runs, and so one more try is granted.
func TestSampledRate(t *testing.T) {
	type sampled struct{ _ [2]*int }
	defer refcount.SetLeakLevel(refcount.Simple)()
	const n = 100_000
	pool := refcount.NewPool[sampled](nil)
	for name, make := range map[string]func() refcount.Strong[sampled]{
		"New":  func() refcount.Strong[sampled] { return refcount.New(sampled{}, nil) },
		"Pool": func() refcount.Strong[sampled] { return pool.New(sampled{}) },
	} {
		t.Run(name, func(t *testing.T) {
			try := func() float64 {
				hits := 0
				for i := range n {
					s := make()
					if isTracked(&s) {
						hits++
					}
					s.Release()
					if i%(n/5) == 0 {
						runtime.GC()
					}
				}
				p := 1.0 / 128
				t.Logf("%d of %d", hits, n)
				return math.Abs(float64(hits)-n*p) / math.Sqrt(n*p*(1-p))
			}
			if first := try(); first > 3 {
				if second := try(); second > 3 {
					t.Errorf("%.1f and %.1f standard deviations off", first, second)
				}
			}
		})
	}
}

func isTracked[T any](s *refcount.Strong[T]) bool { return refcount.Tracked(s) }

// Netty's testConcurrentUsage: what is released is never reported.
func TestNoFalseReports(t *testing.T) {
	type usual struct{ _ *int }
	for _, level := range []refcount.LeakLevel{refcount.Simple, refcount.Advanced, refcount.Paranoid} {
		t.Run(level.String(), func(t *testing.T) {
			reports := atLevel[usual](t, level)
			var destroyed atomic.Int64
			const goroutines, each = 50, 1000
			var wg sync.WaitGroup
			for range goroutines {
				wg.Go(func() {
					for i := range each {
						s := refcount.New(usual{}, func(*usual) { destroyed.Add(1) })
						c := s.Clone()
						w := c.Downgrade()
						u, ok := w.Upgrade()
						if !ok {
							t.Error("not upgraded")
							continue
						}
						u.Touch(i)
						moved := u.Move()
						s.Release()
						moved.Release()
						c.Release()
						w.Release()
						if i%500 == 0 {
							runtime.GC()
						}
					}
				})
			}
			wg.Wait()
			weaktest.Collect(t)
			weaktest.Collect(t)
			if len(reports()) != 0 || leaksOf[usual]() != 0 {
				t.Errorf("%d reports, %d leaks:\n%v", len(reports()), leaksOf[usual](), reports())
			}
			if destroyed.Load() != goroutines*each {
				t.Errorf("%d of %d destroyed", destroyed.Load(), goroutines*each)
			}
			for _, info := range liveOf[usual]() {
				t.Errorf("still listed: %v", info)
			}
		})
	}
}

// Netty's testLeakSetupHints: what Touch was given before the loss is in the text.
func TestHintIsReported(t *testing.T) {
	type hinted struct{ _ *int }
	reports := atLevel[hinted](t, refcount.Paranoid)
	const canary = "yellow bird"
	inAnotherGoroutine(func() {
		s := refcount.New(hinted{}, nil)
		for range 20 {
			s.Value()
		}
		s.Touch(canary)
	})
	l := one(t, reports)
	if text := l.String(); !strings.Contains(text, "#1 Touch: "+canary+"\n") || !strings.Contains(text, "(of 21)") {
		t.Errorf("the report is\n%s", text)
	}
}

type badHint struct{}

func (badHint) String() string { panic("no words") }

// Netty's testLeakBrokenHint: a hint that cannot be printed breaks neither its own
// report nor a later one.
func TestBrokenHint(t *testing.T) {
	type broken struct{ _ *int }
	reports := atLevel[broken](t, refcount.Paranoid)
	inAnotherGoroutine(func() {
		s := refcount.New(broken{}, nil)
		s.Touch(badHint{})
	})
	if l := one(t, reports); !strings.Contains(l.Accesses[0].Hint, "no words") {
		t.Errorf("the hint reads %q", l.Accesses[0].Hint)
	}
	inAnotherGoroutine(func() {
		s := refcount.New(broken{}, nil)
		s.Touch("fine")
	})
	weaktest.AwaitDone(t, func() bool { return len(reports()) == 2 })
	if hint := reports()[1].Accesses[0].Hint; hint != "fine" {
		t.Errorf("the next hint reads %q", hint)
	}
}

// A lost parent is the leak; what it owns it releases as ever.
func TestLostParentIsReportedAlone(t *testing.T) {
	type member struct {
		name  string
		child refcount.Strong[member]
	}
	reports := atLevel[member](t, refcount.Paranoid)
	var mu sync.Mutex
	var log []string
	drop := func(m *member) {
		mu.Lock()
		log = append(log, m.name)
		mu.Unlock()
		if m.child.Held() {
			m.child.Release()
		}
	}
	inAnotherGoroutine(func() {
		child := refcount.New(member{name: "child"}, drop)
		parent := refcount.New(member{name: "parent", child: child.Move()}, drop)
		parent.SetLabel("parent")
	})
	l := one(t, reports)
	weaktest.Collect(t)
	weaktest.Collect(t)
	if l.Label != "parent" || len(reports()) != 1 || !slices.Equal(log, []string{"parent", "child"}) {
		t.Errorf("%d reports, the first of %q; destroyed %v", len(reports()), l.Label, log)
	}
}

// A lost clone is named, and its count given back; the others do not notice.
func TestLostCloneOfMany(t *testing.T) {
	type many struct{ _ *int }
	reports := atLevel[many](t, refcount.Paranoid)
	destroyed := false
	s := refcount.New(many{}, func(*many) { destroyed = true })
	kept := s.Clone()
	var cloned string
	inAnotherGoroutine(func() {
		c := s.Clone()
		cloned = line()
		c.Held()
	})
	l := one(t, reports)
	weaktest.Drain(t)
	var n int
	fmt.Sscanf(cloned, "leak_test.go:%d", &n)
	if l.From.Op != "Clone" || innermost(l.From.Stack) != fmt.Sprintf("leak_test.go:%d", n-1) || l.Lost != 1 || l.Strong != 3 || len(l.Made) != 1 {
		t.Errorf("reported as %+v; cloned before %s", l, cloned)
	}
	if text := l.String(); !strings.Contains(text, "1 handle to") || !strings.Contains(text, "2 others keep it alive") {
		t.Errorf("the report is\n%s", text)
	}
	if s.StrongCount() != 2 || destroyed {
		t.Errorf("%d handles are left, destroyed: %v", s.StrongCount(), destroyed)
	}
	kept.Release()
	if !s.Release() || !destroyed {
		t.Error("the last Release did not destroy")
	}
}

// Between the loss and the release a weak handle still leads to the object, and
// what it yields keeps it.
func TestUpgradeAfterTheLoss(t *testing.T) {
	type found struct{ _ *int }
	for _, level := range []refcount.LeakLevel{refcount.Advanced, refcount.Paranoid} {
		t.Run(level.String(), func(t *testing.T) {
			forget()
			var destroyed atomic.Bool
			var weak refcount.Weak[found]
			var strong refcount.Strong[found]
			ok := false
			t.Cleanup(refcount.SetLeakLevel(level))
			lost := false
			t.Cleanup(refcount.OnLeak(func(l refcount.Leak) {
				if l.Type == "refcount_test.found" {
					lost = true
					strong, ok = weak.Upgrade() // the collector has found it lost
				}
			}))
			for !lost {
				inAnotherGoroutine(func() {
					for tries := 0; ; tries++ {
						s := refcount.New(found{}, func(*found) { destroyed.Store(true) })
						if isTracked(&s) {
							s.Touch(level)
							weak = s.Downgrade()
							return
						}
						s.Release()
						destroyed.Store(false)
					}
				})
				weaktest.AwaitDone(t, func() bool { return lost })
			}
			if !ok || destroyed.Load() || strong.StrongCount() != 1 {
				t.Fatalf("upgraded: %v, destroyed: %v", ok, destroyed.Load())
			}
			if !strong.Release() || !destroyed.Load() {
				t.Error("the last Release did not destroy")
			}
			weak.Release()
		})
	}
}

// A cycle is let go after some collections, and then reported, without its
// destructors; what is merely old is not.
func TestLostCycle(t *testing.T) {
	type ring struct {
		name string
		next refcount.Strong[ring]
	}
	reports := atLevel[ring](t, refcount.Paranoid)
	var destroyed atomic.Int32
	make := func(name string) refcount.Strong[ring] {
		s := refcount.New(ring{name: name}, func(*ring) { destroyed.Add(1) })
		s.SetLabel(name)
		return s.Move()
	}
	old := make("old")
	inAnotherGoroutine(func() {
		a, b := make("a"), make("b")
		b.Value().next = a.Clone()
		a.Value().next = b.Move()
		a.Release()
	})
	weaktest.AwaitDone(t, func() bool { return len(reports()) >= 2 })
	for _, l := range reports() {
		if !l.Cycle || l.Type != "refcount_test.ring" || l.Label != "a" && l.Label != "b" || l.Collections == 0 {
			t.Errorf("reported as %+v", l)
		}
		if text := l.String(); !strings.Contains(text, "lost in a cycle") || !strings.Contains(text, "destructor has not run") || !strings.Contains(text, "Weak") {
			t.Errorf("the report is\n%s", text)
		}
	}
	for range 20 { // and more trials
		weaktest.Collect(t)
	}
	if old.Value().name != "old" || destroyed.Load() != 0 || refcount.Tracked(&old) != true {
		t.Error("an object in use was let go")
	}
	if old.Release(); destroyed.Load() != 1 {
		t.Errorf("%d destructors ran, want that of the old object", destroyed.Load())
	}
}

// An object that is old and then lost is released like any other, trials or not.
func TestLossOfAnOldObject(t *testing.T) {
	type veteran struct{ _ *int }
	reports := atLevel[veteran](t, refcount.Paranoid)
	var destroyed atomic.Bool
	made, drop := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s := refcount.New(veteran{}, func(*veteran) { destroyed.Store(true) })
		close(made)
		<-drop
		s.Touch("still here")
	})
	<-made
	for range 30 {
		weaktest.Collect(t)
	}
	close(drop)
	wg.Wait()
	l := one(t, reports)
	weaktest.Drain(t)
	if l.Cycle || l.Collections < 29 || !destroyed.Load() {
		t.Errorf("destroyed: %v, reported as %+v", destroyed.Load(), l)
	}
}

// An object that is used during its trial and then lost is there to be released.
func TestUseEndsATrial(t *testing.T) {
	type accused struct{ _ *int }
	reports := atLevel[accused](t, refcount.Paranoid)
	var destroyed atomic.Bool
	inAnotherGoroutine(func() {
		s := refcount.New(accused{}, func(*accused) { destroyed.Store(true) })
		weaktest.AwaitDone(t, func() bool { return refcount.OnTrial(&s) })
		s.Touch("an alibi")
		if refcount.OnTrial(&s) {
			t.Error("the object is still on trial")
		}
	})
	l := one(t, reports)
	weaktest.Drain(t)
	if l.Cycle || !destroyed.Load() {
		t.Errorf("destroyed: %v, reported as %+v", destroyed.Load(), l)
	}
}

// At Paranoid who uses a released handle learns who released it.
func TestWhoReleasedFirst(t *testing.T) {
	defer refcount.SetLeakLevel(refcount.Paranoid)()
	s := refcount.New(wheel{}, nil)
	other := s.Clone()
	stale := copyOf(&s)
	s.Release()
	at := line()
	var n int
	fmt.Sscanf(at, "leak_test.go:%d", &n)
	at = fmt.Sprintf("leak_test.go:%d", n-1)
	for _, op := range []struct {
		name string
		call func(*strong)
	}{
		{"Clone", func(s *strong) { s.Clone() }},
		{"Release", func(s *strong) { copyOf(s).Release() }},
		{"Value", func(s *strong) { s.Value() }},
		{"Move", func(s *strong) { s.Move() }},
		{"Downgrade", func(s *strong) { s.Downgrade() }},
		{"StrongCount", func(s *strong) { s.StrongCount() }},
		{"Touch", func(s *strong) { s.Touch("") }},
		{"TryUnwrap", func(s *strong) { s.TryUnwrap() }},
		{"IntoInner", func(s *strong) { s.IntoInner() }},
	} {
		t.Run(op.name, func(t *testing.T) {
			expectPanic(t, func() { op.call(stale) }, "of a copied Strong", "released first at\n", at)
			expectPanic(t, func() { op.call(&s) }, "that was released or moved away before", "released first at\n", at)
			if other.StrongCount() != 1 {
				t.Fatalf("the other handle's count was taken: %d", other.StrongCount())
			}
		})
	}
	w := stale // whose object is destroyed now
	if !other.Release() {
		t.Error("the last Release did not say so")
	}
	expectPanic(t, func() { w.Value() }, "released first at\n", at)
}

// So does who uses a freed Count.
func TestWhoFreedACount(t *testing.T) {
	defer refcount.SetLeakLevel(refcount.Paranoid)()
	var c refcount.Count
	c.Release()
	var n int
	fmt.Sscanf(line(), "leak_test.go:%d", &n)
	expectPanic(t, c.Retain, "Retain of a freed object", fmt.Sprintf("leak_test.go:%d", n-2))
}

// IntoInner and TryUnwrap give a handle up as Release does, and no net catches it.
func TestUnwrapIsNoLoss(t *testing.T) {
	type unwrapped struct{ _ *int }
	reports := atLevel[unwrapped](t, refcount.Paranoid)
	inAnotherGoroutine(func() {
		for range 10 {
			s := refcount.New(unwrapped{}, nil)
			c := s.Clone()
			if _, ok := s.TryUnwrap(); ok {
				t.Error("unwrapped a shared object")
			}
			if _, ok := s.IntoInner(); ok {
				t.Error("took a shared object")
			}
			if _, ok := c.TryUnwrap(); !ok {
				t.Error("the last handle cannot be unwrapped")
			}
		}
	})
	weaktest.Collect(t)
	weaktest.Collect(t)
	if len(reports()) != 0 {
		t.Errorf("reported %v", reports())
	}
	// A handle that TryUnwrap left alone can still be lost.
	inAnotherGoroutine(func() {
		s := refcount.New(unwrapped{}, nil)
		c := s.Clone()
		s.TryUnwrap()
		c.Release()
	})
	one(t, reports)
}

// A resurrected object is caught again.
func TestLossAfterResurrection(t *testing.T) {
	type lazarus struct{ _ *int }
	for _, level := range []refcount.LeakLevel{refcount.Advanced, refcount.Paranoid} {
		t.Run(level.String(), func(t *testing.T) {
			reports := atLevel[lazarus](t, level)
			var idle []refcount.Strong[lazarus]
			inAnotherGoroutine(func() {
				for len(idle) == 0 {
					s := refcount.New(lazarus{}, func(l *lazarus) { idle = append(idle, refcount.Resurrect(l)) })
					tracked := isTracked(&s)
					s.Release()
					if !tracked {
						idle[0].Release()
						idle = nil
					}
				}
			})
			weaktest.Collect(t)
			if len(reports()) != 0 {
				t.Fatalf("a handle that is held is reported: %v", reports())
			}
			idle[0].Touch(level)
			idle = nil
			one(t, reports)
		})
	}
}

func TestLive(t *testing.T) {
	type listed struct{ _ *int }
	reports := atLevel[listed](t, refcount.Paranoid)
	s, made := refcount.New(listed{}, nil), line()
	s.SetLabel("first")
	c := s.Clone()
	w := s.Downgrade()
	c.Touch("here")
	next := refcount.New(listed{}, nil)
	weaktest.Collect(t)
	all := liveOf[listed]()
	if len(all) != 2 {
		t.Fatalf("%d are listed, want 2: %v", len(all), all)
	}
	i := all[0]
	if i.Label != "first" || i.Strong != 2 || i.Weak != 1 || i.Age <= 0 || i.Collections < 1 || innermost(i.Created) != made ||
		len(i.Made) != 1 || i.Made[0].Op != "Clone" || all[1].Object <= i.Object {
		t.Errorf("listed as %+v", i)
	}
	for _, want := range []string{`refcount_test.listed "first" (#`, "2 strong handles", "Created at", "made by Clone", "Touch: here"} {
		if !strings.Contains(i.String(), want) {
			t.Errorf("%q is missing in\n%v", want, i)
		}
	}
	s.Release()
	c.Release()
	w.Release()
	if all := liveOf[listed](); len(all) != 1 || all[0].Label != "" {
		t.Errorf("after the release there are %v", all)
	}
	next.Release()
	if len(liveOf[listed]()) != 0 || len(reports()) != 0 {
		t.Errorf("in the end there are %v and %v", liveOf[listed](), reports())
	}
}

func TestLiveProfile(t *testing.T) {
	profile := refcount.LiveProfile()
	if profile != refcount.LiveProfile() || pprof.Lookup("refcount.live") != profile {
		t.Error("there is more than one profile, or it is not registered")
	}
	defer refcount.SetLeakLevel(refcount.Paranoid)()
	before := profile.Count()
	s := refcount.New(0, nil)
	if profile.Count() != before+1 {
		t.Errorf("%d objects, want %d", profile.Count(), before+1)
	}
	var text strings.Builder
	if err := profile.WriteTo(&text, 1); err != nil || !strings.Contains(text.String(), "TestLiveProfile") {
		t.Errorf("%v: the profile does not show the place:\n%s", err, text.String())
	}
	s.Release()
	if profile.Count() != before {
		t.Errorf("%d objects after the release, want %d", profile.Count(), before)
	}
}

// A profile does not keep what it counts.
func TestLiveProfileKeepsNothing(t *testing.T) {
	type profiled struct{ _ *int }
	refcount.LiveProfile()
	reports := atLevel[profiled](t, refcount.Paranoid)
	inAnotherGoroutine(func() { refcount.New(profiled{}, nil) })
	one(t, reports)
}

func TestLeakIsAnEvent(t *testing.T) {
	type eventful struct{ _ *int }
	reports := atLevel[eventful](t, refcount.Paranoid)
	sub := event.Default.Subscribe(64, event.Created, event.Leaked, event.Released)
	defer sub.Close()
	inAnotherGoroutine(func() {
		s := refcount.New(eventful{}, nil)
		s.SetLabel("noted")
	})
	l := one(t, reports)
	weaktest.Drain(t)
	var got []event.Event
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Type == "refcount_test.eventful" {
			got = append(got, e)
		}
	}
	if len(got) != 3 || got[0].Kind != event.Created || got[1].Kind != event.Leaked || got[2].Kind != event.Released {
		t.Fatalf("the events are %v", got)
	}
	for _, e := range got[1:] {
		if e.Object != got[0].Object || e.Object != l.Object || e.Label != "noted" || e.Actor != event.Dispatcher || e.Age <= 0 {
			t.Errorf("%+v", e)
		}
	}
}

// Whatever a receiver or a destructor does, the next leak is reported and
// released.
func TestRudeReceiversAndDestructors(t *testing.T) {
	type rude struct{ _ [3]*int }
	defer refcount.SetLeakLevel(refcount.Paranoid)()
	reported := panics(t)
	for _, c := range []struct {
		name    string
		hook    func()
		drop    func()
		reports string
	}{
		{"hook panics", func() { panic("hook") }, func() {}, "hook given to refcount.OnLeak panicked: hook"},
		{"hook exits", runtime.Goexit, func() {}, "hook given to refcount.OnLeak ended its goroutine"},
		{"destructor panics", func() {}, func() { panic("drop") }, "destructor of refcount_test.rude panicked: drop"},
		{"destructor exits", func() {}, runtime.Goexit, "destructor of refcount_test.rude ended its goroutine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			*reported = nil
			var told, destroyed atomic.Int32
			captureLog(t)
			defer refcount.OnLeak(func(l refcount.Leak) {
				if l.Type == "refcount_test.rude" {
					told.Add(1)
					c.hook()
				}
			})()
			const n = 5
			inAnotherGoroutine(func() {
				for i := range n { // each a kind of its own
					s := refcount.New(rude{}, func(*rude) { destroyed.Add(1); c.drop() })
					twigs[i](&s)
				}
			})
			weaktest.AwaitDone(t, func() bool { return destroyed.Load() == n })
			weaktest.Drain(t)
			if told.Load() != n {
				t.Errorf("%d of %d are reported", told.Load(), n)
			}
			right := 0
			for _, p := range *reported {
				if strings.HasPrefix(p.String(), c.reports) {
					right++
				}
			}
			if right != n {
				t.Errorf("reported panics: %v", *reported)
			}
			forget()
		})
	}
}

// twigs use a handle in different places.
var twigs = [...]func(toucher){
	func(s toucher) { s.Touch(0) },
	func(s toucher) { s.Touch(1) },
	func(s toucher) { s.Touch(2) },
	func(s toucher) { s.Touch(3) },
	func(s toucher) { s.Touch(4) },
}

type toucher interface{ Touch(any) }

// forget lets the leaks so far be reported anew.
func forget() { refcount.ForgetLeaks() }

func TestDuplicates(t *testing.T) {
	type twin struct{ _ *int }
	reports := atLevel[twin](t, refcount.Paranoid)
	lose := func(n int, use func(toucher)) {
		inAnotherGoroutine(func() {
			for range n {
				s := refcount.New(twin{}, nil)
				use(&s)
			}
		})
		weaktest.AwaitDone(t, func() bool { return leaksOf[twin]() >= n })
		weaktest.Collect(t)
	}
	lose(7, twigs[0])
	if len(reports()) != 1 || leaksOf[twin]() != 7 {
		t.Errorf("%d reports of %d leaks, want 1 of 7", len(reports()), leaksOf[twin]())
	}
	lose(3, twigs[0])
	if len(reports()) != 1 || leaksOf[twin]() != 10 {
		t.Errorf("%d reports of %d leaks, want 1 of 10", len(reports()), leaksOf[twin]())
	}
	lose(2, twigs[1]) // used last in another place
	if len(reports()) != 2 || leaksOf[twin]() != 12 {
		t.Errorf("%d reports of %d leaks, want 2 of 12", len(reports()), leaksOf[twin]())
	}
	if l := reports()[0]; l.Count > 1 && !strings.Contains(l.String(), fmt.Sprintf("with %d more like it", l.Count-1)) {
		t.Errorf("the number is not in\n%v", l)
	}
}

func TestLeakLevels(t *testing.T) {
	if firstLevel != refcount.Simple {
		t.Errorf("a program starts at %v", firstLevel)
	}
	var names []string
	for l := refcount.Disabled; l <= refcount.Paranoid+1; l++ {
		names = append(names, l.String())
	}
	if got := strings.Join(names, " "); got != "disabled simple advanced paranoid LeakLevel(4)" {
		t.Errorf("the levels are called %s", got)
	}
	expectPanic(t, func() { refcount.SetLeakLevel(refcount.Paranoid + 1) }, "SetLeakLevel", "the levels are")
	all := refcount.SetLeakLevel(refcount.Paranoid)
	none := refcount.SetLeakLevel(refcount.Disabled)
	tracked := func() bool {
		s := refcount.New(0, nil)
		defer s.Release()
		return isTracked(&s)
	}
	if tracked() {
		t.Error("tracked at Disabled")
	}
	if none(); !tracked() {
		t.Error("not tracked at Paranoid, restored")
	}
	if all(); tracked() {
		t.Error("tracked at Disabled, restored")
	}
}

// NewCyclic gives weak handles away before its object is tracked.
func TestCyclicIsTracked(t *testing.T) {
	type selfish struct {
		self refcount.Weak[selfish]
	}
	reports := atLevel[selfish](t, refcount.Paranoid)
	make := func() refcount.Strong[selfish] {
		return refcount.NewCyclic(func(w *refcount.Weak[selfish]) selfish { return selfish{w.Move()} }, nil)
	}
	s := make()
	if !isTracked(&s) {
		t.Error("not tracked")
	}
	u, ok := s.Value().self.Upgrade()
	if !ok || s.StrongCount() != 2 {
		t.Error("not upgraded")
	}
	u.Release()
	s.Release()
	inAnotherGoroutine(func() { make() })
	one(t, reports)
}

// A part of a lost object, its weak handles and Local handles do not hide it.
func TestOtherHandlesAreCaught(t *testing.T) {
	type whole struct{ part int }
	for name, lose := range map[string]func(*refcount.Strong[whole]){
		"Project": func(s *refcount.Strong[whole]) {
			part := refcount.Project(s, func(w *whole) *int { return &w.part })
			s.Release()
			*part.Value() = 1
		},
		"Local": func(s *refcount.Strong[whole]) {
			l := s.Local()
			s.Release()
			c := l.Clone()
			l.Release()
			c.Value()
		},
		"Wrap": func(s *refcount.Strong[whole]) {
			s.Release()
			refcount.Wrap(new(whole), nil)
		},
		"Pool": func(s *refcount.Strong[whole]) {
			s.Release()
			refcount.NewPool[whole](nil).New(whole{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			reports := atLevel[whole](t, refcount.Paranoid)
			inAnotherGoroutine(func() {
				s := refcount.New(whole{}, nil)
				lose(&s)
			})
			if l := one(t, reports); l.Strong != 1 || l.Lost != 1 {
				t.Errorf("reported as %+v", l)
			}
		})
	}
}

// MakeMut goes on with the same handle after the weak ones were cut off.
func TestMakeMutKeepsTheNet(t *testing.T) {
	type written struct{ n int }
	reports := atLevel[written](t, refcount.Paranoid)
	inAnotherGoroutine(func() {
		s := refcount.New(written{}, nil)
		w := s.Downgrade()
		s.MakeMut(func(w *written) written { return *w }).n = 1
		if _, ok := w.Upgrade(); ok {
			t.Error("a weak handle survived MakeMut")
		}
		c := s.Clone()
		c.MakeMut(func(w *written) written { return *w }).n = 2 // an object of its own
		s.Release()
		c.Release()
	})
	weaktest.Collect(t)
	if len(reports()) != 0 {
		t.Fatalf("reported %v", reports())
	}
	inAnotherGoroutine(func() {
		s := refcount.New(written{}, nil)
		s.Downgrade()
		s.MakeMut(func(w *written) written { return *w }).n = 1
	})
	one(t, reports)
}

// The suites for races, with everything tracked.
func TestHammerWithLeakDetector(t *testing.T) {
	for _, level := range []refcount.LeakLevel{refcount.Simple, refcount.Advanced, refcount.Paranoid} {
		t.Run(level.String(), func(t *testing.T) {
			reports := atLevel[guarded](t, level)
			TestHammer(t)
			TestUpgradeRacesRelease(t)
			weaktest.Collect(t)
			weaktest.Collect(t)
			if len(reports()) != 0 {
				t.Errorf("reported %v", reports())
			}
		})
	}
}

func TestTouchPanicsOnMisuse(t *testing.T) {
	expectPanic(t, func() { zeroStrong().Touch("") }, "Touch of a zero Strong")
	expectPanic(t, func() { releasedStrong().Touch("") }, "Touch of a Strong", "released or moved away before")
	expectPanic(t, func() { copiedStrong().Touch("") }, "Touch of a Strong", "whose object is destroyed")
	s := refcount.New(wheel{}, nil)
	s.Touch("fine")
	s.Release()
}

// The default receiver logs the text as it is.
func TestDefaultReceiver(t *testing.T) {
	type logged struct{ _ *int }
	forget()
	defer refcount.SetLeakLevel(refcount.Paranoid)()
	log := captureLog(t)
	inAnotherGoroutine(func() { refcount.New(logged{}, nil) })
	weaktest.AwaitDone(t, func() bool { return leaksOf[logged]() > 0 })
	weaktest.Drain(t)
	if text := log(); !strings.Contains(text, "refcount: LEAK: refcount_test.logged (#") || !strings.Contains(text, "\n  Created at\n    refcount_test.") {
		t.Errorf("logged %q", text)
	}
}
