package top

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// header returns the lines above all else: who is watched, how they are, and who
// cannot be reached. Status stands at the right end of the first.
func (s *scene) header(status string, width int) []string {
	t := s.theme
	lines := []string{t.spread(" "+t.title.Render("probe top")+" "+t.dash+" "+s.who(), status, width)}
	if len(s.fleet.current()) > 0 {
		lines = append(lines, s.machine(width))
	}
	if gone := s.fleet.unreachable(); len(gone) > 0 {
		var names []string
		for _, g := range gone {
			names = append(names, fmt.Sprintf("%s (%s)", legible.Text(g.name), g.reason()))
		}
		lines = append(lines, t.bad.Render(t.cut(" ! unreachable: "+strings.Join(names, ", "), width)))
	}
	return lines
}

// who names the processes.
func (s *scene) who() string {
	t, current := s.theme, s.fleet.current()
	sep := " " + t.dash + " "
	goVersions := strings.Join(s.fleet.versions(func(p wire.Process) string { return p.Go }), ", ")
	if len(s.fleet.targets) == 1 {
		only := s.fleet.targets[0]
		if len(current) == 0 {
			return legible.Text(only.name)
		}
		p := only.last.Process
		return strings.Join([]string{
			fmt.Sprintf("%s %s @ %s", p.Name, p.Instance, legible.Text(only.name)),
			goVersions,
			"up " + human.Age(max(only.last.Time.Sub(p.Start), 0)),
		}, sep)
	}
	if len(s.fleet.targets) == 0 {
		return "no target yet"
	}
	parts := []string{fmt.Sprintf("%d of %s", len(current), human.Plural(len(s.fleet.targets), "target"))}
	if len(current) > 0 {
		parts = append(parts, strings.Join(s.fleet.versions(func(p wire.Process) string { return p.Name }), ", "), goVersions)
	}
	return strings.Join(parts, sep)
}

// machine tells of heap, collections and the cleanup queue. What does not fit is
// left out, the least important first.
func (s *scene) machine(width int) string {
	t, m := s.theme, s.fleet.machine()
	heap := "heap " + human.Bytes(m.HeapLive)
	goal := " of " + human.Bytes(m.HeapGoal)
	if m.Unbounded {
		goal = ", GOGC=off"
	}
	gc := "GC #" + human.Count(m.Collections)
	if len(s.fleet.current()) > 1 {
		gc = human.Count(m.Collections) + " GCs"
	}
	ago := ""
	if m.LastGC >= 0 {
		ago = ", " + s.unit(human.Age(m.LastGC)) + " ago"
	}
	queue := "queue " + human.Count(m.Queue) + " "
	curve := func(n int) string {
		values := s.fleet.queue.columns(s.fleet.now, n)
		low, high := queueRange(values)
		return t.accent.Render(sparkline(values, low, high, t.steps))
	}
	for _, parts := range [][]string{
		{heap + goal, gc + ago, "cleanup " + queue + curve(30)},
		{heap + goal, gc + ago, "cleanup " + queue + curve(10)},
		{heap + goal, gc + ago, queue + curve(10)},
		{heap, gc + ago, queue + curve(10)},
		{heap, gc, queue + curve(10)},
		{heap, queue + curve(10)},
		{heap, queue},
	} {
		line := " " + strings.Join(parts, "  ")
		if ansi.StringWidth(line) <= width {
			return line
		}
	}
	return t.cut(" "+queue, width)
}
