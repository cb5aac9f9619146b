package refcount

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"strconv"
	"sync"
)

// latch is opened once, and lets all through who wait at it then or later. The
// zero latch is closed.
//
// Whoever opens it may be a goroutine outside of the testing/synctest bubble of
// one who waits, and a bubble's channel that is closed from outside ends the
// process. So open wakes its own bubble's waiters and those in no bubble; another
// bubble's notice only at the end of their context.
type latch struct {
	mu      sync.Mutex
	opened  bool
	waiters []*latchWaiter
}

type latchWaiter struct {
	bubble int           // of the goroutine that made the channel
	woken  chan struct{} // not closed if the wait ended otherwise
}

// wait blocks until the latch is open or ctx is done, and returns the context's
// error in the second case.
func (l *latch) wait(ctx context.Context) error {
	w := l.enter()
	if w == nil {
		return nil
	}
	select {
	case <-w.woken:
		return nil
	case <-ctx.Done():
	}
	if l.leave(w) {
		return nil
	}
	return ctx.Err()
}

// enter returns the caller's place at the latch, and nil if it is open.
func (l *latch) enter() *latchWaiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened {
		return nil
	}
	w := &latchWaiter{bubble: bubble(), woken: make(chan struct{})}
	l.waiters = append(l.waiters, w)
	return w
}

// leave reports whether the latch has been opened meanwhile.
func (l *latch) leave(w *latchWaiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiters = slices.DeleteFunc(l.waiters, func(o *latchWaiter) bool { return o == w })
	return l.opened
}

// open may be called any number of times.
func (l *latch) open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened = true
	if len(l.waiters) == 0 {
		return
	}
	here := bubble()
	for _, w := range l.waiters {
		if w.bubble == 0 || w.bubble == here {
			close(w.woken)
		}
	}
	l.waiters = nil
}

// bubble returns the number of the calling goroutine's synctest bubble, and zero
// if it is in none. The runtime tells it only in the first line of a stack:
// "goroutine 8 [running, synctest bubble 1]:".
func bubble() int {
	buf := make([]byte, 128)
	line, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte("]:"))
	_, number, _ := bytes.Cut(line, []byte("synctest bubble "))
	number, _, _ = bytes.Cut(number, []byte(","))
	id, err := strconv.Atoi(string(number))
	if err != nil {
		return 0
	}
	return id
}
