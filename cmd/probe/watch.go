package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
)

// watchFlags are the flags of commands that show events.
type watchFlags struct {
	kinds  *kindsFlag
	groups []string
}

func (a *app) watchFlags(cmd *cobra.Command) *watchFlags {
	f := &watchFlags{kinds: addKindsFlag(cmd)}
	cmd.Flags().StringArrayVar(&f.groups, "group", nil, "only events of the `group` of this name; can be repeated")
	return f
}

func newWatchCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		flags   *watchFlags
		limit   time.Duration
	)
	cmd := &cobra.Command{
		Use:   "watch [target...]",
		Short: "Print what happens in a running program, a line an event",
		Long: `Watch prints each event of a running program as it comes: births, deaths,
callbacks, collections, and what is retained. Ctrl-C ends it, and then it shows how
old the objects were that died, by powers of two. That is the whole age from birth
to the moment the death was noticed: when an object became unreachable is not known.

A connection that breaks is made again, and resumes where it broke; events that
the program no longer has are counted as lost. Of several targets each line begins
with the target's name. Of a file that ` + "`probe record`" + ` wrote all is printed at once.

` + targetHelp,
		Example: `  probe watch
  probe watch localhost:8080 --kind retained,leaked
  probe watch @replicas.txt --group conns --for 1m
  probe watch --json | jq -r 'select(.kind == "cleared") | .age_ns'`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.watch(cmd.Context(), targets, args, *flags, limit)
		}),
	}
	targets = a.targetFlags(cmd)
	flags = a.watchFlags(cmd)
	a.outputFlags(cmd)
	cmd.Flags().DurationVar(&limit, "for", 0, "end after this time, as in 1m")
	return cmd
}

// greeting is how often watch asks for a snapshot, which it needs only once: to know
// whether the other side speaks the same language.
const greeting = time.Hour

func (a *app) watch(ctx context.Context, f *targetFlags, args []string, w watchFlags, limit time.Duration) error {
	watching, cancel, err := limited(ctx, limit)
	if err != nil {
		return err
	}
	defer cancel()
	targets, client, err := f.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	defer a.noteSkipped(client)
	view := newWatchView(a, targets, *w.kinds, w.groups)
	services := false
	for _, t := range targets {
		services = services || t.Service()
	}
	client.Watch(watching, targets, target.WatchOptions{Kinds: *w.kinds, Snapshot: greeting}, func(u target.Update) {
		if view.update(u); view.err != nil {
			cancel()
		}
	})
	end := time.Time{}
	if services {
		end = time.Now()
	}
	if err := view.end(end); ctx.Err() == nil || !view.links.told {
		return err
	}
	return nil // the person has seen enough, and what was missing
}

// limited returns a context that ends after limit, if it is not 0.
func limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc, error) {
	switch {
	case limit < 0:
		return nil, nil, &problem.Error{Code: problem.Usage, What: "--for must not be negative", Next: "write it as in --for 1m"}
	case limit == 0:
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, cancel, nil
}
