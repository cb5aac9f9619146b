package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// noon is when the program of the fixtures is looked at.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

var (
	getStack = track.Stack{
		{Function: "example.com/svc/pool.(*Pool).Get", File: "/src/svc/pool/pool.go", Line: 12},
		{Function: "example.com/svc/web.handleUpload", File: "/src/svc/web/upload.go", Line: 88},
		{Function: "net/http.HandlerFunc.ServeHTTP", File: "/go/src/net/http/server.go", Line: 2322},
	}
	putStack = track.Stack{{Function: "example.com/svc/pool.(*Pool).Put", File: "/src/svc/pool/pool.go", Line: 40}}
	logStack = track.Stack{{Function: "example.com/svc/auth.login[go.shape.int/x]", File: "/src/svc/auth/login.go", Line: 31}}
)

// payments returns the state of a program of which this many connections are retained.
func payments(instance string, retained int) *wire.Snapshot {
	var ages event.Histogram
	for i := range 40 {
		ages.Observe(time.Duration(i*i) * 10 * time.Millisecond)
	}
	s := &wire.Snapshot{
		Schema: wire.Schema, Time: noon,
		Process: wire.Process{
			Name: "payments", Instance: instance, Host: "a", PID: 12, Go: "go1.26.8",
			Module: "example.com/svc", Version: "v1.2.3", Start: noon.Add(-3 * time.Hour),
		},
		Runtime: wire.Runtime{
			HeapLive: 412 << 20, HeapGoal: 640 << 20, HeapObjects: 2_500_000, Collections: 1841,
			LastCollection: &event.Collection{Number: 1841, End: noon.Add(-2 * time.Second), Pause: 300 * time.Microsecond, Queued: 9061, Executed: 9058},
			CleanupsQueued: 9061, CleanupsExecuted: 9058, GOGC: 100, MemoryLimit: 1<<63 - 1, MaxProcs: 4, Goroutines: 31,
		},
		Groups: []event.GroupStats{
			{Name: "conns", Kind: "tracked", Type: "pool.Conn", Live: 142 + retained, Created: 5000, Cleaned: uint64(4858 - retained), Expected: 2, Retained: retained, Bytes: uint64(142+retained) * 4096, Ages: ages},
			{Name: "sessions", Kind: "tracked", Type: "auth.Session", Live: 4410, Created: 9000, Cleaned: 4590, Bytes: 4410 * 256},
		},
		Stream: wire.Stream{Viewers: 1, Emitted: 48120, Oldest: 40000, Newest: 48120},
	}
	if retained > 0 {
		s.Retained = []track.Retained{{
			Fingerprint: 0x9c1e77aa12345678, Group: "conns", Type: "pool.Conn", Count: retained, Bytes: uint64(retained) * 4096,
			Since: 8100 * time.Millisecond, Age: 58 * time.Minute, Collections: 3, Created: getStack, Expected: putStack,
		}}
	}
	return s
}

