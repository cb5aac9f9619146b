package debughttp_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

func TestSnapshot(t *testing.T) {
	retained := []track.Retained{{Fingerprint: 0x9c1e, Group: "conns", Type: "*pool.Conn", Count: 40, Created: track.Stack{dial, upload}}}
	s := serve(t, debughttp.Instance("payments-7f9c"), debughttp.AllowGC(true),
		debughttp.From(debughttp.Sources{Groups: groups, Retained: func() []track.Retained { return retained }}))
	answer, body := get(t, s.url+"snapshot")
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	got, err := wire.DecodeSnapshot(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got.Schema != wire.Schema || len(got.Groups) != 3 || got.Groups[1].Live != 182 || !slices.Equal(got.Retained[0].Created, retained[0].Created) {
		t.Errorf("the snapshot is %s", body)
	}
	p := got.Process
	if p.Instance != "payments-7f9c" || p.Name != "debughttp.test" || p.Host == "" || p.PID == 0 || !strings.HasPrefix(p.Go, "go1.") || p.Start.IsZero() {
		t.Errorf("the process is %+v", p)
	}
	if !got.Stream.CollectsOK {
		t.Error("gc is not allowed")
	}
	if p := serve(t).Snapshot().Process; p.Instance == "" || !strings.HasPrefix(p.Instance, p.Host+":") {
		t.Errorf("without a name the instance is %q", p.Instance)
	}
}

// Lists in a snapshot are never null, so that a reader need not ask.
func TestEmptySnapshot(t *testing.T) {
	s := serve(t, debughttp.From(debughttp.Sources{
		Groups:   func() []event.GroupStats { return nil },
		Retained: func() []track.Retained { return nil },
	}))
	_, body := get(t, s.url+"snapshot")
	for _, want := range []string{`"groups":[]`, `"retained":[]`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
}

func TestRuntime(t *testing.T) {
	r := serve(t).Snapshot().Runtime
	if r.HeapGoal == 0 || r.HeapObjects == 0 || r.MaxProcs == 0 || r.Goroutines == 0 || r.GOGC == 0 || r.MemoryLimit == 0 {
		t.Errorf("the runtime's state has zeroes: %+v", r)
	}
	// A later Go may have other metrics.
	var samples []metrics.Sample
	for range debughttp.RuntimeMetrics() {
		samples = append(samples, metrics.Sample{Name: "/no/such:thing"})
	}
	metrics.Read(samples)
	if r := debughttp.RuntimeOf(samples); r != (wire.Runtime{}) {
		t.Errorf("of metrics that do not exist: %+v", r)
	}
	known := map[string]bool{}
	for _, d := range metrics.All() {
		known[d.Name] = d.Kind == metrics.KindUint64
	}
	for _, name := range debughttp.RuntimeMetrics() {
		if !known[name] {
			t.Errorf("this version of Go has no metric %s that is a whole number", name)
		}
	}
}

func TestMethods(t *testing.T) {
	s := serve(t, debughttp.AllowGC(true))
	for _, name := range debughttp.Endpoints() {
		method, allow := http.MethodPost, "GET, HEAD"
		if name == "gc" {
			method, allow = http.MethodGet, "POST"
		}
		for _, method := range []string{method, http.MethodDelete, http.MethodOptions, "BREW"} {
			answer, body := do(t, method, s.url+name)
			if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != allow {
				t.Errorf("%s %q: %s, Allow: %q, %s", method, name, answer.Status, answer.Header.Get("Allow"), body)
			}
		}
		if name == "gc" {
			continue
		}
		answer, body := do(t, http.MethodHead, s.url+name)
		if answer.StatusCode != http.StatusOK || body != "" || answer.Header.Get("Content-Type") == "" {
			t.Errorf("HEAD %q: %s, %v, %s", name, answer.Status, answer.Header, body)
		}
	}
}

func TestNothingInDefaultServeMux(t *testing.T) {
	serve(t)
	for _, path := range []string{"/debug/realweak/", "/debug/realweak/snapshot"} {
		if _, pattern := http.DefaultServeMux.Handler(httptest.NewRequest("GET", path, nil)); pattern != "" {
			t.Errorf("http.DefaultServeMux has %s for %s", pattern, path)
		}
	}
}

// However it is mounted, all endpoints are found, and the page's address ends in a
// slash, so that its relative links lead to them.
func TestMounting(t *testing.T) {
	debug := debughttp.Handler()
	t.Cleanup(func() { _ = debug.Close() })
	mux := func(pattern string, h http.Handler) http.Handler {
		m := http.NewServeMux()
		m.Handle(pattern, h)
		return m
	}
	for _, c := range []struct {
		name   string
		root   http.Handler
		prefix string
	}{
		{"pattern", mux("/debug/realweak/", debug), "/debug/realweak"},
		{"pattern with a method", mux("GET /debug/realweak/", debug), "/debug/realweak"},
		{"pattern with a wildcard", mux("/{service}/realweak/{rest...}", debug), "/payments/realweak"},
		{"stripped", mux("/debug/realweak/", http.StripPrefix("/debug/realweak", debug)), "/debug/realweak"},
		{"stripped with the slash", mux("/debug/realweak/", http.StripPrefix("/debug/realweak/", debug)), "/debug/realweak"},
		{"stripped without a slash in the pattern", http.StripPrefix("/rw", debug), "/rw"},
		{"below an outer prefix", mux("/inner/", http.StripPrefix("/inner", mux("/debug/realweak/", debug))), "/inner/debug/realweak"},
		{"both stripped", mux("/inner/", http.StripPrefix("/inner", mux("/rw/", http.StripPrefix("/rw", debug)))), "/inner/rw"},
		{"below a prefix that looks like the page's files", mux("/assets/", debug), "/assets"},
		{"by itself", debug, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.root)
			defer server.Close()
			for _, name := range []string{"", "snapshot", "live", "cleanups", "metrics"} {
				if answer, body := get(t, server.URL+c.prefix+"/"+name); answer.StatusCode != http.StatusOK {
					t.Errorf("GET %s/%s: %s: %s", c.prefix, name, answer.Status, body)
				}
			}
			answer, _ := get(t, server.URL+c.prefix+"/nothing")
			if answer.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s/nothing: %s", c.prefix, answer.Status)
			}
			if c.prefix == "" || strings.Contains(c.prefix, "inner") || strings.Contains(c.name, "wildcard") {
				return // an inner ServeMux adds the slash without the outer prefix, and a wildcard none
			}
			answer, _ = get(t, server.URL+c.prefix)
			if to, err := answer.Location(); err != nil || to.Path != c.prefix+"/" {
				t.Errorf("GET %s: %s to %v, %v; want a way to %s/", c.prefix, answer.Status, to, err, c.prefix)
			}
		})
	}
}

