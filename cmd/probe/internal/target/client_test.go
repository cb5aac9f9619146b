package target_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func snapshotJSON(t *testing.T) []byte {
	t.Helper()
	text, err := json.Marshal(wire.Snapshot{Schema: wire.Schema, Time: start, Process: wire.Process{Instance: "a:12"}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func liveProfile(t *testing.T) []byte {
	t.Helper()
	f := &profile.Function{ID: 1, Name: "main.open"}
	l := &profile.Location{ID: 1, Line: []profile.Line{{Function: f}}}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "live_objects", Unit: "count"}},
		PeriodType: &profile.ValueType{Type: "live_objects", Unit: "count"},
		Sample:     []*profile.Sample{{Location: []*profile.Location{l}, Value: []int64{7}}},
		Location:   []*profile.Location{l}, Function: []*profile.Function{f},
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// answer returns a handler that answers with this, whatever it is asked.
func answer(status int, contentType string, body io.Reader) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.Copy(w, body) // the client may have seen enough
	}
}

func serve(t *testing.T, h http.Handler) *target.Target {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return parse(t, s.URL)
}

func parse(t *testing.T, text string) *target.Target {
	t.Helper()
	parsed, err := target.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func newClient(t *testing.T, o target.Options) *target.Client {
	t.Helper()
	c, err := target.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// patient is for requests that a busy machine must not make fail.
var patient = target.Options{Timeout: time.Minute}

func TestFetch(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/debug/realweak/snapshot", answer(200, "application/json; charset=utf-8", bytes.NewReader(snapshotJSON(t))))
	good := serve(t, mux)
	results := target.Fetch(t.Context(), []*target.Target{serve(t, http.NotFoundHandler()), good}, newClient(t, patient).Snapshot)
	if r := results[1]; r.Target != good || r.Err != nil || r.Value.Process.Instance != "a:12" {
		t.Errorf("the good one: %+v", r)
	}
	if r := results[0]; r.Err == nil || r.Value != nil {
		t.Errorf("the other one: %+v", r)
	}
}

func TestProfile(t *testing.T) {
	mux := http.NewServeMux()
	data := liveProfile(t)
	var query string
	mux.HandleFunc("/debug/realweak/live", func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		answer(200, "application/octet-stream", bytes.NewReader(data))(w, r)
	})
	service := serve(t, mux)
	file := filepath.Join(t.TempDir(), "p.pb.gz")
	if err := os.WriteFile(file, data, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, from := range []*target.Target{service, parse(t, file), parse(t, "-")} {
		o := patient
		o.Stdin = bytes.NewReader(data)
		p, err := newClient(t, o).Profile(t.Context(), from, true)
		if err != nil || len(p.Sample) != 1 || p.Sample[0].Value[0] != 7 {
			t.Errorf("%s: %v, error %v", from.Name, p, err)
		}
	}
	if query != "gc=1" {
		t.Errorf("the query was %q", query)
	}
}

func TestHeader(t *testing.T) {
	got := make(chan *http.Request, 1)
	service := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r
		answer(200, "application/json", bytes.NewReader(snapshotJSON(t)))(w, r)
	}))
	o := patient
	o.Header = http.Header{"X-Key": {"a", "b"}, "Host": {"svc.internal"}}
	if _, err := newClient(t, o).Snapshot(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if fmt.Sprint(r.Header["X-Key"]) != "[a b]" || r.Host != "svc.internal" || r.Header.Get("User-Agent") != "probe" {
		t.Errorf("host %s, header %v", r.Host, r.Header)
	}
}

func TestSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "s") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip("no Unix sockets here:", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/x/snapshot", answer(200, "application/json", bytes.NewReader(snapshotJSON(t))))
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: mux}}
	s.Start()
	t.Cleanup(s.Close)
	c := newClient(t, patient)
	if s, err := c.Snapshot(t.Context(), parse(t, "unix://"+socket+":/x")); err != nil || s.Process.Instance != "a:12" {
		t.Errorf("got %+v, error %v", s, err)
	}
	_, err = c.Snapshot(t.Context(), parse(t, "unix://"+socket))
	if want := "GET /debug/realweak/snapshot at unix://" + socket + ": 404 Not Found; is the handler mounted?"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = c.Snapshot(t.Context(), parse(t, "unix://"+socket+"2"))
	if err == nil || !strings.Contains(err.Error(), "no such socket; is the service running") {
		t.Errorf("got %v", err)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(answer(200, "application/json", bytes.NewReader(snapshotJSON(t))))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o666); err != nil {
		t.Fatal(err)
	}
	trusting := patient
	trusting.CA = ca
	if _, err := newClient(t, trusting).Snapshot(t.Context(), parse(t, s.URL)); err != nil {
		t.Errorf("with --tls-ca: %v", err)
	}
	for _, tt := range []struct{ url, want string }{
		{strings.Replace(s.URL, "https", "https+insecure", 1), ""},
		{s.URL, "certificate signed by unknown authority; name its authority with --tls-ca, or write https+insecure://"},
		{strings.Replace(s.URL, "https", "http", 1), "it speaks HTTPS, not HTTP; write https://"},
	} {
		s.Config.Handler = answer(200, "application/json", bytes.NewReader(snapshotJSON(t)))
		_, err := newClient(t, patient).Snapshot(t.Context(), parse(t, tt.url))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.url, err, tt.want)
		}
	}
	plain := serve(t, http.NotFoundHandler())
	_, err := newClient(t, patient).Snapshot(t.Context(), parse(t, strings.Replace(plain.Address(), "http", "https", 1)))
	if err == nil || !strings.Contains(err.Error(), "it speaks HTTP, not HTTPS; write http://") {
		t.Errorf("HTTP at https: %v", err)
	}
	for _, o := range []target.Options{{CA: "/nowhere"}, {CA: "client_test.go"}, {Cert: ca}, {Cert: ca, Key: ca}} {
		if _, err := target.NewClient(o); problem.CodeOf(err) != problem.Usage || !strings.Contains(err.Error(), "TLS: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

type forever byte

func (f forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

// gibibyte is 1 GiB of what nobody asked for.
func gibibyte(fill byte) io.Reader { return io.LimitReader(forever(fill), 1<<30) }

func TestAnswers(t *testing.T) {
	newer := bytes.Replace(snapshotJSON(t), []byte(`"schema":1`), []byte(`"schema":9`), 1)
	data := liveProfile(t)
	snapshot := func(c *target.Client, to *target.Target) error { _, err := c.Snapshot(t.Context(), to); return err }
	live := func(c *target.Client, to *target.Target) error {
		_, err := c.Profile(t.Context(), to, false)
		return err
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, forever(0), wire.MaxMessage+1); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		give http.HandlerFunc
		ask  func(*target.Client, *target.Target) error
		code problem.Code
		want string
	}{
		{"404", answer(404, "text/plain", strings.NewReader("404 page not found")), snapshot, 3, "snapshot: 404 Not Found; is the handler mounted? see `probe help attach`"},
		{"401", answer(401, "", strings.NewReader("")), snapshot, 3, "snapshot: 401 Unauthorized; give what it asks for, as in --header 'Authorization: Bearer …'; see"},
		{"403", answer(403, "text/plain", strings.NewReader("not from there\x1b[31m\nmore")), live, 3, "live: 403 Forbidden: not from there[31m"},
		{"503", answer(503, "", strings.NewReader("")), snapshot, 3, "503 Service Unavailable; is the service ready?"},
		{"page", answer(200, "text/html", strings.NewReader("<html>")), snapshot, 3, "snapshot: the answer is text/html and not application/json; is that another handler?"},
		{"page as profile", answer(200, "text/html", strings.NewReader("<html>")), live, 3, "the answer is text/html and not application/octet-stream"},
		{"no type", answer(200, "", strings.NewReader("{}")), snapshot, 3, "the answer does not say that it is application/json"},
		{"newer", answer(200, "application/json", bytes.NewReader(newer)), snapshot, 4, "newer schema: it is in schema 9, and the newest known here is 1; use a newer probe"},
		{"other JSON", answer(200, "application/json", strings.NewReader(`{"ok":true}`)), snapshot, 3, "it has no schema number; is that another handler?"},
		{"truncated", answer(200, "application/json", bytes.NewReader(snapshotJSON(t)[:50])), snapshot, 3, "the JSON is cut off; the connection broke, or the service ended"},
		{"garbage", answer(200, "application/json", gibibyte('x')), snapshot, 3, "no JSON: invalid character 'x'"},
		{"endless", answer(200, "application/json", gibibyte(' ')), snapshot, 3, "too large: it has more than 67108864 bytes; is that another handler?"},
		{"truncated profile", answer(200, "application/octet-stream", bytes.NewReader(data[:len(data)/2])), live, 3, "the profile is cut off; the connection broke"},
		{"no profile", answer(200, "application/octet-stream", strings.NewReader("Hello")), live, 3, "unknown format: no profile"},
		{"empty profile", answer(200, "application/octet-stream", strings.NewReader("")), live, 3, "there is nothing to read"},
		{"endless profile", answer(200, "application/octet-stream", gibibyte(0)), live, 3, "too large: the profile has more than 64 MiB"},
		{"compressed zeros", answer(200, "application/octet-stream", &bomb), live, 3, "too large: the profile has more than 64 MiB"},
		{"circle", http.RedirectHandler("/debug/realweak/snapshot", http.StatusFound).ServeHTTP, snapshot, 3, "it redirects in a circle"},
		{"elsewhere", http.RedirectHandler("http://example.com/", http.StatusFound).ServeHTTP, snapshot, 3, "it redirects to another host, which does not get the headers of --header: example.com; name that one"},
	} {
		if testing.Short() && strings.Contains(tt.want, "too large") {
			continue // it moves 64 MiB
		}
		err := tt.ask(newClient(t, patient), serve(t, tt.give))
		if problem.CodeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: code %d, error %v\nwant code %d, %q", tt.name, problem.CodeOf(err), err, tt.code, tt.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "GET http://127.0.0.1:") {
			t.Errorf("%s: the error does not say what was done: %v", tt.name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	s := httptest.NewServer(nil)
	address := s.URL
	s.Close()
	_, err := newClient(t, patient).Snapshot(t.Context(), parse(t, address))
	if problem.CodeOf(err) != problem.Unreachable || !strings.Contains(fmt.Sprint(err), "connection refused; is the service running, and is that its address?") {
		t.Errorf("got %v", err)
	}
}

// TestHangs asks services that say nothing, or that stop in the middle.
func TestHangs(t *testing.T) {
	release := make(chan struct{})
	hang := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	half := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"schema":`)
		w.(http.Flusher).Flush()
		hang(w, r)
	}
	c := newClient(t, target.Options{Timeout: 50 * time.Millisecond})
	for name, h := range map[string]http.HandlerFunc{"silent": hang, "half": half} {
		to := serve(t, h)
		_, err := c.Snapshot(t.Context(), to)
		if problem.CodeOf(err) != problem.Unreachable || !strings.Contains(fmt.Sprint(err), "no answer within 50ms; is the service stopped or busy? allow more with --timeout") {
			t.Errorf("%s: %v", name, err)
		}
		var got []target.Update
		if name == "silent" {
			c.Watch(t.Context(), []*target.Target{to}, target.WatchOptions{}, func(u target.Update) { got = append(got, u) })
			if len(got) != 1 || got[0].Retry != 0 || !strings.Contains(fmt.Sprint(got[0].Err), "no answer within 50ms") {
				t.Errorf("watch: %+v", got)
			}
		}
	}
	close(release)
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	to := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	_, err := newClient(t, patient).Snapshot(ctx, to)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// events returns a handler that says one text a connection, and then 404.
func events(t *testing.T, ids *[]string, texts ...string) http.Handler {
	var n atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*ids = append(*ids, r.Header.Get("Last-Event-ID")+"?"+r.URL.RawQuery) // one connection at a time
		i := int(n.Add(1)) - 1
		if i >= len(texts) {
			http.NotFound(w, r)
			return
		}
		answer(200, "text/event-stream", strings.NewReader(texts[i]))(w, r)
	})
}

const (
	created = "id: 41\nevent: created\ndata: {\"seq\":41,\"time\":\"2026-01-02T03:04:05Z\",\"kind\":\"created\",\"object\":7}\n\n"
	cleared = "id: 42\nevent: cleared\ndata: {\"seq\":42,\"time\":\"2026-01-02T03:04:06Z\",\"kind\":\"cleared\",\"object\":7}\n\n"
	lost    = "event: lost\ndata: {\"count\":3}\n\n"
)

func told(u target.Update) string {
	switch {
	case u.Err != nil:
		_, why, _ := strings.Cut(u.Err.Error(), ": ")
		return fmt.Sprintf("%s (%v)", why, u.Retry)
	case u.Event != nil:
		return u.Event.Kind.String()
	case u.Lost != nil:
		return fmt.Sprintf("lost %d", u.Lost.Count)
	}
	return "snapshot"
}

func watched(c *target.Client, t *testing.T, o target.WatchOptions, targets ...*target.Target) []string {
	var got []string
	c.Watch(t.Context(), targets, o, func(u target.Update) { got = append(got, told(u)) })
	return got
}

func TestWatchReconnects(t *testing.T) {
	var ids []string
	to := serve(t, events(t, &ids, created, "", lost+cleared, "event: cleared\nda"))
	var slept []time.Duration
	c := newClient(t, patient)
	c.SetClock(func() time.Time { return start }, func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil })
	got := watched(c, t, target.WatchOptions{Snapshot: 10 * time.Second}, to)
	want := []string{
		"created", "the service ended the stream (500ms)", "the service ended the stream (500ms)",
		"lost 3", "cleared", "the service ended the stream (500ms)",
		"wire: read the stream, line 2: unexpected EOF; the connection broke, or the service ended (500ms)",
		"404 Not Found; is the handler mounted? see `probe help attach` (0s)",
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if fmt.Sprint(ids) != "[?snapshot=10s 41?snapshot=10s 41?snapshot=10s 42?snapshot=10s 42?snapshot=10s]" {
		t.Errorf("resumed from %v", ids)
	}
}

func TestWatchBacksOff(t *testing.T) {
	s := httptest.NewServer(nil)
	to := parse(t, s.URL)
	s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var slept []time.Duration
	c := newClient(t, patient)
	c.SetClock(time.Now, func(_ context.Context, d time.Duration) error {
		if slept = append(slept, d); len(slept) == 7 {
			cancel()
		}
		return ctx.Err()
	})
	c.Watch(ctx, []*target.Target{to}, target.WatchOptions{Patient: true}, func(u target.Update) {
		if u.Err == nil || u.Source != to.Name {
			t.Errorf("got %+v", u)
		}
	})
	if want := "[500ms 1s 2s 4s 8s 10s 10s]"; fmt.Sprint(slept) != want {
		t.Errorf("waited %v, want %s", slept, want)
	}
}

func TestWatchErrorsThatStay(t *testing.T) {
	for name, tt := range map[string]struct{ give, want string }{
		"garbage": {"event: gc\ndata: x\n\n", `line 3: a message "gc": unknown format: no JSON`},
		"newer":   {"event: snapshot\ndata: {\"schema\":2}\n\n", "it is in schema 2, and the newest known here is 1; use a newer probe (0s)"},
	} {
		var ids []string
		got := watched(newClient(t, patient), t, target.WatchOptions{}, serve(t, events(t, &ids, tt.give, created)))
		if len(got) != 1 || !strings.Contains(got[0], tt.want) || !strings.HasSuffix(got[0], "(0s)") {
			t.Errorf("%s: got %q", name, got)
		}
	}
	to := serve(t, answer(200, "text/html", strings.NewReader("")))
	if got := watched(newClient(t, patient), t, target.WatchOptions{Patient: true}, to); len(got) != 1 || !strings.Contains(got[0], "the answer is text/html and not text/event-stream") {
		t.Errorf("a page: got %q", got)
	}
}

func TestFiles(t *testing.T) {
	var b bytes.Buffer
	r := wire.NewRecorder(&b)
	for i, m := range []wire.Message{
		{Snapshot: &wire.Snapshot{Schema: 1, Time: start, Process: wire.Process{Instance: "a:12"}}},
		{Lost: &wire.Lost{Count: 3}},
	} {
		if err := r.Record(wire.Recorded{Time: start.Add(time.Duration(i) * 30 * time.Second), Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	recording := b.String()
	snapshot := string(snapshotJSON(t))
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(snapshot), "", "  "); err != nil {
		t.Fatal(err)
	}
	stream := strings.ReplaceAll(created+"event: snapshot\ndata: "+snapshot+"\n\n", "event: created", ": ping\nevent: created")
	newer := strings.Replace(snapshot, `"schema":1`, `"schema":2`, 1)
	for _, tt := range []struct {
		name, give string
		watched    string // what watching tells
		snapshot   string // in the error of Snapshot
	}{
		{"recording", recording, `["snapshot" "lost 3"]`, ""},
		{"recording, cut", recording[:len(recording)-5], `["snapshot" "wire: read the recording, line 2: unexpected EOF; the file is cut off; make it again (0s)"]`, "the file is cut off"},
		{"recording without snapshots", recording[strings.Index(recording, "\n")+1:], `["lost 3"]`, "there is no snapshot in it"},
		{"snapshot", snapshot, `["snapshot"]`, ""},
		{"snapshot, indented", indented.String(), `["snapshot"]`, ""},
		{"snapshot, cut", snapshot[:50], `["wire: read a snapshot: unexpected EOF: the JSON is cut off; the file is cut off; make it again (0s)"]`, "the JSON is cut off"},
		{"newer", newer, `["wire: read a snapshot: newer schema: it is in schema 2, and the newest known here is 1; use a newer probe (0s)"]`, "use a newer probe"},
		{"stream", stream, `["created" "snapshot"]`, ""},
		{"comment first", ": ping\n\n" + stream, `["created" "snapshot"]`, ""},
		{"profile", string(liveProfile(t)), `["it is a profile; name a service or a recording (0s)"]`, "it is a profile; name a service, a snapshot or a recording"},
		{"page", "<html>", `["unknown format; name a snapshot, a recording or a profile (0s)"]`, "unknown format"},
		{"empty", "", `["unexpected EOF: it is empty; the file is cut off; make it again (0s)"]`, "it is empty"},
	} {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, []byte(tt.give), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, to := range []*target.Target{parse(t, file), parse(t, "-")} {
			c := newClient(t, target.Options{Stdin: strings.NewReader(tt.give)})
			if got := fmt.Sprintf("%q", watched(c, t, target.WatchOptions{}, to)); got != tt.watched {
				t.Errorf("%s: watched\n%s, want\n%s", tt.name, got, tt.watched)
			}
			c = newClient(t, target.Options{Stdin: strings.NewReader(tt.give)})
			s, err := c.Snapshot(t.Context(), to)
			if (err == nil) != (tt.snapshot == "") || err != nil && !strings.Contains(err.Error(), tt.snapshot) {
				t.Errorf("%s: snapshot error %v, want %q", tt.name, err, tt.snapshot)
			}
			if err == nil && s.Process.Instance != "a:12" {
				t.Errorf("%s: got %+v", tt.name, s)
			}
		}
	}
	_, err := newClient(t, patient).Profile(t.Context(), parse(t, "client_test.go"), false)
	if problem.CodeOf(err) != problem.Unreachable || err.Error() != "read client_test.go: unknown format; name a snapshot, a recording or a profile" {
		t.Errorf("a source file as a profile: %v", err)
	}
	if _, err := newClient(t, patient).Snapshot(t.Context(), parse(t, "nowhere.json")); fmt.Sprint(err) != "read nowhere.json: no such file or directory; name a file that can be read" {
		t.Errorf("no file: %v", err)
	}
}

func TestSpeed(t *testing.T) {
	text := ""
	for _, second := range []int{10, 40, 30, 50} {
		text += fmt.Sprintf(`{"schema":1,"time":"2026-01-02T03:04:%dZ","lost":{"count":1}}`+"\n", second)
	}
	var slept []time.Duration
	c := newClient(t, target.Options{Stdin: strings.NewReader(text)})
	c.SetClock(time.Now, func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil })
	var at []int
	c.Watch(t.Context(), []*target.Target{parse(t, "-")}, target.WatchOptions{Speed: 10}, func(u target.Update) { at = append(at, u.Time.Second()) })
	if fmt.Sprint(slept, at) != "[3s 2s] [10 40 30 50]" {
		t.Errorf("waited %v, told at %v", slept, at)
	}
}
