package refcount_test

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/refcount"
)

func join(t *testing.T, p *refcount.Primary[guarded]) {
	t.Helper()
	if err := p.Join(t.Context()); err != nil {
		t.Errorf("Join = %v", err)
	}
}

func lock(t *testing.T, p *refcount.Primary[guarded]) *refcount.Strong[guarded] {
	t.Helper()
	h, ok := p.Lock()
	if !ok {
		t.Fatal("Lock lends nothing")
	}
	return &h
}

func refusesLock(t *testing.T, p *refcount.Primary[guarded]) {
	t.Helper()
	if h, ok := p.Lock(); ok || h.Held() {
		t.Error("Lock lends after Join")
	}
}

func TestPrimary(t *testing.T) {
	drops, stack := 0, ""
	p := refcount.NewPrimary(guarded{}, func(g *guarded) {
		drops++
		stack = string(debug.Stack())
	})
	a, b := lock(t, &p), lock(t, &p)
	if a.Value() != b.Value() || !a.PtrEq(b) {
		t.Error("two borrowers have different objects")
	}
	if a.Release() || b.Release() {
		t.Error("a borrower was the last while the Primary lends")
	}
	if drops != 0 {
		t.Fatal("destroyed before Join")
	}
	join(t, &p)
	if drops != 1 || !strings.Contains(stack, "refcount.(*Primary[...]).Join") {
		t.Errorf("destroyed %d times, not by Join: %s", drops, stack)
	}
	refusesLock(t, &p)
	join(t, &p)
	if drops != 1 {
		t.Errorf("destroyed %d times", drops)
	}
}

func TestZeroPrimaryIsJoined(t *testing.T) {
	var p refcount.Primary[guarded]
	refusesLock(t, &p)
	join(t, &p)
}

// Join waits for every borrower and for their clones, and destroys in its own
// goroutine at the moment the last of them releases.
func TestPrimaryJoinWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var destroyed time.Duration
		stack := ""
		p := refcount.NewPrimary(guarded{}, func(g *guarded) {
			g.dead.Add(1)
			destroyed, stack = time.Since(began), string(debug.Stack())
		})
		for i := range 3 {
			h := lock(t, &p)
			go func() {
				c := h.Clone()
				h.Release()
				time.Sleep(time.Duration(i+1) * time.Minute)
				if c.Value().dead.Load() != 0 {
					t.Error("destroyed while lent")
				}
				if last := c.Release(); last != (i == 2) {
					t.Errorf("borrower %d was the last: %v", i, last)
				}
			}()
		}
		synctest.Wait()
		join(t, &p)
		if destroyed != 3*time.Minute || !strings.Contains(stack, "Primary[...]).Join") {
			t.Errorf("destroyed after %v by %s", destroyed, stack)
		}
	})
}

func TestPrimaryJoinGivesUpAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drops := 0
		p := refcount.NewPrimary(guarded{}, func(*guarded) { drops++ })
		a, b := lock(t, &p), lock(t, &p)
		for _, says := range []string{"2 lent handles are not released", "1 lent handles are not released"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			err := p.Join(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "Join of a Primary[refcount_test.guarded]: ") || !strings.Contains(err.Error(), says) {
				t.Errorf("Join = %v, want it to say that %s", err, says)
			}
			refusesLock(t, &p)
			if a.Held() {
				a.Release()
			}
		}
		if !b.Release() || drops != 0 {
			t.Errorf("the last borrower destroyed %d times", drops)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		// Nothing is left to wait for.
		if err := p.Join(ctx); err != nil || drops != 1 {
			t.Errorf("the last Join = %v, destroyed %d times", err, drops)
		}
	})
}

// All who join return after the destruction, and one of them has done it.
func TestPrimaryJoinedByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drops := 0
		p := refcount.NewPrimary(guarded{}, func(*guarded) {
			time.Sleep(time.Minute)
			drops++
		})
		h := lock(t, &p)
		var joined sync.WaitGroup
		for range 4 {
			joined.Go(func() {
				join(t, &p)
				if drops != 1 {
					t.Errorf("Join returned when the object was destroyed %d times", drops)
				}
			})
		}
		synctest.Wait()
		h.Release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		synctest.Wait() // one of them destroys now
		if err := p.Join(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "another Join is destroying") {
			t.Errorf("Join = %v", err)
		}
		joined.Wait()
	})
}