func TestBadRequests(t *testing.T) {
	s := serve(t)
	for _, c := range []struct {
		path string
		code int
		want string // in the answer: what was wrong, and what to do
	}{
		{"snapshots", 404, "there are snapshot, events, live, cleanups, metrics, gc"},
		{"events?kinds=created,died", 400, "kinds=died: it takes a list of kinds of event, separated by commas, out of created, cleared,"},
		{"events?kinds=created,", 400, "out of created"},
		{"events?snapshot=soon", 400, "such as 1s or 500ms, from 100ms to 1h"},
		{"events?snapshot=1ms", 400, "from 100ms to 1h"},
		{"events?snapshot=-1s", 400, "from 100ms to 1h"},
		{"events?last_event_id=x", 400, "last_event_id=x: it takes the id of the last event"},
		{"events?last_event_id=-1", 400, "it takes the id"},
		{"events?kinds=%zz", 400, "escape what is no letter or digit"},
		{"live?seconds=30", 400, "ask cleanups?seconds=30"},
		{"live?gc=yes", 400, "gc=yes: it takes 0 or 1"},
		{"live?debug=text", 400, "debug=text: it takes 0 for a profile or 1 for text"},
		{"live?gc=1", 403, "debughttp.AllowGC(true)"},
		{"cleanups?seconds=0", 400, "a whole number of seconds, 1 to 3600"},
		{"cleanups?seconds=1e9", 400, "a whole number of seconds, 1 to 3600"},
		{"cleanups?seconds=99999", 400, "a whole number of seconds, 1 to 3600"},
		{"cleanups?debug=-1", 400, "debug=-1"},
		{"assets/none.js", 404, ""},
		{"assets/../snapshot", 307, ""},
	} {
		answer, body := get(t, s.url+c.path)
		if answer.StatusCode != c.code || !strings.Contains(body, c.want) {
			t.Errorf("GET %s: %s: %s; want %d and %q", c.path, answer.Status, body, c.code, c.want)
		}
		if code := answer.StatusCode; code >= 400 && answer.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("GET %s: the type is %s", c.path, answer.Header.Get("Content-Type"))
		}
	}
	if answer, body := get(t, s.url+"events", "Last-Event-ID", "abc"); answer.StatusCode != 400 || !strings.Contains(body, "Last-Event-ID=abc") {
		t.Errorf("a wrong Last-Event-ID: %s: %s", answer.Status, body)
	}
}

