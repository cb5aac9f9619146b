package refcount

import (
	"context"
	"slices"
	"sync"
)

// gate keeps the updates of a domain and its collections apart. Updates pass
// together; a collection closes the gate when none is inside. It also admits one
// collection at a time.
//
// An update knows its goroutine. So one that waits at the gate cannot be the
// continuation of one inside, and a collection that is to come can let no more
// updates in, without a deadlock and without waiting for ever.
type gate struct {
	mu      sync.Mutex
	inside  []uintptr // goroutines with an update, once for each
	closing bool      // a collection waits for those inside
	closed  bool
	turn    uintptr       // the goroutine that collects
	changed chan struct{} // closed at the next change; nil while nobody waits
}

// enter lets an update in, and reports whether it is the goroutine's first one.
func (g *gate) enter(self uintptr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	nested := slices.Contains(g.inside, self)
	for !nested && (g.closing || g.closed) {
		if g.closed && g.turn == self {
			panic("refcount: Update called by a Trace: Trace only reports the handles of its object; change them elsewhere")
		}
		g.wait(context.Background())
	}
	g.inside = append(g.inside, self)
	return !nested
}

func (g *gate) leave(self uintptr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := len(g.inside) - 1; i >= 0; i-- {
		if g.inside[i] == self {
			g.inside = slices.Delete(g.inside, i, i+1)
			break
		}
	}
	if len(g.inside) == 0 {
		g.change()
	}
}

// take waits for its turn to collect. It reports false if this goroutine has the
// turn already.
func (g *gate) take(ctx context.Context, self uintptr) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn == self {
		return false, nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if g.turn == 0 {
			g.turn = self
			return true, nil
		}
		g.wait(ctx)
	}
}

// tryTake takes the turn to collect if nobody has it and no update is inside.
func (g *gate) tryTake(self uintptr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn != 0 || len(g.inside) != 0 {
		return false
	}
	g.turn = self
	return true
}

func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn = 0
	g.change()
}

// close waits until no update is inside, and lets none in until open is called.
// The caller has the turn to collect.
func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if slices.Contains(g.inside, g.turn) {
		panic("refcount: a Domain is collected inside Update: the collection would wait for this update; call Collect or Report after it")
	}
	g.closing = true
	for len(g.inside) > 0 {
		if err := ctx.Err(); err != nil {
			g.closing = false
			g.change()
			return err
		}
		g.wait(ctx)
	}
	g.closing, g.closed = false, true
	return nil
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = false
	g.change()
}

// wait returns, with the lock held again, after a change or when ctx is done.
func (g *gate) wait(ctx context.Context) {
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	changed := g.changed
	g.mu.Unlock()
	defer g.mu.Lock()
	select {
	case <-changed:
	case <-ctx.Done():
	}
}

func (g *gate) change() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}
