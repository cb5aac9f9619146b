package refcount_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// hub is a member with a handle that is replaced while it is in use, and one that
// it lends.
type hub struct {
	name  string
	next  refcount.Atomic[hub]
	other refcount.Atomic[hub]
	lends refcount.Primary[spoke]
	ended *[]string
	end   func(*hub)
}

// spoke is what a hub lends, and holds the hub.
type spoke struct {
	back  refcount.Strong[hub]
	ended *[]string
	end   func(*spoke)
}

func (h *hub) Trace(visit func(refcount.Edge)) {
	visit(h.next.Edge("next"))
	visit(h.other.Edge("other"))
	visit(h.lends.Edge("lends"))
}

func (h *hub) drop() {
	if h.ended != nil {
		*h.ended = append(*h.ended, h.name)
	}
	if h.end != nil {
		h.end(h)
	}
}

func (s *spoke) Trace(visit func(refcount.Edge)) { visit(s.back.Edge("back")) }

func (s *spoke) drop() {
	*s.ended = append(*s.ended, "spoke")
	if s.end != nil {
		s.end(s)
	}
}

func newHub(d *refcount.Domain, name string, ended *[]string) (h refcount.Strong[hub]) {
	h = refcount.Wrap(&hub{name: name, ended: ended}, (*hub).drop)
	refcount.Adopt(d, &h)
	return
}

// A cycle through Atomics is found, reported with the fields' names, and destroyed;
// the Atomics hold nothing then.
func TestCycleThroughAtomics(t *testing.T) {
	for _, withDrop := range []bool{false, true} {
		t.Run(fmt.Sprintf("drop=%v", withDrop), func(t *testing.T) {
			var d refcount.Domain
			var ended []string
			var hubs [3]*hub
			var all [3]refcount.Strong[hub]
			for i := range all {
				hubs[i] = &hub{name: fmt.Sprint(i), ended: &ended}
				var drop func(*hub)
				if withDrop {
					drop = (*hub).drop
				}
				all[i] = refcount.Wrap(hubs[i], drop)
				refcount.Adopt(&d, &all[i])
			}
			end := refcount.New("outside", func(*string) { ended = append(ended, "outside") })
			for i := range all {
				c := all[(i+1)%3].Clone()
				hubs[i].next.Store(&c)
			}
			tail := newHub(&d, "tail", &ended)
			hubs[1].other.Store(&tail)
			watch := all[0].Downgrade()
			all[0].Release()
			all[1].Release()
			if got := collect(t, &d); got.Destroyed != 0 || got.Examined != 4 {
				t.Errorf("collected %+v while one is held", got)
			}
			all[2].Release()
			report := reportOf(t, &d)
			if len(report) != 1 {
				t.Fatalf("%d cycles are reported", len(report))
			}
			expectText(t, report[0], `
CYCLE  3 objects, 0 external handles: #1 -next-> #2 -next-> #3 -next-> #1
  fix: make refcount_test.hub.next (#3 -> #1) weak
  keeps: 1 more
  #1 refcount_test.hub  strong=1
  #2 refcount_test.hub  strong=1
  #3 refcount_test.hub  strong=1`)
			if got := collect(t, &d); got.Destroyed != 4 || d.Len() != 0 || d.Pending() != 0 {
				t.Errorf("collected %+v, %d members, %d pending", got, d.Len(), d.Pending())
			}
			want := "tail"
			if withDrop {
				want = "2 1 0 tail"
			}
			if got := strings.Join(ended, " "); got != want && got != "2 0 1 tail" {
				t.Errorf("ended in the order %q", got)
			}
			if _, ok := watch.Upgrade(); ok {
				t.Error("a weak handle to garbage can be upgraded")
			}
			for i, h := range hubs {
				if next, other := h.next.Load(), h.other.Load(); next.Held() || other.Held() {
					t.Errorf("hub %d still holds something", i)
				}
			}
			end.Release()
		})
	}
}

// What a member's Atomic holds of others is released when the member ends, also
// by its last Release.
func TestAtomicOfAMemberIsReleased(t *testing.T) {
	for _, cyclic := range []bool{false, true} {
		var d refcount.Domain
		var ended []string
		a, b := newHub(&d, "a", &ended), newHub(&d, "b", &ended)
		held := b.Clone()
		a.Value().next.Store(&b)
		if cyclic {
			self := a.Clone()
			a.Value().other.Store(&self)
		}
		a.Release()
		collect(t, &d)
		if held.StrongCount() != 1 || d.Len() != 1 || strings.Join(ended, " ") != "a" {
			t.Errorf("cyclic %v: %d handles are left, %d members, ended %v", cyclic, held.StrongCount(), d.Len(), ended)
		}
		held.Release()
	}
}

