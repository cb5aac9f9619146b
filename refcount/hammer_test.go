package refcount_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// guarded notices use after destruction and a second destruction.
type guarded struct {
	dead atomic.Int32
	fate *fate
	_    [3]*int
}

// fate is what became of an object: plain numbers, so that the race detector sees
// whether the end, and looking at it afterwards, are ordered.
type fate struct{ dropped, taken int }

// makeGuarded returns an object of one of the kinds there are.
func makeGuarded(kind int, f *fate) refcount.Strong[guarded] {
	drop := func(g *guarded) {
		g.fate.dropped++
		g.dead.Add(1)
	}
	switch kind % 4 {
	case 0:
		return refcount.New(guarded{fate: f}, drop)
	case 1:
		s := refcount.New(guarded{fate: f}, drop)
		return refcount.Watched(&s, kind%8 == 1)
	case 2:
		pool := refcount.NewPool(drop)
		for range 3 {
			earlier := pool.New(guarded{})
			earlier.TryUnwrap()
		}
		return pool.New(guarded{fate: f})
	default:
		return refcount.Wrap(&guarded{fate: f}, drop)
	}
}

// Clone, Release, Downgrade, Upgrade, TryUnwrap, IntoInner and GetMut at once, on
// objects of all kinds. The object ends once: its destructor runs, or one taker
// gets the value.
func TestHammer(t *testing.T) {
	const goroutines, steps = 6, 300
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		var end fate
		first := makeGuarded(round, &end)
		watch := first.Downgrade()
		starts := make([]refcount.Strong[guarded], goroutines)
		for i := range starts {
			starts[i] = first.Clone()
		}
		first.Release()
		var last atomic.Int32
		var done sync.WaitGroup
		for i := range starts {
			done.Go(func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(i)))
				strongs := []*refcount.Strong[guarded]{&starts[i]}
				var weaks []*refcount.Weak[guarded]
				for range steps {
					take := func(at int) *refcount.Strong[guarded] {
						s := strongs[at]
						strongs[at] = strongs[len(strongs)-1]
						strongs = strongs[:len(strongs)-1]
						return s
					}
					switch op := r.IntN(13); {
					case op < 3 && len(strongs) > 0:
						c := strongs[r.IntN(len(strongs))].Clone()
						strongs = append(strongs, &c)
					case op < 7 && len(strongs) > 0:
						at := r.IntN(len(strongs))
						if strongs[at].Value().dead.Load() != 0 {
							t.Error("a value in use is destroyed")
						}
						if take(at).Release() {
							last.Add(1)
						}
					case op < 8 && len(strongs) > 0:
						w := strongs[r.IntN(len(strongs))].Downgrade()
						weaks = append(weaks, &w)
					case op < 9 && len(weaks) > 0:
						weaks[len(weaks)-1].Release()
						weaks = weaks[:len(weaks)-1]
					case op < 10 && len(strongs) > 0:
						if v, ok := take(r.IntN(len(strongs))).IntoInner(); ok {
							v.fate.taken++
							last.Add(1)
						}
					case op < 11 && len(strongs) > 0:
						at := r.IntN(len(strongs))
						if v, ok := strongs[at].TryUnwrap(); ok {
							take(at)
							v.fate.taken++
							last.Add(1)
						}
					case op < 12 && len(strongs) > 0:
						if _, alone := strongs[r.IntN(len(strongs))].GetMut(); alone {
							t.Error("alone beside the watch")
						}
					default:
						if s, ok := watch.Upgrade(); ok {
							strongs = append(strongs, &s)
							if s.Value().dead.Load() != 0 {
								t.Error("Upgrade led to a destroyed value")
							}
						}
					}
				}
				for _, s := range strongs {
					if s.Release() {
						last.Add(1)
					}
				}
				for _, w := range weaks {
					w.Release()
				}
			})
		}
		done.Wait()
		if end.dropped+end.taken != 1 || last.Load() != 1 {
			t.Fatalf("round %d: destroyed %d times, taken %d times, %d releases were the last", round, end.dropped, end.taken, last.Load())
		}
		if _, ok := watch.Upgrade(); ok {
			t.Fatal("the weak handle outlived the object")
		}
		watch.Release()
	}
}

// Who GetMut and MakeMut call alone may write, and the race detector agrees. The
// others go on cloning and releasing, or are gone.
func TestAloneMayWrite(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	var alones atomic.Int32
	for round := range rounds {
		type page struct {
			lines int
			_     [2]*int
		}
		s := refcount.New(page{}, nil)
		if round%2 == 1 {
			s = refcount.Watched(&s, round%4 == 1)
		}
		var done sync.WaitGroup
		for i := range 4 {
			h := s.Clone()
			done.Go(func() {
				for range 20 * i {
					c := h.Clone()
					if _, alone := h.GetMut(); alone {
						t.Error("alone beside a clone")
					}
					c.Release()
					if p, alone := h.GetMut(); alone {
						alones.Add(1)
						p.lines++
					}
					w := h.Downgrade()
					if round%8 == 0 {
						h.MakeMut(func(*page) page { return page{} }).lines++
					}
					w.Release()
				}
				h.Release()
			})
		}
		s.Release()
		done.Wait()
	}
	if alones.Load() == 0 {
		t.Error("nobody was ever alone: the test tests nothing")
	}
}

// The last release races with an upgrade: either the upgrade fails, or it holds
// the object alive.
func TestUpgradeRacesRelease(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for range rounds {
		var object guarded
		s := refcount.Wrap(&object, func(g *guarded) { g.dead.Add(1) })
		w := s.Downgrade()
		var done sync.WaitGroup
		done.Go(func() {
			if u, ok := w.Upgrade(); ok {
				if u.Value().dead.Load() != 0 {
					t.Error("Upgrade led to a destroyed value")
				}
				u.Release()
			}
		})
		s.Release()
		done.Wait()
		if object.dead.Load() != 1 {
			t.Fatalf("destroyed %d times", object.dead.Load())
		}
	}
}
