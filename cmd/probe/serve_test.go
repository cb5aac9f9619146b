package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

func smallProject(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, dir := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, dir, dir+".go"), []byte("package "+dir+"\n\nfunc F() {}\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestServe has the users of serve use it, until its snapshot shows them, and then
// interrupts it.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	code := make(chan int)
	var notes bytes.Buffer
	go func() {
		defer w.Close()
		code <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--json", "--rate", "500", smallProject(t)}, nil, w, &notes, nil)
	}()
	out := bufio.NewReader(r)
	var ready struct {
		Record string
		serving
	}
	line, err := out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.Record != "serving" || ready.Files != 2 || ready.Directories != 2 {
		t.Fatalf("%v: %s%s", err, line, notes.String())
	}
	// The process counts those of earlier tests too.
	before := sessionsMade(t, ready.Debug)
	for sessionsMade(t, ready.Debug) <= before+10 {
		select {
		case c := <-code:
			t.Fatalf("ended with %d: %s", c, notes.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	rest := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(out)
		rest <- text
	}()
	if c := <-code; c != 0 || notes.Len() > 0 {
		t.Errorf("exit code %d, notes %q", c, notes.String())
	}
	var end struct {
		Record string
		served
	}
	text := <-rest
	if err := json.Unmarshal(text, &end); err != nil || end.Record != "served" || end.Opened == 0 || end.FailedTurns > 0 || end.Open != 0 {
		t.Errorf("%v: %s", err, text)
	}
}

// sessionsMade returns how many sessions the snapshot says were made.
func sessionsMade(t *testing.T, debug string) uint64 {
	t.Helper()
	response, err := http.Get(debug + "snapshot")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	snapshot, err := wire.DecodeSnapshot(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range snapshot.Groups {
		if g.Name == "sessions" {
			return g.Created
		}
	}
	return 0
}

func TestServeRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	root := smallProject(t)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--addr", taken.Addr().String(), root}, 3, "choose another --addr"},
		{[]string{"--addr", "127.0.0.1:0", filepath.Join(root, "none")}, 3, "name a directory that can be read"},
		{[]string{"--addr", "127.0.0.1:0", t.TempDir()}, 2, "name a directory with Go code"},
		{[]string{"--users", "-1", root}, 2, "--users must not be negative"},
		{[]string{"--rate", "0", root}, 2, "--rate must be more than 0"},
	} {
		code, stdout, stderr := play(t.Context(), append([]string{"serve"}, tt.args...)...)
		if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", tt.args, code, stdout, stderr)
		}
	}
}

// A slow machine opens one session in the time it has, or none.
var sessionsOpened = regexp.MustCompile(`: [0-9,]+ sessions? opened, `)

func TestServeEndsByItself(t *testing.T) {
	code, stdout, stderr := play(t.Context(), "serve", "--addr", "127.0.0.1:0", "--for", "100ms", "--instance", "one", smallProject(t))
	if code != 0 || stderr != "" || !strings.Contains(stdout, "Ctrl-C ends it") || !sessionsOpened.MatchString(stdout) {
		t.Errorf("exit code %d, stderr %q\n%s", code, stderr, stdout)
	}
}
