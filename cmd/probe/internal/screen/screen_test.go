package screen_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
)

func TestNoTerminalNoColour(t *testing.T) {
	s := screen.New(new(bytes.Buffer), func(string) string { return "" }, false)
	if s.Terminal || s.Width != 0 || s.Style.Color || s.Style.ASCII {
		t.Errorf("a buffer got %+v", *s)
	}
	if s.Redraws(func(string) string { return "" }) {
		t.Error("a buffer redraws")
	}
}

func TestStyle(t *testing.T) {
	color, plain := screen.Style{Color: true}, screen.Style{ASCII: true}
	for _, tt := range []struct{ got, want string }{
		{color.Bad("x"), "\x1b[31mx\x1b[0m"},
		{color.Good(""), ""},
		{color.Mark(true), "\x1b[32m✓\x1b[0m"},
		{plain.Bad("x"), "x"},
		{plain.Mark(true), "+"},
		{plain.Mark(false), "!"},
		{screen.Style{}.Mark(false), "✗"},
		{plain.Dash(), "-"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tt := range []struct {
		style screen.Style
		text  string
		width int
		want  string
	}{
		{screen.Style{}, "short", 0, "short"},
		{screen.Style{}, "short", 5, "short"},
		{screen.Style{}, "src/cmd/compile/main.go", 11, "src…main.go"},
		{screen.Style{}, "žluťoučký kůň", 7, "žl… kůň"},
		{screen.Style{}, "abc", 1, "…"},
		{screen.Style{ASCII: true}, "src/cmd/compile/main.go", 12, "src...ain.go"},
		{screen.Style{ASCII: true}, "abcdef", 2, ".."},
	} {
		got := tt.style.Shorten(tt.text, tt.width)
		if got != tt.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
		if tt.width > 0 && utf8.RuneCountInString(got) > tt.width {
			t.Errorf("Shorten(%q, %d) = %q, too wide", tt.text, tt.width, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		width int
		want  string
	}{{0, "expected operand"}, {16, "expected operand"}, {9, "expected…"}, {1, "…"}} {
		if got := (screen.Style{}).Cut("expected operand", tt.width); got != tt.want {
			t.Errorf("Cut to %d = %q, want %q", tt.width, got, tt.want)
		}
	}
}
