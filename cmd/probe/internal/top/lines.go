package top

import (
	"context"
	"errors"
	"io"
	"strings"
)

// wide is the width of lines that go to no terminal.
const wide = 200

// lastEvents is how many events one picture ends with.
const lastEvents = 5

// Watch writes what the source tells as a block of lines for each interval, until
// it ends or ctx is done. It returns the first error of a write, or ctx's, and else
// which targets could not be reached in the end.
func Watch(ctx context.Context, w io.Writer, source Source, options Options) (Failures, error) {
	s := newScene(source, options)
	first := true
	err := rounds(ctx, source, s.fleet, func() (bool, error) {
		text := s.block(options.Width, 0)
		if !first {
			text = "\n" + text
		}
		first = false
		_, err := io.WriteString(w, text)
		return true, err
	})
	return s.fleet.failures(), err
}

// ErrNoSnapshot is the error for a source that has come to its end without a
// snapshot, so that there is nothing to show.
var ErrNoSnapshot = errors.New("there is no snapshot in it")

// Once writes one picture, as soon as there are rates to show or no more is to
// come. It reports which targets cannot be reached, and why; if that is all of them,
// it writes nothing.
func Once(ctx context.Context, w io.Writer, source Source, options Options) (Failures, error) {
	s := newScene(source, options)
	if err := final(ctx, source, s.fleet); err != nil {
		return nil, err
	}
	if s.fleet.nobody() {
		return s.fleet.failures(), nil
	}
	_, err := io.WriteString(w, s.block(options.Width, lastEvents))
	return s.fleet.failures(), err
}

// Failures are the targets that cannot be reached.
type Failures map[string]error

func (f *Fleet) failures() Failures {
	failures := make(Failures)
	for _, t := range f.unreachable() {
		failures[t.name] = t.err
	}
	return failures
}

// block returns the picture as lines, with at most the given number of events.
func (s *scene) block(width, events int) string {
	if width <= 0 {
		width = wide
	}
	s.refresh()
	t := s.theme
	at := t.dim.Render(s.fleet.seen().In(s.location).Format("15:04:05"))
	if s.fleet.seen().IsZero() {
		at = ""
	}
	lines := s.header("", width)
	lines[0] = t.cut(lines[0]+"  "+at, width)
	if s.fleet.lost > 0 || s.fleet.gap {
		lines = append(lines, t.bad.Render(t.cut(" ! events: "+s.lost(0), width)))
	}
	if len(s.rows) == 0 {
		lines = append(lines, s.teach(width)...)
	} else {
		lines = append(lines, tabulate(t, s.groupColumns(width), s.rows, -1, width)...)
	}
	if len(s.origins) > 0 {
		lines = append(lines, " retained, by the place that made them:")
		lines = append(lines, tabulate(t, s.originColumns(), s.origins, -1, width)...)
	}
	lines = append(lines, s.tail(events, width)...)
	for i, line := range lines {
		lines[i] = strings.TrimRight(t.cut(line, width), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
