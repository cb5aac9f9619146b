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
	_    [4]*int
}

func TestHammer(t *testing.T) {
	const goroutines, steps = 6, 300
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		drops := 0 // plain: the destructor and the check below must be ordered
		var object guarded
		first := refcount.Wrap(&object, func(g *guarded) {
			drops++
			g.dead.Add(1)
		})
		if round%3 == 0 {
			first = refcount.Watched(&first, round%2 == 0)
		}
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
					switch op := r.IntN(10); {
					case op < 3 && len(strongs) > 0:
						c := strongs[r.IntN(len(strongs))].Clone()
						strongs = append(strongs, &c)
					case op < 7 && len(strongs) > 0:
						at := r.IntN(len(strongs))
						if strongs[at].Value().dead.Load() != 0 {
							t.Error("a value in use is destroyed")
						}
						if strongs[at].Release() {
							last.Add(1)
						}
						strongs[at] = strongs[len(strongs)-1]
						strongs = strongs[:len(strongs)-1]
					case op < 8 && len(strongs) > 0:
						w := strongs[r.IntN(len(strongs))].Downgrade()
						weaks = append(weaks, &w)
					case op < 9 && len(weaks) > 0:
						weaks[len(weaks)-1].Release()
						weaks = weaks[:len(weaks)-1]
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
		if drops != 1 || last.Load() != 1 {
			t.Fatalf("round %d: destroyed %d times, %d releases were the last", round, drops, last.Load())
		}
		if _, ok := watch.Upgrade(); ok {
			t.Fatal("the weak handle outlived the object")
		}
		watch.Release()
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
