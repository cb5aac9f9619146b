package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/table"
	"github.com/referent-go/referent/cmd/probe/internal/target"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// limitsFlag has the values of a flag that bounds something, as a whole or by group.
type limitsFlag []bound

// bound is how much there may be of something.
type bound struct {
	group string // "" is all groups together
	most  uint64
}

// Set implements pflag.Value. Several flags add up.
func (f *limitsFlag) Set(text string) error {
	l := bound{}
	number := text
	if i := strings.LastIndexByte(text, '='); i >= 0 {
		if l.group, number = text[:i], text[i+1:]; l.group == "" {
			return fmt.Errorf("%q names no group; write N, or group=N", text)
		}
	}
	var err error
	if l.most, err = strconv.ParseUint(number, 10, 63); err != nil {
		return fmt.Errorf("%q is no limit; write N, or group=N", text)
	}
	*f = append(*f, l)
	return nil
}

// String implements pflag.Value.
func (f *limitsFlag) String() string {
	var all []string
	for _, l := range *f {
		text := strconv.FormatUint(l.most, 10)
		if l.group != "" {
			text = l.group + "=" + text
		}
		all = append(all, text)
	}
	return strings.Join(all, ",")
}

// Type implements pflag.Value.
func (f *limitsFlag) Type() string { return "limit" }

// The rules are named as their flags.
const (
	ruleRetained = "max-retained"
	ruleLive     = "max-live"
	ruleQueue    = "max-queue"
	ruleLost     = "max-lost"
)

// checkFlags are the rules of `probe check`.
type checkFlags struct {
	retained, live limitsFlag
	queue, lost    int64 // -1 is no rule
}

func newCheckCommand(a *app) *cobra.Command {
	var (
		targets *targetFlags
		f       checkFlags
	)
	cmd := &cobra.Command{
		Use:   "check [target...]",
		Short: "Hold programs to limits, for CI and Kubernetes",
		Long: `Check looks at each target once and compares what it finds with limits. It prints
each rule with what it got; exit code 1 says that a limit is broken, and 3 or 4 that
a target could not be read. Without any rule it is --max-retained 0.

  --max-retained  objects that were told to die and are alive after their grace
  --max-live      objects alive, dead ones that no collection has found included
  --max-queue     cleanups that wait to run; approximate, 0 most of the time
  --max-lost      events that the program's handler itself has lost

--max-retained and --max-live can be repeated, as N for all groups of a program
together or as group=N. A group that a program does not have counts 0, and is
mentioned, for it may not exist yet. With --json it is one line in all.

` + targetHelp,
		Example: `  probe check --max-retained 0 --max-queue 1000 --max-live conns=500
  probe check @replicas.txt --json
  kubectl exec deploy/payments -- probe check --max-retained conns=0`,
		GroupID: groupLive,
		RunE: a.runs(func(cmd *cobra.Command, args []string) error {
			return a.check(cmd.Context(), targets, args, f)
		}),
	}
	targets = a.targetFlags(cmd)
	a.outputFlags(cmd)
	flags := cmd.Flags()
	flags.Var(&f.retained, ruleRetained, "most objects retained, `[group=]N`")
	flags.Var(&f.live, ruleLive, "most objects alive, `[group=]N`")
	flags.Int64Var(&f.queue, ruleQueue, -1, "most cleanups that wait to run, `N`")
	flags.Int64Var(&f.lost, ruleLost, -1, "most events lost by the handler, `N`")
	for _, name := range []string{ruleQueue, ruleLost} {
		flags.Lookup(name).DefValue = "0" // no default is shown for 0, and there is none
	}
	return cmd
}

// outcome is what came of one rule at one target.
type outcome struct {
	Target string `json:"target"`
	Rule   string `json:"rule"`
	Group  string `json:"group,omitempty"`
	Limit  uint64 `json:"limit"`
	Got    uint64 `json:"got"`
	OK     bool   `json:"ok"`
	NoSuch bool   `json:"no_such_group,omitempty"`
}

