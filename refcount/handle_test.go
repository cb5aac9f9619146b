package refcount_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

var (
	errUse   = errors.New("the use failed")
	errClose = errors.New("the close failed")
)

// door is a resource that knows what may not happen to it.
type door struct {
	inUse  atomic.Int32
	closed atomic.Int32
	_      *door // not a tiny object
}

func (d *door) shut() error {
	d.closed.Add(1)
	return errClose
}

func newDoor() (*door, refcount.Handle[*door]) {
	d := new(door)
	return d, refcount.NewHandle(d, (*door).shut)
}

func expectErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (want == nil && got != nil) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func refusesUse(t *testing.T, h *refcount.Handle[*door]) {
	t.Helper()
	err := h.Use(func(*door) error {
		t.Error("a closed handle was used")
		return nil
	})
	expectErr(t, "Use of a closed handle", err, refcount.ErrClosed)
	expectErr(t, "Use of a closed handle", err, fs.ErrClosed)
}

func TestHandle(t *testing.T) {
	d, h := newDoor()
	for range 3 {
		expectErr(t, "Use", h.Use(func(got *door) error {
			if got != d {
				t.Error("Use hands out another resource")
			}
			return errUse
		}), errUse)
	}
	expectErr(t, "Use", h.Use(func(*door) error { return nil }), nil)
	if d.closed.Load() != 0 {
		t.Fatal("closed before Close")
	}
	expectErr(t, "Close", h.Close(), errClose)
	expectErr(t, "the second Close", h.Close(), refcount.ErrClosed)
	expectErr(t, "CloseWait", h.CloseWait(t.Context()), errClose)
	expectErr(t, "the second CloseWait", h.CloseWait(t.Context()), errClose)
	refusesUse(t, &h)
	if n := d.closed.Load(); n != 1 {
		t.Errorf("closed %d times", n)
	}
}

func TestZeroHandleIsClosed(t *testing.T) {
	var h refcount.Handle[*door]
	refusesUse(t, &h)
	expectErr(t, "Close", h.Close(), refcount.ErrClosed)
	expectErr(t, "CloseWait", h.CloseWait(t.Context()), refcount.ErrClosed)
}

func TestHandleWithoutClose(t *testing.T) {
	expectPanic(t, func() { refcount.NewHandle[int](1, nil) }, "NewHandle[int] without a close function")
}

// The last of several users closes, wherever Close was called.
func TestHandleClosedWhileUsed(t *testing.T) {
	d, h := newDoor()
	expectErr(t, "the outer Use", h.Use(func(*door) error {
		expectErr(t, "the inner Use", h.Use(func(*door) error {
			expectErr(t, "Close by a user", h.Close(), nil)
			refusesUse(t, &h)
			if d.closed.Load() != 0 {
				t.Error("closed under its users")
			}
			return errUse
		}), errUse)
		if d.closed.Load() != 0 {
			t.Error("closed under its outer user")
		}
		return nil
	}), nil)
	if n := d.closed.Load(); n != 1 {
		t.Errorf("closed %d times after the last use", n)
	}
	expectErr(t, "Close", h.Close(), refcount.ErrClosed)
	expectErr(t, "CloseWait", h.CloseWait(t.Context()), errClose)
}

func TestHandleUseThatDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("refcount: a user's panic") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			d, h := newDoor()
			var done sync.WaitGroup
			done.Go(func() {
				defer func() { _ = recover() }()
				_ = h.Use(func(*door) error {
					expectErr(t, "Close by a user", h.Close(), nil)
					end()
					return nil
				})
			})
			done.Wait()
			if n := d.closed.Load(); n != 1 {
				t.Errorf("closed %d times", n)
			}
		})
	}
}

func TestHandleCloseThatDoesNotReturn(t *testing.T) {
	for name, end := range map[string]func(){
		"panicked: stuck":     func() { panic("stuck") },
		"ended its goroutine": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			reports := panics(t)
			h := refcount.NewHandle(1, func(int) error { end(); return nil })
			done := make(chan error, 1)
			go func() {
				defer close(done)
				done <- h.Close()
			}()
			err := <-done
			<-done
			wait := h.CloseWait(t.Context())
			const source = "close of a Handle[int]"
			if wait == nil || !strings.Contains(wait.Error(), source+" "+name) {
				t.Errorf("CloseWait = %v", wait)
			}
			if strings.HasPrefix(name, "panicked") && err != wait {
				t.Errorf("Close = %v", err)
			}
			if len(*reports) != 1 || (*reports)[0].Source != source {
				t.Errorf("reported %v", *reports)
			}
		})
	}
}

func TestHandleCloseWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h := newDoor()
		for i := range 3 {
			go func() {
				expectErr(t, "Use", h.Use(func(d *door) error {
					time.Sleep(time.Duration(1+i) * time.Minute)
					if d.closed.Load() != 0 {
						t.Error("closed while in use")
					}
					return nil
				}), nil)
			}()
		}
		synctest.Wait()
		began := time.Now()
		for range 2 { // the second finds it closed by the first, and two users left
			ctx, cancel := context.WithTimeout(t.Context(), 61*time.Second)
			err := h.CloseWait(ctx)
			cancel()
			expectErr(t, "CloseWait", err, context.DeadlineExceeded)
			left := "2 uses of it are not over"
			if time.Since(began) > 2*time.Minute {
				left = "1 uses of it are not over"
			}
			if err == nil || !strings.Contains(err.Error(), left) {
				t.Errorf("CloseWait = %v, want it to say that %s", err, left)
			}
			refusesUse(t, &h)
		}
		expectErr(t, "the patient CloseWait", h.CloseWait(t.Context()), errClose)
		if time.Since(began) != 3*time.Minute || d.closed.Load() != 1 {
			t.Errorf("closed %d times after %v", d.closed.Load(), time.Since(began))
		}
	})
}

// Users, closers and waiters at once: what is used is not closed, what is closed
// is closed once, and one closer of all is told that it was the one.
func TestHandleHammer(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	for range rounds {
		d, h := newDoor()
		var first atomic.Int32
		var done sync.WaitGroup
		for i := range 6 {
			done.Go(func() {
				for step := 0; ; step++ {
					err := h.Use(func(d *door) error {
						d.inUse.Add(1)
						defer d.inUse.Add(-1)
						if d.closed.Load() != 0 {
							t.Error("used after it was closed")
						}
						if step%8 == 7 {
							runtime.Gosched()
						}
						if d.closed.Load() != 0 {
							t.Error("closed while in use")
						}
						return nil
					})
					if err != nil {
						expectErr(t, "Use", err, refcount.ErrClosed)
						return
					}
					if step == 20*(i+1) {
						switch err := h.Close(); {
						case err == nil || errors.Is(err, errClose):
							first.Add(1)
						default:
							expectErr(t, "Close", err, refcount.ErrClosed)
						}
						expectErr(t, "CloseWait", h.CloseWait(context.Background()), errClose)
						if d.closed.Load() != 1 || d.inUse.Load() != 0 {
							t.Error("CloseWait returned before the resource was closed")
						}
					}
				}
			})
		}
		done.Wait()
		if d.closed.Load() != 1 || first.Load() != 1 {
			t.Fatalf("closed %d times, %d closers were the first", d.closed.Load(), first.Load())
		}
	}
}

// One Close races with one Use: the use sees the resource open, or is refused.
func TestHandleCloseRacesUse(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for range rounds {
		d, h := newDoor()
		var used, done sync.WaitGroup
		used.Go(func() {
			if err := h.Use(func(d *door) error {
				if d.closed.Load() != 0 {
					t.Error("used after it was closed")
				}
				return nil
			}); err != nil {
				expectErr(t, "Use", err, refcount.ErrClosed)
			}
		})
		done.Go(func() {
			err := h.Close()
			if err == nil { // left to the user
				used.Wait()
			}
			if d.closed.Load() != 1 {
				t.Errorf("Close = %v, and the resource is closed %d times", err, d.closed.Load())
			}
		})
		used.Wait()
		done.Wait()
	}
}

// A closed handle keeps nothing of its resource.
func TestHandleKeepsNothing(t *testing.T) {
	ref, h := func() (realweak.Ref[door], *refcount.Handle[*door]) {
		d, h := newDoor()
		_ = h.Close()
		return realweak.Make(d), &h
	}()
	weaktest.AwaitDead(t, ref)
	runtime.KeepAlive(h)
}

func TestHandleEvents(t *testing.T) {
	next := listen(t)
	type socket int
	h := refcount.NewHandle(socket(3), func(socket) error { return nil })
	created := next()
	_ = h.Use(func(socket) error { return h.Close() })
	released := next()
	if created.Kind != event.Created || created.Type != "refcount_test.socket" || released.Kind != event.Released || released.Object != created.Object {
		t.Errorf("a handle's life emitted %v, %v", created, released)
	}
}

func TestHandleAllocations(t *testing.T) {
	_, h := newDoor()
	f := func(*door) error { return nil }
	if n := testing.AllocsPerRun(100, func() { _ = h.Use(f) }); n != 0 {
		t.Errorf("Use allocates %v times", n)
	}
	_ = h.Close()
	if n := testing.AllocsPerRun(100, func() { _ = h.Use(f); _ = h.Close() }); n != 0 {
		t.Errorf("a refusal allocates %v times", n)
	}
}
