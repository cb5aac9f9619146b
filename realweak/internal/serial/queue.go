// Package serial runs work in order on a goroutine that exists only while there
// is work.
package serial

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/internal/gate"
)

// Queue hands its items to one function, one after the other, in the order in
// which they were put. Its methods are safe for concurrent use, from cleanup
// goroutines too: they take a mutex for a moment and touch no channel.
type Queue[T any] struct {
	run func(T)

	mu      sync.Mutex
	items   []T // put and not yet in the batch
	running bool
	put     uint64 // items put since the start
	waiters []waiter

	done    atomic.Uint64 // items whose run has ended
	awaited atomic.Uint64 // what done must reach for the first waiter; 0 if there is none

	// Owned by the goroutine that runs the items. It takes all there are at once:
	// where a collection has put a million, a lock for each would cost as much as
	// running them.
	batch []T
	next  int // index of the first of the batch that has not begun
}

type waiter struct {
	until uint64 // opens when done reaches it
	gate  *gate.Gate
}

// NewQueue returns an empty queue that gives its items to run. run must not
// panic. It may call runtime.Goexit, as a test's FailNow does; the next item is
// then run on a new goroutine.
func NewQueue[T any](run func(T)) *Queue[T] {
	return &Queue[T]{run: run}
}

// Put adds an item. It never blocks.
func (q *Queue[T]) Put(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, item)
	q.put++
	if !q.running {
		q.running = true
		go q.work()
	}
}

// Depth returns how many items have been put and not yet finished.
func (q *Queue[T]) Depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int(q.put - q.done.Load())
}

// Wait waits until every item that was put before the call has been run, or ctx
// is done. Called by run itself it waits for ever.
func (q *Queue[T]) Wait(ctx context.Context) error {
	q.mu.Lock()
	if q.done.Load() == q.put {
		q.mu.Unlock()
		return ctx.Err()
	}
	w := waiter{q.put, gate.New()}
	if len(q.waiters) == 0 {
		q.awaited.Store(w.until)
	}
	q.waiters = append(q.waiters, w)
	q.mu.Unlock()
	// The last item may have ended before awaited was stored.
	if q.done.Load() >= w.until {
		q.wake()
	}
	return w.gate.Wait(ctx)
}

func (q *Queue[T]) work() {
	ended := false
	defer func() {
		if !ended { // run called Goexit
			q.finish()
			go q.work()
		}
	}()
	for q.fill() {
		q.run(q.take())
		q.finish()
	}
	ended = true
}

// fill reports whether the batch has an item that has not begun, and takes all that
// were put if it has none. If there are none either, the goroutine is to end.
func (q *Queue[T]) fill() bool {
	if q.next < len(q.batch) {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.batch, q.items, q.next = q.items, shrunk(q.batch), 0
	q.running = len(q.batch) > 0
	return q.running
}

// take returns the next item of the batch.
func (q *Queue[T]) take() (item T) {
	var none T
	item, q.batch[q.next] = q.batch[q.next], none
	q.next++
	return item
}

// shrunk empties items and lets go of a backing array that one burst made large.
func shrunk[T any](items []T) []T {
	if cap(items) > 1024 {
		return nil
	}
	return items[:0]
}

func (q *Queue[T]) finish() {
	done := q.done.Add(1)
	if until := q.awaited.Load(); until != 0 && until <= done {
		q.wake()
	}
}

// wake lets those through whose items have all ended.
func (q *Queue[T]) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	done := q.done.Load()
	// Waiters arrive in the order of what they wait for.
	for len(q.waiters) > 0 && q.waiters[0].until <= done {
		q.waiters[0].gate.Open()
		q.waiters = q.waiters[1:]
	}
	if len(q.waiters) == 0 {
		q.awaited.Store(0)
	} else {
		q.awaited.Store(q.waiters[0].until)
	}
}
