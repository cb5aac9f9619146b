package refcount_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/refcount"
)

// phoenix rises once: its destructor keeps it.
type phoenix struct {
	name  string
	risen *refcount.Strong[phoenix]
	log   *[]string
}

func rise(p *phoenix) {
	*p.log = append(*p.log, p.name)
	s := refcount.Resurrect(p)
	p.risen = &s
}

// CPython, PEP 442: an object is finalized once, and an object that its finalizer
// has resurrected lives; at its second death the finalizer is not called again.
func TestResurrect(t *testing.T) {
	pool := refcount.NewPool(rise)
	for name, make := range map[string]func(phoenix) refcount.Strong[phoenix]{
		"New":    func(p phoenix) refcount.Strong[phoenix] { return refcount.New(p, rise) },
		"Wrap":   func(p phoenix) refcount.Strong[phoenix] { return refcount.Wrap(&p, rise) },
		"pooled": func(p phoenix) refcount.Strong[phoenix] { return pool.New(p) },
		"observed": func(p phoenix) refcount.Strong[phoenix] {
			s := refcount.New(p, rise)
			return refcount.Watched(&s, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				var log []string
				s := make(phoenix{name: "p", log: &log})
				before := s.Downgrade()
				p := s.Value()
				if !s.Release() {
					t.Error("Release does not say that it was the last")
				}
				risen := p.risen
				if !slices.Equal(log, []string{"p"}) || risen == nil || risen.Value() != p || p.name != "p" {
					t.Fatalf("not resurrected: %v", log)
				}
				if risen.StrongCount() != 1 || risen.WeakCount() != 0 {
					t.Errorf("resurrected with %d strong, %d weak", risen.StrongCount(), risen.WeakCount())
				}
				if _, ok := before.Upgrade(); ok || before.StrongCount() != 0 {
					t.Error("a weak handle came back")
				}
				before.Release()
				after := risen.Downgrade()
				c, ok := after.Upgrade()
				if !ok || c.Value() != p || c.StrongCount() != 2 {
					t.Error("a new weak handle does not lead to the object")
				}
				c.Release()
				if !risen.Release() {
					t.Error("the second death is none")
				}
				if _, ok := after.Upgrade(); ok || len(log) != 1 {
					t.Errorf("after the second death: upgraded %v, destructor calls %v", ok, log)
				}
				after.Release()
				expectPanic(t, func() { risen.Value() }, "released or moved away")
			}
		})
	}
}

// What lives in a resurrected object lives, and ends when it ends.
func TestResurrectedValueIsKept(t *testing.T) {
	var risen refcount.Strong[wheel]
	s := refcount.New(wheel{kind: "Brie"}, func(w *wheel) { risen = refcount.Resurrect(w) })
	s.Release()
	p := risen.Value()
	if p.kind != "Brie" {
		t.Errorf("the value is %v", *p)
	}
	risen.Release()
	if p.kind != "" {
		t.Error("the value is not zeroed after the second death")
	}
}

// A resurrected object can die again before its destructor has returned. It ends
// after that.
func TestDyingAgainInDestructor(t *testing.T) {
	calls := 0
	var inside string
	s := refcount.New(wheel{kind: "Brie"}, func(w *wheel) {
		calls++
		r := refcount.Resurrect(w)
		if !r.Release() {
			t.Error("not the last handle")
		}
		inside = w.kind
	})
	p := s.Value()
	s.Release()
	if calls != 1 || inside != "Brie" || p.kind != "" {
		t.Errorf("%d calls; %q in the destructor, %q after it", calls, inside, p.kind)
	}
}

func TestResurrectAndPanic(t *testing.T) {
	reported := panics(t)
	var risen refcount.Strong[wheel]
	s := refcount.New(wheel{kind: "Brie"}, func(w *wheel) {
		risen = refcount.Resurrect(w)
		panic("sour")
	})
	s.Release()
	if len(*reported) != 1 || risen.Value().kind != "Brie" || !risen.Release() {
		t.Errorf("reported %v", *reported)
	}
}

func TestResurrectAndGoexit(t *testing.T) {
	panics(t)
	var risen refcount.Strong[wheel]
	var done sync.WaitGroup
	done.Go(func() {
		s := refcount.New(wheel{kind: "Brie"}, func(w *wheel) {
			risen = refcount.Resurrect(w)
			runtime.Goexit()
		})
		s.Release()
	})
	done.Wait()
	if risen.Value().kind != "Brie" || !risen.Release() {
		t.Error("not resurrected")
	}
}

