package debughttp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// patience is when a test gives up; nothing takes nearly as long.
const patience = time.Minute

// service is a program with the handler, on a hub of its own.
type service struct {
	*debughttp.Server
	hub *event.Hub
	url string // of the handler, with a slash at the end
}

// serve starts a service.
func serve(t testing.TB, options ...debughttp.Option) *service {
	t.Helper()
	s := &service{hub: new(event.Hub)}
	s.Server = debughttp.Handler(append([]debughttp.Option{debughttp.From(debughttp.Sources{Hub: s.hub})}, options...)...)
	mux := http.NewServeMux()
	mux.Handle("/debug/realweak/", s.Server)
	server := httptest.NewUnstartedServer(mux)
	server.Listener = small{server.Listener}
	server.Start()
	s.url = server.URL + "/debug/realweak/"
	t.Cleanup(func() {
		_ = s.Server.Close()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// emit emits n events of the kind.
func (s *service) emit(n int, kind event.Kind) {
	for range n {
		s.hub.Emit(event.Event{Kind: kind, Type: "main.Conn"})
	}
}

// get asks for a path and returns the answer with its body.
func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	return do(t, http.MethodGet, url, header...)
}

func do(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// stream is an open stream of events.
type stream struct {
	*wire.StreamReader
	t      testing.TB
	body   io.ReadCloser
	leave  context.CancelFunc
	answer *http.Response
}

// watch opens a stream.
func watch(t testing.TB, url string, header ...string) *stream {
	t.Helper()
	return watchFor(t, patience, http.DefaultClient, url, header...)
}

func watchBy(t testing.TB, client *http.Client, url string) *stream {
	t.Helper()
	return watchFor(t, patience, client, url)
}

func watchFor(t testing.TB, length time.Duration, client *http.Client, url string, header ...string) *stream {
	t.Helper()
	ctx, leave := context.WithTimeout(context.Background(), length)
	t.Cleanup(leave)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %s: %s", url, answer.Status, body)
	}
	return &stream{wire.NewStreamReader(answer.Body), t, answer.Body, leave, answer}
}

func (s *stream) next() wire.Message {
	s.t.Helper()
	m, err := s.Next()
	if err != nil {
		s.t.Fatalf("the stream ended: %v", err)
	}
	return m
}

// events reads n events and returns their numbers; it fails the test on other messages.
func (s *stream) events(n int) []uint64 {
	s.t.Helper()
	var got []uint64
	for range n {
		m := s.next()
		if m.Event == nil {
			s.t.Fatalf("a message that is no event: %+v", m)
		}
		if id := strconv.FormatUint(m.Event.Seq, 10); s.LastID() != id {
			s.t.Errorf("event %s has the id %s", id, s.LastID())
		}
		got = append(got, m.Event.Seq)
	}
	return got
}

// await waits until the condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("after %v still not: %s", patience, what)
		}
		time.Sleep(time.Millisecond)
	}
}
