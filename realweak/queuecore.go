package realweak

import (
	"context"
	"slices"
	"sync"
	"weak"

	"github.com/referent-go/referent/realweak/internal/gate"
)

// queueCore is what a Queue owns: an object of its own, so that it can be known
// weakly wherever the Queue itself lies.
type queueCore[A any] struct {
	registered *registry
	watch      sync.Once

	mu      sync.Mutex
	notices []A
	head    int          // index of the oldest notice
	waiters []*gate.Gate // of those who wait in next, longest first
}

// put is called by the dispatcher, so it must not block and may touch no channel.
// It wakes one of those who wait. Nobody begins to wait while there is a notice,
// so there are never more notices than goroutines on their way to them while
// others still wait.
func (c *queueCore[A]) put(a A) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notices = append(c.notices, a)
	c.wake()
}

// wake wakes the one who has waited longest. It is called with the mutex held.
func (c *queueCore[A]) wake() {
	if len(c.waiters) > 0 {
		c.waiters[0].Open()
		c.waiters = slices.Delete(c.waiters, 0, 1)
	}
}

func (c *queueCore[A]) poll() (a A, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pop()
}

// pop is called with the mutex held.
func (c *queueCore[A]) pop() (a A, ok bool) {
	if c.head == len(c.notices) {
		return a, false
	}
	var none A
	a, c.notices[c.head] = c.notices[c.head], none
	c.head++
	if c.head == len(c.notices) {
		c.notices, c.head = emptied(c.notices), 0
	} else if c.head > 1024 && c.head > len(c.notices)/2 {
		// A queue that is never quite empty must not grow for ever.
		c.notices, c.head = append([]A(nil), c.notices[c.head:]...), 0
	}
	return a, true
}

// emptied keeps a small array for the next notice and lets go of one that a burst
// made large.
func emptied[A any](notices []A) []A {
	if cap(notices) > 1024 {
		return nil
	}
	return notices[:0]
}

func (c *queueCore[A]) next(ctx context.Context) (A, error) {
	for {
		c.mu.Lock()
		if a, ok := c.pop(); ok {
			c.mu.Unlock()
			return a, nil
		}
		g := gate.New()
		c.waiters = append(c.waiters, g)
		c.mu.Unlock()
		if err := g.Wait(ctx); err != nil {
			c.leave(g)
			var none A
			return none, err
		}
	}
}

// leave gives up a place among the waiters. Who has been woken at that very moment
// passes it on.
func (c *queueCore[A]) leave(g *gate.Gate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.waiters, g); i >= 0 {
		c.waiters = slices.Delete(c.waiters, i, i+1)
	} else if c.head < len(c.notices) {
		c.wake()
	}
}

func (c *queueCore[A]) drain() []A {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.notices[c.head:]
	c.notices, c.head = nil, 0
	return all
}

func (c *queueCore[A]) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.notices) - c.head
}

// registry lists what is registered with a queue. The sweeper holds it, and undoes
// the registrations once it finds the queue gone.
type registry struct {
	mu  sync.Mutex
	all []registration
}

// registration is a [Finalizer] whose types the registry does not know.
type registration interface {
	Alive() bool
	retire()
}

func (z *Finalizer[T, A]) retire() { z.Detach() }

// register adds a registration, and has the sweeper look after the queue from the
// first one on.
func (c *queueCore[A]) register(z registration) {
	c.registered.add(z)
	c.watch.Do(func() {
		ref, registered := weak.Make(c), c.registered
		sweeps.register(func() (again bool) {
			if ref.Value() != nil {
				return true
			}
			registered.retire()
			return false
		})
	})
}

// add forgets those that have run or been detached whenever the slice must grow,
// so that it is never more than twice as long as it need be.
func (r *registry) add(z registration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == cap(r.all) {
		r.all = slices.DeleteFunc(r.all, func(z registration) bool { return !z.Alive() })
		// Room for half as many again, or the next call would look at all once more.
		r.all = slices.Grow(r.all, len(r.all)/2+1)
	}
	r.all = append(r.all, z)
}

func (r *registry) retire() {
	r.mu.Lock()
	all := r.all
	r.all = nil
	r.mu.Unlock()
	for _, z := range all {
		if z.Alive() {
			z.retire()
		}
	}
}