// A chain of which each member resurrects itself, as in CPython's tests of PEP
// 442: every destructor runs once, whatever dies how often.
func TestChainOfResurrected(t *testing.T) {
	const n = 100
	type ring struct {
		index int
		next  refcount.Strong[ring]
	}
	var calls [n]int
	var risen []*refcount.Strong[ring]
	drop := func(r *ring) {
		calls[r.index]++
		if r.next.Held() {
			r.next.Release()
		}
		s := refcount.Resurrect(r)
		risen = append(risen, &s)
	}
	head := refcount.New(ring{index: n - 1}, drop)
	for i := n - 2; i >= 0; i-- {
		head = refcount.New(ring{index: i, next: head.Move()}, drop)
	}
	head.Release()
	if len(risen) != n {
		t.Fatalf("%d of %d are resurrected", len(risen), n)
	}
	for i, s := range risen {
		if s.Value().index != i || s.StrongCount() != 1 {
			t.Errorf("%d rose as number %d, with %d handles", s.Value().index, i, s.StrongCount())
		}
		s.Release()
	}
	for i, c := range calls {
		if c != 1 {
			t.Errorf("destructor %d ran %d times", i, c)
		}
	}
	if len(risen) != n {
		t.Error("the second death resurrected again")
	}
}

func TestResurrectRefuses(t *testing.T) {
	const says = "that is not being destroyed: call it once"
	live := refcount.New(wheel{}, nil)
	expectPanic(t, func() { refcount.Resurrect(live.Value()) }, "Resurrect of a *refcount_test.wheel", says)
	expectPanic(t, func() { refcount.Resurrect[wheel](nil) }, says)
	ran := false
	s := refcount.New(wheel{}, func(w *wheel) {
		ran = true
		expectPanic(t, func() { refcount.Resurrect(&w.kind) }, "Resurrect of a *string", says) // at the same address
		expectPanic(t, func() { refcount.Resurrect(live.Value()) }, says)
		expectPanic(t, func() { refcount.Resurrect[wheel](nil) }, says)
		var elsewhere sync.WaitGroup
		elsewhere.Go(func() { expectPanic(t, func() { refcount.Resurrect(w) }, says) })
		elsewhere.Wait()
		r := refcount.Resurrect(w)
		expectPanic(t, func() { refcount.Resurrect(w) }, says)
		r.Release()
		expectPanic(t, func() { refcount.Resurrect(w) }, says)
	})
	p := s.Value()
	s.Release()
	expectPanic(t, func() { refcount.Resurrect(p) }, says)
	if !ran {
		t.Error("the destructor did not run")
	}
	live.Release()
}

// A copied handle of the first life is of no use in the second.
func TestCopyFromBeforeResurrection(t *testing.T) {
	var risen refcount.Strong[wheel]
	s := refcount.New(wheel{kind: "Brie"}, func(w *wheel) { risen = refcount.Resurrect(w) })
	c := copyOf(&s)
	s.Release()
	for range 3 {
		expectPanic(t, func() { c.Value() }, "whose object is destroyed")
		expectPanic(t, func() { c.Clone() }, "whose object is destroyed")
		expectPanic(t, func() { copyOf(c).Release() }, "whose object is destroyed")
	}
	counts(t, &risen, 1, 0)
	risen.Release()
}

// The released event comes at the end, not when the object was saved.
func TestResurrectEvents(t *testing.T) {
	type edam struct{ _ int }
	sub := event.Default.Subscribe(64, event.Created, event.Released)
	defer sub.Close()
	var risen refcount.Strong[edam]
	s := refcount.New(edam{}, func(e *edam) { risen = refcount.Resurrect(e) })
	s.SetLabel("twice")
	seen := func() (kinds string) {
		for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
			kinds += fmt.Sprintf("%v %s ", e.Kind, e.Label)
		}
		return kinds
	}
	s.Release()
	if got := seen(); got != "created  " {
		t.Errorf("up to the resurrection: %s", got)
	}
	risen.Release()
	if got := seen(); got != "released twice " {
		t.Errorf("at the end: %s", got)
	}
}
