// Package gate lets one goroutine wait for another without a channel.
//
// Channels, timers, wait groups and condition variables belong to the
// testing/synctest bubble that made them, and using one from outside, as a
// cleanup goroutine would, ends the process. A mutex belongs to no bubble, so a
// waiter inside a bubble may be woken by the runtime from outside it.
package gate

import (
	"context"
	"sync"
	"sync/atomic"
)

// Gate is closed when made by [New] and stays open once opened.
type Gate struct {
	mu     sync.Mutex
	opened atomic.Bool
}

// New returns a closed gate.
func New() *Gate {
	g := new(Gate)
	g.mu.Lock()
	return g
}

// Open lets every present and future waiter through. It never blocks and may
// be called by any goroutine, any number of times.
func (g *Gate) Open() {
	if g.opened.CompareAndSwap(false, true) {
		g.mu.Unlock()
	}
}

// Wait blocks until the gate is open or ctx is done, and returns the context's
// error in the second case. A context that ends opens the gate, so a gate
// whose waiters use different contexts must be theirs alone.
func (g *Gate) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var ended atomic.Bool
	stop := context.AfterFunc(ctx, func() {
		ended.Store(true)
		g.Open()
	})
	g.mu.Lock()
	stop()
	g.mu.Unlock()
	if ended.Load() {
		return ctx.Err()
	}
	return nil
}
