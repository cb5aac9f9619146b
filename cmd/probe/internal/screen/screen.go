// Package screen knows what the place that output goes to can show.
package screen

import (
	"io"

	"golang.org/x/term"
)

// Screen is a writer and what it can show.
type Screen struct {
	io.Writer
	Terminal bool // a person reads along
	Width    int  // columns; 0 if there is no limit
	Style    Style
}

// New returns a screen on w. Only a terminal gets colour, and only if neither
// NO_COLOR nor TERM=dumb nor plain forbids it; plain asks for ASCII alone too.
func New(w io.Writer, env func(string) string, plain bool) *Screen {
	s := &Screen{Writer: w, Style: Style{ASCII: plain}}
	f, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.Terminal = true
	s.Width = 80
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		s.Width = width
	}
	s.Style.Color = !plain && env("NO_COLOR") == "" && env("TERM") != "dumb"
	return s
}

// Redraws reports whether a line can be drawn over, as a progress bar does.
func (s *Screen) Redraws(env func(string) string) bool {
	return s.Terminal && !s.Style.ASCII && env("TERM") != "dumb"
}