// day returns messages of some seconds of the program's life.
func day() []wire.Recorded {
	var all []wire.Recorded
	at := noon
	seq := uint64(48100)
	add := func(wait time.Duration, m wire.Message) {
		at = at.Add(wait)
		if m.Event != nil {
			seq++
			m.Event.Seq, m.Event.Time = seq, at
		}
		all = append(all, wire.Recorded{Time: at, Message: m})
	}
	happen := func(wait time.Duration, e event.Event) { add(wait, wire.Message{Event: &e}) }
	add(0, wire.Message{Snapshot: payments("a:12", 0)})
	for i := range event.ID(12) {
		happen(40*time.Millisecond, event.Event{Kind: event.Created, Object: 700 + i, Type: "pool.Conn", Group: "conns", Fingerprint: 0x9c1e77aa12345678, Actor: event.Caller})
	}
	happen(time.Second, event.Event{Kind: event.GC, GC: &event.Collection{Number: 1842, End: at, Pause: 300 * time.Microsecond, Queued: 9122, Executed: 9061}})
	for i := range event.ID(10) {
		happen(time.Millisecond, event.Event{
			Kind: event.Cleared, Object: 700 + i, Type: "pool.Conn", Group: "conns", Fingerprint: 0x9c1e77aa12345678,
			Age: time.Duration(300+100*i*i) * time.Millisecond, Collections: 1, Actor: event.Collector,
		})
	}
	happen(time.Millisecond, event.Event{Kind: event.CallbackPanicked, Type: "auth.Session", Group: "sessions", Label: "finalizer of *auth.Session panicked: nil map", Actor: event.Dispatcher})
	add(time.Millisecond, wire.Message{Lost: &wire.Lost{Count: 17}})
	happen(time.Second, event.Event{
		Kind: event.Retained, Object: 710, Type: "pool.Conn", Group: "conns", Fingerprint: 0x9c1e77aa12345678,
		Age: 8100 * time.Millisecond, Collections: 3, Actor: event.Collector,
	})
	last := payments("a:12", 40)
	last.Time = at
	last.Stream.Lost = 17
	add(0, wire.Message{Snapshot: last})
	return all
}

// writeRecording writes a recording into a file of this name.
func writeRecording(t *testing.T, name string, messages ...wire.Recorded) string {
	t.Helper()
	var b bytes.Buffer
	r := wire.NewRecorder(&b)
	for _, m := range messages {
		if err := r.Record(m); err != nil {
			t.Fatal(err)
		}
	}
	return writeFile(t, name, b.Bytes())
}

func writeSnapshot(t *testing.T, name string, s *wire.Snapshot) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, name, text)
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// sample is a line of a profile of what is alive.
type sample struct {
	group, typ, state string
	stack             track.Stack
	objects, bytes    int64
}

// liveProfile returns a profile as the handler serves it.
func liveProfile(t *testing.T, samples ...sample) []byte {
	t.Helper()
	m := &profile.Mapping{ID: 1, File: "payments", HasFunctions: true}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "live_objects", Unit: "count"}, {Type: "live_space", Unit: "bytes"}},
		PeriodType: &profile.ValueType{Type: "live_objects", Unit: "count"}, Period: 1,
		TimeNanos: noon.UnixNano(), Mapping: []*profile.Mapping{m},
	}
	for i, s := range samples {
		ps := &profile.Sample{
			Value:    []int64{s.objects, s.bytes},
			Label:    map[string][]string{"group": {s.group}, "type": {s.typ}, "state": {s.state}},
			NumLabel: map[string][]int64{"age": {1 << (20 + i)}}, NumUnit: map[string][]string{"age": {"nanoseconds"}},
		}
		for _, f := range s.stack {
			id := uint64(len(p.Location) + 1)
			fn := &profile.Function{ID: id, Name: f.Function, Filename: f.File}
			l := &profile.Location{ID: id, Mapping: m, Line: []profile.Line{{Function: fn, Line: int64(f.Line)}}}
			p.Function, p.Location = append(p.Function, fn), append(p.Location, l)
			ps.Location = append(ps.Location, l)
		}
		p.Sample = append(p.Sample, ps)
	}
	if err := p.CheckValid(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// program serves a snapshot, a profile and a stream of messages at the handler's
// usual place, and returns its host and port.
func program(t *testing.T, s *wire.Snapshot, live []byte, messages ...wire.Recorded) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/realweak/snapshot", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(s); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /debug/realweak/live", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(live)
	})
	mux.HandleFunc("GET /debug/realweak/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, m := range messages {
			if err := wire.WriteMessage(w, m.Message); err != nil {
				return
			}
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// steady replaces what differs from run to run, the addresses of servers, by what is
// as long as 127.0.0.1 and a port of five digits.
func steady(text string, addresses ...string) string {
	for i, a := range addresses {
		text = strings.ReplaceAll(text, a, fmt.Sprintf("payments-%c:6060", 'a'+i))
	}
	return text
}
