package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/track"
)

// writeStack writes up to n calls of a stack, all if n is 0, a line each.
func writeStack(out *screen.Screen, indent string, stack track.Stack, n int) {
	if len(stack) == 0 {
		fmt.Fprintf(out, "%s%s\n", indent, out.Style.Dim("(not recorded)"))
		return
	}
	shown := stack
	if n > 0 && len(shown) > n {
		shown = shown[:n]
	}
	column := 0
	for _, f := range shown {
		column = max(column, utf8.RuneCountInString(shortFunction(f.Function)))
	}
	column = min(column, 40)
	for _, f := range shown {
		name, at := shortFunction(f.Function), ""
		if f.File != "" {
			at = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		room := 0
		if out.Width > 0 {
			room = max(out.Width-len(indent)-max(column, utf8.RuneCountInString(name))-2, 16)
			name = out.Style.Shorten(name, max(out.Width-len(indent)-16, 16))
		}
		fmt.Fprintf(out, "%s%-*s  %s\n", indent, column, name, out.Style.Dim(out.Style.Shorten(at, room)))
	}
	if hidden := len(stack) - len(shown); hidden > 0 {
		fmt.Fprintf(out, "%s%s\n", indent, out.Style.Dim(fmt.Sprintf("%s %s", out.Style.Ellipsis(), human.Plural(hidden, "more call"))))
	}
}
