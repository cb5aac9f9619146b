package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/diagnosis"
	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

func newDoctorCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		wait    time.Duration
	)
	cmd := &cobra.Command{
		Use:   "doctor [target...]",
		Short: "Find what is wrong with a program, or with how it is watched",
		Long: `Doctor looks at each target twice, some seconds apart, and at the events that it
still has, and goes through a list: whether it collects at all, whether cleanups are
blocked, groups of which nothing ever dies, objects that are too small to die alone,
retained objects, callbacks that panicked, handles that were never released, lost
events, and clocks that differ. Each finding says what to do. Exit code 1 says that
something is wrong; hints do not count.

` + targetHelp,
		Example: `  probe doctor
  probe doctor @replicas.txt --wait 30s
  probe doctor --json | jq -r 'select(.level == "bad") | .what'`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.doctor(cmd.Context(), targets, args, wait)
		}),
	}
	targets = a.targetFlags(cmd)
	a.outputFlags(cmd)
	cmd.Flags().DurationVar(&wait, "wait", 3*time.Second, "time between the two looks")
	return cmd
}

// findingRecord is a finding in machine-readable output.
type findingRecord struct {
	Target string `json:"target"`
	diagnosis.Finding
}

// doctorSummary is the end of the machine-readable output.
type doctorSummary struct {
	Targets int `json:"targets"`
	Bad     int `json:"bad"`
	Hints   int `json:"hints"`
}

func (a *app) doctor(ctx context.Context, tf *targetFlags, args []string, wait time.Duration) error {
	if wait < 100*time.Millisecond {
		return &problem.Error{Code: problem.Usage, What: "doctor: --wait must be at least 100ms", Next: "write it as in --wait 3s"}
	}
	targets, client, err := tf.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	good, missing, err := reached(a, target.Fetch(ctx, targets, func(ctx context.Context, t *target.Target) (diagnosis.Case, error) {
		return observe(ctx, client, t, wait)
	}))
	if err != nil {
		return err
	}
	sum := doctorSummary{Targets: len(good)}
	for i, r := range good {
		if !a.json {
			r.Value = legibleCase(r.Value)
		}
		findings := diagnosis.Examine(r.Value)
		for _, f := range findings {
			switch f.Level {
			case diagnosis.Bad:
				sum.Bad++
			case diagnosis.Hint:
				sum.Hints++
			}
		}
		if err = a.writeFindings(i, r, findings); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
	}
	if a.json {
		err = records.Write(a.stdout, "summary", sum)
	} else {
		_, err = fmt.Fprintf(a.out(), "\n%s: %s, %s\n", human.Plural(sum.Targets, "target"), human.Plural(sum.Bad, "thing")+" wrong", human.Plural(sum.Hints, "hint"))
	}
	if err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	var found error
	if sum.Bad > 0 {
		found = &problem.Error{Code: problem.Findings, What: "doctor: " + human.Plural(sum.Bad, "thing") + " wrong"}
	}
	return worst(found, missing)
}

// legibleCase returns c with what a person sees of it made harmless.
func legibleCase(c diagnosis.Case) diagnosis.Case {
	for _, look := range []**wire.Snapshot{&c.First, &c.Second} {
		if *look != nil {
			*look = legible.Snapshot(**look)
		}
	}
	for _, events := range [][]event.Event{c.Panicked, c.Leaked} {
		for i, e := range events {
			events[i] = legible.Event(e)
		}
	}
	return c
}

// observe looks at a target twice, and at what it tells in between. A file is looked
// at as it is.
func observe(ctx context.Context, client *target.Client, t *target.Target, wait time.Duration) (diagnosis.Case, error) {
	var c diagnosis.Case
	o := target.WatchOptions{Kinds: []event.Kind{event.CallbackPanicked, event.Leaked}, Snapshot: wait}
	if t.Service() {
		before := time.Now()
		s, err := client.Snapshot(ctx, t)
		if err != nil {
			return c, err
		}
		after := time.Now()
		c.First = s
		c.Tolerance = max(after.Sub(before)/2, time.Nanosecond)
		c.Skew = s.Time.Sub(before.Add(c.Tolerance).Round(0))
		if s.Stream.Oldest > 0 {
			o.After = new(s.Stream.Oldest - 1) // from the oldest on
		}
	}
	// A service that goes away is not waited for: what was seen is seen.
	watching, cancel := context.WithTimeout(ctx, wait+tolerated)
	defer cancel()
	var failed error
	client.Watch(watching, []*target.Target{t}, o, func(u target.Update) {
		switch {
		case u.Err != nil:
			failed = u.Err
			cancel()
		case u.Snapshot != nil && c.First == nil:
			c.First = u.Snapshot
		case u.Snapshot != nil:
			if !t.Service() || u.Snapshot.Time.Sub(c.First.Time) >= wait/2 {
				c.Second = u.Snapshot
			}
			if t.Service() && c.Second != nil {
				cancel()
			}
		case u.Event != nil && u.Event.Kind == event.CallbackPanicked:
			c.Panicked = append(c.Panicked, *u.Event)
		case u.Event != nil && u.Event.Kind == event.Leaked:
			c.Leaked = append(c.Leaked, *u.Event)
		}
	})
	switch {
	case ctx.Err() != nil:
		return c, ctx.Err()
	case failed != nil:
		return c, failed
	case c.First == nil:
		return c, &problem.Error{
			Code: problem.Unreachable,
			What: "read " + t.Name,
			Why:  errors.New("there is no snapshot in it"),
			Next: "record it with `probe record`",
		}
	}
	return c, nil
}

// tolerated is how much longer than asked a second look may take.
const tolerated = 10 * time.Second

// writeFindings writes what was found about target number i.
func (a *app) writeFindings(i int, r target.Result[diagnosis.Case], findings []diagnosis.Finding) error {
	if a.json {
		for _, f := range findings {
			if err := records.Write(a.stdout, "finding", findingRecord{r.Target.Name, f}); err != nil {
				return err
			}
		}
		return nil
	}
	out := a.out()
	if i > 0 {
		fmt.Fprintln(out)
	}
	p := r.Value.First.Process
	_, err := fmt.Fprintf(out, "%s  %s\n", out.Style.Title(r.Target.Name), out.Style.Dim(p.Name+" "+p.Instance))
	for _, f := range findings {
		err = writeFinding(out, f)
	}
	return err
}

func writeFinding(out *screen.Screen, f diagnosis.Finding) error {
	mark := out.Style.Mark(f.Level == diagnosis.OK)
	if f.Level == diagnosis.Hint {
		mark = out.Style.Accent("?")
	}
	const indent = "                  " // below the text of a finding
	_, err := fmt.Fprintf(out, "%s %-14s  ", mark, f.Check)
	writeParagraph(out, indent, f.What)
	if f.Next != "" {
		arrow := "→ "
		if out.Style.ASCII {
			arrow = "> "
		}
		fmt.Fprint(out, indent)
		writeParagraph(out, indent, arrow+f.Next)
	}
	return err
}

// writeParagraph writes text that begins after as many columns as indent has, and
// goes on below itself.
func writeParagraph(out *screen.Screen, indent, text string) {
	width := 80
	if out.Width > 0 {
		width = out.Width
	}
	column := len(indent)
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i > 0 && column+1+n > width:
			fmt.Fprint(out, "\n"+indent)
			column = len(indent)
		case i > 0:
			fmt.Fprint(out, " ")
			column++
		}
		fmt.Fprint(out, word)
		column += n
	}
	fmt.Fprintln(out)
}
