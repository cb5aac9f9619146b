package top

import "charm.land/lipgloss/v2"

// theme is how things look. Nothing is told by colour alone. Colours are the
// terminal's own sixteen, which its owner has chosen to be readable.
type theme struct {
	title, accent, dim, good, bad, chosen lipgloss.Style
	glyphs
}

// glyphs are the characters that are not text.
type glyphs struct {
	cursor, on, off, pause, end string
	dash, times, rule           string
	down, up                    string // order
	delta                       string
	ellipsis                    string
	branch, turn                string
	micro                       string
	steps                       []rune
}

func newTheme(color, ascii bool) *theme {
	t := &theme{glyphs: glyphs{
		cursor: "▸", on: "●", off: "○", pause: "‖", end: "■",
		dash: "·", times: "×", rule: "─",
		down: "▾", up: "▴", delta: "Δ", ellipsis: "…",
		branch: "├", turn: "╰", micro: "µ", steps: blocks,
	}}
	if ascii {
		t.glyphs = glyphs{
			cursor: ">", on: "*", off: "o", pause: "=", end: ".",
			dash: "-", times: "x", rule: "-",
			down: "v", up: "^", delta: "+-", ellipsis: "...",
			branch: "|", turn: "`", micro: "u", steps: asciiSteps,
		}
	}
	if color {
		style := lipgloss.NewStyle
		t.title = style().Bold(true)
		t.accent = style().Foreground(lipgloss.Cyan)
		t.dim = style().Faint(true)
		t.good = style().Foreground(lipgloss.Green)
		t.bad = style().Foreground(lipgloss.Red).Bold(true)
		t.chosen = style().Bold(true)
	}
	return t
}