// Destructors find Atomics intact, and may take out of them what is to live on.
func TestAtomicInDestructors(t *testing.T) {
	var d refcount.Domain
	var ended []string
	a, b := newHub(&d, "a", &ended), newHub(&d, "b", &ended)
	var saved refcount.Strong[hub]
	a.Value().end = func(h *hub) {
		if saved = h.next.Swap(nil); !saved.Held() || saved.Value().name != "b" {
			t.Error("the Atomic is not intact")
		}
	}
	toB, toA := b.Clone(), a.Clone()
	a.Value().next.Store(&toB)
	b.Value().next.Store(&toA)
	a.Release()
	b.Release()
	if got := collect(t, &d); got.Destroyed != 0 || got.Resurrected != 2 {
		t.Errorf("collected %+v", got)
	}
	if !saved.Finalized() || saved.StrongCount() != 1 || d.Len() != 2 {
		t.Errorf("finalized %v, %d handles, %d members", saved.Finalized(), saved.StrongCount(), d.Len())
	}
	saved.Release()
	if d.Len() != 0 || len(ended) != 2 {
		t.Errorf("%d members, ended %v", d.Len(), ended)
	}
}

// An Atomic that is visited twice is an edge that is reported twice.
func TestAtomicVisitedTwice(t *testing.T) {
	var d refcount.Domain
	a, b, all := pair(&d)
	var twice refcount.Atomic[probe]
	extra := all[0].Clone() // the count that an edge too many would hide
	twice.Store(&extra)
	b.trace = func(visit func(refcount.Edge)) {
		visit(twice.Edge("twice"))
		visit(twice.Edge("twice"))
	}
	all[1].Release()
	expectPanic(t, func() { d.Collect(context.Background()) }, "refcount_test.probe", "visit each handle once")
	b.trace = nil
	expectEnded(t, 0, a, b)
	twice.Store(nil)
	all[0].Release()
	collect(t, &d)
	expectEnded(t, 1, a, b)
}

// Members' Atomics are replaced while collections are at work.
func TestAtomicDuringCollections(t *testing.T) {
	var d refcount.Domain
	root := newHub(&d, "root", nil)
	defer root.Release()
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; !stop.Load(); i++ {
			// A ring that hangs on the root, and loses it.
			a, b := newHub(&d, "a", nil), newHub(&d, "b", nil)
			back := a.Clone()
			b.Value().next.Store(&back)
			a.Value().next.Store(&b)
			root.Value().next.Store(&a)
			h := root.Value().next.Load()
			if n := h.Value().next.Load(); n.Held() {
				if n.Value().name != "b" {
					t.Error("an object in use was taken apart")
				}
				n.Release()
			} else {
				t.Error("an object in use was taken apart")
			}
			h.Release()
		}
	}()
	total := 0
	for total < 500 {
		total += collect(t, &d).Destroyed
		runtime.Gosched()
	}
	stop.Store(true)
	<-done
	collect(t, &d)
	if d.Len() != 3 {
		t.Errorf("%d members are left", d.Len())
	}
}

// A cycle through a Primary, whose object holds the owner of the Primary.
func TestCycleThroughAPrimary(t *testing.T) {
	for _, resurrect := range []bool{false, true} {
		t.Run(fmt.Sprintf("resurrect=%v", resurrect), func(t *testing.T) {
			var d refcount.Domain
			var ended []string
			var saved refcount.Strong[hub]
			h := newHub(&d, "hub", &ended)
			v := h.Value()
			v.lends = refcount.NewPrimary(spoke{back: h.Clone(), ended: &ended, end: func(s *spoke) {
				if resurrect {
					saved = s.back.Clone()
				}
			}}, (*spoke).drop)
			refcount.AdoptPrimary(&d, &v.lends)
			lent, ok := v.lends.Lock()
			if !ok {
				t.Fatal("nothing is lent")
			}
			weak := lent.Downgrade()
			h.Release()
			if got := collect(t, &d); got.Destroyed != 0 || got.Examined != 3 {
				t.Errorf("collected %+v while a borrower has the object", got)
			}
			lent.Release()
			report := reportOf(t, &d)
			if len(report) != 1 {
				t.Fatalf("%d cycles are reported", len(report))
			}
			expectText(t, report[0], `
CYCLE  3 objects, 0 external handles: #1 -lends-> #2 -object-> #3 -back-> #1
  fix: make refcount_test.spoke.back weak
  #1 refcount_test.hub  strong=1
  #3 refcount_test.spoke  strong=1
  #2 refcount.Primary[refcount_test.spoke]  strong=1`)
			got := collect(t, &d)
			if want := "spoke hub"; strings.Join(ended, " ") != want {
				t.Errorf("ended in the order %v, want %s", ended, want)
			}
			if _, ok := weak.Upgrade(); ok {
				t.Error("a weak handle to garbage can be upgraded")
			}
			if !resurrect {
				if got.Destroyed != 3 || d.Len() != 0 {
					t.Errorf("collected %+v, %d members", got, d.Len())
				}
				return
			}
			if got.Resurrected == 0 || !saved.Held() {
				t.Fatalf("collected %+v", got)
			}
			if _, ok := saved.Value().lends.Lock(); ok {
				t.Error("a Primary that has ended lends")
			}
			if err := saved.Value().lends.Join(t.Context()); err != nil {
				t.Errorf("Join = %v", err)
			}
			saved.Release()
			collect(t, &d)
			if d.Len() != 0 || len(ended) != 2 {
				t.Errorf("%d members, ended %v", d.Len(), ended)
			}
		})
	}
}

