// Package serial runs work in order on a goroutine that exists only while there
// is work.
package serial

import (
	"context"
	"sync"

	"github.com/referent-go/referent/realweak/internal/gate"
)

// Queue hands its items to one function, one after the other, in the order in
// which they were put. Its methods are safe for concurrent use, from cleanup
// goroutines too: they take a mutex for a moment and touch no channel.
type Queue[T any] struct {
	run func(T)

	mu      sync.Mutex
	items   []T
	head    int // index of the oldest item in items
	running bool
	put     uint64 // items put since the start
	done    uint64 // items whose run has ended
	waiters []waiter
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
	return int(q.put - q.done)
}

// Wait waits until every item that was put before the call has been run, or ctx
// is done. Called by run itself it waits for ever.
func (q *Queue[T]) Wait(ctx context.Context) error {
	q.mu.Lock()
	if q.done == q.put {
		q.mu.Unlock()
		return ctx.Err()
	}
	w := waiter{q.put, gate.New()}
	q.waiters = append(q.waiters, w)
	q.mu.Unlock()
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
	for {
		item, ok := q.next()
		if !ok {
			ended = true
			return
		}
		q.run(item)
		q.finish()
	}
}

func (q *Queue[T]) next() (item T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == len(q.items) {
		q.items, q.head = shrunk(q.items), 0
		q.running = false
		return item, false
	}
	var none T
	item, q.items[q.head] = q.items[q.head], none
	q.head++
	return item, true
}

// shrunk empties items and lets go of a backing array that one burst made large.
func shrunk[T any](items []T) []T {
	if cap(items) > 1024 {
		return nil
	}
	return items[:0]
}

func (q *Queue[T]) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done++
	// Waiters arrive in the order of what they wait for.
	for len(q.waiters) > 0 && q.waiters[0].until <= q.done {
		q.waiters[0].gate.Open()
		q.waiters = q.waiters[1:]
	}
}
