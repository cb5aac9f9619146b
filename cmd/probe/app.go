package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
)

// app is what the commands share: the world outside, and the flags that several
// of them have.
type app struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string

	json    bool // --json
	plain   bool // --plain
	started bool // a command runs, so an error is no longer about the command line
}

func newApp(args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) *app {
	return &app{args: args, stdin: stdin, stdout: stdout, stderr: stderr, environ: environ}
}

// env returns the value of an environment variable, the last one given.
func (a *app) env(name string) string {
	for i := len(a.environ) - 1; i >= 0; i-- {
		if key, value, ok := strings.Cut(a.environ[i], "="); ok && key == name {
			return value
		}
	}
	return ""
}

// out returns the screen for data.
func (a *app) out() *screen.Screen { return screen.New(a.stdout, a.env, a.plain) }

// notes returns the screen for notes and progress.
func (a *app) notes() *screen.Screen { return screen.New(a.stderr, a.env, a.plain) }

// outputFlags adds the flags of a command that can print for machines.
func (a *app) outputFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print one JSON object a line")
	cmd.Flags().BoolVar(&a.plain, "plain", false, "no colour, no progress bar, ASCII only")
}

// command is the function of a cobra command that does the work.
type command func(cmd *cobra.Command, args []string) error

// runs marks the point from which on errors are about the work.
func (a *app) runs(f command) command {
	return func(cmd *cobra.Command, args []string) error {
		a.started = true
		return f(cmd, args)
	}
}
