package realweak_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/realweak"
)

type called struct{ _ *called }

// until yields until the condition holds.
func until(done func() bool) {
	for !done() {
		runtime.Gosched()
	}
}

func checkEnded[K comparable, R any](t *testing.T, f *realweak.Calls[K, R]) {
	t.Helper()
	if listed, counted := f.Under(); listed != 0 || counted != 0 {
		t.Errorf("%d computations are listed and %d counted after the last has ended", listed, counted)
	}
}

// Everybody who waits gets what the one computation returned, be it a result or an
// error.
func TestCallsIsShared(t *testing.T) {
	failure := errors.New("no luck")
	for _, want := range []struct {
		result *called
		err    error
	}{{&called{}, nil}, {nil, failure}} {
		var f realweak.Calls[string, *called]
		var computed atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				got, err := f.Do(t.Context(), "k", func() (*called, error) {
					computed.Add(1)
					until(func() bool { return f.Waiting("k") == 3 })
					return want.result, want.err
				})
				if got != want.result || err != want.err {
					t.Errorf("got %v, %v; want %v, %v", got, err, want.result, want.err)
				}
			})
		}
		wg.Wait()
		if n := computed.Load(); n != 1 {
			t.Errorf("computed %d times", n)
		}
		checkEnded(t, &f)
	}
}

// A computation that does not return concerns its own goroutine. One of those who
// waited computes in its place.
func TestCallsThatDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("gone") },
		"Goexit": runtime.Goexit,
	} {
		var f realweak.Calls[int, *called]
		var computed, panicked, got atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				defer func() {
					if recover() != nil {
						panicked.Add(1)
					}
				}()
				p, err := f.Do(t.Context(), 1, func() (*called, error) {
					if computed.Add(1) == 1 {
						until(func() bool { return f.Waiting(1) == 3 })
						end()
					}
					return &called{}, nil
				})
				if p == nil || err != nil {
					t.Errorf("%s: a waiter got %v, %v", name, p, err)
				}
				got.Add(1)
			})
		}
		wg.Wait()
		if n := computed.Load(); n < 2 || got.Load() != 3 {
			t.Errorf("%s: computed %d times, %d got a result", name, n, got.Load())
		}
		if want := map[string]int32{"panic": 1}[name]; panicked.Load() != want {
			t.Errorf("%s: %d goroutines panicked", name, panicked.Load())
		}
		checkEnded(t, &f)
	}
}

// The end of one waiter's context lets that one go and no other.
func TestCallsWaiterGivesUp(t *testing.T) {
	var f realweak.Calls[int, int]
	release := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		f.Do(t.Context(), 1, func() (int, error) { <-release; return 7, nil })
	})
	until(func() bool { n, _ := f.Under(); return n == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := f.Do(ctx, 1, func() (int, error) { return 0, errors.New("a second computation") })
		gaveUp <- err
	}()
	until(func() bool { return f.Waiting(1) == 1 })
	wg.Go(func() {
		if got, err := f.Do(t.Context(), 1, nil); got != 7 || err != nil {
			t.Errorf("the patient waiter got %d, %v", got, err)
		}
	})
	until(func() bool { return f.Waiting(1) == 2 })
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("the impatient waiter got %v", err)
	}
	if n := f.Waiting(1); n != 1 {
		t.Errorf("%d are listed as waiting, want 1", n)
	}
	close(release)
	wg.Wait()
	checkEnded(t, &f)
}

// An error that comes of the end of the computing caller's own context is not for
// those whose context goes on.
func TestCallsLeaderGivesUp(t *testing.T) {
	var f realweak.Calls[int, int]
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := f.Do(ctx, 1, func() (int, error) {
			<-ctx.Done()
			return 0, fmt.Errorf("wrapped: %w", ctx.Err())
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the one that computed got %v", err)
		}
	})
	until(func() bool { n, _ := f.Under(); return n == 1 })
	for range 3 {
		wg.Go(func() {
			if got, err := f.Do(t.Context(), 1, func() (int, error) { return 7, nil }); got != 7 || err != nil {
				t.Errorf("a waiter got %d, %v", got, err)
			}
		})
	}
	until(func() bool { return f.Waiting(1) == 3 })
	cancel()
	wg.Wait()
	checkEnded(t, &f)
	if _, err := f.Do(ctx, 1, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestCallsOddKeys(t *testing.T) {
	var nan realweak.Calls[float64, int]
	for range 3 {
		if got, err := nan.Do(t.Context(), math.NaN(), func() (int, error) { return 1, nil }); got != 1 || err != nil {
			t.Errorf("NaN: %d, %v", got, err)
		}
	}
	checkEnded(t, &nan)
	var odd realweak.Calls[any, int]
	for range 2 { // the second finds the lock free
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a key that cannot be hashed was taken")
				}
			}()
			odd.Do(t.Context(), []int{1}, func() (int, error) { return 1, nil })
		}()
	}
	if got, err := odd.Do(t.Context(), 1, func() (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("after that: %d, %v", got, err)
	}
	checkEnded(t, &odd)
}