// FuzzRequest tests that no path or query makes the handler panic or answer with an
// error of its own.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{"/", "/snapshot", "/live?debug=1", "/cleanups?seconds=x", "/metrics", "/events?kinds=gc&snapshot=1s", "/assets/a", "/a/assets/../b", "/%2e%2e/"} {
		path, query, _ := strings.Cut(seed, "?")
		f.Add(path, query, "text/plain;q=0.5", "7")
	}
	debug := debughttp.Handler(debughttp.From(debughttp.Sources{Hub: new(event.Hub), Groups: groups, Live: alive, Deaths: alive}))
	f.Cleanup(func() { _ = debug.Close() })
	ended, cancel := context.WithCancel(context.Background())
	cancel() // so that streams and waits end at once
	f.Fuzz(func(t *testing.T, path, query, accept, lastID string) {
		r := httptest.NewRequestWithContext(ended, http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("Accept", accept)
		r.Header.Set("Last-Event-ID", lastID)
		w := httptest.NewRecorder()
		debug.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("GET %q?%q: %d %s", path, query, w.Code, w.Body)
		}
	})
}

func TestGC(t *testing.T) {
	s := serve(t)
	answer, body := do(t, http.MethodPost, s.url+"gc")
	if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "AllowGC(true)") {
		t.Errorf("where it is not allowed: %s: %s", answer.Status, body)
	}

	s = serve(t, debughttp.AllowGC(true), debughttp.From(debughttp.Sources{Live: alive}))
	before := s.Snapshot().Runtime.Collections
	answer, body = do(t, http.MethodPost, s.url+"gc")
	var got debughttp.Collected
	if err := json.Unmarshal([]byte(body), &got); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", answer.Status, body, err)
	}
	if got.Schema != wire.Schema || got.Took <= 0 || !got.Drained || got.Runtime.Collections <= before || got.Runtime.LastCollection == nil {
		t.Errorf("the answer is %s", body)
	}

	before = s.Snapshot().Runtime.Collections
	if getProfile(t, s.url+"live?gc=1"); s.Snapshot().Runtime.Collections <= before {
		t.Error("live?gc=1 does not collect")
	}

	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		for method, path := range map[string]string{http.MethodPost: "gc", http.MethodGet: "live?gc=1"} {
			answer, body := do(t, method, s.url+path, header...)
			if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "another origin") {
				t.Errorf("%s %s from %v: %s: %s", method, path, header, answer.Status, body)
			}
		}
	}
	if answer, body := do(t, http.MethodPost, s.url+"gc", "Sec-Fetch-Site", "same-origin"); answer.StatusCode != http.StatusOK {
		t.Errorf("from the page itself: %s: %s", answer.Status, body)
	}
}

// A delta that is being waited for ends with the handler.
func TestCleanupsEndWithTheHandler(t *testing.T) {
	asked := make(chan struct{}, 1)
	s := serve(t, debughttp.From(debughttp.Sources{Deaths: func() []track.Sample { asked <- struct{}{}; return nil }}))
	go func() {
		<-asked
		_ = s.Close()
	}()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"cleanups?seconds=3600", nil)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %s", answer.Status, body)
	}
}
