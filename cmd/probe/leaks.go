package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/retained"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// leaksFlags are the flags of `probe leaks`.
type leaksFlags struct {
	groups []string
	frames int
}

func newLeaksCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		f       leaksFlags
	)
	cmd := &cobra.Command{
		Use:   "leaks [target...]",
		Short: "Objects that should be dead and are not, by where they come from",
		Long: `Leaks shows the retained objects of one program or of many replicas: the program
said with Expect that they should die, and they were alive after their grace and
some collections, so somebody still holds them. Objects of one group that were
created by the same stack are one leak, whatever replica they are in, and have one
fingerprint. It says where they were created and where they were expected to die.
Exit code 1 says that there are any.

` + targetHelp,
		Example: `  probe leaks
  probe leaks @replicas.txt --frames 0
  probe leaks --json | jq -r 'select(.record == "leak") | .created[0].function'`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.leaks(cmd.Context(), targets, args, f)
		}),
	}
	targets = a.targetFlags(cmd)
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.groups, "group", nil, "only the `group` of this name; can be repeated")
	flags.IntVar(&f.frames, "frames", 8, "show so many calls of a stack; 0 is all")
	return cmd
}

// leak is what is retained of one origin.
type leak struct {
	Fingerprint event.Fingerprint `json:"fingerprint"`
	Group       string            `json:"group"`
	Type        string            `json:"type"`
	Objects     int               `json:"objects"`
	Bytes       uint64            `json:"bytes"`
	Age         time.Duration     `json:"age_ns"`   // of the oldest
	Since       time.Duration     `json:"since_ns"` // since the first Expect
	Collections uint64            `json:"collections"`
	Targets     []leakTarget      `json:"targets"`
	Created     track.Stack       `json:"created"`
	Expected    track.Stack       `json:"expected"`
}

// leakTarget is how much of a leak is in one target.
type leakTarget struct {
	Target   string `json:"target"`
	Instance string `json:"instance"`
	Objects  int    `json:"objects"`
}

// leaksSummary is the end of the machine-readable output.
type leaksSummary struct {
	Targets  int `json:"targets"`
	Live     int `json:"live"`     // objects of the groups that were looked at
	Expected int `json:"expected"` // of these, in their grace
	Retained int `json:"retained"`
	Leaks    int `json:"leaks"`
}

func (a *app) leaks(ctx context.Context, tf *targetFlags, args []string, f leaksFlags) error {
	if f.frames < 0 {
		return &problem.Error{Code: problem.Usage, What: "leaks: --frames must not be negative", Next: "see `probe leaks --help`"}
	}
	targets, client, err := tf.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	good, missing, err := reached(a, target.Fetch(ctx, targets, client.Snapshot))
	if err != nil {
		return err
	}
	a.noteBuilds(good)
	if !a.json {
		for i := range good {
			good[i].Value = legible.Snapshot(*good[i].Value)
		}
	}
	leaks, sum := gatherLeaks(good, f.groups)
	if err := a.writeLeaks(leaks, sum, f.frames); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	var found error
	if len(leaks) > 0 {
		found = &problem.Error{
			Code: problem.Findings,
			What: "leaks: " + human.Plural(sum.Retained, "object") + " retained",
		}
	}
	return worst(found, missing)
}

// noteBuilds says if the targets do not run the same build, since stacks and
// fingerprints then need not be the same.
func (a *app) noteBuilds(all []target.Result[*wire.Snapshot]) {
	builds := make(map[string]bool)
	for _, r := range all {
		p := r.Value.Process
		builds[p.Module+" "+p.Version+" "+p.Revision] = true
	}
	if len(builds) > 1 {
		fmt.Fprintf(a.stderr, "probe: the targets run %d builds; the same leak has another fingerprint where its lines differ\n", len(builds))
	}
}

