package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

// errQuit says that the person has seen enough.
var errQuit = errors.New("quit")

// The keys that a terminal in raw mode sends instead of a signal or an end.
const (
	ctrlC = 3
	ctrlD = 4
)

// askForKey returns a function that waits for a key, or for a line where the
// input is no terminal, each time but the first.
func (a *app) askForKey() func(context.Context) error {
	first := true
	keys := bufio.NewReader(a.stdin)
	return func(ctx context.Context) error {
		if first {
			first = false
			return nil
		}
		fmt.Fprint(a.stderr, "-- any key: next cell, q: quit -- ")
		key, err := a.key(ctx, keys)
		fmt.Fprintln(a.stderr)
		switch {
		case key == ctrlC:
			return &problem.Error{Code: problem.Interrupted, What: "interrupted", Next: "what was printed is partial"}
		case errors.Is(err, io.EOF), key == 'q', key == 'Q', key == ctrlD:
			return errQuit
		}
		return err
	}
}

// key reads one key, or the first byte of a line.
func (a *app) key(ctx context.Context, keys *bufio.Reader) (byte, error) {
	terminal, ok := a.stdin.(*os.File)
	raw := ok && term.IsTerminal(int(terminal.Fd()))
	if raw {
		state, err := term.MakeRaw(int(terminal.Fd()))
		if err != nil {
			return 0, fmt.Errorf("wait for a key: %w", err)
		}
		defer func() { _ = term.Restore(int(terminal.Fd()), state) }()
	}
	type press struct {
		key byte
		err error
	}
	pressed := make(chan press, 1)
	// A read cannot be interrupted. If ctx ends first, the program does too.
	go func() {
		var p press
		if raw {
			p.key, p.err = keys.ReadByte()
		} else {
			var line string
			if line, p.err = keys.ReadString('\n'); line != "" {
				p = press{key: line[0]}
			}
		}
		pressed <- p
	}()
	select {
	case p := <-pressed:
		return p.key, p.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
