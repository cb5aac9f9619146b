package top

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
)

// Run shows the source on a terminal until the person quits or ctx is done. The
// terminal is then as it was before.
func Run(ctx context.Context, in io.Reader, out io.Writer, environ []string, source Source, options Options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	program := tea.NewProgram(NewModel(ctx, source, options),
		tea.WithContext(ctx),
		tea.WithInput(in),
		tea.WithOutput(out),
		tea.WithEnvironment(environ),
		tea.WithoutSignalHandler(), // ctx ends with a signal
	)
	_, err := program.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("show the screen: %w", err)
	}
	return nil
}
