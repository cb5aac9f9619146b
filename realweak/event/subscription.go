package event

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/referent-go/referent/realweak/internal/gate"
)

// ErrClosed is returned by [Subscription.Next] once the subscription is closed
// and its last event has been read.
var ErrClosed = errors.New("event: subscription closed")

// Subscription is a reader's place in a hub: a ring of the newest events that it
// has not read yet. All methods are safe for concurrent use; several readers
// share the events between them.
type Subscription struct {
	hub   *Hub
	wants uint64 // a bit for each kind
	after uint64 // hub.seq when it began

	// All below is guarded by hub.mu.
	ring   []Event
	first  int // index of the oldest unread event
	unread int
	lost   uint64
	closed bool
	waiter *gate.Gate // opened at the next event
}

// Subscribe returns a subscription to the given kinds, or to all if none is
// given, that holds at most capacity unread events. It panics if capacity is
// less than 1. The subscription must be closed when no longer read.
func (h *Hub) Subscribe(capacity int, kinds ...Kind) *Subscription {
	if capacity < 1 {
		panic(fmt.Sprintf("event: Subscribe with capacity %d: a ring holds at least 1 event", capacity))
	}
	s := &Subscription{hub: h, ring: make([]Event, capacity)}
	for _, k := range kinds {
		s.wants |= 1 << k
	}
	if len(kinds) == 0 {
		s.wants = ^uint64(0)
	}
	h.add(s)
	return s
}

// push is called with hub.mu held.
func (s *Subscription) push(e Event) {
	if s.wants&(1<<e.Kind) == 0 {
		return
	}
	if s.unread == len(s.ring) {
		s.first = (s.first + 1) % len(s.ring)
		s.unread--
		s.lost++
	}
	s.ring[(s.first+s.unread)%len(s.ring)] = e
	s.unread++
	if s.waiter != nil {
		s.waiter.Open()
		s.waiter = nil
	}
}

// pop is called with hub.mu held.
func (s *Subscription) pop() (Event, bool) {
	if s.unread == 0 {
		return Event{}, false
	}
	e := s.ring[s.first]
	s.ring[s.first] = Event{}
	s.first = (s.first + 1) % len(s.ring)
	s.unread--
	return e, true
}

// After returns the sequence number of the last event of the hub before the
// subscription began: the first that it can have has the next one.
func (s *Subscription) After() uint64 { return s.after }

// Poll returns the oldest unread event, and false if there is none. It goes on
// to return what was unread at the time of Close.
func (s *Subscription) Poll() (Event, bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.pop()
}

// Next returns the oldest unread event and waits for one if there is none. It
// fails with [ErrClosed], or with the context's error.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	var one [1]Event
	if _, err := s.Read(ctx, one[:]); err != nil {
		return Event{}, err
	}
	return one[0], nil
}

// Read moves the oldest unread events to into, as many as there are and as fit, and
// returns how many; it waits for one if there is none. It fails as [Subscription.Next]
// does. Who reads many events at a time keeps up with more of them. It panics if into
// is empty.
func (s *Subscription) Read(ctx context.Context, into []Event) (int, error) {
	if len(into) == 0 {
		panic("event: Read into an empty slice; make it as long as the number of events wanted at a time")
	}
	for {
		s.hub.mu.Lock()
		n := 0
		for n < len(into) {
			e, ok := s.pop()
			if !ok {
				break
			}
			into[n] = e
			n++
		}
		if n > 0 {
			s.hub.mu.Unlock()
			return n, nil
		}
		if s.closed {
			s.hub.mu.Unlock()
			return 0, ErrClosed
		}
		// A context that ends opens the gate for every reader that waits
		// at it; the others find nothing and wait again.
		if s.waiter == nil {
			s.waiter = gate.New()
		}
		waiter := s.waiter
		s.hub.mu.Unlock()
		if err := waiter.Wait(ctx); err != nil {
			s.hub.mu.Lock()
			if s.waiter == waiter {
				s.waiter = nil
			}
			s.hub.mu.Unlock()
			return 0, err
		}
	}
}

// Events returns a single-use iterator over unread events that waits for more
// until the subscription is closed or ctx is done.
func (s *Subscription) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			e, err := s.Next(ctx)
			if err != nil || !yield(e) {
				return
			}
		}
	}
}

// Lost returns how many events were overwritten before they were read.
func (s *Subscription) Lost() uint64 {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.lost
}

// Close ends the subscription: no further event is added, and a waiting Next
// returns. Closing twice is the same as closing once.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.hub.remove(s)
	if s.waiter != nil {
		s.waiter.Open()
		s.waiter = nil
	}
}