// What has been forgotten goes on for its own callers, commits nothing, and stands
// in nobody's way.
func TestCallsForgotten(t *testing.T) {
	for name, forget := range map[string]func(*realweak.Calls[int, int]){
		"one": func(f *realweak.Calls[int, int]) { f.Forget(1); f.Forget(2) },
		"all": func(f *realweak.Calls[int, int]) { f.ForgetAll() },
	} {
		var f realweak.Calls[int, int]
		forget(&f)
		release := make(chan struct{})
		var wg sync.WaitGroup
		committed := map[string]bool{}
		wg.Go(func() {
			got, led, err := f.Join(t.Context(), 1, func(on *realweak.Call[int]) (int, error) {
				<-release
				on.Commit(func() { committed["first"] = true })
				return 1, nil
			})
			if got != 1 || !led || err != nil {
				t.Errorf("%s: the first got %d, %v, %v", name, got, led, err)
			}
		})
		until(func() bool { n, _ := f.Under(); return n == 1 })
		wg.Go(func() {
			if got, led, err := f.Join(t.Context(), 1, nil); got != 1 || led || err != nil {
				t.Errorf("%s: who waited got %d, %v, %v", name, got, led, err)
			}
		})
		until(func() bool { return f.Waiting(1) == 1 })
		forget(&f)
		got, _, err := f.Join(t.Context(), 1, func(on *realweak.Call[int]) (int, error) {
			on.Commit(func() { committed["second"] = true })
			return 2, nil
		})
		if got != 2 || err != nil {
			t.Errorf("%s: the next got %d, %v", name, got, err)
		}
		close(release)
		wg.Wait()
		if committed["first"] || !committed["second"] {
			t.Errorf("%s: committed %v", name, committed)
		}
		checkEnded(t, &f)
	}
}

// Inside a bubble the clock goes on while some wait for one that sleeps.
func TestCallsInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f realweak.Calls[int, int]
		began := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				got, err := f.Do(t.Context(), 1, func() (int, error) { time.Sleep(time.Second); return 7, nil })
				if got != 7 || err != nil || time.Since(began) != time.Second {
					t.Errorf("got %d, %v after %v", got, err, time.Since(began))
				}
			})
		}
		wg.Go(func() {
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := f.Do(ctx, 1, nil)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 300*time.Millisecond {
				t.Errorf("the impatient one got %v after %v", err, time.Since(began))
			}
		})
		wg.Wait()
		checkEnded(t, &f)
	})
}

// One inside a bubble may wait for one outside, and the other way round.
func TestCallsAcrossBubbles(t *testing.T) {
	var f realweak.Calls[int, int]
	release := make(chan struct{})
	lead := func() {
		f.Do(context.Background(), 1, func() (int, error) { <-release; return 7, nil })
	}
	wait := func() {
		until(func() bool { n, _ := f.Under(); return n == 1 })
		if got, err := f.Do(context.Background(), 1, nil); got != 7 || err != nil {
			t.Errorf("got %d, %v", got, err)
		}
	}
	for _, both := range []struct{ inside, outside func() }{{wait, lead}, {lead, wait}} {
		var wg sync.WaitGroup
		wg.Go(both.outside)
		wg.Go(func() {
			until(func() bool { return f.Waiting(1) == 1 })
			release <- struct{}{}
		})
		synctest.Test(t, func(*testing.T) { both.inside() })
		wg.Wait()
	}
	checkEnded(t, &f)
}

// Never two computations for one key at once, whatever becomes of them; and nobody
// is left waiting.
func TestCallsStress(t *testing.T) {
	var f realweak.Calls[int, int]
	var under [5]atomic.Int32
	var wg sync.WaitGroup
	rounds := 2000
	if testing.Short() {
		rounds = 300
	}
	for g := range 6 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(g)))
			for range rounds {
				key, fate := rng.IntN(len(under)), rng.IntN(8)
				ctx, cancel := context.WithCancel(t.Context())
				if fate == 5 {
					go cancel()
				}
				func() {
					defer func() {
						if v := recover(); v != nil && v != "fate" {
							t.Errorf("panicked with %v", v)
						}
					}()
					got, err := f.Do(ctx, key, func() (int, error) {
						if under[key].Add(1) != 1 {
							t.Error("two computations for one key")
						}
						defer under[key].Add(-1)
						runtime.Gosched()
						switch fate {
						case 6:
							panic("fate")
						case 7:
							return 0, errors.ErrUnsupported
						}
						return key, ctx.Err()
					})
					if err == nil && got != key {
						t.Errorf("key %d got the result of %d", key, got)
					}
				}()
				cancel()
			}
		})
	}
	wg.Wait()
	checkEnded(t, &f)
}

func BenchmarkCalls(b *testing.B) {
	var f realweak.Calls[int, int]
	b.ReportAllocs()
	for b.Loop() {
		f.Do(b.Context(), 1, func() (int, error) { return 1, nil })
	}
}
