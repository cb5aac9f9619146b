package eventlog_test

import (
	"sync"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/realweak/event"
)

func TestTapPassesAllInOrder(t *testing.T) {
	const n = 5000
	var hub event.Hub
	var got []event.ID
	tap := eventlog.Open(&hub, 2*n, func(e event.Event) { got = append(got, e.Object) }, event.Created)
	for i := range event.ID(n) {
		hub.Emit(event.Event{Kind: event.Created, Object: i + 1})
		hub.Emit(event.Event{Kind: event.Interned})
		if i%500 == 0 {
			tap.Flush()
			if len(got) != int(i)+1 {
				t.Fatalf("after a flush: %d of %d events", len(got), i+1)
			}
		}
	}
	if lost := tap.Close(); lost != 0 {
		t.Errorf("%d events lost", lost)
	}
	if len(got) != n {
		t.Fatalf("%d of %d events", len(got), n)
	}
	for i, id := range got {
		if id != event.ID(i+1) {
			t.Fatalf("event %d is about object %d", i, id)
		}
	}
	if hub.Listening() {
		t.Error("still subscribed after Close")
	}
	tap.Flush() // must not hang
	tap.Close()
}

func TestTapCountsLost(t *testing.T) {
	var hub event.Hub
	started, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	n := 0
	tap := eventlog.Open(&hub, 2, func(event.Event) {
		n++
		once.Do(func() { close(started); <-release })
	})
	hub.Emit(event.Event{Kind: event.Created})
	<-started
	for range 5 {
		hub.Emit(event.Event{Kind: event.Created})
	}
	close(release)
	if lost := tap.Close(); lost != 3 || n != 3 {
		t.Errorf("%d lost and %d passed on, want 3 and 3", lost, n)
	}
}

func TestTapManyFlushers(t *testing.T) {
	var hub event.Hub
	tap := eventlog.Open(&hub, 1<<12, func(event.Event) {})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				hub.Emit(event.Event{Kind: event.Created})
				tap.Flush()
			}
		})
	}
	wg.Wait()
	tap.Close()
}
