package refcount_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// overMakers runs f over all ways to come under count, with a destructor that
// counts.
func overMakers(t *testing.T, f func(t *testing.T, make func(kind string) refcount.Strong[wheel], drops *int)) {
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			drops := 0
			f(t, func(kind string) refcount.Strong[wheel] {
				return make(wheel{kind: kind}, func(*wheel) { drops++ })
			}, &drops)
		})
	}
}

// Rust: returns the inner value if the Arc has exactly one strong reference, even
// if there are outstanding weak references; otherwise the same Arc comes back.
func TestTryUnwrap(t *testing.T) {
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		s := make("Brie")
		w := s.Downgrade()
		c := s.Clone()
		if v, ok := s.TryUnwrap(); ok || v != (wheel{}) || !s.Held() {
			t.Errorf("TryUnwrap with two handles: %v, %v, held %v", v, ok, s.Held())
		}
		counts(t, &s, 2, 1)
		c.Release()
		v, ok := s.TryUnwrap()
		if !ok || v.kind != "Brie" || s.Held() || *drops != 0 {
			t.Errorf("TryUnwrap of the only handle: %v, %v, held %v, %d drops", v, ok, s.Held(), *drops)
		}
		if _, ok := w.Upgrade(); ok || w.StrongCount() != 0 {
			t.Error("the weak handle lives on")
		}
		w.Release()
		expectPanic(t, func() { s.TryUnwrap() }, "TryUnwrap of a Strong[refcount_test.wheel] that was released")
	})
}

// Rust: returns the inner value if the Arc has exactly one strong reference,
// otherwise None and the Arc is dropped.
func TestIntoInner(t *testing.T) {
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		s := make("Brie")
		w := s.Downgrade()
		c := s.Clone()
		if v, ok := c.IntoInner(); ok || v != (wheel{}) || c.Held() {
			t.Errorf("IntoInner with two handles: %v, %v, held %v", v, ok, c.Held())
		}
		counts(t, &s, 1, 1)
		if v, ok := s.IntoInner(); !ok || v.kind != "Brie" || s.Held() || *drops != 0 {
			t.Errorf("IntoInner of the last handle: %v, %v, held %v, %d drops", v, ok, s.Held(), *drops)
		}
		if _, ok := w.Upgrade(); ok {
			t.Error("the weak handle lives on")
		}
		w.Release()
	})
}

// Rust: if into_inner is called on every clone of this Arc, it is guaranteed that
// exactly one of the calls returns the inner value.
func TestIntoInnerHasOneWinner(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		for range rounds {
			s := make("Brie")
			const clones = 4
			var handles [clones]refcount.Strong[wheel]
			for i := range handles {
				handles[i] = s.Clone()
			}
			s.Release()
			var winners atomic.Int32
			var done sync.WaitGroup
			for i := range handles {
				done.Go(func() {
					if v, ok := handles[i].IntoInner(); ok {
						winners.Add(1)
						if v.kind != "Brie" {
							t.Errorf("the winner has %q", v.kind)
						}
					}
				})
			}
			done.Wait()
			if winners.Load() != 1 || *drops != 0 {
				t.Fatalf("%d winners, %d drops", winners.Load(), *drops)
			}
		}
	})
}

// Between Release and IntoInner the object is destroyed or taken, and once.
func TestIntoInnerRacesRelease(t *testing.T) {
	for range 500 {
		var drops, taken atomic.Int32
		s := refcount.New(wheel{}, func(*wheel) { drops.Add(1) })
		c := s.Clone()
		var done sync.WaitGroup
		done.Go(func() {
			if _, ok := c.IntoInner(); ok {
				taken.Add(1)
			}
		})
		s.Release()
		done.Wait()
		if drops.Load()+taken.Load() != 1 {
			t.Fatalf("destroyed %d times, taken %d times", drops.Load(), taken.Load())
		}
	}
}

// What was taken out is the caller's: the object keeps none of it.
func TestTakenOutIsNotKept(t *testing.T) {
	inner, w := func() (realweak.Ref[[64]byte], *refcount.Weak[wheel]) {
		rind := new([64]byte)
		s := refcount.New(wheel{rind: rind}, nil)
		w := s.Downgrade()
		if v, ok := s.TryUnwrap(); !ok || v.rind != rind {
			t.Error("not taken out")
		}
		return realweak.Make(rind), &w
	}()
	weaktest.AwaitDead(t, inner)
	runtime.KeepAlive(w)
}

