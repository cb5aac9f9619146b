package debughttp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/event"
)

func TestEventsAsTheyHappen(t *testing.T) {
	s := serve(t)
	if s.hub.Listening() {
		t.Fatal("a handler that nobody asked listens to events")
	}
	a, b := watch(t, s.url+"events"), watch(t, s.url+"events")
	if n := s.hub.Stats().Subscribers; n != 1 {
		t.Errorf("two viewers are %d subscribers, want 1", n)
	}
	s.emit(3, event.Created)
	for _, viewer := range []*stream{a, b} {
		if got, want := viewer.events(3), []uint64{1, 2, 3}; !slices.Equal(got, want) {
			t.Errorf("got events %v, want %v", got, want)
		}
	}
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := a.answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestEventsInTheFormOfTheStandard(t *testing.T) {
	s := serve(t, debughttp.Ping(5*time.Millisecond))
	viewer := watch(t, s.url+"events")
	s.hub.Emit(event.Event{Kind: event.Cleared, Time: time.Unix(1, 0).UTC(), Type: "main.Conn"})
	missing := []string{
		"retry: 1000\n\n",
		"id: 1\nevent: cleared\ndata: {\"seq\":1,\"time\":\"1970-01-01T00:00:01Z\",\"kind\":\"cleared\",\"type\":\"main.Conn\"}\n\n",
		": ping\n\n",
	}
	var text string
	for lines := bufio.NewScanner(viewer.body); len(missing) > 0; {
		if !lines.Scan() {
			t.Fatalf("the stream ended (%v) without %q: %q", lines.Err(), missing, text)
		}
		text += lines.Text() + "\n"
		missing = slices.DeleteFunc(missing, func(want string) bool { return strings.Contains(text, want) })
	}
}

func TestKindsAreChosenByTheViewer(t *testing.T) {
	s := serve(t)
	viewer := watch(t, s.url+"events?kinds=retained,cleared")
	s.emit(2, event.Created)
	s.emit(1, event.Retained)
	s.emit(2, event.Created)
	s.emit(1, event.Cleared)
	if got, want := viewer.events(2), []uint64{3, 6}; !slices.Equal(got, want) {
		t.Errorf("got events %v, want %v", got, want)
	}
}

func TestSnapshotsInTheStream(t *testing.T) {
	s := serve(t)
	viewer := watch(t, s.url+"events?snapshot=100ms")
	for i := range 3 {
		m := viewer.next()
		if m.Snapshot == nil || m.Snapshot.Stream.Viewers != 1 {
			t.Fatalf("message %d: %+v", i, m)
		}
	}
}

func TestResume(t *testing.T) {
	s := serve(t, debughttp.Events(4))
	first := watch(t, s.url+"events")
	s.emit(3, event.Created)
	first.events(3)
	first.leave()
	await(t, "the viewer has gone", func() bool { return s.Snapshot().Stream.Viewers == 0 })
	s.emit(2, event.Created) // while nobody watches
	if got, want := watch(t, s.url+"events", "Last-Event-ID", "3").events(2), []uint64{4, 5}; !slices.Equal(got, want) {
		t.Errorf("resumed with events %v, want %v", got, want)
	}
	if got, want := watch(t, s.url+"events?last_event_id=2").events(3), []uint64{3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("resumed with events %v, want %v", got, want)
	}

	late := watch(t, s.url+"events", "Last-Event-ID", "0") // event 1 is kept no longer
	if m := late.next(); m.Lost == nil || m.Lost.Count != 1 {
		t.Errorf("what can no longer be had is told as %+v", m)
	}
	if got, want := late.events(4), []uint64{2, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("resumed with events %v, want %v", got, want)
	}

	current := watch(t, s.url+"events", "Last-Event-ID", "5")
	foreign := watch(t, s.url+"events", "Last-Event-ID", "900") // of a process that is no more
	if m := foreign.next(); m.Lost == nil || m.Lost.Count != 0 {
		t.Errorf("a gap of unknown size is told as %+v", m)
	}
	s.emit(1, event.Created) // which pushes event 2 out
	for _, viewer := range []*stream{current, foreign} {
		if got, want := viewer.events(1), []uint64{6}; !slices.Equal(got, want) {
			t.Errorf("resumed with events %v, want %v", got, want)
		}
	}
}

func TestRecordingEnds(t *testing.T) {
	s := serve(t, debughttp.Linger(10*time.Millisecond))
	other := s.hub.Subscribe(100) // so that events happen even without a viewer
	defer other.Close()
	viewer := watch(t, s.url+"events")
	s.emit(2, event.Created)
	viewer.events(2)
	viewer.leave()
	await(t, "nothing is recorded", func() bool { return !s.Recording() && s.hub.Stats().Subscribers == 1 })
	s.emit(3, event.Created)
	back := watch(t, s.url+"events", "Last-Event-ID", "2")
	if m := back.next(); m.Lost == nil || m.Lost.Count != 3 {
		t.Errorf("three events that were not recorded are told as %+v", m)
	}
	s.emit(1, event.Created)
	if got, want := back.events(1), []uint64{6}; !slices.Equal(got, want) {
		t.Errorf("resumed with events %v, want %v", got, want)
	}
	if got := s.Snapshot().Stream; got.Emitted != 3 || got.Lost != 0 || got.Oldest != 6 || got.Newest != 6 {
		t.Errorf("the stream's state is %+v; want 3 events that were recorded, 6 the only one kept", got)
	}
}

// A server's timeouts end a stream that does nothing against them, and an answer that
// comes late.
func TestStreamsSurviveTimeouts(t *testing.T) {
	const timeout = 150 * time.Millisecond
	for _, major := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP %d", major), func(t *testing.T) {
			var hub event.Hub
			debug := debughttp.Handler(debughttp.From(debughttp.Sources{Hub: &hub}))
			server := httptest.NewUnstartedServer(debug)
			server.Config.WriteTimeout = timeout
			server.Config.ReadTimeout = timeout
			server.EnableHTTP2 = major == 2
			server.StartTLS()
			defer server.Close()
			defer debug.Close()
			viewer := watchBy(t, server.Client(), server.URL+"/events")
			if viewer.answer.ProtoMajor != major {
				t.Errorf("the answer is in %s", viewer.answer.Proto)
			}
			for end := time.Now().Add(4 * timeout); time.Now().Before(end); {
				hub.Emit(event.Event{Kind: event.Created})
				viewer.events(1)
				time.Sleep(timeout / 10)
			}
			late, err := server.Client().Get(server.URL + "/cleanups?seconds=1")
			if err != nil {
				t.Fatal(err)
			}
			defer late.Body.Close()
			if _, err := profile.Parse(late.Body); err != nil {
				t.Errorf("a profile that takes longer than the timeout: %v", err)
			}
		})
	}
}

