package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/spool"
)

// gated blocks each write until it is let through.
type gated struct {
	open chan struct{}
	bytes.Buffer
}

func (g *gated) Write(p []byte) (int, error) {
	<-g.open
	return g.Buffer.Write(p)
}

func TestWriteDoesNotWait(t *testing.T) {
	w := &gated{open: make(chan struct{})}
	s := spool.New(w)
	var want strings.Builder
	for i := range 1000 {
		fmt.Fprintf(s, "line %d\n", i)
		fmt.Fprintf(&want, "line %d\n", i)
	}
	close(w.open)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if w.String() != want.String() {
		t.Error("lines are missing or out of order")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestConcurrentWritesStayWhole(t *testing.T) {
	var b bytes.Buffer
	s := spool.New(&b)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				fmt.Fprintln(s, "one whole line")
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != strings.Repeat("one whole line\n", 2000) {
		t.Error("lines were torn")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestErrorIsKept(t *testing.T) {
	s := spool.New(broken{})
	for range 10 {
		fmt.Fprintln(s, "line")
	}
	if err := s.Close(); err == nil {
		t.Error("Close returned no error")
	}
	if _, err := s.Write([]byte("x")); err == nil {
		t.Error("Write after an error returned none")
	}
}
