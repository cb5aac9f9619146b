package refcount_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// shelf is a member with handles in a slice, those to members apart from the others.
type shelf struct {
	own     []refcount.Strong[shelf]
	foreign []refcount.Strong[gouda]
	end     func(*shelf)
	traced  *int
}

func (s *shelf) Trace(visit func(refcount.Edge)) {
	*s.traced++
	for i := range s.own {
		visit(s.own[i].Edge("own"))
	}
	for i := range s.foreign {
		visit(s.foreign[i].Edge("foreign"))
	}
}

func (s *shelf) drop() {
	if s.end != nil {
		s.end(s)
	}
}

// TestSecondLook has a destructor change what two objects hold that only hold each
// other. What its object does not own any more when it returns is not the domain's to
// release.
func TestSecondLook(t *testing.T) {
	var kept []refcount.Strong[gouda]
	var keptOwn []refcount.Strong[shelf]
	for _, tt := range []struct {
		name   string
		end    func(s *shelf)
		traced int // times, both together
		saved  int // of the two
		goudas int // of four that are left
	}{
		{"nothing", func(*shelf) {}, 4, 0, 0},
		{"releases all", func(s *shelf) {
			for i := range s.own {
				s.own[i].Release()
			}
			for i := range s.foreign {
				s.foreign[i].Release()
			}
		}, 4, 0, 0},
		{"releases one", func(s *shelf) { s.foreign[0].Release() }, 4, 0, 0},
		{"hands a slice out", func(s *shelf) { kept, s.foreign = s.foreign, nil }, 4, 0, 2},
		{"hands a handle out", func(s *shelf) { kept = append(kept, s.foreign[1].Move()) }, 4, 0, 1},
		{"hands half a slice out", func(s *shelf) { kept, s.foreign = s.foreign[:1:1], s.foreign[1:] }, 4, 0, 1},
		{"moves to another place", func(s *shelf) {
			s.foreign = append([]refcount.Strong[gouda]{s.foreign[1].Move()}, s.foreign[0].Move())
		}, 5, 0, 0},
		{"changes the order", func(s *shelf) {
			last := s.foreign[1].Move()
			s.foreign[1] = s.foreign[0].Move()
			s.foreign[0] = last.Move()
		}, 5, 0, 0},
		{"gets a new one", func(s *shelf) {
			s.foreign = append(s.foreign, refcount.New(gouda{}, nil))
		}, 5, 0, 0},
		{"clones its neighbour", func(s *shelf) { keptOwn = append(keptOwn, s.own[0].Clone()) }, 6, 2, 4},
		{"moves its neighbour", func(s *shelf) { keptOwn = append(keptOwn, s.own[0].Move()) }, 6, 2, 4},
		{"hands its members out", func(s *shelf) { keptOwn, s.own = s.own, nil }, 6, 2, 4},
		{"releases one and lends the place", func(s *shelf) {
			s.foreign[0].Release()
			kept = s.foreign[:1]
			s.foreign = s.foreign[1:]
			kept[0] = refcount.New(gouda{}, nil)
		}, 4, 0, 0},
	} {
		for _, withWeak := range []bool{false, true} {
			var d refcount.Domain
			traced, goudas, ran := 0, 0, 0
			all := make([]refcount.Strong[shelf], 2)
			for i := range all {
				s := shelf{traced: &traced}
				for range 2 {
					s.foreign = append(s.foreign, refcount.New(gouda{}, func(*gouda) { goudas-- }))
					goudas++
				}
				all[i] = refcount.New(s, func(s *shelf) { ran++; s.drop() })
				refcount.Adopt(&d, &all[i])
			}
			all[0].Value().own = append(all[0].Value().own, all[1].Clone())
			all[1].Value().own = append(all[1].Value().own, all[0].Clone())
			all[1].Value().end = tt.end
			var weak refcount.Weak[shelf]
			if withWeak {
				weak = all[0].Downgrade()
			}
			releaseAll(all)
			got := collect(t, &d)
			if got.Resurrected != tt.saved || got.Destroyed != 2-tt.saved || traced != tt.traced || goudas != tt.goudas || ran != 2 {
				t.Errorf("%s, with a weak handle %v: collected %+v, %d times traced, %d goudas are left, %d destructors ran", tt.name, withWeak, got, traced, goudas, ran)
			}
			if tt.name == "releases one and lends the place" && kept[0].StrongCount() != 1 {
				t.Errorf("the handle in a place that was the object's has %d counts", kept[0].StrongCount())
			}
			if withWeak {
				if s, ok := weak.Upgrade(); ok {
					t.Errorf("%s: a weak handle of before leads to an object whose destructor has run", tt.name)
					s.Release()
				}
				weak.Release()
			}
			releaseAll(kept)
			releaseAll(keptOwn)
			kept, keptOwn = nil, nil
			collect(t, &d)
			if goudas != 0 || ran != 2 || d.Len() != 0 {
				t.Errorf("%s: in the end %d goudas and %d members are left, %d destructors ran", tt.name, goudas, d.Len(), ran)
			}
		}
	}
}

