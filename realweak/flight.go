package realweak

import (
	"context"
	"sync"

	"github.com/referent-go/referent/realweak/internal/gate"
)

// flights lets one goroutine at a time compute the result for a key, and gives it
// to all who asked meanwhile. The zero flights are ready to use. Nothing is kept
// once a flight has landed.
type flights[K comparable, R any] struct {
	mu    sync.Mutex
	going map[K]*flight[R]
}

type flight[R any] struct {
	// Each waiter has a gate of its own, since the end of its context opens it.
	// A channel would not do: the goroutines may be of different synctest bubbles.
	waiters []*gate.Gate
	landed  bool // result and err are final
	result  R
	err     error
}

// do returns compute's result, or that of the flight that is under way for the
// key. A waiter gives up when its ctx is done. If compute does not return, because
// it panics or ends its goroutine, one of the waiters computes in its turn.
func (f *flights[K, R]) do(ctx context.Context, key K, compute func() (R, error)) (R, error) {
	for {
		f.mu.Lock()
		fl := f.going[key]
		if fl == nil {
			fl = new(flight[R])
			if f.going == nil {
				f.going = make(map[K]*flight[R])
			}
			f.going[key] = fl
			f.mu.Unlock()
			return f.lead(key, fl, compute)
		}
		g := gate.New()
		fl.waiters = append(fl.waiters, g)
		f.mu.Unlock()
		if err := g.Wait(ctx); err != nil {
			var none R
			return none, err
		}
		if fl.landed {
			return fl.result, fl.err
		}
	}
}

func (f *flights[K, R]) lead(key K, fl *flight[R], compute func() (R, error)) (result R, err error) {
	landed := false
	defer func() {
		f.mu.Lock()
		delete(f.going, key)
		fl.landed, fl.result, fl.err = landed, result, err
		f.mu.Unlock()
		for _, g := range fl.waiters {
			g.Open()
		}
	}()
	result, err = compute()
	landed = true
	return result, err
}
