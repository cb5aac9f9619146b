package realweak

import (
	"fmt"
	"slices"
)

// emission is one Emit under way: it calls the observers that were connected when
// it began and have not been disconnected since.
type emission[A any] struct {
	signal *Signal[A]
	ties   []*tie[A]
	a      A
	next   int  // index of the tie after the one being called
	gone   bool // a tie was found gone
}

// run calls the observers from the next one on. An observer that ends the
// goroutine ends run in its middle, and the rest are called on the way out.
func (e *emission[A]) run() {
	ended := false
	defer func() {
		if !ended {
			e.run()
		}
	}()
	for e.next < len(e.ties) {
		o := e.ties[e.next]
		e.next++
		if o.gone.Load() || !o.call(e.a) {
			e.gone = true
		}
	}
	ended = true
	if e.gone {
		e.signal.compact()
	}
}

// call returns false if the observer is dead.
func (o *tie[A]) call(a A) (alive bool) {
	if !guard(0, o.source, func() { alive = o.observer.Call(a) }) {
		return true
	}
	if !alive {
		o.gone.Store(true)
	}
	return alive
}

func (o *tie[A]) source() string { return fmt.Sprintf("observer %v", o.observer) }

// add appends a tie. A signal that is connected to and never emits must not
// gather dead observers, so they are looked for whenever the slice must grow.
func (s *Signal[A]) add(o *tie[A]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ties) == cap(s.ties) && len(s.ties) > 0 {
		s.prune()
		// Room for half as many again, or the next call would look at all once more.
		s.ties = slices.Grow(s.ties, len(s.ties)/2+1)
	}
	s.ties = append(s.ties, o)
}

// prune removes the dead. It is called with the mutex held, and lets go of it
// meanwhile: to ask whether an observer is alive may have to wait for the
// collector.
func (s *Signal[A]) prune() {
	ties := s.ties
	s.mu.Unlock()
	for _, o := range ties {
		if !o.connected() {
			o.gone.Store(true)
		}
	}
	s.mu.Lock()
	s.removeGone()
}

func (s *Signal[A]) compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeGone()
}

// removeGone leaves the old array as it is, for those who are reading it.
func (s *Signal[A]) removeGone() {
	isGone := func(o *tie[A]) bool { return o.gone.Load() }
	if i := slices.IndexFunc(s.ties, isGone); i < 0 {
		return
	}
	left := make([]*tie[A], 0, len(s.ties))
	for _, o := range s.ties {
		if !isGone(o) {
			left = append(left, o)
		}
	}
	s.ties = left
}
