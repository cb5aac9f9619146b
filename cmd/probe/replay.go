package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
)

func newReplayCommand(a *app) *cobra.Command {
	var flags *watchFlags
	speed := speedFlag(1)
	cmd := &cobra.Command{
		Use:   "replay recording",
		Short: "Play a recording as if it happened now",
		Long: "Replay prints the events of a recording that `probe record`" + ` wrote as ` + "`probe watch`" + `
would have printed them then, at the speed of then, or faster. The other commands
take a recording in place of a target and look at its end.`,
		Example: `  probe replay before.ndjson
  probe replay before.ndjson --speed 10x --group conns
  gunzip < incident.ndjson.gz | probe replay - --speed max`,
		GroupID: groupLive,
		Args:    oneRecording,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.replay(cmd.Context(), args[0], *flags, speed)
		}),
	}
	flags = a.watchFlags(cmd)
	a.outputFlags(cmd)
	cmd.Flags().Var(&speed, "speed", "play so many times as fast: 10x, 0.5x, or max")
	return cmd
}

func oneRecording(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &problem.Error{Code: problem.Usage, What: "replay: no recording is named", Next: "record one with `probe record -o f.ndjson`, then `probe replay f.ndjson`"}
	}
	return atMost(1)(cmd, args)
}

// speedFlag is how many times as fast a recording is played; 0 is without any wait.
type speedFlag float64

// Set implements pflag.Value.
func (f *speedFlag) Set(text string) error {
	if text == "max" {
		*f = 0
		return nil
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%q is no speed; write 1x, 10x or max", text)
	}
	*f = speedFlag(v)
	return nil
}

// String implements pflag.Value.
func (f *speedFlag) String() string {
	if *f == 0 {
		return "max"
	}
	return strconv.FormatFloat(float64(*f), 'g', -1, 64) + "x"
}

// Type implements pflag.Value.
func (f *speedFlag) Type() string { return "speed" }

func (a *app) replay(ctx context.Context, name string, w watchFlags, speed speedFlag) error {
	t, err := target.Parse(name)
	if err != nil {
		return err
	}
	if t.Service() {
		return &problem.Error{Code: problem.Usage, What: "replay: " + name + " is no file", Next: "watch a running program with `probe watch`"}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := target.NewClient(target.Options{Stdin: a.stdin})
	if err != nil {
		return err
	}
	defer client.Close()
	defer a.noteSkipped(client)
	targets := []*target.Target{t}
	view := newWatchView(a, targets, *w.kinds, w.groups)
	client.Watch(ctx, targets, target.WatchOptions{Speed: float64(speed)}, func(u target.Update) {
		if view.update(u); view.err != nil {
			cancel()
		}
	})
	return view.end(time.Time{})
}
