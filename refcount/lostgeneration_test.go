package refcount_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// survivor is a member that holds itself.
type survivor struct {
	self refcount.Strong[survivor]
	fate *survivorFate
}

type survivorFate struct {
	saved refcount.Strong[survivor] // by the destructor
	move  bool                      // saved is the handle that the collection has found
	drops int
}

func (s *survivor) Trace(visit func(refcount.Edge)) { visit(s.self.Edge("self")) }

func (s *survivor) drop() {
	if s.fate == nil {
		return
	}
	if s.fate.drops++; s.fate.drops == 1 {
		if s.fate.move {
			s.fate.saved = s.self.Move()
		} else {
			s.fate.saved = s.self.Clone()
		}
	}
}

// A member that a destructor has saved from a collection has another generation
// than the handles were made with. Lost afterwards, it is reported, and released.
func TestLossAfterACollection(t *testing.T) {
	for _, c := range []struct {
		level refcount.LeakLevel
		move  bool
	}{{refcount.Advanced, false}, {refcount.Advanced, true}, {refcount.Paranoid, false}, {refcount.Paranoid, true}} {
		level := c.level
		t.Run(fmt.Sprintf("%v/move=%v", level, c.move), func(t *testing.T) {
			reports := atLevel[survivor](t, level)
			var d refcount.Domain
			fate := &survivorFate{move: c.move}
			var watch refcount.Weak[survivor]
			inAnotherGoroutine(func() {
				for !fate.saved.Held() {
					s := refcount.New(survivor{}, (*survivor).drop)
					if !isTracked(&s) {
						s.Release()
						continue
					}
					s.Value().fate = fate
					refcount.Adopt(&d, &s)
					s.Value().self = s.Clone()
					s.Release()
					if got := collect(t, &d); got.Resurrected != 1 {
						t.Fatalf("collected %+v", got)
					}
				}
				if !fate.move {
					d.Update(func() { fate.saved.Value().self.Release() })
				}
				collect(t, &d) // so that the domain does not hold the object
				watch = fate.saved.Downgrade()
			})
			weaktest.Collect(t)
			if len(reports()) != 0 {
				t.Fatalf("a handle that is held is reported: %v", reports())
			}
			fate.saved.Touch(level)
			fate.saved = refcount.Strong[survivor]{}
			one(t, reports)
			weaktest.AwaitDone(t, func() bool { return watch.StrongCount() == 0 && d.Len() == 0 })
			if fate.drops != 1 {
				t.Errorf("the destructor has run %d times", fate.drops)
			}
		})
	}
}

// So does a handle whose weak ones MakeMut has cut off.
func TestLossAfterMakeMut(t *testing.T) {
	type written struct{ n int }
	reports := atLevel[written](t, refcount.Paranoid)
	dropped := make(chan int, 1)
	inAnotherGoroutine(func() {
		s := refcount.New(written{}, func(w *written) { dropped <- w.n })
		s.Downgrade()
		s.MakeMut(func(w *written) written { return *w }).n = 1
	})
	one(t, reports)
	weaktest.AwaitDone(t, func() bool { return len(dropped) == 1 })
}

// releaser is a member that is held by itself, and holds something outside.
type releaser struct {
	self  refcount.Strong[releaser]
	other refcount.Strong[releaser]
	pet   refcount.Strong[pet]
}

type pet struct{ end func() }

func (r *releaser) Trace(visit func(refcount.Edge)) {
	visit(r.self.Edge("self"))
	visit(r.other.Edge("other"))
	visit(r.pet.Edge("pet"))
}

// While a collection takes garbage apart its handles are no lost ones, however
// long that takes and whatever the collector of Go does meanwhile.
func TestNoLossWhileGarbageEnds(t *testing.T) {
	for _, withDestructors := range []bool{false, true} {
		reports := atLevel[releaser](t, refcount.Paranoid)
		var drop func(*releaser)
		if withDestructors {
			drop = func(*releaser) {}
		}
		var d refcount.Domain
		inAnotherGoroutine(func() {
			var all [2]refcount.Strong[releaser]
			for i := range all {
				all[i] = refcount.New(releaser{}, drop)
				refcount.Adopt(&d, &all[i])
			}
			for i := range all {
				v := all[i].Value()
				v.self, v.other = all[i].Clone(), all[1-i].Clone()
				v.pet = refcount.New(pet{end: func() {
					for range 3 {
						runtime.GC()
						weaktest.Collect(t)
					}
				}}, func(p *pet) { p.end() })
			}
			releaseAll(all[:])
			if got := collect(t, &d); got.Destroyed != 2 {
				t.Errorf("collected %+v", got)
			}
		})
		weaktest.Collect(t)
		if r := reports(); len(r) != 0 {
			t.Errorf("with destructors %v: reported %v", withDestructors, r)
		}
	}
}
