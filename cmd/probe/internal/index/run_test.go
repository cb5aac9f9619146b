package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

// project is a small tree in which one file is broken and one cannot be read. What
// an earlier run that ended early has left dies before, and is not taken for this
// one's.
func project(t *testing.T) (root string) {
	weaktest.Collect(t)
	files := map[string]string{
		"main.go":       "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"some text\") }\n",
		"broken/bad.go": "package broken\n\nfunc {\n",
	}
	for _, dir := range []string{"alpha", "beta"} {
		for i := range 20 {
			files[fmt.Sprintf("%s/file%02d.go", dir, i)] = fmt.Sprintf(
				"package %s\n\n// Number is %d.\nconst Number%d = \"some text\"\n%s", dir, i, i, strings.Repeat("// more\n", i))
		}
	}
	root = write(t, files)
	if err := os.Symlink(filepath.Join(root, "nowhere.go"), filepath.Join(root, "alpha", "dangling.go")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	return root
}

func TestRun(t *testing.T) {
	var (
		found    Found
		loaded   Loaded
		steps    []Step
		failures []string
		progress atomic.Int64
		events   = make(map[event.Kind]int)
	)
	s, err := Run(t.Context(), Config{Root: project(t), Observer: Observer{
		Found:    func(f Found) { found = f },
		Progress: func(n int64) { progress.Add(n) },
		Event:    func(e event.Event) { events[e.Kind]++ },
		Failed:   func(f Failure) { failures = append(failures, f.Path) },
		Loaded:   func(l Loaded) { loaded = l },
		Dropped:  func(s Step) { steps = append(steps, s) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	const trees = 41
	if found.Files != trees+2 || progress.Load() != found.Bytes {
		t.Errorf("found %+v, progress %d", found, progress.Load())
	}
	slices.Sort(failures)
	if want := []string{"alpha/dangling.go", "broken/bad.go"}; !slices.Equal(failures, want) || s.Failed != 2 {
		t.Errorf("failures %v", failures)
	}
	if loaded.Trees != trees || loaded.Cached != trees || loaded.Strings.Hits == 0 {
		t.Errorf("loaded %+v", loaded)
	}
	if s.CallbacksExpected != trees || s.CallbacksRun != trees || s.DestructorsExpected != trees || s.DestructorsRun != trees {
		t.Errorf("summary %+v", s)
	}
	if s.Deaths != trees || s.Released != trees || s.EventsLost != 0 || s.Wrong != 0 || s.Cached != 0 || s.Interrupted {
		t.Errorf("summary %+v", s)
	}
	for _, k := range []event.Kind{event.Cleared, event.CallbackQueued, event.CallbackRun, event.Released} {
		if events[k] != trees {
			t.Errorf("%d events %v, want %d", events[k], k, trees)
		}
	}
	var died, released int
	for _, step := range steps {
		died += step.Died
		released += step.Released
		if len(step.Lingering) > 0 {
			t.Errorf("%s: %v linger", step.Name, step.Lingering)
		}
		if step.Kept != len(step.StillOpen) {
			t.Errorf("%s: %d kept, open are %v", step.Name, step.Kept, step.StillOpen)
		}
	}
	if died != trees || released != trees {
		t.Errorf("the steps tell of %d deaths and %d releases", died, released)
	}
	if last := steps[len(steps)-1]; last.Name != "open files" || last.Trees != 3 || last.Released != 3 {
		t.Errorf("last step %+v", last)
	}
	if !slices.Contains(steps[0].StillOpen, steps[0].Name+"/file19.go") {
		t.Errorf("open is %v, not the largest file", steps[0].StillOpen)
	}
}

func TestRunStaysBelowTheLimit(t *testing.T) {
	files := make(map[string]string)
	for i := range 30 {
		files[fmt.Sprintf("d%d/x.go", i%5)+fmt.Sprint(i)+".go"] = "package d\n\n" + strings.Repeat("// filler\n", 100)
	}
	early := 0
	s, err := Run(t.Context(), Config{Root: write(t, files), Limit: 10_000, Observer: Observer{
		Dropped: func(s Step) {
			if s.Early {
				early++
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if early < 2 {
		t.Errorf("%d sets were dropped early", early)
	}
	if s.Trees != 30 || s.CallbacksRun != 30 || s.DestructorsRun != 30 || s.Wrong != 0 {
		t.Errorf("summary %+v", s)
	}
}

func TestRunInterrupted(t *testing.T) {
	for _, at := range []string{"reading", "dropping"} {
		t.Run(at, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := Observer{Dropped: func(Step) { cancel() }}
			if at == "reading" {
				o = Observer{Progress: func(int64) { cancel() }}
			}
			s, err := Run(ctx, Config{Root: project(t), Observer: o})
			if !errors.Is(err, context.Canceled) || !s.Interrupted {
				t.Fatalf("error %v, summary %+v", err, s)
			}
			if s.DestructorsRun != s.Trees {
				t.Errorf("%d of %d sources were given back", s.DestructorsRun, s.Trees)
			}
			if event.Default.Listening() {
				t.Error("still subscribed")
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	if _, err := Run(t.Context(), Config{Root: t.TempDir()}); !errors.Is(err, ErrNoFiles) {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := Run(t.Context(), Config{Root: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	_, err := Run(t.Context(), Config{Root: project(t), SnapshotAt: "gamma", Snapshot: func([]Alive) error { return nil }})
	if !errors.Is(err, ErrNoPoint) || !strings.Contains(err.Error(), "alpha") {
		t.Errorf("no such point: %v", err)
	}
}

func TestSnapshot(t *testing.T) {
	root := project(t)
	for _, tt := range []struct {
		at         string
		held, open int
	}{
		{AtLoaded, 38, 3},
		{"alpha", 19, 3}, // the first to be dropped
		{AtEnd, 0, 0},
	} {
		calls := 0
		states := make(map[string]int)
		_, err := Run(t.Context(), Config{Root: root, SnapshotAt: tt.at, Snapshot: func(alive []Alive) error {
			calls++
			for _, a := range alive {
				states[a.State]++
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if calls != 1 || states["held"] != tt.held || states["open"] != tt.open || states["lingering"] != 0 {
			t.Errorf("at %s: %d calls, %v", tt.at, calls, states)
		}
	}
	failing := errors.New("disk full")
	if _, err := Run(t.Context(), Config{Root: root, SnapshotAt: AtLoaded, Snapshot: func([]Alive) error { return failing }}); !errors.Is(err, failing) {
		t.Errorf("got %v", err)
	}
}