// checkRecord is the whole machine-readable output.
type checkRecord struct {
	OK          bool          `json:"ok"`
	Targets     int           `json:"targets"`
	Breaches    []outcome     `json:"breaches"`
	Rules       []outcome     `json:"rules"`
	Unreachable []unreachable `json:"unreachable"`
}

func (a *app) check(ctx context.Context, tf *targetFlags, args []string, f checkFlags) error {
	if len(f.retained)+len(f.live) == 0 && f.queue < 0 && f.lost < 0 {
		f.retained = limitsFlag{{}}
	}
	targets, client, err := tf.open(args)
	if err != nil {
		return err
	}
	defer client.Close()
	result := checkRecord{OK: true, Targets: len(targets), Breaches: []outcome{}, Rules: []outcome{}, Unreachable: []unreachable{}}
	fetched := target.Fetch(ctx, targets, client.Snapshot)
	for _, r := range fetched {
		if r.Err != nil {
			result.OK = false
			result.Unreachable = append(result.Unreachable, unreachable{r.Target.Name, r.Err.Error()})
			continue
		}
		for _, o := range f.apply(r.Target.Name, r.Value) {
			result.Rules = append(result.Rules, o)
			if !o.OK {
				result.OK = false
				result.Breaches = append(result.Breaches, o)
			}
		}
	}
	if err := a.writeCheck(result); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	a.json = false // the unreachable are in the record
	_, missing, err := reached(a, fetched)
	var found error
	if n := len(result.Breaches); n > 0 {
		found = &problem.Error{Code: problem.Findings, What: fmt.Sprintf("check: %d of %s broken", n, human.Plural(len(result.Rules), "limit"))}
	}
	return worst(found, cmp.Or(err, missing))
}

// apply holds one snapshot to the rules.
func (f checkFlags) apply(name string, s *wire.Snapshot) []outcome {
	var all []outcome
	add := func(rule, group string, limit, got uint64, noSuch bool) {
		all = append(all, outcome{name, rule, group, limit, got, got <= limit, noSuch})
	}
	for _, by := range []struct {
		rule   string
		limits limitsFlag
		of     func(event.GroupStats) int
	}{
		{ruleRetained, f.retained, func(g event.GroupStats) int { return g.Retained }},
		{ruleLive, f.live, func(g event.GroupStats) int { return g.Live }},
	} {
		for _, l := range by.limits {
			got, found := uint64(0), l.group == ""
			for _, g := range s.Groups {
				if l.group == "" || l.group == g.Name {
					got += uint64(max(by.of(g), 0))
					found = true
				}
			}
			add(by.rule, l.group, l.most, got, !found)
		}
	}
	if f.queue >= 0 {
		add(ruleQueue, "", uint64(f.queue), s.Runtime.CleanupQueue(), false)
	}
	if f.lost >= 0 {
		add(ruleLost, "", uint64(f.lost), s.Stream.Lost, false)
	}
	return all
}

func (a *app) writeCheck(c checkRecord) error {
	if a.json {
		return records.Write(a.stdout, "check", c)
	}
	out := a.out()
	columns := []table.Column{{}, {Title: "TARGET", Shrink: true}, {Title: "RULE"}, {Title: "GROUP", Shrink: true}, {Title: "LIMIT", Right: true}, {Title: "GOT", Right: true}, {}}
	t := table.New(columns...)
	for _, o := range c.Rules {
		group, note := o.Group, ""
		if group == "" && (o.Rule == ruleRetained || o.Rule == ruleLive) {
			group = "all"
		}
		if o.NoSuch {
			note = "no such group"
		}
		got := table.Text(human.Count(o.Got))
		if !o.OK {
			got.Paint = out.Style.Bad
		}
		ok := o.OK
		t.Row(table.Cell{Text: "x", Paint: func(string) string { return out.Style.Mark(ok) }},
			table.Text(o.Target), table.Text(o.Rule), table.Text(group), table.Text(human.Count(o.Limit)), got, table.Text(note))
	}
	if len(c.Rules) == 0 {
		return nil
	}
	return t.Write(out)
}
