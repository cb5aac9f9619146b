package top

import (
	"strings"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/human"
)

// scene is all that a picture is made of: the fleet, what the person chose to see
// of it, and the looks.
type scene struct {
	theme    *theme
	fleet    *Fleet
	location *time.Location

	order   order
	reverse bool
	totals  bool // and no rates
	filter  filter

	rows    []Row    // chosen and ordered
	origins []Origin // chosen
	entries []Entry  // chosen, newest last
	hidden  int      // groups that the filter hides
}

func newScene(source Source, options Options) scene {
	options = options.withDefaults()
	return scene{
		theme:    newTheme(options.Color, options.ASCII),
		fleet:    NewFleet(source.Targets, options.Interval),
		location: options.Location,
		order:    orderOf(options.Order),
		filter:   parseFilter(options.Filter),
	}
}

// refresh looks at the fleet anew.
func (s *scene) refresh() {
	all := s.fleet.Rows()
	s.rows = s.rows[:0:0]
	for _, r := range all {
		if s.filter.row(r) {
			s.rows = append(s.rows, r)
		}
	}
	s.hidden = len(all) - len(s.rows)
	s.order.sort(s.rows, s.reverse)
	s.origins = s.origins[:0:0]
	for _, o := range s.fleet.Origins() {
		if s.filter.origin(o) {
			s.origins = append(s.origins, o)
		}
	}
	s.refreshEntries()
}

// refreshEntries looks at the events alone, of which there may be many between two
// snapshots.
func (s *scene) refreshEntries() {
	if s.filter.part == "" {
		s.entries = s.fleet.events
		return
	}
	s.entries = s.entries[:0:0]
	for _, e := range s.fleet.events {
		if s.filter.entry(e) {
			s.entries = append(s.entries, e)
		}
	}
}

// unit spells the units of a text so that the screen can show them.
func (s *scene) unit(text string) string { return strings.ReplaceAll(text, "µ", s.theme.micro) }

// retained returns how many objects are retained in all groups, filter or not.
func (s *scene) retained() int {
	n := 0
	for _, t := range s.fleet.current() {
		for _, g := range t.last.Groups {
			n += g.Retained
		}
	}
	return n
}

// lost says how many events are missing, with so many more.
func (s *scene) lost(more uint64) string {
	n := human.Count(s.fleet.lost + more)
	if s.fleet.gap {
		n += "+"
	}
	return n + " lost"
}
