package realweak

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
)

// Signal calls its observers whenever something is emitted, and does not keep
// them alive: one that nothing else refers to is disconnected. The zero Signal
// has no observers and is ready to use; it must not be copied after first use.
//
// All methods are safe for concurrent use, and observers may call them. A Signal
// that is itself unreachable is collected.
//
// # Not guaranteed
//
// An observer that is not referred to any more may still be called until the
// collector has found that out; [Connection.Disconnect] acts at once. Emissions
// from several goroutines are not put in order: each calls the observers in
// theirs, and an observer may then run several times at once.
type Signal[A any] struct {
	mu   sync.Mutex
	ties []*tie[A] // in order of connection; ties below the length are never changed
}

// Observer is what a signal can be connected to. A [Method] is one.
type Observer[A any] interface {
	// Call hands a over and returns true, or returns false because the observer
	// is dead and will not be called any more.
	Call(a A) bool
	// Alive reports whether Call may still return true. It must not block.
	Alive() bool
}

// tie is what holds an observer to a signal.
type tie[A any] struct {
	observer Observer[A]
	gone     atomic.Bool // disconnected, or seen dead
}

// Connection is one observer's tie to a signal.
type Connection[A any] struct {
	tie *tie[A]
	f   func(A) // of ConnectFunc
}

// Connect makes o an observer: it is called from the next emission on, after
// those that were connected before it. The Connection need not be kept: the
// connection lasts as long as the method's receiver. Whoever is connected twice
// is called twice.
func (s *Signal[A]) Connect(o Observer[A]) *Connection[A] {
	if o == nil {
		panic("realweak: Signal.Connect with a nil observer; pass a Method, which Bind returns")
	}
	c := &Connection[A]{tie: &tie[A]{observer: o}}
	s.add(c.tie)
	return c
}

// ConnectFunc makes f an observer for as long as the Connection is kept: who lets
// go of it is disconnected once the collector finds out. f may refer to anything,
// the signal and what holds the Connection included.
func (s *Signal[A]) ConnectFunc(f func(A)) *Connection[A] {
	if f == nil {
		panic("realweak: Signal.ConnectFunc with a nil function; pass the function to call")
	}
	c := &Connection[A]{tie: new(tie[A]), f: f}
	c.tie.observer = Bind(c, (*Connection[A]).call)
	s.add(c.tie)
	return c
}

func (c *Connection[A]) call(a A) { c.f(a) }

// Disconnect ends the connection and reports whether it was one until then. The
// observer is not called after Disconnect has returned, not even by an emission
// under way; a call that has already begun goes on.
func (c *Connection[A]) Disconnect() bool { return c.tie.gone.CompareAndSwap(false, true) }

// Connected reports whether the observer has neither been disconnected nor died.
func (c *Connection[A]) Connected() bool { return c.tie.connected() }

func (o *tie[A]) connected() bool { return !o.gone.Load() && o.observer.Alive() }

// Emit calls every observer with a, one after the other, in the order of their
// connection and in the calling goroutine. No lock is held meanwhile.
//
// Who is connected during an emission is called from the next one on; who is
// disconnected during it is not called any more. An observer may emit: its
// emission is complete when its Emit returns. A panic in an observer is recovered
// and reported ([OnPanic]), and the others are called as if it had not happened;
// so they are if an observer ends the goroutine by [runtime.Goexit].
//
// An observer found dead is removed and costs nothing from the next emission on.
// An emission that nobody observes costs a lock, and none allocates.
func (s *Signal[A]) Emit(a A) {
	s.mu.Lock()
	ties := s.ties
	s.mu.Unlock()
	if len(ties) == 0 {
		return
	}
	e := emission[A]{signal: s, ties: ties, a: a}
	e.run()
}

// Len returns how many observers are connected and alive. It looks at each.
func (s *Signal[A]) Len() int {
	s.mu.Lock()
	ties := s.ties
	s.mu.Unlock()
	n := 0
	for _, o := range ties {
		if o.connected() {
			n++
		}
	}
	return n
}

// String returns the type and the number of observers, such as
// "Signal[main.Change](2 observers)".
func (s *Signal[A]) String() string {
	return fmt.Sprintf("Signal[%v](%d observers)", reflect.TypeFor[A](), s.Len())
}
