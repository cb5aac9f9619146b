package realweak

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"
	"weak"
)

// Queue gathers notices of death until somebody takes them out: where a
// [Finalizer] calls, a Queue is asked. Each notice is an A that was given to
// [Enqueue]. It is Java's java.lang.ref.ReferenceQueue. The zero Queue is empty
// and ready to use; it must not be copied after first use. All methods are safe
// for concurrent use.
//
// Whoever takes notices does so in a goroutine of their own choice, with their
// own locks held, and inside a testing/synctest bubble if they like: no channel
// and no foreign goroutine is involved.
//
// Notices come in the order in which the deaths were noticed, and for one object
// newest registration first. A Queue that is itself unreachable is collected,
// with its notices and its registrations.
//
// # Not guaranteed
//
// When a notice arrives is the collector's choice; [Drain] waits for those that
// follow from the collections so far. Deaths that one collection finds are
// noticed in no particular order. A Queue has no bound: each registration puts
// one notice into it at most.
type Queue[A any] struct {
	core atomic.Pointer[queueCore[A]]
}

// Enqueue arranges for a to be put into q after the object that p points to has
// died, and returns the registration. It is a [Finalizer] like any other: Detach
// takes the registration back, Call puts a into the queue now, and a SetAtExit
// has [Shutdown] do so, which by default it does not. It need not be kept.
//
// Enqueue panics as [Finalize] does, and costs what it costs. If a refers to the
// object, the object is never collected; if a refers to the queue, the queue lives
// as long as the object.
func Enqueue[T, A any](q *Queue[A], p *T, a A) *Finalizer[T, A] {
	mustRefer("Enqueue", p)
	if same, ok := any(a).(*T); ok && same == p {
		panic(fmt.Sprintf("realweak: Enqueue: the notice is the *%s itself and would keep it alive for ever; pass something that names it instead",
			reflect.TypeFor[T]()))
	}
	core := q.own()
	z := Finalize(p, enqueuer(core), a)
	z.SetAtExit(false)
	core.register(z)
	return z
}

// enqueuer returns what a finalizer calls. It is reachable from the object's
// anchor, so it must not hold the queue.
func enqueuer[A any](core *queueCore[A]) func(A) {
	ref := weak.Make(core)
	return func(a A) {
		if core := ref.Value(); core != nil {
			core.put(a)
		}
	}
}

// Poll takes the oldest notice out of the queue, and returns false if there is
// none.
func (q *Queue[A]) Poll() (a A, ok bool) {
	core := q.core.Load()
	if core == nil {
		return a, false
	}
	return core.poll()
}

// Next takes the oldest notice out of the queue and waits for one if there is
// none. It fails with the context's error if ctx is done first. Of several
// goroutines that wait, the one that has waited longest is woken.
//
// Inside a synctest bubble the clock stands still while a goroutine waits in Next,
// because what it waits for happens outside; so a timeout of the bubble's clock
// never comes. Collect, [Drain] and Poll instead.
func (q *Queue[A]) Next(ctx context.Context) (A, error) { return q.own().next(ctx) }

// Drain takes all notices out of the queue and returns them, oldest first.
func (q *Queue[A]) Drain() []A {
	core := q.core.Load()
	if core == nil {
		return nil
	}
	return core.drain()
}

// Len returns how many notices are in the queue.
func (q *Queue[A]) Len() int {
	core := q.core.Load()
	if core == nil {
		return 0
	}
	return core.len()
}

// String returns the type and the number of notices, such as "Queue[string](3)".
func (q *Queue[A]) String() string {
	return fmt.Sprintf("Queue[%v](%d)", reflect.TypeFor[A](), q.Len())
}

func (q *Queue[A]) own() *queueCore[A] {
	if core := q.core.Load(); core != nil {
		return core
	}
	return adopt(&q.core, func() *queueCore[A] { return &queueCore[A]{registered: new(registry)} })
}
