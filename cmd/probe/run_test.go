package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/cmd/probe/internal/limits"
	"github.com/referent-go/referent/realweak"
)

// play runs probe in this process.
func play(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, notes bytes.Buffer
	code = run(ctx, args, strings.NewReader(""), &out, &notes, nil)
	return code, out.String(), notes.String()
}

func TestHelpTexts(t *testing.T) {
	for _, args := range []string{"help", "help words", "help limits", "help index", "help version", "help attach",
		"help watch", "help live", "help diff", "help leaks", "help check", "help doctor", "help record", "help replay"} {
		code, stdout, stderr := play(t.Context(), strings.Fields(args)...)
		if code != 0 || stderr != "" {
			t.Errorf("probe %s: exit code %d, stderr %q", args, code, stderr)
		}
		golden.Check(t, strings.ReplaceAll(args, " ", "-"), stdout)
		for line := range strings.Lines(stdout) {
			if n := len([]rune(line)) - 1; n > 88 {
				t.Errorf("probe %s: %d columns: %s", args, n, line)
			}
		}
	}
}

func TestWordsAreInOrder(t *testing.T) {
	for i, w := range words {
		if i > 0 && w.word <= words[i-1].word {
			t.Errorf("%q comes after %q", w.word, words[i-1].word)
		}
		if n := strings.Count(w.text, "\n"); n > 1 {
			t.Errorf("%q has %d lines, more than two", w.word, n+1)
		}
	}
}

// stopper cancels at the first line that is written to it.
type stopper struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	s.cancel()
	return s.Buffer.Write(p)
}

func TestInterrupted(t *testing.T) {
	root := t.TempDir()
	for i := range 50 {
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("f%d.go", i)), []byte("package f"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for flag, want := range map[string]string{"--plain": "Summary, partial", "--json": `"interrupted":true`} {
		ctx, cancel := context.WithCancel(t.Context())
		out, notes := &stopper{cancel: cancel}, new(bytes.Buffer)
		code := run(ctx, []string{"index", flag, root}, nil, out, notes, nil)
		if code != 130 {
			t.Errorf("%s: exit code %d", flag, code)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: no %q in\n%s", flag, want, out.String())
		}
		if got := notes.String(); got != "probe: interrupted; what was printed is partial\n" {
			t.Errorf("%s: stderr %q", flag, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, _ := play(ctx, "limits"); code != 130 {
		t.Errorf("limits: exit code %d", code)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no space left on device") }

func TestOutputFails(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "f.go"), []byte("package f"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--plain", "--json"} {
		var notes bytes.Buffer
		code := run(t.Context(), []string{"index", flag, root}, nil, full{}, &notes, nil)
		if code != 1 || !strings.Contains(notes.String(), "probe: index: write the output: no space left") {
			t.Errorf("%s: exit code %d, stderr %q", flag, code, notes.String())
		}
	}
}

func TestLimitsTable(t *testing.T) {
	results := []limits.Result{
		{Kind: limits.Kind{Name: "struct", Python: limits.Python{Type: "instance", Referent: true}}, Agrees: true, Fate: "died, 1 collection"},
		{Kind: limits.Kind{Name: "map variable", Box: true, Python: limits.Python{Type: "dict", Subclass: true}}, Agrees: true, Fate: "died, 1 collection"},
		{Kind: limits.Kind{Name: "int", Python: limits.Python{Type: "int"}}, Reason: realweak.Shared, Fate: "2 of 2 died"},
		{Kind: limits.Kind{Name: "stack memory"}, Reason: realweak.Foreign, Agrees: true, Fate: "weak.Make is fatal"},
	}
	var out bytes.Buffer
	a := newApp(nil, nil, &out, nil, nil)
	if err := a.writeLimits(results); err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(out.String(), ", on go")
	golden.Check(t, "limits", table+"\n")
	if n := agreeing(results); n != 3 {
		t.Errorf("%d agree", n)
	}
}

func TestVerdict(t *testing.T) {
	good := index.Summary{Files: 2, Trees: 2, CallbacksExpected: 2, CallbacksRun: 2, DestructorsExpected: 2, DestructorsRun: 2}
	if err := verdict(good); err != nil {
		t.Errorf("all is well, but %v", err)
	}
	for want, change := range map[string]func(*index.Summary){
		"index: none of 2 files could be used":         func(s *index.Summary) { *s = index.Summary{Files: 2} },
		"index: 2 callbacks were expected and 1 ran":   func(s *index.Summary) { s.CallbacksRun-- },
		"index: 2 destructors were expected and 3 ran": func(s *index.Summary) { s.DestructorsRun++ },
		"index: the cache was wrong about 1 tree":      func(s *index.Summary) { s.Wrong++ },
		"index: 7 events lost":                         func(s *index.Summary) { s.EventsLost = 7 },
	} {
		s := good
		change(&s)
		if err := verdict(s); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTreeProfile(t *testing.T) {
	alive := []index.Alive{
		{Path: "main.go", Bytes: 1, Set: ".", State: "held"},
		{Path: "a/b/c/x.go", Bytes: 10, Set: "a", State: "held"},
		{Path: "a/b/c/y.go", Bytes: 20, Set: "a", State: "held"},
		{Path: "a/b/z.go", Bytes: 30, Set: "a", State: "open"},
	}
	file := filepath.Join(t.TempDir(), "p.pb.gz")
	for _, trees := range [][]index.Alive{alive, nil} {
		if err := writeProfile(file, "/src", trees); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.CheckValid(); err != nil {
			t.Error(err)
		}
		got := make(map[string][2]int64)
		for _, s := range p.Sample {
			var stack []string
			for _, l := range s.Location {
				stack = append(stack, l.Line[0].Function.Name)
			}
			got[strings.Join(stack, "<")+" "+s.Label["state"][0]] = [2]int64(s.Value)
		}
		want := map[string][2]int64{}
		if trees != nil {
			want = map[string][2]int64{". held": {1, 1}, "a/b/c<a/b<a held": {2, 30}, "a/b<a open": {1, 30}}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, err := profile.Merge([]*profile.Profile{p, p}); err != nil {
			t.Errorf("merge: %v", err)
		}
	}
}

func TestEngineFlag(t *testing.T) {
	for give, want := range map[string]string{
		"all": "all", "sim": "sim", "collected,counted": "counted,collected", "sim,all": "all", "sim,sim": "sim",
	} {
		var f engineFlag
		if err := f.Set(give); err != nil || f.String() != want {
			t.Errorf("--engine %s: %v, error %v; want %s", give, &f, err, want)
		}
	}
	for _, give := range []string{"", "simulated", "sim,"} {
		var f engineFlag
		if err := f.Set(give); err == nil {
			t.Errorf("--engine %q is accepted as %v", give, &f)
		}
	}
}
