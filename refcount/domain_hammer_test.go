package refcount_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// knot is a member that notices use after destruction and a second destruction.
type knot struct {
	mu    sync.Mutex // of links, among writers and readers; a collection needs none
	links [3]refcount.Strong[knot]
	spare refcount.Atomic[knot] // without the mutex, and outside of updates
	dead  atomic.Int32
	total *atomic.Int32
}

func (k *knot) Trace(visit func(refcount.Edge)) {
	for i := range k.links {
		visit(k.links[i].Edge("links"))
	}
	visit(k.spare.Edge("spare"))
}

func (k *knot) drop() {
	k.dead.Add(1)
	k.total.Add(1)
	for i := range k.links { // all that it holds is intact or has been released
		if k.links[i].Held() {
			k.links[i].Value()
		}
	}
	if h := k.spare.Load(); h.Held() {
		h.Value()
		h.Release()
	}
}

// TestDomainHammer has goroutines do all that one may do with members at the same
// time, collections among it. No destructor may run while somebody can use the
// object, and in the end each has run once.
func TestDomainHammer(t *testing.T) {
	rounds := 20
	if testing.Short() || slow {
		rounds = 4
	}
	hammerDomain(t, rounds)
}

func TestDomainHammerWithLeakDetector(t *testing.T) {
	reports := atLevel[knot](t, refcount.Paranoid)
	hammerDomain(t, 1)
	weaktest.Collect(t)
	weaktest.Collect(t)
	if r := reports(); len(r) != 0 {
		t.Errorf("reported %v", r)
	}
}

func hammerDomain(t *testing.T, rounds int) {
	const goroutines, steps = 5, 1500
	for round := range rounds {
		var (
			d          refcount.Domain
			made, dead atomic.Int32
			all        sync.Map // *knot to the weak handle
			shared     [8]struct {
				mu     sync.Mutex
				handle refcount.Strong[knot]
				weak   refcount.Weak[knot]
			}
			collected atomic.Int32
			done      sync.WaitGroup
		)
		if round%2 == 0 {
			d.SetThreshold(50, 25)
		}
		inUse := func(h *refcount.Strong[knot]) *knot {
			k := h.Value()
			if k.dead.Load() != 0 {
				t.Error("a value in use is destroyed")
			}
			return k
		}
		for g := range goroutines {
			done.Go(func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(g)))
				var own []*refcount.Strong[knot]
				take := func() *refcount.Strong[knot] {
					at := r.IntN(len(own))
					h := own[at]
					own[at] = own[len(own)-1]
					own = own[:len(own)-1]
					return h
				}
				for range steps {
					switch op := r.IntN(28); {
					case op < 4 || len(own) == 0:
						h := refcount.Wrap(&knot{total: &dead}, (*knot).drop)
						refcount.Adopt(&d, &h)
						made.Add(1)
						all.Store(h.Value(), nil)
						own = append(own, &h)
					case op < 9: // an edge, made by a Clone or a Move
						from := own[r.IntN(len(own))]
						k := inUse(from)
						old := refcount.Strong[knot]{}
						d.Update(func() {
							k.mu.Lock()
							defer k.mu.Unlock()
							slot := &k.links[r.IntN(len(k.links))]
							if slot.Held() {
								old = slot.Move()
							}
							if len(own) > 1 && r.IntN(2) == 0 {
								h := take()
								inUse(h)
								*slot = h.Move()
							} else {
								*slot = own[r.IntN(len(own))].Clone()
							}
						})
						if old.Held() {
							inUse(&old)
							old.Release()
						}
					case op < 11: // a handle out of a member, by a Clone
						k := inUse(own[r.IntN(len(own))])
						k.mu.Lock()
						if slot := &k.links[r.IntN(len(k.links))]; slot.Held() {
							inUse(slot)
							h := slot.Clone()
							own = append(own, &h)
						}
						k.mu.Unlock()
					case op < 17:
						h := take()
						inUse(h)
						h.Release()
					case op < 19: // hand over to others
						s := &shared[r.IntN(len(shared))]
						h := take()
						w := h.Downgrade()
						s.mu.Lock()
						old := refcount.Strong[knot]{}
						if s.handle.Held() {
							old = s.handle.Move()
						}
						s.handle = h.Move()
						if s.weak.Held() {
							s.weak.Release()
						}
						s.weak = w.Move()
						s.mu.Unlock()
						if old.Held() {
							inUse(&old)
							old.Release()
						}
					case op < 22:
						s := &shared[r.IntN(len(shared))]
						s.mu.Lock()
						if s.handle.Held() && r.IntN(2) == 0 {
							h := s.handle.Move()
							own = append(own, &h)
						} else if s.weak.Held() {
							if h, ok := s.weak.Upgrade(); ok {
								inUse(&h)
								own = append(own, &h)
							}
						}
						s.mu.Unlock()
					case op < 25: // into a member's Atomic, without Update
						k := inUse(own[r.IntN(len(own))])
						h := own[r.IntN(len(own))].Clone()
						switch r.IntN(4) {
						case 0:
							k.spare.Store(&h)
						case 1:
							k.spare.CompareAndSwap(nil, &h)
						case 2:
							k.spare.CompareAndSwap(&h, nil)
						default:
							if old := k.spare.Swap(&h); old.Held() {
								inUse(&old)
								own = append(own, &old)
							}
						}
						if h.Held() {
							h.Release()
						}
					case op < 27: // out of it, and perhaps into another one's
						k := inUse(own[r.IntN(len(own))])
						if r.IntN(2) == 0 {
							if h := k.spare.Load(); h.Held() {
								inUse(&h)
								own = append(own, &h)
							}
							continue
						}
						if h := k.spare.Swap(nil); h.Held() {
							inUse(&h)
							inUse(own[r.IntN(len(own))]).spare.Store(&h)
						}
					case op == 27:
						c, err := d.Collect(context.Background())
						if err != nil {
							t.Error(err)
						}
						collected.Add(int32(c.Destroyed))
						if r.IntN(10) == 0 {
							if _, err := d.Report(context.Background()); err != nil {
								t.Error(err)
							}
						}
					}
				}
				for _, h := range own {
					inUse(h)
					h.Release()
				}
			})
		}
		done.Wait()
		for i := range shared {
			if shared[i].handle.Held() {
				inUse(&shared[i].handle)
				shared[i].handle.Release()
			}
		}
		collect(t, &d)
		all.Range(func(k, _ any) bool {
			if n := k.(*knot).dead.Load(); n != 1 {
				t.Errorf("round %d: an object ended %d times", round, n)
				return false
			}
			return true
		})
		if d.Len() != 0 || d.Pending() != 0 || made.Load() != dead.Load() {
			t.Fatalf("round %d: %d members left, %d pending; %d made, %d ended", round, d.Len(), d.Pending(), made.Load(), dead.Load())
		}
		if collected.Load() == 0 {
			t.Errorf("round %d: no collection found anything", round)
		}
	}
}
