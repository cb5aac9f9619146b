package top

import (
	"fmt"
	"strings"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/realweak/event"
)

// group tells all about one group: what is retained of it first.
func (s *scene) group(r Row, origins []Origin, width int) []string {
	t := s.theme
	sep := " " + t.dash + " "
	facts := []string{r.Kind}
	if r.Type != "" {
		facts = append(facts, t.squeeze(r.Type, max(width/2, 12)))
	}
	if r.Bytes > 0 {
		facts = append(facts, human.Bytes(r.Bytes))
	}
	lines := []string{
		" " + strings.Join(facts, sep),
		fmt.Sprintf(" %s live, %s expected, %s retained", human.Count(r.GroupStats.Live), human.Count(r.Expected), human.Count(r.Retained)),
	}
	if r.Since.Created > 0 || r.Since.Cleaned > 0 {
		lines = append(lines, fmt.Sprintf(" %s created, %s cleaned %s", human.Count(r.Since.Created), human.Count(r.Since.Cleaned), s.since()))
	}
	if len(s.fleet.targets) > 1 {
		lines = append(lines, " live on "+shares(r.On, func(sh Share) int { return sh.Live }))
	}
	if len(r.Since.Counters) > 0 {
		var counters []string
		for _, c := range r.Since.Counters {
			counters = append(counters, counter(c))
		}
		lines = append(lines, " "+strings.Join(counters, sep))
	}
	for _, o := range origins {
		lines = append(lines, "")
		lines = append(lines, s.origin(o, width)...)
	}
	switch {
	case len(origins) > 0:
	case r.Retained > 0:
		lines = append(lines, "", " Where they come from is not told by the target.")
	default:
		lines = append(lines, "")
		lines = append(lines, s.teachRetained()...)
	}
	if r.Since.Ages.Count > 0 {
		lines = append(lines, "")
		lines = append(lines, s.ages(r.Since.Ages, width)...)
	}
	for i, line := range lines {
		lines[i] = t.cut(line, width)
	}
	return lines
}

// since says what totals count from.
func (s *scene) since() string {
	if s.fleet.baseline.IsZero() {
		return "since the start"
	}
	return "since " + s.fleet.baseline.In(s.location).Format("15:04:05")
}

// counter writes a total of a kind of group; its name tells the unit.
func counter(c event.Counter) string {
	name := strings.ReplaceAll(c.Name, "_", " ")
	if stem, ok := strings.CutSuffix(c.Name, "_ns"); ok {
		return strings.ReplaceAll(stem, "_", " ") + " " + human.Age(duration(c.Value))
	}
	if stem, ok := strings.CutSuffix(c.Name, "_bytes"); ok {
		return strings.ReplaceAll(stem, "_", " ") + " " + human.Bytes(c.Value)
	}
	return name + " " + human.Count(c.Value)
}

// ages draws how old objects were when their death was noticed.
func (s *scene) ages(h event.Histogram, width int) []string {
	t := s.theme
	lines := []string{" " + t.dim.Render(pad("AGE AT DEATH", 20)+" OBJECTS")}
	most := uint64(0)
	for _, b := range h.Buckets {
		most = max(most, b.Count)
	}
	room := min(max(width-32, 0), 40)
	for _, b := range h.Buckets {
		bar := int(float64(b.Count) / float64(max(most, 1)) * float64(room))
		if b.Count > 0 {
			bar = max(bar, 1)
		}
		span := fmt.Sprintf("%s to %s", human.Age(b.Below/2), human.Age(b.Below))
		lines = append(lines, " "+pad(s.unit(span), 17)+fmt.Sprintf("%11s  ", human.Count(b.Count))+
			t.accent.Render(strings.Repeat(string(t.steps[len(t.steps)-1]), bar)))
	}
	return lines
}
