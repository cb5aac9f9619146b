package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// indexFlags are the flags of `probe index`.
type indexFlags struct {
	workers   int
	sets      int
	limit     int64 // MiB
	profile   string
	profileAt string
}

func newIndexCommand(a *app) *cobra.Command {
	var f indexFlags
	cmd := &cobra.Command{
		Use:   "index [directory]",
		Short: "Index a tree of Go files, then watch it die piece by piece",
		Long: `Index parses every Go file below a directory, by default the source of the Go
installation. It holds the syntax trees weakly in a cache and strongly in working
sets, one for each large directory; the files' contents by reference count; and
names and string literals as interned strings. The largest file of each working
set stays open, as in an editor.

Then it drops one working set after the other, collects, and shows what became of
it:

  TREES     syntax trees that were dropped
  RELEASED  contents whose last count was given back, destroyed at once
  DIED      trees that the collector found dead, callback run
  KEPT      trees that an open file keeps alive
  GCS       collections that it took
  AGE       of the trees at their death
  FREED     heap that the collections gave back
  STRINGS   interned strings that are left
  CACHED    trees that the cache still finds (where there is room)

Files that cannot be read or parsed are named and skipped. Exit code 1 says that
a callback or destructor did not run, that the cache was wrong, that events were
lost, or that no file could be used.

Where the files hold more source than --limit, working sets that came first are
dropped before the others are read.

--profile writes a pprof profile of the trees that are alive at some point, by
package directory: when all is loaded, at the end, or when the working set of that
name has been dropped. Read it with go tool pprof.`,
		Example: `  probe index
  probe index ~/src/project --plain
  probe index --json | jq -c 'select(.record == "step")'
  probe index --profile trees.pb.gz && go tool pprof -top trees.pb.gz`,
		GroupID: groupPlay,
		Args:    atMost(1),
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.index(cmd.Context(), f, args)
		}),
	}
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&f.workers, "workers", 0, "files to parse at the same time (default GOMAXPROCS)")
	flags.IntVar(&f.sets, "sets", 8, "working sets to divide the files into")
	flags.Int64Var(&f.limit, "limit", 256, "most source to hold trees of, in `MiB`")
	flags.StringVar(&f.profile, "profile", "", "write a profile of what is alive to this `file`")
	flags.StringVar(&f.profileAt, "profile-at", index.AtLoaded, "`point`: loaded, end, or a set once dropped")
	return cmd
}

func (f indexFlags) check() error {
	for _, bad := range []struct {
		is   bool
		what string
	}{
		{f.workers < 0, "--workers must not be negative"},
		{f.sets < 1, "--sets must be at least 1"},
		{f.limit < 1, "--limit must be at least 1"},
	} {
		if bad.is {
			return &problem.Error{Code: problem.Usage, What: "index: " + bad.what, Next: "see `probe index --help`"}
		}
	}
	return nil
}

func (a *app) index(ctx context.Context, f indexFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	root, err := a.indexRoot(ctx, args)
	if err != nil {
		return err
	}
	view := newIndexView(a)
	config := index.Config{
		Root: root, Workers: f.workers, Sets: f.sets, Limit: f.limit << 20,
		Observer: view.observer(),
	}
	if f.profile != "" {
		config.SnapshotAt = f.profileAt
		config.Snapshot = func(alive []index.Alive) error { return writeProfile(f.profile, root, alive) }
	}
	summary, err := index.Run(ctx, config)
	view.end(summary, err)
	if err := view.close(); err != nil {
		return fmt.Errorf("index: write the output: %w", err)
	}
	switch {
	case errors.Is(err, index.ErrNoFiles):
		return &problem.Error{Code: problem.Usage, What: "index " + root, Why: err, Next: "name a directory with Go code"}
	case errors.Is(err, index.ErrNoPoint):
		return &problem.Error{Code: problem.Usage, What: "index: --profile-at", Why: err}
	case errors.Is(err, errProfile):
		return &problem.Error{Code: problem.Unreachable, What: "index", Why: err, Next: "choose another file for --profile"}
	case err != nil:
		return &problem.Error{Code: problem.Unreachable, What: "index " + root, Why: bare(err), Next: "name a directory that can be read"}
	}
	if f.profile != "" {
		fmt.Fprintf(a.stderr, "probe: wrote %s; read it with: go tool pprof -top %s\n", f.profile, f.profile)
	}
	return verdict(summary)
}

// indexRoot returns the directory to index.
func (a *app) indexRoot(ctx context.Context, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	if root := a.env("GOROOT"); root != "" {
		return filepath.Join(root, "src"), nil
	}
	cmd := exec.CommandContext(ctx, "go", "env", "GOROOT")
	cmd.Env = a.environ
	out, err := cmd.Output()
	if root := strings.TrimSpace(string(out)); err == nil && root != "" {
		return filepath.Join(root, "src"), nil
	}
	if err == nil {
		err = errors.New("`go env GOROOT` says nothing")
	}
	return "", &problem.Error{
		Code: problem.Unreachable,
		What: "index: find the source of a Go installation",
		Why:  err,
		Next: "name a directory with Go code: probe index DIRECTORY",
	}
}

// verdict returns what is wrong about a run that came to its end.
func verdict(s index.Summary) error {
	var wrong []string
	found := func(is bool, format string, args ...any) {
		if is {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	found(s.Trees == 0, "none of %s could be used", human.Plural(s.Files, "file"))
	found(s.CallbacksRun != s.CallbacksExpected, "%d callbacks were expected and %d ran", s.CallbacksExpected, s.CallbacksRun)
	found(s.DestructorsRun != s.DestructorsExpected, "%d destructors were expected and %d ran", s.DestructorsExpected, s.DestructorsRun)
	found(s.Wrong > 0, "the cache was wrong about %s", human.Plural(s.Wrong, "tree"))
	found(s.EventsLost > 0, "%s lost", human.Plural(s.EventsLost, "event"))
	if wrong == nil {
		return nil
	}
	return &problem.Error{Code: problem.Findings, What: "index", Why: errors.New(strings.Join(wrong, ", "))}
}

// bare returns err without the path that is said anyway.
func bare(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