func TestTakingOutOfAWrappedObjectLeavesIt(t *testing.T) {
	p := &wheel{kind: "Brie"}
	s := refcount.Wrap(p, nil)
	if v, ok := s.IntoInner(); !ok || v.kind != "Brie" || p.kind != "Brie" {
		t.Errorf("took %v, left %v", v, *p)
	}
}

// Rust: a mutable reference if there are no other Arc or Weak pointers.
func TestGetMut(t *testing.T) {
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		s := make("Brie")
		alone := func() bool {
			p, ok := s.GetMut()
			if ok != (p != nil) || ok && p != s.Value() {
				t.Errorf("GetMut returned %p, %v", p, ok)
			}
			return ok
		}
		if !alone() {
			t.Error("the only handle is not alone")
		}
		c := s.Clone()
		if alone() {
			t.Error("alone beside another Strong")
		}
		c.Release()
		w := s.Downgrade()
		if alone() {
			t.Error("alone beside a Weak")
		}
		w.Release()
		if !alone() {
			t.Error("not alone after the others were released")
		}
		s.Release()
	})
}

func TestMakeMut(t *testing.T) {
	clones := 0
	clone := func(v *wheel) wheel { clones++; return *v }
	overMakers(t, func(t *testing.T, make func(string) refcount.Strong[wheel], drops *int) {
		clones = 0
		// Alone: nothing is cloned.
		s := make("Brie")
		p := s.Value()
		if s.MakeMut(clone) != p || clones != 0 {
			t.Error("the object of a sole handle was cloned")
		}
		// Rust: with weak pointers only, they are disassociated and the
		// value is not cloned.
		w := s.Downgrade()
		w2 := w.Clone()
		s.MakeMut(clone).kind = "Tilsit"
		if clones != 0 || s.Value().kind != "Tilsit" || *drops != 0 {
			t.Errorf("weak handles made it clone %d times, drop %d times", clones, *drops)
		}
		if _, ok := w.Upgrade(); ok || w.StrongCount() != 0 || w.WeakCount() != 0 || !w.PtrEq(&w2) {
			t.Error("a weak handle was not cut off")
		}
		counts(t, &s, 1, 0)
		w.Release()
		w3 := s.Downgrade()
		if w3.PtrEq(&w2) {
			t.Error("a weak handle that was cut off is to the same object as a new one")
		}
		w2.Release()
		counts(t, &s, 1, 1)
		if u, ok := w3.Upgrade(); !ok || !u.PtrEq(&s) {
			t.Error("a new weak handle does not lead to the object")
		} else {
			u.Release()
		}
		// Rust: with other Arcs, the inner value is cloned.
		c := s.Clone()
		s.MakeMut(clone).kind = "Edam"
		if clones != 1 || c.Value().kind != "Tilsit" || s.Value().kind != "Edam" || s.PtrEq(&c) {
			t.Errorf("cloned %d times; %q and %q", clones, s.Value().kind, c.Value().kind)
		}
		counts(t, &s, 1, 0)
		counts(t, &c, 1, 1)
		if u, ok := w3.Upgrade(); !ok || !u.PtrEq(&c) {
			t.Error("the weak handle left its object")
		} else {
			u.Release()
		}
		// Both have the destructor.
		c.Release()
		s.Release()
		if *drops != 2 {
			t.Errorf("%d drops, want 2", *drops)
		}
	})
}

// With a generation for each time that weak handles are cut off, in place, and a
// new object when there are no more.
func TestMakeMutWithoutEnd(t *testing.T) {
	drops := 0
	s := refcount.New(wheel{kind: "Brie"}, func(*wheel) { drops++ })
	first := s.Downgrade()
	for i := range 1000 {
		w := s.Downgrade()
		if s.MakeMut(func(v *wheel) wheel { return *v }).kind != "Brie" {
			t.Fatal("the value is lost")
		}
		if _, ok := w.Upgrade(); ok {
			t.Fatalf("weak handle %d was not cut off", i)
		}
		if _, ok := first.Upgrade(); ok {
			t.Fatalf("the first weak handle was revived in round %d", i)
		}
	}
	before := drops
	s.Release()
	if before != 3 || drops != 4 {
		t.Errorf("1000 rounds of 253 generations each made and ended %d objects, %d with the last", before, drops)
	}
}

func TestMakeMutPanics(t *testing.T) {
	s := refcount.New(wheel{kind: "Brie"}, nil)
	c := s.Clone()
	func() {
		defer func() {
			if recover() != "no" {
				t.Error("clone's panic did not arrive")
			}
		}()
		s.MakeMut(func(*wheel) wheel { panic("no") })
	}()
	if !s.PtrEq(&c) {
		t.Error("a failed clone changed the handle")
	}
	counts(t, &s, 2, 0)
}
