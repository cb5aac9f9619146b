package main

import (
	"context"
	"fmt"
	"io"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// run is the whole program: it does what args ask for and returns the exit code.
// Data goes to stdout, and notes, progress and errors to stderr. A ctx that is
// done stops it like an interrupt.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	a := newApp(args, stdin, stdout, stderr, env)
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	return int(a.report(ctx, err))
}

// report tells the person about err and returns the exit code for it.
func (a *app) report(ctx context.Context, err error) problem.Code {
	switch {
	case err == nil:
		return problem.OK
	case ctx.Err() != nil:
		// Whatever failed, failed because it was told to stop.
		fmt.Fprintln(a.stderr, "probe: interrupted; what was printed is partial")
		return problem.Interrupted
	case !a.started:
		err = usageError(err)
	}
	fmt.Fprintf(a.stderr, "probe: %v\n", err)
	return problem.CodeOf(err)
}