func TestPrimaryWeakHandles(t *testing.T) {
	p := refcount.NewPrimary(guarded{}, nil)
	h := lock(t, &p)
	w := h.Downgrade()
	defer w.Release()
	if h.StrongCount() != 2 || h.WeakCount() != 2 {
		t.Errorf("a lent handle counts %d strong and %d weak, want the Primary's beside them", h.StrongCount(), h.WeakCount())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Join(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Join = %v", err)
	}
	u, ok := w.Upgrade()
	if !ok {
		t.Fatal("Upgrade failed while the object is lent")
	}
	if h.Release() || !u.Release() {
		t.Error("the upgraded handle was not the last")
	}
	if _, ok := w.Upgrade(); ok {
		t.Error("Upgrade succeeded after the last borrower")
	}
	join(t, &p)
}

// A destructor may join what its object owns, and a borrower may be released by
// another object's destructor.
func TestPrimaryInDestructors(t *testing.T) {
	var order []string
	p := refcount.NewPrimary(guarded{}, func(*guarded) { order = append(order, "lent object") })
	borrower := refcount.New(lock(t, &p), func(h **refcount.Strong[guarded]) {
		(*h).Release()
		order = append(order, "borrower")
	})
	borrower.Release()
	owner := refcount.New(&p, func(p **refcount.Primary[guarded]) {
		join(t, *p)
		order = append(order, "owner")
	})
	owner.Release()
	if got := strings.Join(order, ", "); got != "borrower, owner, lent object" {
		t.Errorf("the order of destruction was %s", got)
	}
	join(t, &p)
}

// What a borrower has is not the borrower's to take out or to replace, also when
// nobody else has it any more.
func TestPrimaryKeepsTheObject(t *testing.T) {
	drops := 0
	p := refcount.NewPrimary(guarded{}, func(*guarded) { drops++ })
	h := lock(t, &p)
	for range 2 {
		for name, take := range map[string]func(){
			"TryUnwrap": func() { h.TryUnwrap() },
			"IntoInner": func() { h.IntoInner() },
			"MakeMut":   func() { h.MakeMut(func(*guarded) guarded { return guarded{} }) },
		} {
			expectPanic(t, take, name+" of a Strong[refcount_test.guarded] that is a part of a refcount.Primary[refcount_test.guarded]")
		}
		if _, alone := h.GetMut(); alone {
			t.Error("GetMut leaves a lent object to its borrower")
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Join(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Join = %v", err)
		}
	}
	if !h.Release() || drops != 0 {
		t.Errorf("the borrower's release destroyed %d times", drops)
	}
	join(t, &p)
	if drops != 1 {
		t.Errorf("destroyed %d times", drops)
	}
}

// A destructor that resurrects the object takes it from the Primary.
func TestPrimaryResurrected(t *testing.T) {
	var revived refcount.Strong[guarded]
	p := refcount.NewPrimary(guarded{}, func(g *guarded) {
		g.dead.Add(1)
		revived = refcount.Resurrect(g)
	})
	join(t, &p)
	if !revived.Held() || revived.Value().dead.Load() != 1 {
		t.Fatal("the object was not revived")
	}
	refusesLock(t, &p)
	if !revived.Release() {
		t.Error("the revived handle was not the only one")
	}
}

func TestPrimaryDropThatDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("stuck") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			reports := panics(t)
			p := refcount.NewPrimary(guarded{}, func(*guarded) { end() })
			var done sync.WaitGroup
			done.Go(func() { join(t, &p) })
			done.Wait()
			join(t, &p)
			if len(*reports) != 1 || (*reports)[0].Source != "destructor of refcount_test.guarded" {
				t.Errorf("reported %v", *reports)
			}
		})
	}
}

// A borrower outside of the bubble in which Join waits does no harm by releasing.
func TestPrimaryLentOutOfABubble(t *testing.T) {
	loans := make(chan *refcount.Strong[guarded])
	var outside sync.WaitGroup
	outside.Go(func() { (<-loans).Release() })
	synctest.Test(t, func(t *testing.T) {
		p := refcount.NewPrimary(guarded{}, nil)
		loans <- lock(t, &p)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			outside.Wait()
			cancel()
		}()
		if err := p.Join(ctx); err != nil {
			t.Errorf("Join = %v", err)
		}
	})
}

// Borrowers who come and go until they are refused, and several who join.
func TestPrimaryHammer(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	for range rounds {
		drops := 0 // plain: the destructor and all who have joined must be ordered
		p := refcount.NewPrimary(guarded{}, func(g *guarded) {
			drops++
			g.dead.Add(1)
		})
		var lent atomic.Int32
		began := make(chan struct{})
		var done sync.WaitGroup
		for i := range 4 {
			done.Go(func() {
				for step := 0; ; step++ {
					if i == 0 && step == 50 {
						close(began)
					}
					if step > 50 {
						runtime.Gosched()
					}
					h, ok := p.Lock()
					if !ok {
						return
					}
					lent.Add(1)
					c := h.Clone()
					h.Release()
					if c.Value().dead.Load() != 0 {
						t.Error("destroyed while lent")
					}
					lent.Add(-1)
					c.Release()
				}
			})
		}
		for i := range 2 {
			done.Go(func() {
				<-began
				err := errors.New("not yet")
				for range i { // gives up at once
					ctx, cancel := context.WithCancel(context.Background())
					cancel()
					err = p.Join(ctx)
				}
				if err != nil {
					join(t, &p)
				}
				if drops != 1 || lent.Load() != 0 {
					t.Errorf("Join returned: destroyed %d times, lent %d", drops, lent.Load())
				}
				refusesLock(t, &p)
			})
		}
		done.Wait()
	}
}
