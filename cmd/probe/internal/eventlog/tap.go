package eventlog

import (
	"context"
	"errors"
	"sync"

	"github.com/referent-go/referent/realweak/event"
)

// Tap passes the events of a hub to a function, one at a time and in their order.
type Tap struct {
	sub  *event.Subscription
	each func(event.Event)
	done chan struct{}

	mu      sync.Mutex
	wait    context.Context // what the reader waits under; cancelled to call its attention
	wake    context.CancelFunc
	flushes []chan struct{} // closed once what is unread has been passed on
}

// Open subscribes to the given kinds of the hub's events, or to all if none is
// given, through a ring of the given capacity, and calls each for every one of
// them from one goroutine until the tap is closed.
func Open(hub *event.Hub, capacity int, each func(event.Event), kinds ...event.Kind) *Tap {
	t := &Tap{
		sub:  hub.Subscribe(capacity, kinds...),
		each: each,
		done: make(chan struct{}),
	}
	t.wait, t.wake = context.WithCancel(context.Background())
	go t.read(t.wait, capacity)
	return t
}

func (t *Tap) read(wait context.Context, capacity int) {
	defer close(t.done)
	for {
		e, err := t.sub.Next(wait)
		if err == nil {
			t.each(e)
			continue
		}
		if errors.Is(err, event.ErrClosed) {
			return
		}
		t.mu.Lock()
		flushes := t.flushes
		t.flushes = nil
		t.wait, t.wake = context.WithCancel(context.Background())
		wait = t.wait
		t.mu.Unlock()
		// More than a ring's worth was emitted after the flush was asked for.
		for range capacity {
			e, ok := t.sub.Poll()
			if !ok {
				break
			}
			t.each(e)
		}
		for _, f := range flushes {
			close(f)
		}
	}
}

// Flush returns once every event that was emitted before the call has been
// passed on. It must not be called from the tap's own function.
func (t *Tap) Flush() {
	flushed := make(chan struct{})
	t.mu.Lock()
	t.flushes = append(t.flushes, flushed)
	t.wake()
	t.mu.Unlock()
	select {
	case <-flushed:
	case <-t.done:
	}
}

// Lost returns how many events the ring has lost so far.
func (t *Tap) Lost() uint64 { return t.sub.Lost() }

// Close unsubscribes, passes on what was emitted before, ends the tap's
// goroutine and returns how many events were lost in all. It may be called twice.
func (t *Tap) Close() (lost uint64) {
	t.sub.Close()
	<-t.done
	t.mu.Lock()
	t.wake() // releases the context
	t.mu.Unlock()
	return t.sub.Lost()
}
