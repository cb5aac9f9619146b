package screen

// Style turns meanings into looks. Nothing is told by colour alone. The zero
// Style has no colour.
type Style struct {
	Color bool
	ASCII bool // no character beyond ASCII
}

func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Title is for headings.
func (s Style) Title(text string) string { return s.paint("1", text) }

// Accent is for what the eye should find first.
func (s Style) Accent(text string) string { return s.paint("36", text) }

// Dim is for what may be overlooked.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Good is for what is as it should be.
func (s Style) Good(text string) string { return s.paint("32", text) }

// Bad is for what is not.
func (s Style) Bad(text string) string { return s.paint("31", text) }

// Mark returns a painted tick or cross, one column wide, or in ASCII "+" or "!".
func (s Style) Mark(ok bool) string {
	switch {
	case ok && s.ASCII:
		return s.Good("+")
	case ok:
		return s.Good("✓")
	case s.ASCII:
		return s.Bad("!")
	default:
		return s.Bad("✗")
	}
}

// Ellipsis returns what stands for text left out.
func (s Style) Ellipsis() string {
	if s.ASCII {
		return "..."
	}
	return "…"
}

// Dash returns what stands between two thoughts.
func (s Style) Dash() string {
	if s.ASCII {
		return "-"
	}
	return "·"
}