// gatherLeaks brings together what is retained of the same origin, most objects first.
func gatherLeaks(all []target.Result[*wire.Snapshot], groups []string) ([]leak, leaksSummary) {
	wanted := func(group string) bool { return len(groups) == 0 || slices.Contains(groups, group) }
	sum := leaksSummary{Targets: len(all)}
	type found struct {
		track.Retained
		on []leakTarget
	}
	byOrigin := make(map[retained.Key]*found)
	for _, r := range all {
		for _, g := range r.Value.Groups {
			if wanted(g.Name) {
				sum.Live += g.Live
				sum.Expected += g.Expected
			}
		}
		for _, o := range r.Value.Retained {
			if !wanted(o.Group) {
				continue
			}
			key := retained.KeyOf(o)
			f := byOrigin[key]
			if f == nil {
				f = &found{Retained: o}
				byOrigin[key] = f
			} else {
				f.Retained = retained.Merge(f.Retained, o)
			}
			f.on = append(f.on, leakTarget{r.Target.Name, r.Value.Process.Instance, o.Count})
			sum.Retained += o.Count
		}
	}
	leaks := make([]leak, 0, len(byOrigin))
	for _, f := range byOrigin {
		leaks = append(leaks, leak{
			Fingerprint: f.Fingerprint, Group: f.Group, Type: f.Type, Objects: f.Count, Bytes: f.Bytes,
			Age: f.Age, Since: f.Since, Collections: f.Collections, Targets: f.on, Created: f.Created, Expected: f.Expected,
		})
	}
	slices.SortFunc(leaks, func(a, b leak) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	sum.Leaks = len(leaks)
	return leaks, sum
}

func (a *app) writeLeaks(leaks []leak, sum leaksSummary, frames int) error {
	if a.json {
		for _, l := range leaks {
			if err := records.Write(a.stdout, "leak", l); err != nil {
				return err
			}
		}
		return records.Write(a.stdout, "summary", sum)
	}
	out := a.out()
	distinct := ""
	if sum.Leaks > 0 {
		distinct = " in " + human.Plural(sum.Leaks, "distinct leak")
	}
	expected := ""
	if sum.Expected > 0 {
		expected = human.Count(sum.Expected) + " expected to die, "
	}
	retained := human.Count(sum.Retained) + " retained"
	if sum.Retained > 0 {
		retained = out.Style.Bad(retained)
	}
	_, err := fmt.Fprintf(out, "%s, %s alive, %s%s%s\n",
		human.Plural(sum.Targets, "target"), human.Count(sum.Live), expected, retained, distinct)
	for _, l := range leaks {
		writeLeak(out, l, sum.Targets, frames)
	}
	return err
}

func writeLeak(out *screen.Screen, l leak, targets, frames int) {
	name := l.Fingerprint.String()
	if l.Fingerprint == 0 {
		name = "origin not recorded"
	}
	fmt.Fprintf(out, "\n%s  %s %s, %s, %s\n", out.Style.Title(name), l.Group, l.Type,
		out.Style.Bad(human.Plural(l.Objects, "object")), human.Bytes(l.Bytes))
	fmt.Fprintf(out, "  oldest %s; first expected to die %s ago, %s since\n",
		short(out, l.Age), short(out, l.Since), human.Plural(l.Collections, "collection"))
	if targets > 1 {
		writeWrapped(out, "  in ", leakCounts(l.Targets))
	}
	for _, part := range []struct {
		title string
		stack track.Stack
	}{{"created", l.Created}, {"expected", l.Expected}} {
		fmt.Fprintf(out, "  %s\n", out.Style.Dim(part.title))
		writeStack(out, "    ", part.stack, frames)
	}
}

func leakCounts(targets []leakTarget) []string {
	var counts []string
	for _, t := range targets {
		counts = append(counts, t.Target+" "+human.Count(t.Objects))
	}
	return counts
}

// writeWrapped writes words with commas, as many to a line as fit.
func writeWrapped(out *screen.Screen, indent string, words []string) {
	width := 80
	if out.Width > 0 {
		width = out.Width
	}
	line := indent
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if len(line) > len(indent) && len(line)+1+len(w) > width {
			fmt.Fprintln(out, line)
			line = strings.Repeat(" ", len(indent))
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += w
	}
	fmt.Fprintln(out, line)
}
