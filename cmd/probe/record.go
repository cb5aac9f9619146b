package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// recordFlags are the flags of `probe record`.
type recordFlags struct {
	output   string
	limit    time.Duration
	interval time.Duration
}

func newRecordCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		kinds   *kindsFlag
		f       recordFlags
	)
	cmd := &cobra.Command{
		Use:   "record [target...]",
		Short: "Record what happens in a running program, to look at it later",
		Long: `Record writes the events of a running program, and its state once a second, to a
file or to standard output, until --for is over or Ctrl-C ends it. Every command
that reads from targets reads such a file, and ` + "`probe replay`" + ` plays it at the
speed of the time when it was recorded.

A recording is a JSON object a line, each with the schema's number, the time when it
came, and one of "event", "snapshot" and "lost"; of several targets also "source".

` + targetHelp,
		Example: `  probe record -o before.ndjson --for 1m
  probe record a:6060 b:6060 -o both.ndjson
  probe record | gzip > incident.ndjson.gz`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.record(cmd.Context(), targets, args, *kinds, f)
		}),
	}
	targets = a.targetFlags(cmd)
	kinds = addKindsFlag(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "-", "write to this `file`; - is standard output")
	flags.DurationVar(&f.limit, "for", 0, "end after this time, as in 1m")
	flags.DurationVar(&f.interval, "interval", time.Second, "record the state so often")
	return cmd
}

func (a *app) record(ctx context.Context, tf *targetFlags, args []string, kinds kindsFlag, f recordFlags) error {
	if f.interval < 100*time.Millisecond {
		return &problem.Error{Code: problem.Usage, What: "--interval must be at least 100ms", Next: "write it as in --interval 1s"}
	}
	recording, cancel, err := limited(ctx, f.limit)
	if err != nil {
		return err
	}
	defer cancel()
	targets, client, err := tf.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	defer a.noteSkipped(client)
	w, closeOutput, err := a.output(f.output)
	if err != nil {
		return err
	}
	var (
		buffered = bufio.NewWriterSize(w, 1<<16)
		recorder = wire.NewRecorder(buffered)
		links    = newLinks(a, targets)
		n, lost  uint64
		failed   error
		start    = time.Now()
	)
	client.Watch(recording, targets, target.WatchOptions{Kinds: kinds, Snapshot: f.interval}, func(u target.Update) {
		links.update(u)
		if u.Err != nil || failed != nil {
			return
		}
		m := wire.Recorded{Time: u.Time, Message: u.Message}
		if len(targets) > 1 || u.Source != u.Target.Name {
			m.Source = u.Source
		}
		failed = recorder.Record(m)
		if u.Event == nil && failed == nil {
			failed = buffered.Flush() // so that little is missing if the machine goes down
		}
		if failed != nil {
			cancel()
			return
		}
		n++
		if u.Lost != nil {
			lost += u.Lost.Count
		}
	})
	if err := errors.Join(failed, buffered.Flush(), closeOutput()); err != nil {
		return &problem.Error{Code: problem.Unreachable, What: "record", Why: fmt.Errorf("write %s: %w", f.output, bare(err)), Next: "choose another file with -o"}
	}
	if links.told {
		name := f.output
		if name == "-" {
			name = "standard output"
		}
		fmt.Fprintf(a.stderr, "probe: %s in %s to %s, %s lost\n", human.Plural(n, "message"), human.Duration(time.Since(start)), name, human.Plural(lost, "event"))
	}
	if ctx.Err() != nil && links.told {
		return nil // as asked, and what was missing has been said
	}
	return links.problem()
}

// output opens a file for output, or standard output for "-".
func (a *app) output(name string) (io.Writer, func() error, error) {
	if name == "-" {
		return a.stdout, func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, &problem.Error{Code: problem.Unreachable, What: "write " + name, Why: bare(err), Next: "choose another file with -o"}
	}
	return f, f.Close, nil
}
