package screen

import "unicode/utf8"

// Shorten returns text in at most width columns. It leaves out the middle,
// since paths and type names differ most at their ends. A width of 0 is no limit.
func (s Style) Shorten(text string, width int) string {
	n := utf8.RuneCountInString(text)
	if width <= 0 || n <= width {
		return text
	}
	runes, dots := []rune(text), []rune(s.Ellipsis())
	if width <= len(dots) {
		return string(dots[:width])
	}
	keep := width - len(dots)
	head := keep / 3
	return string(runes[:head]) + string(dots) + string(runes[n-(keep-head):])
}

// Cut returns text in at most width columns by leaving out its end. A width of 0
// is no limit.
func (s Style) Cut(text string, width int) string {
	if width <= 0 || utf8.RuneCountInString(text) <= width {
		return text
	}
	runes, dots := []rune(text), []rune(s.Ellipsis())
	if width <= len(dots) {
		return string(dots[:width])
	}
	return string(runes[:width-len(dots)]) + string(dots)
}