// A handle to a member and one to another object change places: each is given up as
// what it is now.
func TestSecondLookAtChangedPlaces(t *testing.T) {
	var d refcount.Domain
	traced, ended := 0, 0
	end := func(*shelf) { ended++ }
	all := make([]refcount.Strong[shelf], 2)
	for i := range all {
		all[i] = refcount.New(shelf{traced: &traced, end: end}, (*shelf).drop)
		refcount.Adopt(&d, &all[i])
	}
	for i := range all {
		v := all[i].Value()
		v.own = append(v.own, all[1-i].Clone(), refcount.New(shelf{end: end}, (*shelf).drop))
		v.end = func(s *shelf) {
			end(s)
			first := s.own[0].Move()
			s.own[0] = s.own[1].Move()
			s.own[1] = first.Move()
		}
	}
	releaseAll(all)
	if got := collect(t, &d); got.Destroyed != 2 || ended != 4 || d.Len() != 0 {
		t.Errorf("collected %+v, %d of 4 destructors ran, %d members are left", got, ended, d.Len())
	}
}

// While a collection looks again others act on members that have nothing to do with
// the garbage: it looks a third time, and the result is the same.
func TestUseDuringSecondLook(t *testing.T) {
	var d refcount.Domain
	a, b, all := pair(&d)
	other := refcount.Wrap(new(probe), nil)
	refcount.Adopt(&d, &other)
	collect(t, &d)
	var looks atomic.Int32
	a.end = func(*probe) {
		a.trace = func(func(refcount.Edge)) {
			looks.Add(1)
			done := make(chan struct{})
			go func() {
				defer close(done)
				c := other.Clone()
				c.Release()
			}()
			<-done
		}
	}
	releaseAll(all)
	if got := collect(t, &d); got.Destroyed != 2 || looks.Load() != 2 {
		t.Errorf("collected %+v after %d looks", got, looks.Load())
	}
	expectEnded(t, 1, a, b)
	other.Release()
}

// Members whose handles lie in an Atomic, which can be written at any time, are
// counted anew.
func TestSecondLookAtAtomics(t *testing.T) {
	var d refcount.Domain
	var ended []string
	all := make([]refcount.Strong[swivel], 2)
	for i := range all {
		all[i] = refcount.New(swivel{name: string(rune('a' + i))}, func(s *swivel) { ended = append(ended, s.name) })
		refcount.Adopt(&d, &all[i])
	}
	for i := range all {
		next := all[1-i].Clone()
		all[i].Value().next.Store(&next)
	}
	releaseAll(all)
	if got := collect(t, &d); got.Destroyed != 2 || !slices.Equal(ended, []string{"b", "a"}) {
		t.Errorf("collected %+v, ended %v", got, ended)
	}
}

type swivel struct {
	name string
	next refcount.Atomic[swivel]
}

func (s *swivel) Trace(visit func(refcount.Edge)) { visit(s.next.Edge("next")) }

// A destructor watches the other object of its cycle, which nobody has watched before.
func TestWatchByDestructor(t *testing.T) {
	var d refcount.Domain
	a, b, all := pair(&d)
	called := 0
	a.end = func(*probe) { refcount.Watch(&a.next, func() { called++ }) }
	releaseAll(all)
	if got := collect(t, &d); got.Destroyed != 2 || called != 1 {
		t.Errorf("collected %+v, the callback was called %d times", got, called)
	}
	expectEnded(t, 1, a, b)
}
