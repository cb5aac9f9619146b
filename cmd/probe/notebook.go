package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/notebook"
	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

func newNotebookCommand(a *app) *cobra.Command {
	var step bool
	cmd := &cobra.Command{
		Use:   "notebook",
		Short: "Play a CPython notebook on weak references on three engines",
		Long: `Notebook plays every cell of a CPython notebook on weak references, and what its
remarks are about, on three engines:

  sim        a simulation of CPython's object model
  counted    reference counts (package refcount)
  collected  Go's collector (package realweak)

Each cell shows the Python, the Go that was run for it, what the notebook recorded
(or what its text states), what each engine printed, and the events as they
happened. Where Go needs a collection to get there, it is told how many.

Exit code 0 says that every cell agrees on every engine; 1 that one does not.`,
		Example: "  probe notebook\n  probe notebook --engine collected --step\n  probe notebook --json | jq 'select(.record == \"result\")'",
		GroupID: groupPlay,
		Args:    atMost(0),
	}
	engines := addEngineFlag(cmd)
	cmd.Flags().BoolVar(&step, "step", false, "wait for a key before each cell; q ends")
	a.outputFlags(cmd)
	cmd.MarkFlagsMutuallyExclusive("step", "json")
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		return a.notebook(cmd.Context(), *engines, step)
	})
	return cmd
}

func (a *app) notebook(ctx context.Context, engines engineFlag, step bool) error {
	var view interface {
		notebook.Viewer
		Summary(notebook.Summary) error
	}
	if a.json {
		view = notebook.NewJSON(a.stdout)
	} else {
		var ask func(context.Context) error
		if step {
			ask = a.askForKey()
		}
		view = notebook.NewText(a.out(), ask)
	}
	summary, err := notebook.Play(ctx, notebook.Cells(), engines, view)
	if failed := view.Summary(summary); failed != nil {
		return failed
	}
	switch wrong := summary.Played - summary.Agree; {
	case errors.Is(err, errQuit):
		return nil
	case err != nil:
		return err
	case wrong > 0:
		return &problem.Error{
			Code: problem.Findings,
			What: "notebook: " + human.Plural(wrong, "cell") + " printed something else than expected",
			Next: "play one engine alone with --engine to see which",
		}
	}
	return nil
}
