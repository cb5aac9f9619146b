package notebook

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/event"
)

// Text shows a notebook to a person.
type Text struct {
	out   *screen.Screen
	ask   func(context.Context) error // nil if nothing is asked
	width int

	mu     sync.Mutex
	events bytes.Buffer // of the engine that plays
	lines  *eventlog.Printer
	err    error
}

// NewText returns a viewer that writes to out and calls ask before each cell, if
// ask is not nil.
func NewText(out *screen.Screen, ask func(context.Context) error) *Text {
	t := &Text{out: out, ask: ask, width: out.Width}
	if t.width == 0 {
		t.width = 100
	}
	t.lines = eventlog.NewPrinter(&t.events, eventlog.Options{Style: out.Style, Width: t.width, Indent: "      "})
	return t
}

// Cell implements [Viewer].
func (t *Text) Cell(c Cell, code map[string]string) {
	s := t.out.Style
	t.write("\n%s\n", s.Title(t.rule(c.Title)))
	t.write("%s\n", indent("    ", c.Python))
	shown := ""
	for _, engine := range []string{Collected, Counted} {
		body := code[engine]
		if body == "" || body == shown {
			continue
		}
		t.write("  %s\n%s\n", s.Dim("Go, "+engine), indent("    ", body))
		shown = body
	}
	t.write("  %s\n", s.Dim(c.Source))
	t.write("%s\n", indent("    ", printed(c.Want)))
}

// Event implements [Viewer].
func (t *Text) Event(_ string, e event.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines.Print(e)
}

// Result implements [Viewer].
func (t *Text) Result(c Cell, r Result) {
	s := t.out.Style
	remark := ""
	switch {
	case !r.Agrees:
		remark = "  does not agree"
	case r.Collections > 0:
		remark = "  after " + human.Plural(r.Collections, "collection")
	}
	const room = 15 // of the mark and the engine's name
	lines := strings.Split(printed(r.Output), "\n")
	t.write("  %s %s%s\n", s.Mark(r.Agrees), s.Title(fmt.Sprintf("%-11s", r.Engine))+lines[0], s.Dim(remark))
	for _, line := range lines[1:] {
		t.write("%*s%s\n", room, "", line)
	}
	if r.Collections > 0 {
		t.write("%*s%s\n", room, "", s.Dim("at once: "+strings.Join(strings.Split(printed(r.AtOnce), "\n"), " / ")))
	}
	if !r.Agrees {
		t.write("%*s%s\n", room, "", s.Bad("wanted: "+strings.Join(strings.Split(printed(r.Want), "\n"), " / ")))
	}
	t.mu.Lock()
	events := t.events.String()
	t.events.Reset()
	t.mu.Unlock()
	t.write("%s", events)
}

// Note implements [Viewer].
func (t *Text) Note(c Cell) {
	if c.Note == "" {
		return
	}
	for _, line := range fold(c.Note, t.width-4) {
		t.write("    %s\n", t.out.Style.Dim(line))
	}
}

// Ask implements [Viewer].
func (t *Text) Ask(ctx context.Context) error {
	if t.err != nil {
		return t.err
	}
	if t.ask == nil {
		return nil
	}
	return t.ask(ctx)
}

// Summary writes the last line.
func (t *Text) Summary(sum Summary) error {
	if sum.Lost > 0 {
		t.write("\n%s lost\n", t.out.Style.Bad(human.Plural(sum.Lost, "event")))
	}
	if sum.Played < sum.Cells {
		t.write("\n%d of %d cells played, %d agree\n", sum.Played, sum.Cells, sum.Agree)
	} else {
		t.write("\n%d cells, %d agree\n", sum.Cells, sum.Agree)
	}
	return t.err
}

func (t *Text) write(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

// rule writes a heading with a line to the edge.
func (t *Text) rule(title string) string {
	line := "─"
	if t.out.Style.ASCII {
		line = "-"
	}
	return title + " " + strings.Repeat(line, max(0, min(t.width, 80)-utf8.RuneCountInString(title)-1))
}

// printed returns what a cell printed, or a word for nothing.
func printed(lines []string) string {
	if len(lines) == 0 {
		return "(nothing)"
	}
	return strings.Join(lines, "\n")
}

func indent(with, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = with + line
		}
	}
	return strings.Join(lines, "\n")
}

// fold breaks a text into lines of at most width columns where it can.
func fold(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
