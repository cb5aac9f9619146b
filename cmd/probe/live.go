package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/table"
	"github.com/referent-go/referent/cmd/probe/internal/target"
)

// liveFlags are the flags of `probe live`.
type liveFlags struct {
	output  string
	by      string
	collect bool
	top     int
}

func newLiveCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		f       liveFlags
	)
	cmd := &cobra.Command{
		Use:   "live [target...]",
		Short: "What is alive, by where it was created; a profile for pprof",
		Long: `Live fetches the profile of tracked objects that are alive, from one target or
many, adds them up, and shows the places in the code that most of them come from.
With -o it writes the sum as a profile, which ` + "`go tool pprof`" + ` reads.

  OBJECTS   alive now
  RETAINED  of these, told to die and alive after their grace (see ` + "`probe leaks`" + `)
  BYTES     of the objects, without what they refer to

Dead objects that no collection has found yet count as alive. With --gc the program
collects first, if its handler allows that.

` + targetHelp,
		Example: `  probe live
  probe live @replicas.txt -o live.pb.gz
  probe live a:6060 b:6060 --by instance -o live.pb.gz
  go tool pprof -top -tagroot=instance,group live.pb.gz`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.live(cmd.Context(), targets, args, f)
		}),
	}
	targets = a.targetFlags(cmd)
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write the profile to this `file`; - is standard output")
	flags.StringVar(&f.by, "by", "", "keep targets apart in the profile, by the label `instance`")
	flags.BoolVar(&f.collect, "gc", false, "have the program collect first")
	flags.IntVar(&f.top, "top", 10, "show so many places; 0 is all")
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions([]string{"instance"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f liveFlags) check() error {
	switch {
	case f.by != "" && f.by != "instance":
		return &problem.Error{Code: problem.Usage, What: fmt.Sprintf("live: --by %s: there is nothing of that name to keep apart", f.by), Next: "write --by instance"}
	case f.top < 0:
		return &problem.Error{Code: problem.Usage, What: "live: --top must not be negative", Next: "see `probe live --help`"}
	}
	return nil
}

// liveSummary is the end of the machine-readable output.
type liveSummary struct {
	Targets  int   `json:"targets"`
	Objects  int64 `json:"objects"`
	Retained int64 `json:"retained"`
	Bytes    int64 `json:"bytes"`
	Origins  int   `json:"origins"` // distinct groups, types and stacks
}

func (a *app) live(ctx context.Context, tf *targetFlags, args []string, f liveFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	targets, client, err := tf.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	results := target.Fetch(ctx, targets, func(ctx context.Context, t *target.Target) (*profile.Profile, error) {
		return client.Profile(ctx, t, f.collect)
	})
	good, missing, err := reached(a, results)
	if err != nil {
		return err
	}
	merged, err := mergeProfiles(a, good, f.by != "")
	if err != nil {
		return err
	}
	all, err := byOrigin(merged)
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := a.saveProfile(f.output, merged); err != nil {
			return err
		}
		if f.output == "-" {
			return missing
		}
	}
	if err := a.writeLive(sortedOrigins(all), len(good), f.top); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	if len(all) > 0 && !a.json {
		a.suggestPprof(f, tf, good)
	}
	return missing
}

// saveProfile writes a profile to a file, or to standard output for "-".
func (a *app) saveProfile(name string, p *profile.Profile) error {
	w, closeOutput, err := a.output(name)
	if err != nil {
		return err
	}
	if err := errors.Join(p.Write(w), closeOutput()); err != nil {
		return &problem.Error{Code: problem.Unreachable, What: "write " + name, Why: bare(err), Next: "choose another file with -o"}
	}
	return nil
}

func (a *app) writeLive(list []alive, targets, top int) error {
	sum := liveSummary{Targets: targets, Origins: len(list)}
	for _, o := range list {
		sum.Objects += o.Objects
		sum.Retained += o.Retained
		sum.Bytes += o.Bytes
	}
	shown := list
	if top > 0 && len(shown) > top {
		shown = shown[:top]
	}
	if a.json {
		for _, o := range shown {
			if err := records.Write(a.stdout, "origin", o); err != nil {
				return err
			}
		}
		return records.Write(a.stdout, "summary", sum)
	}
	out := a.out()
	if len(list) == 0 {
		_, err := fmt.Fprintf(out, "nothing is tracked in %s; in the program: track.NewGroup[T](\"name\").Track(p)\n", human.Plural(targets, "target"))
		return err
	}
	fmt.Fprintf(out, "%s alive, %s retained, %s, in %s\n\n",
		out.Style.Title(human.Plural(sum.Objects, "object")), human.Count(sum.Retained), human.Bytes(sum.Bytes), human.Plural(targets, "target"))
	t := table.New(
		table.Column{Title: "OBJECTS", Right: true},
		table.Column{Title: "RETAINED", Right: true},
		table.Column{Title: "BYTES", Right: true},
		table.Column{Title: "GROUP", Shrink: true},
		table.Column{Title: "TYPE", Shrink: true},
		table.Column{Title: "CREATED AT", Shrink: true},
	)
	where := wheres(list)
	for i, o := range shown {
		o.Group, o.Type, where[i] = legible.Text(o.Group), legible.Text(o.Type), legible.Text(where[i])
		retained := table.Text(human.Count(o.Retained))
		if o.Retained > 0 {
			retained = table.Cell{Text: human.Count(o.Retained) + " !", Paint: out.Style.Bad}
		}
		t.Row(table.Text(human.Count(o.Objects)), retained, table.Text(human.Bytes(o.Bytes)), table.Text(o.Group), table.Text(o.Type), table.Text(where[i]))
	}
	err := t.Write(out)
	if n := len(list) - len(shown); n > 0 {
		_, err = fmt.Fprintf(out, "and %s; --top 0 shows all\n", human.Plural(n, "more place"))
	}
	return err
}

// suggestPprof prints the command that looks closer at what was found.
func (a *app) suggestPprof(f liveFlags, tf *targetFlags, good []target.Result[*profile.Profile]) {
	if f.output != "" {
		tags := ""
		if f.by != "" {
			tags = " -tagroot=instance,group"
		}
		fmt.Fprintf(a.stderr, "\nprobe: wrote %s; look closer with\n  go tool pprof -http=:%s %s\n", f.output, tags, f.output)
		return
	}
	if len(good) == 1 && !good[0].Target.Service() {
		if file := good[0].Target.Address(); file != "-" {
			fmt.Fprintf(a.stderr, "\nprobe: look closer with\n  go tool pprof -http=: %s\n", file)
		}
		return
	}
	var urls []string
	for _, r := range good {
		if !r.Target.Plain() {
			urls = nil
			break
		}
		urls = append(urls, r.Target.URL("live"))
	}
	if len(urls) == 0 || len(urls) > 3 || len(tf.header) > 0 || tf.ca+tf.cert != "" || a.env(headerVariable) != "" {
		fmt.Fprint(a.stderr, "\nprobe: write a profile with -o live.pb.gz, and look closer with\n  go tool pprof -http=: live.pb.gz\n")
		return
	}
	fmt.Fprintf(a.stderr, "\nprobe: look closer with\n  go tool pprof -http=: %s\n", strings.Join(urls, " "))
}
