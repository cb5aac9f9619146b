package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/track"
)

// diffFlags are the flags of `probe diff`.
type diffFlags struct {
	collect bool
	top     int
	frames  int
}

func newDiffCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		f       diffFlags
	)
	cmd := &cobra.Command{
		Use:   "diff before after",
		Short: "What there is more of, and less, between two profiles of what is alive",
		Long: `Diff compares two profiles of tracked objects that are alive, by the group, the type
and the stack that the objects were created by, and shows first what there is most
more of. Each of the two is a profile that ` + "`probe live -o`" + ` wrote, a running program,
or an @list, which is added up. Growth alone is no leak: see ` + "`probe leaks`" + `.

` + targetHelp,
		Example: `  probe live -o before.pb.gz
  probe diff before.pb.gz localhost:6060 --gc
  probe diff stable:6060 canary:6060 --json`,
		GroupID: groupLive,
		Args:    twoTargets,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.diff(cmd.Context(), targets, args, f)
		}),
	}
	targets = a.targetFlags(cmd)
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.collect, "gc", false, "have running programs collect first")
	flags.IntVar(&f.top, "top", 10, "show so many that grew, or shrank; 0 is all")
	flags.IntVar(&f.frames, "frames", 5, "show so many calls of a stack; 0 is all")
	return cmd
}

func twoTargets(cmd *cobra.Command, args []string) error {
	if len(args) < 2 {
		return &problem.Error{
			Code: problem.Usage,
			What: "diff: two are compared, so name what was before and what is after",
			Next: "for example `probe live -o before.pb.gz`, then `probe diff before.pb.gz localhost:6060`",
		}
	}
	return atMost(2)(cmd, args)
}

// change is how the objects of one origin differ.
type change struct {
	Group         string      `json:"group"`
	Type          string      `json:"type"`
	Objects       int64       `json:"objects"` // more than before
	Bytes         int64       `json:"bytes"`   // more than before
	ObjectsBefore int64       `json:"objects_before"`
	ObjectsAfter  int64       `json:"objects_after"`
	Created       track.Stack `json:"created"`
}

// diffSummary is the end of the machine-readable output.
type diffSummary struct {
	Objects int64 `json:"objects"` // more than before
	Bytes   int64 `json:"bytes"`   // more than before
	Grown   int   `json:"grown"`   // origins
	Shrunk  int   `json:"shrunk"`
}

func (a *app) diff(ctx context.Context, tf *targetFlags, args []string, f diffFlags) error {
	if f.top < 0 || f.frames < 0 {
		return &problem.Error{Code: problem.Usage, What: "diff: --top and --frames must not be negative", Next: "see `probe diff --help`"}
	}
	client, err := tf.client()
	if err != nil {
		return err
	}
	defer client.Close()
	var sides [2]map[origin]*alive
	for i := range sides {
		targets, err := target.ParseAll(args[i:i+1], target.Sources{Env: a.env, Stdin: a.stdin})
		if err != nil {
			return err
		}
		good, missing, err := reached(a, target.Fetch(ctx, targets, func(ctx context.Context, t *target.Target) (*profile.Profile, error) {
			return client.Profile(ctx, t, f.collect)
		}))
		if err != nil || missing != nil {
			return cmp.Or(err, missing) // half of a side would be taken for a change
		}
		merged, err := mergeProfiles(a, good, false)
		if err != nil {
			return err
		}
		if sides[i], err = byOrigin(merged); err != nil {
			return err
		}
	}
	changes := compare(sides[0], sides[1])
	if err := a.writeDiff(args[0], args[1], changes, f); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// compare returns what differs, what grew most first.
func compare(before, after map[origin]*alive) []change {
	var changes []change
	add := func(key origin) {
		var b, c alive
		if o := before[key]; o != nil {
			b = *o
		}
		if o := after[key]; o != nil {
			c = *o
		}
		if b.Objects == c.Objects && b.Bytes == c.Bytes {
			return
		}
		stack := c.Created
		if stack == nil {
			stack = b.Created
		}
		changes = append(changes, change{key.group, key.typ, c.Objects - b.Objects, c.Bytes - b.Bytes, b.Objects, c.Objects, stack})
	}
	for key := range after {
		add(key)
	}
	for key := range before {
		if after[key] == nil {
			add(key)
		}
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(b.Bytes, a.Bytes),
			compareOrigins(alive{Group: a.Group, Type: a.Type, Created: a.Created}, alive{Group: b.Group, Type: b.Type, Created: b.Created}))
	})
	return changes
}

func (c change) grew() bool { return c.Objects > 0 || c.Objects == 0 && c.Bytes > 0 }

func (a *app) writeDiff(before, after string, changes []change, f diffFlags) error {
	var sum diffSummary
	var grown, shrunk []change
	for _, c := range changes {
		sum.Objects += c.Objects
		sum.Bytes += c.Bytes
		if c.grew() {
			grown = append(grown, c)
		} else {
			shrunk = append(shrunk, c)
		}
	}
	slices.Reverse(shrunk) // what shrank most first
	sum.Grown, sum.Shrunk = len(grown), len(shrunk)
	out := a.out()
	if !a.json {
		arrow := "→"
		if out.Style.ASCII {
			arrow = "->"
		}
		fmt.Fprintf(out, "%s %s %s: %s, %s\n", before, arrow, after, out.Style.Title(signed(sum.Objects, human.Plural[int64])), signed(sum.Bytes, bytesOf))
	}
	for _, part := range []struct {
		title   string
		changes []change
	}{{"GROWN", grown}, {"SHRUNK", shrunk}} {
		shown := part.changes
		if f.top > 0 && len(shown) > f.top {
			shown = shown[:f.top]
		}
		if a.json {
			for _, c := range shown {
				if err := records.Write(a.stdout, "change", c); err != nil {
					return err
				}
			}
			continue
		}
		if len(shown) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s\n", out.Style.Dim(part.title))
		for _, c := range shown {
			writeChange(out, c, f.frames)
		}
		if n := len(part.changes) - len(shown); n > 0 {
			fmt.Fprintf(out, "  and %s; --top 0 shows all\n", human.Plural(n, "more place"))
		}
	}
	if a.json {
		return records.Write(a.stdout, "summary", sum)
	}
	if len(changes) == 0 {
		_, err := fmt.Fprintln(out, "no difference")
		return err
	}
	return nil
}

func writeChange(out *screen.Screen, c change, frames int) {
	number := fmt.Sprintf("%-12s %-12s", signed(c.Objects, func(n int64, _ string) string { return human.Count(n) }), signed(c.Bytes, bytesOf))
	if c.grew() {
		number = out.Style.Accent(number)
	}
	fmt.Fprintf(out, "  %s %s %s %s\n", number, legible.Text(c.Group), out.Style.Dim(legible.Text(c.Type)),
		out.Style.Dim(fmt.Sprintf("(%s before, %s after)", human.Count(c.ObjectsBefore), human.Count(c.ObjectsAfter))))
	writeStack(out, "    ", legible.Stack(c.Created), frames)
}

func bytesOf(n int64, _ string) string { return human.Bytes(n) }

// signed returns n with its sign, which must not be missed in a difference.
func signed(n int64, format func(int64, string) string) string {
	text := format(n, "object")
	if n > 0 {
		text = "+" + text
	}
	return text
}
