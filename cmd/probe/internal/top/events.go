package top

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/realweak/event"
)

// entry writes one event as a line of at most width cells.
func (s *scene) entry(e Entry, width int) string {
	t := s.theme
	clock, room := e.Time.In(s.location).Format("15:04:05.000"), width-2
	if width < 60 {
		clock = clock[:8]
	}
	room -= len(clock) + 1
	kind, style := e.Kind.String(), s.kindStyle(e.Kind)
	if e.Kind == event.Retained || e.Kind == event.Leaked || e.Kind == event.CallbackPanicked {
		kind = strings.ToUpper(kind)
	}
	kind = pad(kind, min(12, max(room/4, 8)))
	room -= ansi.StringWidth(kind) + 1
	facts := s.unit(facts(e.Event))
	what := subject(e, len(s.fleet.targets) > 1)
	if free := room - ansi.StringWidth(what) - 2; free < ansi.StringWidth(facts) {
		// Names lose their middle, but not all of it, before the facts lose their end.
		what = t.squeeze(what, max(room-ansi.StringWidth(facts)-2, min(room, 18)))
		facts = t.cut(facts, room-ansi.StringWidth(what)-2)
	}
	if what != "" {
		what += "  "
	}
	return t.cut(" "+t.dim.Render(clock)+" "+style.Render(kind)+" "+what+t.dim.Render(facts), width)
}

func subject(e Entry, withTarget bool) string {
	var parts []string
	if withTarget {
		parts = append(parts, legible.Text(e.Target))
	}
	if e.Group != "" {
		parts = append(parts, e.Group)
	}
	if e.Type != "" {
		parts = append(parts, e.Type)
	}
	if e.Label != "" {
		parts = append(parts, fmt.Sprintf("%q", e.Label))
	}
	return strings.Join(parts, " ")
}

func facts(e event.Event) string {
	if e.Kind == event.GC {
		if e.GC == nil {
			return ""
		}
		return fmt.Sprintf("#%s, %s pause, queue %s", human.Count(e.GC.Number), human.Roughly(e.GC.Pause), human.Count(e.GC.Queue()))
	}
	var all []string
	if e.Age > 0 {
		all = append(all, "age "+human.Age(e.Age))
	}
	if e.Collections > 0 {
		all = append(all, human.Plural(e.Collections, "GC"))
	}
	return strings.Join(all, ", ")
}

func (s *scene) kindStyle(k event.Kind) lipgloss.Style {
	switch k {
	case event.Retained, event.Leaked, event.CallbackPanicked:
		return s.theme.bad
	case event.Cleared, event.CallbackRun, event.Released:
		return s.theme.accent
	case event.GC, event.CallbackQueued:
		return s.theme.dim
	}
	return lipgloss.NewStyle()
}

// tail returns the last n events, oldest first, the newest at the bottom.
func (s *scene) tail(n, width int) []string {
	var lines []string
	for _, e := range s.entries[max(len(s.entries)-n, 0):] {
		lines = append(lines, s.entry(e, width))
	}
	return lines
}
