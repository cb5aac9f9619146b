package event_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

func TestRingKeepsTheNewest(t *testing.T) {
	var h event.Hub
	s := h.Subscribe(3)
	defer s.Close()
	for i := range 5 {
		h.Emit(event.Event{Kind: event.Created, Object: event.ID(i + 1)})
	}
	for want := event.ID(3); want <= 5; want++ {
		if e, ok := s.Poll(); !ok || e.Object != want || e.Seq != uint64(want) || e.Time.IsZero() {
			t.Errorf("got %+v, %v; want object %d", e, ok, want)
		}
	}
	if _, ok := s.Poll(); ok {
		t.Error("a fourth event")
	}
	if s.Lost() != 2 {
		t.Errorf("lost %d, want 2", s.Lost())
	}
	if got, want := h.Stats(), (event.HubStats{Subscribers: 1, Emitted: 5, Lost: 2}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestKindsAreFiltered(t *testing.T) {
	var h event.Hub
	s := h.Subscribe(8, event.Released, event.GC)
	defer s.Close()
	for _, k := range event.Kinds() {
		h.Emit(event.Event{Kind: k})
	}
	var got []event.Kind
	for e, ok := s.Poll(); ok; e, ok = s.Poll() {
		got = append(got, e.Kind)
	}
	if len(got) != 2 || got[0] != event.Released || got[1] != event.GC {
		t.Errorf("got %v", got)
	}
	if s.Lost() != 0 {
		t.Error("what nobody asked for counts as lost")
	}
}

func TestListening(t *testing.T) {
	var h event.Hub
	if h.Listening() {
		t.Error("a new hub is listened to")
	}
	a, b := h.Subscribe(1), h.Subscribe(1)
	a.Close()
	a.Close()
	if !h.Listening() {
		t.Error("closing one of two stopped both")
	}
	h.Emit(event.Event{Kind: event.Created})
	h.Emit(event.Event{Kind: event.Created})
	b.Close()
	if h.Listening() {
		t.Error("still listened to")
	}
	if got, want := h.Stats(), (event.HubStats{Emitted: 2, Lost: 1}); got != want {
		t.Errorf("stats %+v, want %+v: what a closed subscriber lost stays counted", got, want)
	}
}

func TestNextWaitsAndEnds(t *testing.T) {
	var h event.Hub
	s := h.Subscribe(4)
	got := make(chan event.Event)
	go func() {
		defer close(got)
		for e := range s.Events(t.Context()) {
			got <- e
		}
	}()
	for i := range 3 {
		h.Emit(event.Event{Kind: event.Created, Object: event.ID(i)})
		if e := <-got; e.Object != event.ID(i) {
			t.Errorf("got object %d, want %d", e.Object, i)
		}
	}
	s.Close()
	if _, open := <-got; open {
		t.Error("an event after Close")
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, event.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
}

func TestCloseLeavesTheUnread(t *testing.T) {
	var h event.Hub
	s := h.Subscribe(4)
	h.Emit(event.Event{Kind: event.Created, Object: 9})
	s.Close()
	h.Emit(event.Event{Kind: event.Created, Object: 10})
	if e, err := s.Next(t.Context()); err != nil || e.Object != 9 {
		t.Errorf("Next = %v, %v", e, err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, event.ErrClosed) {
		t.Errorf("Next at the end: %v", err)
	}
}

// A reader whose context ends goes away; another waiting beside it stays.
func TestNextHonoursItsContext(t *testing.T) {
	var h event.Hub
	s := h.Subscribe(4)
	defer s.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		if e, err := s.Next(t.Context()); err != nil || e.Object != 5 {
			t.Errorf("the patient reader got %v, %v", e, err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the impatient reader got %v", err)
	}
	h.Emit(event.Event{Kind: event.Created, Object: 5})
	wg.Wait()
}

func TestCapacityMustBePositive(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	new(event.Hub).Subscribe(0)
}

// What is read, lost and left adds up to what was emitted, in order.
func TestConcurrentEmission(t *testing.T) {
	const emitters, each = 4, 5000
	var h event.Hub
	fast, slow := h.Subscribe(emitters*each), h.Subscribe(16)
	var wg sync.WaitGroup
	for g := range emitters {
		wg.Go(func() {
			for i := range each {
				h.Emit(event.Event{Kind: event.Created, Object: event.ID(g*each + i)})
			}
		})
	}
	wg.Wait()
	fast.Close()
	slow.Close()
	for _, s := range []*event.Subscription{fast, slow} {
		read, last := 0, uint64(0)
		for e, ok := s.Poll(); ok; e, ok = s.Poll() {
			if e.Seq <= last {
				t.Fatalf("event %d came after %d", e.Seq, last)
			}
			last = e.Seq
			read++
		}
		if got := uint64(read) + s.Lost(); got != emitters*each {
			t.Errorf("read %d and lost %d of %d", read, s.Lost(), emitters*each)
		}
	}
	if fast.Lost() != 0 {
		t.Error("a ring that was large enough lost events")
	}
}

func TestDefaultTellsOfCollections(t *testing.T) {
	s := event.Default.Subscribe(1024, event.GC)
	defer s.Close()
	var last *event.Collection
	for range 5 {
		runtime.GC()
		runtime.GC() // a sentinel may sleep through one
		e, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c := e.GC
		if e.Kind != event.GC || c == nil || c.Pause <= 0 || c.End.IsZero() || e.Actor != event.Collector {
			t.Fatalf("got %+v", e)
		}
		if last != nil && c.Number != last.Number+1 {
			t.Fatalf("collection %d followed %d", c.Number, last.Number)
		}
		last = c
	}
	if last.Queued == 0 {
		t.Error("the sentinel's own cleanup was not counted")
	}
}

func TestOtherHubsDoNotTellOfCollections(t *testing.T) {
	var h event.Hub
	all, probe := h.Subscribe(16), event.Default.Subscribe(16, event.GC)
	runtime.GC()
	runtime.GC()
	if _, err := probe.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	probe.Close()
	all.Close()
	if e, ok := all.Poll(); ok {
		t.Errorf("got %v", e)
	}
}

func TestSilenceIsFree(t *testing.T) {
	var h event.Hub
	if n := testing.AllocsPerRun(100, func() {
		if h.Listening() {
			t.Error("somebody listens")
		}
		h.Emit(event.Event{Kind: event.Created, Type: "T"})
	}); n != 0 {
		t.Errorf("an emission that nobody hears allocates %v times", n)
	}
}

func BenchmarkEmit(b *testing.B) {
	b.Run("subscribers=0", func(b *testing.B) {
		var h event.Hub
		b.ReportAllocs()
		for b.Loop() {
			h.Emit(event.Event{Kind: event.Created})
		}
	})
	b.Run("subscribers=0/guarded", func(b *testing.B) {
		var h event.Hub
		b.ReportAllocs()
		for b.Loop() {
			if h.Listening() {
				h.Emit(event.Event{Kind: event.Created})
			}
		}
	})
	b.Run("subscribers=1", func(b *testing.B) {
		var h event.Hub
		s := h.Subscribe(1024)
		defer s.Close()
		b.ReportAllocs()
		for b.Loop() {
			h.Emit(event.Event{Kind: event.Created})
		}
	})
}

func TestMirror(t *testing.T) {
	var hub event.Hub
	var word atomic.Uint32
	word.Store(1)
	hub.Mirror(&word, 2)
	if word.Load() != 1 {
		t.Errorf("the word is %b with nobody listening", word.Load())
	}
	first, second := hub.Subscribe(1), hub.Subscribe(1)
	var late atomic.Uint32
	hub.Mirror(&late, 4)
	if word.Load() != 3 || late.Load() != 4 {
		t.Errorf("the words are %b, %b while somebody listens", word.Load(), late.Load())
	}
	first.Close()
	if word.Load() != 3 {
		t.Error("the bit is gone while somebody still listens")
	}
	second.Close()
	if word.Load() != 1 || late.Load() != 0 {
		t.Errorf("the words are %b, %b after the last has left", word.Load(), late.Load())
	}
}

func TestReadTakesWhatThereIs(t *testing.T) {
	var h event.Hub
	h.Emit(event.Event{Kind: event.Created}) // nobody listens, so it has no number
	s := h.Subscribe(8)
	for range 5 {
		h.Emit(event.Event{Kind: event.Created})
	}
	into := make([]event.Event, 3)
	var got []uint64
	for range 2 {
		n, err := s.Read(t.Context(), into)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range into[:n] {
			got = append(got, e.Seq)
		}
	}
	if want := []uint64{1, 2, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("read events %v, want %v", got, want)
	}
	late := h.Subscribe(1)
	defer late.Close()
	if s.After() != 0 || late.After() != 5 {
		t.Errorf("the subscriptions began after %d and %d, want 0 and 5", s.After(), late.After())
	}
	s.Close()
	if n, err := s.Read(t.Context(), into); n != 0 || !errors.Is(err, event.ErrClosed) {
		t.Errorf("Read of a closed subscription = %d, %v", n, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("Read into nothing did not panic")
		}
	}()
	_, _ = late.Read(t.Context(), nil)
}
