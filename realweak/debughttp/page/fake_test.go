package page_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/page"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// service is a program that the page looks at: its state is what a test says, and
// it answers as the handler does. The tests of the handler show the page the real
// one.
type service struct {
	mu       sync.Mutex
	snapshot wire.Snapshot
	messages []wire.Message // all that streams have had to send so far
	changed  chan struct{}  // closed when there is one more, or trouble
	noStream bool           // answers 503 for events
	down     bool           // hangs up on everybody
	requests []string
}

func newService(s wire.Snapshot) *service {
	return &service{snapshot: s, changed: make(chan struct{})}
}

// change changes the state, and all viewers hear of it at once. Unlike the handler's,
// a stream shows each state, even to a slow viewer.
func (s *service) change(f func(*wire.Snapshot)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.snapshot)
	snapshot := s.snapshot
	s.messages = append(s.messages, wire.Message{Snapshot: &snapshot})
	s.wake()
}

func (s *service) emit(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Seq = uint64(len(s.messages) + 1)
	s.messages = append(s.messages, wire.Message{Event: &e})
	s.wake()
}

func (s *service) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// fail takes the stream, or everything, out of service.
func (s *service) fail(noStream, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noStream, s.down = noStream, down
	s.wake()
}

func (s *service) state() wire.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}

