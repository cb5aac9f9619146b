package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/track"
	"github.com/referent-go/referent/realweak/weaktest"
)

// conn is what the real program below makes.
type conn [13]*int

//go:noinline
func open(g *track.Group[conn]) *conn { return g.Track(new(conn)) }

//go:noinline
func openAndForget(g *track.Group[conn], n int) {
	for range n {
		g.Expect(open(g))
	}
}

// TestRealHandler points every command at a program with the real handler: this one.
func TestRealHandler(t *testing.T) {
	group := track.NewGroup[conn]("real conns", track.Grace(time.Millisecond), track.Collections(1))
	debug := debughttp.Handler(debughttp.AllowGC(true), debughttp.Instance("me"))
	mux := http.NewServeMux()
	mux.Handle("/admin/realweak/", debug)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		if err := debug.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	at := strings.TrimPrefix(server.URL, "http://") + "/admin/realweak/"

	held := []*conn{open(group), open(group), open(group)}
	for _, c := range held[:2] {
		group.Expect(c)
	}
	openAndForget(group, 20)
	weaktest.AwaitDone(t, func() bool { s := group.Stats(); return s.Retained == 2 && s.Cleaned >= 20 })

	expect := func(code int, want []string, args ...string) string {
		t.Helper()
		got, stdout, stderr := play(t.Context(), args...)
		if got != code {
			t.Errorf("probe %v: exit code %d, want %d; stderr %s", args, got, code, stderr)
		}
		for _, w := range want {
			if !strings.Contains(stdout, w) {
				t.Errorf("probe %v: no %q in\n%s", args, w, stdout)
			}
		}
		return stdout
	}
	expect(1, []string{"3 alive, 2 retained in 1 distinct leak", "real conns main.conn, 2 objects", ".open ", ".TestRealHandler "},
		"leaks", "--timeout", "1m", "--group", "real conns", at)
	expect(1, []string{"max-retained  real conns", "max-live      real conns"},
		"check", "--timeout", "1m", "--max-retained", "real conns=1", "--max-live", "real conns=3", at)
	expect(0, nil, "check", "--timeout", "1m", "--max-retained", "real conns=2", at)

	file := filepath.Join(t.TempDir(), "live.pb.gz")
	var origins int64
	out := expect(0, nil, "live", "--timeout", "1m", "--json", "--gc", "--top", "0", "-o", file, at)
	for line := range strings.Lines(out) {
		var o alive
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		if o.Group == "real conns" {
			origins += o.Objects
		}
	}
	if origins != 3 {
		t.Errorf("live shows %d objects, want 3:\n%s", origins, out)
	}
	held = append(held, open(group), open(group))
	expect(0, []string{"GROWN\n  +2 ", "real conns main.conn (0 before, 2 after)", ".open "}, "diff", "--timeout", "1m", file, at)

	doctor := expect(1, []string{"2 objects should be dead: real conns 2", "✓ collector", "✓ clock", "✓ Go version"}, "doctor", "--timeout", "1m", "--wait", "200ms", at)
	if strings.Contains(doctor, "✗ cleanup queue") || strings.Contains(doctor, "✗ events") {
		t.Errorf("the doctor sees what is not there:\n%s", doctor)
	}

	// Watching ends when the deaths of the next objects have been told.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watching := new(until)
	watching.wrote = func() {
		if bytes.Count(watching.Bytes(), []byte("\n")) >= 40 {
			cancel()
		}
	}
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"watch", "--timeout", "1m", "--group", "real conns", "--kind", "created,cleared", at}, nil, watching, new(strings.Builder), nil)
	}()
	code := -1
	for code < 0 { // until somebody listens
		openAndForget(group, 20)
		runtime.GC()
		if err := realweak.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case code = <-done:
		case <-time.After(10 * time.Millisecond):
		}
	}
	if code != 0 || !strings.Contains(watching.String(), "cleared") || !strings.Contains(watching.String(), "age at death") {
		t.Errorf("watch: exit code %d\n%s", code, watching.String())
	}
	runtime.KeepAlive(held)
}