func TestStreamsEnd(t *testing.T) {
	t.Run("by Close", func(t *testing.T) {
		s := serve(t)
		viewer := watch(t, s.url+"events")
		s.emit(1, event.Created)
		viewer.events(1)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if s.Recording() || s.Snapshot().Stream.Viewers != 0 {
			t.Error("after Close a viewer is left")
		}
		if m, err := viewer.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after Close the viewer has %+v, %v; want the end", m, err)
		}
		answer, body := get(t, s.url+"events")
		if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "closed") {
			t.Errorf("a viewer after Close gets %s: %s", answer.Status, body)
		}
		if answer, _ := get(t, s.url+"snapshot"); answer.StatusCode != http.StatusOK {
			t.Errorf("a snapshot after Close: %s", answer.Status)
		}
	})
	t.Run("by Close though the viewer does not read", func(t *testing.T) {
		s := serve(t, debughttp.Events(100))
		blockedViewer(t, s)
		_ = s.Close()
		if n := s.Snapshot().Stream.Viewers; n != 0 {
			t.Errorf("after Close %d viewers are left", n)
		}
	})
	t.Run("by the client", func(t *testing.T) {
		s := serve(t, debughttp.Linger(0))
		viewer := watch(t, s.url+"events")
		viewer.leave()
		await(t, "the viewer has gone", func() bool { return s.Snapshot().Stream.Viewers == 0 && !s.Recording() })
	})
	t.Run("by Shutdown", func(t *testing.T) {
		var hub event.Hub
		debug := debughttp.Handler(debughttp.From(debughttp.Sources{Hub: &hub}))
		server := httptest.NewUnstartedServer(debug)
		server.Config.RegisterOnShutdown(func() { _ = debug.Close() })
		server.Start()
		defer server.Close()
		viewer := watch(t, server.URL+"/events")
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := server.Config.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if m, err := viewer.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after Shutdown the viewer has %+v, %v; want the end", m, err)
		}
	})
}

// blockedViewer opens a stream that is not read, and returns when the handler is in a
// write that does not end.
func blockedViewer(t testing.TB, s *service) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.Split(s.url, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	if _, err := io.WriteString(conn, "GET /debug/realweak/events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	await(t, "the viewer is there", func() bool { return s.Snapshot().Stream.Viewers == 1 })
	block(t, s)
}

// block emits until no viewer takes anything any more.
func block(t testing.TB, s *service) {
	t.Helper()
	viewers := uint64(s.Snapshot().Stream.Viewers)
	// Until all of each burst is dropped, for longer than a viewer ever rests.
	const burst = 1000
	var before uint64
	for inRow := 0; inRow < 20; {
		s.emit(burst, event.Created)
		newest := s.hub.Stats().Emitted
		await(t, "the events are recorded", func() bool { return s.Snapshot().Stream.Newest == newest })
		now := s.Snapshot().Stream
		sum := now.Dropped + now.Lost*viewers
		if inRow++; sum-before != burst*viewers {
			inRow = 0
		}
		before = sum
		time.Sleep(5 * time.Millisecond)
	}
}

// bare is a ResponseWriter that can do nothing more than that.
type bare struct{ http.ResponseWriter }

func TestStreamNeedsFlush(t *testing.T) {
	s := serve(t)
	w := httptest.NewRecorder()
	s.ServeHTTP(bare{w}, httptest.NewRequest("GET", "/events", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "Unwrap") {
		t.Errorf("without Flush the answer is %d %s", w.Code, w.Body)
	}
	if s.Snapshot().Stream.Viewers != 0 {
		t.Error("a viewer is left")
	}
}
