package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/track"
)

func TestTopHelp(t *testing.T) {
	code, stdout, stderr := play(t.Context(), "help", "top")
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	golden.Check(t, "help-top", stdout)
	for line := range strings.Lines(stdout) {
		if n := len([]rune(line)) - 1; n > 88 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestTopUsage(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"top --width -1", "--width must not be negative"},
		{"top --interval 1ms", "--interval must be from 100ms to 1h"},
		{"top --sort colour", "--sort colour: no column is called so; there are retained, name, live, growth, deaths, age"},
		{"top --speed slow", `"slow" is no speed`},
		{"top nowhere", "no such file, and no port"},
	} {
		code, stdout, stderr := play(t.Context(), strings.Fields(tt.args)...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("probe %s: exit code %d, stdout %q, stderr %q", tt.args, code, stdout, stderr)
		}
	}
}

// upload is what the service of these tests tracks.
type upload struct{ body *[64]byte }

// topService starts a service with the handler, and with as many objects that were
// expected to die and are held.
func topService(t *testing.T, group string, leaked int, allowGC bool) (address string) {
	t.Helper()
	uploads := track.NewGroup[upload](group, track.Grace(time.Millisecond), track.Collections(1))
	var held []*upload
	for range leaked {
		u := uploads.Track(&upload{new([64]byte)})
		uploads.Expect(u)
		held = append(held, u)
	}
	handler := debughttp.Handler(debughttp.AllowGC(allowGC), debughttp.Instance(group))
	mux := http.NewServeMux()
	mux.Handle("/debug/realweak/", handler)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		handler.Close()
		server.Close()
		runtime.KeepAlive(held)
		runtime.KeepAlive(uploads)
	})
	return strings.TrimPrefix(server.URL, "http://")
}

func TestTopOnce(t *testing.T) {
	address := topService(t, "top-once", 3, false)
	code, stdout, stderr := play(t.Context(), "top", address, "--once", "--interval", "100ms", "--width", "80", "--filter", "top-once")
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"@ " + address, "top-once", "RETAINED"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}

	// Where nobody listens.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	code, stdout, stderr = play(t.Context(), "top", gone, "--once")
	if code != 3 || stdout != "" || !strings.Contains(stderr, "connection refused") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	code, stdout, stderr = play(t.Context(), "top", gone, address, "--once", "--interval", "100ms", "--json")
	if code != 3 || !strings.Contains(stdout, `"group":"top-once"`) || !strings.Contains(stdout, `"reachable":false`) ||
		!strings.Contains(stderr, "1 of 2 targets could not be reached") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// TestTopInTerminal drives the screen as a person does.
func TestTopInTerminal(t *testing.T) {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here")
	}
	probe, err := exec.LookPath("probe")
	if err != nil {
		t.Fatal(err)
	}
	address := topService(t, "top-terminal", 3, true)
	term := newTerminal(t, probe, "top", address, "--filter", "top-term")

	term.await("probe top", "[1 groups]", "▸top-terminal", "live 1s", "q quit", "/top-term")
	term.press("g")
	term.await("Force a collection in 1 target?")
	term.press("y")
	term.await("3 !") // alive after a collection
	term.press("2")
	term.await("[2 retained 3 !]", "main.upload", "top_test.go:")
	term.press("Enter")
	term.await("retained · top-terminal", "created", "probe.topService", "first expected", "esc back")
	term.press("Escape")
	term.await("[2 retained 3 !]")
	term.press("?")
	term.await("help", "force a collection")
	term.press("?", "3")
	term.await("[3 events]")
	term.press("Space")
	term.await("paused")
	term.press("Space", "1")
	term.await("[1 groups]", "live 1s")
	term.resize(40, 15)
	term.await("▸top-terminal", "2 retained 3 !")
	term.resize(100, 30)
	term.press("p")
	term.await("go tool pprof -http=: live-")
	files, err := filepath.Glob(filepath.Join(term.dir, "live-*.pb.gz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, error %v", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckValid(); err != nil {
		t.Error(err)
	}
	term.press("q")
	term.await("exit code 0") // and the shell's screen is back
}

// terminal is a program in a terminal of its own.
type terminal struct {
	t      *testing.T
	socket string
	dir    string
}

// newTerminal starts a program in a terminal of 80 by 24.
func newTerminal(t *testing.T, program string, args ...string) *terminal {
	t.Helper()
	dir := t.TempDir()
	// The path of a socket may have some 100 bytes.
	sockets, err := os.MkdirTemp("", "tmux")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	term := &terminal{t, filepath.Join(sockets, "s"), dir}
	script := `"$0" "$@"; echo "exit code $?"; exec cat` // so that the last screen can be read
	command := append([]string{"-f", os.DevNull, "-u", "new-session", "-d", "-x", "80", "-y", "24", "-c", dir, "sh", "-c", script, program}, args...)
	term.tmux(command...)
	t.Cleanup(func() { term.tmux("kill-server") })
	return term
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", x.socket}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (x *terminal) press(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		x.tmux("send-keys", k)
	}
}

func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

// await waits until the screen shows all of the texts.
func (x *terminal) await(texts ...string) {
	x.t.Helper()
	screen := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		screen = x.tmux("capture-pane", "-p")
		all := true
		for _, text := range texts {
			all = all && strings.Contains(screen, text)
		}
		if all {
			return
		}
	}
	x.t.Fatalf("the screen does not show %q:\n%s", texts, screen)
}