// handler serves below any prefix that it is stripped of.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		snapshot := s.state()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", page.ContentSecurityPolicy)
		page.Render(w, &snapshot)
	})
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(page.Files)))
	mux.HandleFunc("GET /snapshot", func(w http.ResponseWriter, r *http.Request) {
		snapshot := s.state()
		json.NewEncoder(w).Encode(snapshot)
	})
	mux.HandleFunc("GET /events", s.stream)
	mux.HandleFunc("POST /gc", func(w http.ResponseWriter, r *http.Request) {
		s.change(func(n *wire.Snapshot) {
			n.Runtime.Collections++
			n.Time = n.Time.Add(time.Second)
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		down := s.down
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		s.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *service) stream(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	first, sent, refused := s.snapshot, len(s.messages), s.noStream
	s.mu.Unlock()
	if refused {
		http.Error(w, "no streams today", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	wire.WriteMessage(w, wire.Message{Snapshot: &first})
	for {
		s.mu.Lock()
		messages, changed, broken := s.messages[sent:], s.changed, s.noStream || s.down
		s.mu.Unlock()
		if broken {
			panic(http.ErrAbortHandler)
		}
		for _, m := range messages {
			wire.WriteMessage(w, m)
		}
		sent += len(messages)
		out.Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// quiet is a program that nothing was named in yet.
func quiet() wire.Snapshot {
	return wire.Snapshot{
		Schema: wire.Schema,
		Time:   noon,
		Process: wire.Process{
			Name: "payments", Instance: "payments-7f9c", Host: "10.0.3.7", PID: 4121, Go: "go1.26.8",
			Module: "example.com/payments", Version: "v1.4.2", Start: noon.Add(-3*time.Hour - 12*time.Minute - 5*time.Second),
		},
		Runtime: wire.Runtime{
			HeapLive: 432013312, HeapGoal: 671088640, HeapObjects: 3411209, Collections: 1841,
			LastCollection: &event.Collection{Number: 1841, End: noon.Add(-2100 * time.Millisecond), Pause: 310 * time.Microsecond, Queued: 181920, Executed: 181917},
			CleanupsQueued: 181925, CleanupsExecuted: 181922, GOGC: 100, MemoryLimit: 1<<63 - 1, MaxProcs: 8, Goroutines: 212,
		},
		Groups:   []event.GroupStats{},
		Retained: []track.Retained{},
		Stream:   wire.Stream{Viewers: 1, Emitted: 48121, Oldest: 40000, Newest: 48121},
	}
}

// busy is one in which every part of the page has something to show.
func busy() wire.Snapshot {
	s := quiet()
	s.Groups = []event.GroupStats{
		{Name: "conns", Kind: "tracked", Type: "*pool.Conn", Live: 182, Created: 94120, Cleaned: 93938, Expected: 3, Retained: 40, Bytes: 182 * 4096, Ages: lifetimes(1200*time.Millisecond, 4000)},
		{Name: "interned", Kind: "interning", Type: "string", Live: 91204, Created: 402113, Cleaned: 310909, Bytes: 5836800, Ages: lifetimes(14*time.Minute, 900),
			Counters: []event.Counter{{Name: "hits", Value: 48201777}, {Name: "misses", Value: 402113}}},
		{Name: "sessions", Kind: "cache", Type: "*auth.Session", Live: 4410, Created: 1204410, Cleaned: 1200000, Ages: lifetimes(31*time.Second, 12000),
			Counters: []event.Counter{{Name: "hits", Value: 9120441}, {Name: "loads", Value: 1204410}, {Name: "load_time_ns", Value: 512_000_000_000}, {Name: "front", Value: 1024, Gauge: true}}},
	}
	pool := func(f string, line int) track.Frame {
		return track.Frame{Function: "github.com/elsewhere/pool.(*Pool)." + f, File: "/src/pool/pool.go", Line: line}
	}
	s.Retained = []track.Retained{
		{
			Fingerprint: 0x9c1e0a2b44d01f77, Group: "conns", Type: "*pool.Conn", Count: 33, Bytes: 33 * 4096, Since: 58 * time.Minute, Age: 61 * time.Minute, Collections: 214,
			Created: track.Stack{
				pool("Get", 12),
				{Function: "example.com/payments/internal/upload.(*Handler).ServeHTTP", File: "/src/payments/internal/upload/upload.go", Line: 88},
				{Function: "net/http.(*ServeMux).ServeHTTP", File: "/go/src/net/http/server.go", Line: 2861},
				{Function: "net/http.serverHandler.ServeHTTP", File: "/go/src/net/http/server.go", Line: 3340},
			},
			Expected: track.Stack{pool("Put", 40), {Function: "example.com/payments/internal/upload.(*Handler).finish", File: "/src/payments/internal/upload/upload.go", Line: 131}},
		},
		{Fingerprint: 0x0b77aa0412cd9e01, Group: "conns", Type: "*pool.Conn", Count: 7, Bytes: 7 * 4096, Since: 81 * time.Second, Age: 2 * time.Minute, Collections: 9},
	}
	return s
}

// lifetimes is a hump of n ages around the one given, with a tail.
func lifetimes(around time.Duration, n int) event.Histogram {
	var h event.Histogram
	for i := range n {
		age := around/4 + around*time.Duration(i*i%1009)/1009
		if i%70 == 0 {
			age *= 40
		}
		h.Observe(age)
	}
	return h
}

// aMinuteMore plays what may happen within a minute, a second at a time.
func (s *service) aMinuteMore() {
	for i := range 60 {
		s.change(func(n *wire.Snapshot) {
			n.Time = n.Time.Add(time.Second)
			n.Groups = append([]event.GroupStats(nil), n.Groups...)
			for j := range n.Groups {
				g := &n.Groups[j]
				born := g.Live * (i%7 + j) / 90
				g.Created += uint64(born)
				g.Live += born
				if i%7 == 6 {
					died := g.Live / 5
					g.Live -= died
					g.Cleaned += uint64(died)
				}
			}
			n.Runtime.CleanupsExecuted = n.Runtime.CleanupsQueued
			if i%7 == 6 {
				n.Runtime.Collections++
				n.Runtime.CleanupsQueued += uint64(20 + i)
				n.Runtime.LastCollection = &event.Collection{
					Number: n.Runtime.Collections, End: n.Time.Add(-300 * time.Millisecond), Pause: time.Duration(200+i) * time.Microsecond,
					Queued: n.Runtime.CleanupsQueued, Executed: n.Runtime.CleanupsExecuted,
				}
			}
			if len(n.Retained) > 0 && i == 40 {
				n.Retained = append(n.Retained, track.Retained{
					Fingerprint: 0x77deadbeef001122, Group: "sessions", Type: "*auth.Session", Count: 12, Bytes: 12 * 320, Since: 6 * time.Second, Age: 40 * time.Second, Collections: 3,
					Created: track.Stack{{Function: "main.login", File: "/src/payments/main.go", Line: 59}},
				})
				n.Groups[len(n.Groups)-1].Retained += 12
			}
		})
	}
	for i := range 14 {
		s.emit(event.Event{
			Time: noon.Add(40*time.Second + time.Duration(i)*time.Millisecond), Kind: event.Retained, Type: "*auth.Session", Group: "sessions",
			Fingerprint: 0x77deadbeef001122, Age: 40 * time.Second, Collections: 3,
		})
	}
	s.emit(event.Event{Time: noon.Add(52 * time.Second), Kind: event.CallbackPanicked, Type: "*pool.Conn", Label: "close", Group: "conns", Object: 77})
	s.emit(event.Event{Time: noon.Add(55 * time.Second), Kind: event.Leaked, Type: "*blob.Buffer", Age: 9 * time.Minute, Collections: 31})
}

// prefix is where the tests mount the page, to show that any path does.
const prefix = "/team/a/debug/realweak"

func (s *service) mounted() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", http.StripPrefix(prefix, s.handler()))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, fmt.Sprintf("OUTSIDE %s %s", r.Method, r.URL.Path))
		s.mu.Unlock()
		http.NotFound(w, r)
	})
	return mux
}
