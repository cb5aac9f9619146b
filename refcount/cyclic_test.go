package refcount_test

import (
	"sync"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// A gadget knows itself, as in the documentation of Rust's Arc::new_cyclic.
type gadget struct {
	me refcount.Weak[gadget]
}

func TestNewCyclic(t *testing.T) {
	for _, observed := range []bool{false, true} {
		dropped := false
		early := true
		g := refcount.NewCyclic(func(me *refcount.Weak[gadget]) gadget {
			_, early = me.Upgrade()
			if me.StrongCount() != 0 || me.WeakCount() != 0 {
				t.Error("an object that is not there yet has handles")
			}
			return gadget{me: me.Clone()}
		}, func(*gadget) { dropped = true })
		if observed {
			g = refcount.Watched(&g, false)
		}
		if early {
			t.Error("Upgrade succeeded before the object was built")
		}
		if g.StrongCount() != 1 || g.WeakCount() != 1 {
			t.Errorf("%d strong, %d weak; want 1, 1", g.StrongCount(), g.WeakCount())
		}
		me, ok := g.Value().me.Upgrade()
		if !ok || !me.PtrEq(&g) || me.Value() != g.Value() {
			t.Error("the object does not know itself")
		}
		me.Release()
		if !g.Release() || !dropped {
			t.Error("its own weak handle keeps the object")
		}
	}
}

func TestNewCyclicMovesTheHandle(t *testing.T) {
	g := refcount.NewCyclic(func(me *refcount.Weak[gadget]) gadget { return gadget{me: me.Move()} }, nil)
	if g.WeakCount() != 1 {
		t.Errorf("%d weak handles, want 1", g.WeakCount())
	}
	g.Release()
}

// Rust: the weak pointers remain dead if the closure panics.
func TestNewCyclicPanics(t *testing.T) {
	var kept refcount.Weak[gadget]
	func() {
		defer func() {
			if recover() != "no" {
				t.Error("build's panic did not arrive")
			}
		}()
		refcount.NewCyclic(func(me *refcount.Weak[gadget]) gadget {
			kept = me.Clone()
			panic("no")
		}, func(*gadget) { t.Error("an object that was never built is destroyed") })
	}()
	if _, ok := kept.Upgrade(); ok || kept.StrongCount() != 0 {
		t.Error("an object that was never built lives")
	}
	kept.Release()
}

// Weak handles that build gave to other goroutines lead nowhere, and then to the
// whole object.
func TestNewCyclicRacesUpgrade(t *testing.T) {
	type pair struct{ a, b int }
	for range 300 {
		var done sync.WaitGroup
		s := refcount.NewCyclic(func(me *refcount.Weak[pair]) pair {
			for range 2 {
				w := me.Clone()
				done.Go(func() {
					for range 50 {
						if u, ok := w.Upgrade(); ok {
							if p := *u.Value(); p != (pair{1, 2}) {
								t.Errorf("half an object: %v", p)
							}
							u.Release()
						}
					}
				})
			}
			return pair{1, 2}
		}, nil)
		done.Wait()
		if s.StrongCount() != 1 {
			t.Fatalf("%d handles are left, want 1", s.StrongCount())
		}
		s.Release()
	}
}
