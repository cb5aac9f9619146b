package realweak

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/internal/bubble"
	"github.com/referent-go/referent/realweak/internal/gate"
)

// calls lets one goroutine per key compute a result at a time; who comes meanwhile
// waits for that. The zero value is ready to use, and holds nothing while no
// computation is under way. All methods are safe for concurrent use.
type calls[K comparable, R any] struct {
	count atomic.Int64 // len(byKey), for those who only want to know that there is none

	mu    sync.Mutex
	byKey map[K]*call[R]
	most  int // size of byKey at its largest: a map does not shrink
}

// call is one computation under way.
type call[R any] struct {
	bubble bubble.ID

	// Guarded by the mutex of calls.
	waiters map[*waiter]struct{}

	// Written before the waiters are woken.
	result R
	err    error
	shared bool // if not, there is no result to share

	mu        sync.Mutex
	forgotten bool
}

// do returns what compute returns, unless a computation for key is under way; then
// it waits for that one and returns its result or its error. A computation that
// panics or calls runtime.Goexit, or whose error comes after the end of its own
// caller's context, has nothing to share: who waited for it starts over, and one
// of them computes. do returns the context's error if ctx is done before the
// computation has begun or while another's is waited for.
//
// No lock is held while compute runs. A compute that asks for its own key waits
// for itself until its context ends. Between the caller's own look for a result
// and compute another computation may have finished: compute should look again.
func (c *calls[K, R]) do(ctx context.Context, key K, compute func() (R, error)) (R, error) {
	result, _, err := c.join(ctx, key, func(*call[R]) (R, error) { return compute() })
	return result, err
}

// join is do for a compute that wants to know its call, so as to commit what it
// has computed. led tells whether the caller's own compute was called.
func (c *calls[K, R]) join(ctx context.Context, key K, compute func(*call[R]) (R, error)) (result R, led bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return result, false, err
		}
		here := bubble.Current()
		own, w := c.enter(key, here)
		if w == nil {
			result, err = c.run(ctx, key, own, compute)
			return result, true, err
		}
		if err := w.wait(ctx); err != nil {
			c.leave(own, w)
			return result, false, err
		}
		if own.shared {
			return own.result, false, own.err
		}
	}
}

// enter returns the call for key. The waiter is nil if the caller is to run it.
func (c *calls[K, R]) enter(key K, here bubble.ID) (*call[R], *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on, ok := c.byKey[key]; ok {
		w := newWaiter(here, on.bubble)
		if on.waiters == nil {
			on.waiters = make(map[*waiter]struct{})
		}
		on.waiters[w] = struct{}{}
		return on, w
	}
	own := &call[R]{bubble: here}
	if key != key { // a NaN, which nobody can ask for and no map can delete
		return own, nil
	}
	if c.byKey == nil {
		c.byKey = make(map[K]*call[R])
	}
	c.byKey[key] = own
	c.count.Add(1)
	c.most = max(c.most, len(c.byKey))
	return own, nil
}

func (c *calls[K, R]) leave(on *call[R], w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(on.waiters, w)
}

// run computes and ends the call. It recovers nothing: a panic is the business of the
// goroutine whose function panicked.
func (c *calls[K, R]) run(ctx context.Context, key K, own *call[R], compute func(*call[R]) (R, error)) (result R, err error) {
	defer func() { c.end(key, own) }()
	result, err = compute(own)
	own.result, own.err = result, err
	own.shared = err == nil || ctx.Err() == nil
	return result, err
}

func (c *calls[K, R]) end(key K, own *call[R]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[key] == own {
		c.remove(key)
	}
	for w := range own.waiters {
		w.wake()
	}
	own.waiters = nil
}

// remove is called with the mutex held.
func (c *calls[K, R]) remove(key K) {
	delete(c.byKey, key)
	c.count.Add(-1)
	if len(c.byKey) == 0 && c.most > mostKept {
		c.byKey, c.most = nil, 0
	}
}

// mostKept is the size up to which an empty map is kept for the next computation.
const mostKept = 64

// forget detaches the computation for key that is under way: those who wait for
// it get its result, the next caller computes anew, and its commit does nothing.
func (c *calls[K, R]) forget(key K) {
	if c.count.Load() == 0 {
		return // a computation that begins now begins after the caller
	}
	if on := c.detach(key); on != nil {
		on.forget()
	}
}

func (c *calls[K, R]) detach(key K) *call[R] {
	c.mu.Lock()
	defer c.mu.Unlock() // a key that cannot be hashed panics
	on, ok := c.byKey[key]
	if ok {
		c.remove(key)
	}
	return on
}

// forgetAll is forget for every key.
func (c *calls[K, R]) forgetAll() {
	c.mu.Lock()
	all := c.byKey
	c.byKey, c.most = nil, 0
	c.count.Store(0)
	c.mu.Unlock()
	for _, on := range all {
		on.forget()
	}
}

func (on *call[R]) forget() {
	on.mu.Lock()
	defer on.mu.Unlock()
	on.forgotten = true
}

// commit calls store unless the call has been forgotten, and reports whether it
// did. A forget waits for a store under way, so that it can undo it.
func (on *call[R]) commit(store func()) bool {
	on.mu.Lock()
	defer on.mu.Unlock()
	if on.forgotten {
		return false
	}
	store()
	return true
}

// waiter is one goroutine's place at a call. It is not shared, since the end of
// one goroutine's context must not wake another.
type waiter struct {
	gate *gate.Gate
	// In place of the gate if who waits and who wakes are in one synctest bubble:
	// its clock goes on only while all wait at what belongs to it.
	bubbled chan struct{}
}

func newWaiter(here, waker bubble.ID) *waiter {
	if here != 0 && here == waker {
		return &waiter{bubbled: make(chan struct{})}
	}
	return &waiter{gate: gate.New()}
}

// wake is called once at most.
func (w *waiter) wake() {
	if w.bubbled != nil {
		close(w.bubbled)
		return
	}
	w.gate.Open()
}

func (w *waiter) wait(ctx context.Context) error {
	if w.bubbled == nil {
		return w.gate.Wait(ctx)
	}
	select {
	case <-w.bubbled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
