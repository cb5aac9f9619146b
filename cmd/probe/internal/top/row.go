package top

import (
	"slices"

	"github.com/referent-go/referent/realweak/event"
)

// Row is one group over all current targets.
type Row struct {
	event.GroupStats                  // since the start of each process
	Since            event.GroupStats // the same since the baseline
	On               []Share          // the targets that have the group, and how much of it
	Growth           Rate             // of live objects
	Births           Rate
	Deaths           Rate // that were noticed
	trend            *history
}

// Share is the part of a group, or of an origin, that one target has.
type Share struct {
	Target   string
	Live     int
	Retained int
}

// Rate is a number a second. It is unknown before a target's second snapshot.
type Rate struct {
	PerSecond float64
	Known     bool
}

func (r *Rate) add(perSecond float64) {
	r.PerSecond += perSecond
	r.Known = true
}

// Rows returns the groups of all current targets, ordered by name. Groups of the
// same name are one.
func (f *Fleet) Rows() []Row {
	byName := make(map[string]*Row)
	var names []string
	for _, t := range f.current() {
		before, seconds := t.earlier()
		baseline := groupsOf(t.baseline)
		for _, g := range t.last.Groups {
			row := byName[g.Name]
			since := g.Sub(baseline[g.Name])
			if row == nil {
				row = &Row{GroupStats: g, Since: since, trend: f.trends[g.Name]}
				byName[g.Name] = row
				names = append(names, g.Name)
			} else {
				row.GroupStats = row.GroupStats.Add(g)
				row.Since = row.Since.Add(since)
			}
			row.On = append(row.On, Share{Target: t.name, Live: g.Live, Retained: g.Retained})
			if seconds > 0 {
				was := before[g.Name] // nothing, for a group that is new
				change := g.Sub(was)
				row.Growth.add(float64(g.Live-was.Live) / seconds)
				row.Births.add(float64(change.Created) / seconds)
				row.Deaths.add(float64(change.Cleaned) / seconds)
			}
		}
	}
	slices.Sort(names)
	rows := make([]Row, len(names))
	for i, name := range names {
		rows[i] = *byName[name]
	}
	return rows
}

// earlier returns the groups of the snapshot before the last, and how many seconds
// lie between the two by the target's own clock; 0 if there is none to compare with.
func (t *target) earlier() (groups map[string]event.GroupStats, seconds float64) {
	if t.before == nil {
		return nil, 0
	}
	return groupsOf(t.before), max(t.last.Time.Sub(t.before.Time), 0).Seconds()
}
