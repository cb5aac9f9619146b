// Package spool puts a queue in front of a slow writer.
package spool

import (
	"io"
	"sync"
)

// Writer passes what is written to it on from a goroutine of its own, in order,
// so that Write never waits for whoever reads at the other end. The queue has no
// bound: it is for output of which the size is known to be reasonable. It is safe
// for concurrent use.
type Writer struct {
	w    io.Writer
	done chan struct{}

	mu     sync.Mutex
	more   sync.Cond // something was added, or closed
	queue  []byte
	closed bool
	err    error
}

// New returns a Writer that passes on to w. It must be closed.
func New(w io.Writer) *Writer {
	s := &Writer{w: w, done: make(chan struct{})}
	s.more.L = &s.mu
	go s.pass()
	return s
}

func (s *Writer) pass() {
	defer close(s.done)
	var batch []byte
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed {
			s.more.Wait()
		}
		if len(s.queue) == 0 {
			s.mu.Unlock()
			return
		}
		batch, s.queue = s.queue, batch[:0]
		broken := s.err != nil
		s.mu.Unlock()
		if broken {
			continue
		}
		if _, err := s.w.Write(batch); err != nil {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
		}
	}
}

// Write adds p to the queue. It returns the error of an earlier write, if there
// was one.
func (s *Writer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	s.queue = append(s.queue, p...)
	s.more.Signal()
	return len(p), nil
}

// Close waits until all has been passed on and returns the first error. Nothing
// may be written afterwards. It may be called twice.
func (s *Writer) Close() error {
	s.mu.Lock()
	s.closed = true
	s.more.Signal()
	s.mu.Unlock()
	<-s.done
	return s.err
}
