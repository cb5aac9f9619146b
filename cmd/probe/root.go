package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// The groups that help lists the commands in.
const (
	groupLive  = "live"
	groupPlay  = "play"
	groupAbout = "about"
)

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "probe",
		Short: "See weak references, reference counts and interned values at work",
		Long: `Probe shows objects live and die on Go's collector: which of a running program's
are alive, which should not be, and whether cleanups keep up; and, tried out here,
what kept them, who noticed their death and when, and what each of that costs.

Data goes to stdout; notes, progress and errors go to stderr. Exit codes:
0 done, 1 something is not as it should be, 2 the command line makes no sense,
3 what it names cannot be reached or read, 4 that comes from a newer version,
130 interrupted (the output is partial).`,
		Example: `  probe watch               what happens in the program at localhost:6060
  probe leaks @replicas.txt what should be dead there and is not
  probe notebook            a Python notebook, played on three engines
  probe limits              what can be referred to weakly, tried out here
  probe index               the collector at work on 7,700 syntax trees
  probe help attach         how to make a program that can be watched
  probe help words          what the words in the output mean`,
		Args: a.noSuchCommand,
		RunE: a.runs(func(cmd *cobra.Command, _ []string) error { return cmd.Help() }),

		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
	}
	root.AddGroup(
		&cobra.Group{ID: groupLive, Title: "Watch a running program:"},
		&cobra.Group{ID: groupPlay, Title: "Try it here:"},
		&cobra.Group{ID: groupAbout, Title: "About probe:"},
	)
	root.AddCommand(
		newTopCommand(a),
		newWatchCommand(a),
		newLiveCommand(a),
		newDiffCommand(a),
		newLeaksCommand(a),
		newCheckCommand(a),
		newDoctorCommand(a),
		newRecordCommand(a),
		newReplayCommand(a),
		newServeCommand(a),
		newNotebookCommand(a),
		newLimitsCommand(a),
		newIndexCommand(a),
		newVersionCommand(a),
		newWordsCommand(),
		newAttachCommand(),
		newTrialCommand(a),
	)
	root.SetHelpCommand(newHelpCommand(a, root))
	root.SetCompletionCommandGroupID(groupAbout)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// "probe notebok --json" is about the command, not about the flag.
		if name := firstWord(a.args); cmd == root && name != "" {
			return a.noSuchCommand(cmd, []string{name})
		}
		return &problem.Error{Code: problem.Usage, What: strings.TrimPrefix(cmd.CommandPath(), "probe "), Why: err, Next: seeHelp(cmd)}
	})
	return root
}

// noSuchCommand is the root's check of its arguments, which are the names of
// commands that do not exist.
func (a *app) noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	next := "see `probe help` for the commands"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		slices.Sort(near)
		next = "did you mean " + strings.Join(near, " or ") + "? " + next
	}
	return &problem.Error{Code: problem.Usage, What: fmt.Sprintf("unknown command %q", args[0]), Next: next}
}

// atMost accepts up to n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return &problem.Error{
			Code: problem.Usage,
			What: cmd.Name(),
			Why:  fmt.Errorf("too many arguments, from %q on", args[n]),
			Next: seeHelp(cmd),
		}
	}
}

func seeHelp(cmd *cobra.Command) string { return fmt.Sprintf("see `%s --help`", cmd.CommandPath()) }

// usageError makes what cobra found wrong with the command line an error of ours.
func usageError(err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	return &problem.Error{Code: problem.Usage, What: "command line", Why: err, Next: "see `probe help`"}
}

func firstWord(args []string) string {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args[0]
	}
	return ""
}