// A member that ends by its last Release takes its Primary with it, and waits for
// no borrower.
func TestPrimaryOfAMemberEnds(t *testing.T) {
	for _, lend := range []bool{false, true} {
		var d refcount.Domain
		var ended []string
		h := newHub(&d, "hub", &ended)
		h.Value().lends = refcount.NewPrimary(spoke{ended: &ended}, (*spoke).drop)
		refcount.AdoptPrimary(&d, &h.Value().lends)
		var lent refcount.Strong[spoke]
		if lend {
			lent, _ = h.Value().lends.Lock()
		}
		h.Release()
		if lend {
			if len(ended) != 1 {
				t.Errorf("ended %v while a borrower has the object", ended)
			}
			lent.Release()
		}
		if strings.Join(ended, " ") != "hub spoke" || d.Len() != 0 {
			t.Errorf("lent %v: ended %v, %d members", lend, ended, d.Len())
		}
	}
}

// A joined Primary is the joiner's: a collection leaves it alone, and the object is
// destroyed once, where it joins.
func TestJoinDuringCollections(t *testing.T) {
	rounds := 300
	if testing.Short() || slow {
		rounds = 50
	}
	for range rounds {
		var d refcount.Domain
		var ended []string
		h := newHub(&d, "hub", nil)
		h.Value().lends = refcount.NewPrimary(spoke{back: h.Clone(), ended: &ended}, (*spoke).drop)
		refcount.AdoptPrimary(&d, &h.Value().lends)
		lent, _ := h.Value().lends.Lock()
		joined := make(chan error)
		go func() {
			err := h.Value().lends.Join(context.Background())
			h.Release()
			joined <- err
		}()
		var borrower sync.WaitGroup
		borrower.Go(func() { lent.Release() })
		for range 3 {
			collect(t, &d)
		}
		if err := <-joined; err != nil {
			t.Fatal(err)
		}
		borrower.Wait() // the loan ends where it was given back
		collect(t, &d)
		if len(ended) != 1 || d.Len() != 0 {
			t.Fatalf("ended %v, %d members", ended, d.Len())
		}
	}
}

func TestAdoptPrimaryRefuses(t *testing.T) {
	var d refcount.Domain
	var ended []string
	make := func() refcount.Primary[spoke] { return refcount.NewPrimary(spoke{ended: &ended}, (*spoke).drop) }
	var zero refcount.Primary[spoke]
	expectPanic(t, func() { refcount.AdoptPrimary(&d, &zero) }, "AdoptPrimary of a Primary[refcount_test.spoke] that is zero or was joined")
	p := make()
	lent, _ := p.Lock()
	expectPanic(t, func() { refcount.AdoptPrimary(&d, &p) }, "has lent handles")
	lent.Release()
	refcount.AdoptPrimary(&d, &p)
	expectPanic(t, func() { refcount.AdoptPrimary(&d, &p) }, "a member of a Domain already")
	if h, ok := p.Lock(); !ok {
		t.Error("a refused AdoptPrimary has taken the Primary apart")
	} else {
		h.Release()
	}
	if err := p.Join(t.Context()); err != nil || len(ended) != 1 || d.Len() != 0 {
		t.Errorf("Join = %v, ended %v, %d members", err, ended, d.Len())
	}
	expectPanic(t, func() { refcount.AdoptPrimary(&d, &p) }, "was joined")
}

// Everything tracked, with a front for each handle.
func TestEdgesWithLeakDetector(t *testing.T) {
	reports := atLevel[hub](t, refcount.Paranoid)
	TestAtomicOfAMemberIsReleased(t)
	TestAtomicInDestructors(t)
	TestPrimaryOfAMemberEnds(t)
	TestJoinDuringCollections(t)
	weaktest.Collect(t)
	weaktest.Collect(t)
	if r := reports(); len(r) != 0 {
		t.Errorf("reported %v", r)
	}
}
