package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/limits"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/table"
)

// trialCommand is the hidden command that tries one kind and may die of it.
const trialCommand = "limits-trial"

func newLimitsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "limits",
		Short: "What can be the referent of a weak reference, tried on this Go",
		Long: `Limits shows which pointers lead to something that a weak reference can refer to.
For every kind of place it asks realweak.CheckReferent, then makes a weak pointer
and a cleanup, drops the object, collects, and looks what became of it. Each kind
is tried in a process of its own, because the runtime ends the process for some.

CPYTHON is what CPython has in that place, and whether it can be weakly referred
to there, as it is or by way of a subclass.

Exit code 1 says that CheckReferent was wrong about some kind.`,
		Example: "  probe limits\n  probe limits --json | jq 'select(.agrees == false)'",
		GroupID: groupPlay,
		Args:    atMost(0),
		RunE: a.runs(func(cmd *cobra.Command, _ []string) error {
			return a.limits(cmd.Context())
		}),
	}
	a.outputFlags(cmd)
	return cmd
}

func newTrialCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    trialCommand,
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: a.runs(func(_ *cobra.Command, args []string) error {
			return limits.Child(a.stdout, args[0])
		}),
	}
}

func (a *app) limits(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return &problem.Error{Code: problem.Unreachable, What: "limits: find this program's own file", Why: err, Next: "start probe by its path"}
	}
	start := func(ctx context.Context, kind string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self, trialCommand, kind)
		cmd.Env = append(os.Environ(),
			"GOTRACEBACK=none",         // what it dies of is enough
			"GORACE=atexit_sleep_ms=0", // where the race detector is on, it would sleep for a second
		)
		return cmd
	}
	var results []limits.Result
	var failed error // to write
	err = limits.Run(ctx, start, func(r limits.Result) {
		results = append(results, r)
		if a.json && failed == nil {
			failed = records.Write(a.stdout, "limit", limitRecord(r))
		}
	})
	if failed != nil {
		return failed
	}
	if summary := a.writeLimits(results); summary != nil {
		return summary
	}
	if err != nil {
		return &problem.Error{Code: problem.Findings, What: "limits", Why: err, Next: "the kinds after that were not tried"}
	}
	if wrong := len(results) - agreeing(results); wrong > 0 {
		return &problem.Error{
			Code: problem.Findings,
			What: fmt.Sprintf("limits: CheckReferent is wrong about %s on %s", human.Plural(wrong, "kind"), runtime.Version()),
			Next: "please report it with the output of `probe limits --json`",
		}
	}
	return nil
}

func agreeing(results []limits.Result) int {
	n := 0
	for _, r := range results {
		if r.Agrees {
			n++
		}
	}
	return n
}

type limit struct {
	Kind        string `json:"kind"`
	Code        string `json:"code"`
	Reason      string `json:"reason"` // "" if CheckReferent accepts it
	Agrees      bool   `json:"agrees"`
	Fate        string `json:"fate"`
	Crash       string `json:"crash,omitempty"`
	Dropped     int    `json:"dropped"`
	Died        int    `json:"died"`
	Cleaned     int    `json:"cleaned"`
	Collections int    `json:"collections"`
	Variable    bool   `json:"variable"` // the referent is a variable, not what it leads to
	PythonType  string `json:"python_type,omitempty"`
	Python      string `json:"python,omitempty"`  // "yes", "subclass" or "no"
	Instead     string `json:"instead,omitempty"` // what to do here
}

func limitRecord(r limits.Result) limit {
	l := limit{
		Kind: r.Kind.Name, Code: r.Kind.Code, Agrees: r.Agrees, Fate: r.Fate, Crash: r.Crash,
		Dropped: r.Dropped, Died: r.Died, Cleaned: r.Cleaned, Collections: r.Collections,
		Variable: r.Kind.Box, PythonType: r.Kind.Python.Type, Python: r.Kind.Python.Verdict(), Instead: r.Instead(),
	}
	if r.Reason != 0 {
		l.Reason = r.Reason.String()
	}
	return l
}

// writeLimits writes the table, or the last record.
func (a *app) writeLimits(results []limits.Result) error {
	agree := agreeing(results)
	if a.json {
		return records.Write(a.stdout, "summary", struct {
			Kinds int    `json:"kinds"`
			Agree int    `json:"agree"`
			Go    string `json:"go"`
		}{len(results), agree, runtime.Version()})
	}
	out := a.out()
	t := table.New(
		table.Column{},
		table.Column{Title: "A POINTER TO"},
		table.Column{Title: "CHECK"},
		table.Column{Title: "WHEN DROPPED", Shrink: true},
		table.Column{Title: "CPYTHON", Shrink: true},
	)
	for _, r := range results {
		verdict := table.Cell{Text: "ok", Paint: out.Style.Good}
		if r.Reason != 0 {
			verdict = table.Cell{Text: r.Reason.String(), Paint: out.Style.Accent}
		}
		mark := table.Cell{Text: "x", Paint: func(string) string { return out.Style.Mark(r.Agrees) }}
		t.Row(mark, table.Text(r.Kind.Name), verdict, table.Text(r.Fate), table.Cell{Text: r.Kind.Python.String(), Paint: out.Style.Dim})
	}
	if err := t.Write(out); err != nil {
		return err
	}
	if err := writeInstead(out, results); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s, %d as CheckReferent says, on %s\n", human.Plural(len(results), "kind"), agree, runtime.Version())
	return err
}

// writeInstead says once for each reason what to do.
func writeInstead(out *screen.Screen, results []limits.Result) error {
	t := table.New(table.Column{}, table.Column{Title: "WHERE IT SAYS"}, table.Column{Title: "DO THIS INSTEAD"})
	said := make(map[string]bool)
	for _, r := range results {
		key, text := "ok", r.Instead()
		if r.Reason != 0 {
			key = r.Reason.String()
		}
		if text == "" || said[key] {
			continue
		}
		said[key] = true
		if r.Kind.Box {
			key = "ok, variable"
		}
		t.Row(table.Text(" "), table.Cell{Text: key, Paint: out.Style.Accent}, table.Text(text))
	}
	if len(said) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return t.Write(out)
}
