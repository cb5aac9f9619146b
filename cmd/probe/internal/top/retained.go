package top

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/realweak/track"
)

// originColumns are the columns of the table of what is retained.
func (s *scene) originColumns() []column[Origin] {
	t := s.theme
	bad := func(Origin) lipgloss.Style { return t.bad }
	columns := []column[Origin]{
		{title: "OBJECTS", min: 7, worth: 90, text: func(o Origin) string { return human.Count(o.Count) + " !" }, style: bad},
		{title: "GROUP", left: true, min: 8, worth: 80, text: func(o Origin) string { return t.squeeze(o.Group, 20) }},
		{title: "TYPE", left: true, flex: true, min: 8, text: func(o Origin) string { return o.Type }},
		{title: "MADE AT", left: true, min: 8, worth: 70, text: func(o Origin) string { return t.squeeze(orDash(o.place()), 28) }},
	}
	if len(s.fleet.targets) > 1 {
		columns = append(columns, column[Origin]{title: "ON", min: 3, worth: 65, text: func(o Origin) string {
			return fmt.Sprintf("%d/%d", len(o.On), len(s.fleet.targets))
		}})
	}
	columns = append(columns,
		column[Origin]{title: "EXPECTED", min: 8, worth: 60, text: func(o Origin) string { return s.unit(human.Age(o.Since)) + " ago" }},
		column[Origin]{title: "OLDEST", min: 6, worth: 40, text: func(o Origin) string { return s.unit(human.Age(o.Age)) }},
		column[Origin]{title: "GCS", min: 5, worth: 50, text: func(o Origin) string { return human.Count(o.Collections) }},
		column[Origin]{title: "BYTES", min: 9, worth: 20, text: func(o Origin) string { return human.Bytes(o.Bytes) }},
		column[Origin]{title: "ORIGIN", left: true, min: 4, worth: 30, text: func(o Origin) string { return short(o) }},
	)
	if !s.fleet.baseline.IsZero() {
		columns = append(columns, column[Origin]{title: "NEW", left: true, min: 3, worth: 85, text: func(o Origin) string {
			if o.New {
				return "new"
			}
			return ""
		}, style: bad})
	}
	return columns
}

// short returns enough of a fingerprint to tell it from others on one screen.
func short(o Origin) string {
	if o.Fingerprint == 0 {
		return "-"
	}
	return o.Fingerprint.String()[:8]
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// origin tells all about one origin.
func (s *scene) origin(o Origin, width int) []string {
	t := s.theme
	sep := " " + t.dash + " "
	name := "origin " + o.Fingerprint.String()
	if o.Fingerprint == 0 {
		name = "origin not recorded"
	}
	head := t.bad.Render(human.Plural(o.Count, "object")) + sep + name
	if o.New {
		head += sep + t.bad.Render("NEW since the baseline")
	}
	lines := []string{
		" " + t.branch + " " + head,
		" " + t.branch + " " + t.squeeze(o.Type, max(width/2, 12)) + sep + human.Bytes(o.Bytes) + sep + "oldest " + s.unit(human.Age(o.Age)),
		fmt.Sprintf(" %s first expected %s ago, alive after %s since", t.branch, s.unit(human.Age(o.Since)), human.Plural(o.Collections, "collection")),
	}
	if len(s.fleet.targets) > 1 {
		lines = append(lines, " "+t.branch+" "+shares(o.On, func(sh Share) int { return sh.Retained }))
	}
	lines = append(lines, s.stack("created", o.Created, width)...)
	lines = append(lines, s.stack("expected", o.Expected, width)...)
	lines[len(lines)-1] = strings.Replace(lines[len(lines)-1], " "+t.branch, " "+t.turn, 1)
	for i, line := range lines {
		lines[i] = t.cut(line, width)
	}
	return lines
}

// shares lists what each target has.
func shares(on []Share, of func(Share) int) string {
	parts := make([]string, len(on))
	for i, sh := range on {
		parts[i] = fmt.Sprintf("%s %s", legible.Text(sh.Target), human.Count(of(sh)))
	}
	return strings.Join(parts, ", ")
}

// stack writes a stack, innermost call first, with the places at the right.
func (s *scene) stack(title string, stack track.Stack, width int) []string {
	t := s.theme
	lead := len(" x ") + len("expected") + 2
	prefix := func(i int) string {
		text := ""
		if i == 0 {
			text = title
		}
		return " " + t.branch + " " + t.dim.Render(pad(text, lead-3))
	}
	if len(stack) == 0 {
		return []string{prefix(0) + t.dim.Render("not recorded")}
	}
	places, widest := make([]string, len(stack)), 0
	for i, f := range stack {
		places[i] = base(f.File, f.Line)
		widest = max(widest, ansi.StringWidth(places[i]))
	}
	room := max(width-lead, 0)
	widest = min(widest, room/2)
	functions := 0
	for _, f := range stack {
		functions = max(functions, ansi.StringWidth(f.Function))
	}
	functions = max(min(functions, room-widest-2), 1)
	lines := make([]string, len(stack))
	for i, f := range stack {
		lines[i] = prefix(i) + pad(t.function(f.Function, functions), functions) + "  " + t.accent.Render(t.squeezeLeft(places[i], widest))
	}
	return lines
}
