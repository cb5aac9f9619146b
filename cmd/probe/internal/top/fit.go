package top

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// cut returns text in at most width cells by leaving out its end.
func (t *theme) cut(text string, width int) string {
	if width <= 0 {
		return ""
	}
	return ansi.Truncate(text, width, t.dots(width))
}

// squeeze returns text in at most width cells by leaving out its middle, since the
// names of types and functions differ most at their ends.
func (t *theme) squeeze(text string, width int) string {
	n := ansi.StringWidth(text)
	if width <= 0 {
		return ""
	}
	if n <= width {
		return text
	}
	dots := t.dots(width)
	keep := width - ansi.StringWidth(dots)
	if keep < 2 {
		return t.cut(text, width)
	}
	head := ansi.Truncate(text, keep/3, "")
	// A wide character at the border is dropped whole.
	tail := ansi.TruncateLeft(text, n-(keep-keep/3), "")
	if over := ansi.StringWidth(head+dots+tail) - width; over > 0 {
		tail = ansi.TruncateLeft(tail, over+1, "")
	}
	return head + dots + tail
}

// squeezeLeft returns text in at most width cells by leaving out its beginning.
func (t *theme) squeezeLeft(text string, width int) string {
	n := ansi.StringWidth(text)
	if width <= 0 {
		return ""
	}
	if n <= width {
		return text
	}
	dots := t.dots(width)
	tail := ansi.TruncateLeft(text, n-width+ansi.StringWidth(dots), "")
	if over := ansi.StringWidth(dots+tail) - width; over > 0 {
		tail = ansi.TruncateLeft(tail, over+1, "")
	}
	return dots + tail
}

// function returns a function's name in at most width cells by leaving out the first
// directories of its package.
func (t *theme) function(name string, width int) string {
	for rest := name; ansi.StringWidth(name) > width; {
		_, after, more := strings.Cut(rest, "/")
		if !more {
			return t.squeezeLeft(name, width)
		}
		rest = after
		name = t.ellipsis + "/" + rest
	}
	return name
}

func (t *theme) dots(width int) string {
	if ansi.StringWidth(t.ellipsis) > width {
		return strings.Repeat(".", min(width, 1))
	}
	return t.ellipsis
}

// pad fills text up to width cells.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

// spread puts right at the right end of a line of the given width, and left before
// it. What does not fit is cut from the left text.
func (t *theme) spread(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if right != "" {
		room--
	}
	if room < 8 {
		return t.cut(left, width)
	}
	left = t.cut(left, room)
	if right == "" {
		return left
	}
	return pad(left, room+1) + right
}
