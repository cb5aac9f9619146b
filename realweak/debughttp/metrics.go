package debughttp

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// serveMetrics answers with the snapshot's numbers for Prometheus and whoever reads
// its formats.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	x := &exposition{format: negotiate(r.Header.Get("Accept"))}
	writeMetrics(x, s.Snapshot())
	w.Header().Set("Content-Type", x.format)
	w.Header().Set("Vary", "Accept")
	_, _ = w.Write(x.end())
}

// groupMetrics are those with the label group. Their sum over all groups is the number
// of the whole program.
var groupMetrics = []struct {
	name, typ, unit, help string
	value                 func(event.GroupStats) uint64
}{
	{"realweak_live_objects", gauge, "", "Objects that the collector has not found dead.",
		func(g event.GroupStats) uint64 { return count(g.Live) }},
	{"realweak_live_bytes", gauge, "bytes", "Size of the live objects without what they refer to; 0 if unknown.",
		func(g event.GroupStats) uint64 { return g.Bytes }},
	{"realweak_expected_objects", gauge, "", "Objects that are alive though the program said that they should die, within their grace.",
		func(g event.GroupStats) uint64 { return count(g.Expected) }},
	{"realweak_retained_objects", gauge, "", "Objects that are alive though the program said that they should die, after their grace. Healthy is 0.",
		func(g event.GroupStats) uint64 { return count(g.Retained) }},
	{"realweak_created", counter, "", "Objects since the group began; 0 if the group does not count them.",
		func(g event.GroupStats) uint64 { return g.Created }},
	{"realweak_cleanups", counter, "", "Objects that were found dead since the group began.",
		func(g event.GroupStats) uint64 { return g.Cleaned }},
}

// count is what a gauge shows of a number that cannot be below zero but for a moment.
func count(n int) uint64 { return uint64(max(n, 0)) }

// processMetrics have no labels.
var processMetrics = []struct {
	name, typ, unit, help string
	value                 func(*wire.Snapshot) uint64
}{
	{"realweak_collections", counter, "", "Completed garbage collections.",
		func(s *wire.Snapshot) uint64 { return s.Runtime.Collections }},
	{"realweak_runtime_cleanups_queued", counter, "", "Cleanups that the runtime has queued, of the whole program.",
		func(s *wire.Snapshot) uint64 { return s.Runtime.CleanupsQueued }},
	{"realweak_runtime_cleanups_executed", counter, "", "Cleanups that the runtime has executed, of the whole program.",
		func(s *wire.Snapshot) uint64 { return s.Runtime.CleanupsExecuted }},
	{"realweak_runtime_cleanup_queue", gauge, "", "Cleanups queued and not yet executed, approximately. Healthy is 0 between collections; one that only grows means that a cleanup blocks.",
		func(s *wire.Snapshot) uint64 { return s.Runtime.CleanupQueue() }},
	{"realweak_viewers", gauge, "", "Open streams of events.",
		func(s *wire.Snapshot) uint64 { return count(s.Stream.Viewers) }},
	{"realweak_events", counter, "", "Events while somebody watched.",
		func(s *wire.Snapshot) uint64 { return s.Stream.Emitted }},
	{"realweak_events_lost", counter, "", "Events that the handler was too slow for. Healthy is 0.",
		func(s *wire.Snapshot) uint64 { return s.Stream.Lost }},
	{"realweak_events_dropped", counter, "", "Events that viewers were too slow for, summed over viewers.",
		func(s *wire.Snapshot) uint64 { return s.Stream.Dropped }},
}

const ageMetric = "realweak_object_age_seconds"

// ageBounds are the powers of two, in nanoseconds, between 1 ms and 13 days at which
// the histogram of ages is cut: always the same ones, whatever has been counted.
var ageBounds = []int{20, 23, 26, 28, 30, 32, 34, 36, 38, 41, 44, 47, 50}

func writeMetrics(x *exposition, s *wire.Snapshot) {
	p := s.Process
	x.family("realweak_build", info, "", "The program.")
	x.sample("realweak_build_info", "1",
		label{"program", p.Name}, label{"go_version", p.Go}, label{"module", p.Module}, label{"version", p.Version}, label{"revision", p.Revision})
	for _, m := range groupMetrics {
		x.family(m.name, m.typ, m.unit, m.help)
		for _, g := range s.Groups {
			x.sample(sampleName(m.name, m.typ), integer(m.value(g)), label{"group", g.Name})
		}
	}
	x.family(ageMetric, histogram, "seconds", "Age of objects when their death was noticed, from their creation.")
	for _, g := range s.Groups {
		writeAges(x, g)
	}
	writeCounters(x, s.Groups)
	for _, m := range processMetrics {
		x.family(m.name, m.typ, m.unit, m.help)
		x.sample(sampleName(m.name, m.typ), integer(m.value(s)))
	}
}

func sampleName(name, typ string) string {
	if typ == counter {
		return name + "_total"
	}
	return name
}

func writeAges(x *exposition, g event.GroupStats) {
	group := label{"group", g.Name}
	var below uint64
	rest := g.Ages.Buckets
	for _, exponent := range ageBounds {
		bound := event.BucketBound(exponent)
		for len(rest) > 0 && rest[0].Below <= bound {
			below += rest[0].Count
			rest = rest[1:]
		}
		x.sample(ageMetric+"_bucket", integer(below), group, label{"le", float(bound.Seconds())})
	}
	for _, b := range rest {
		below += b.Count
	}
	// The sum over the buckets, since Count may be of another moment.
	x.sample(ageMetric+"_bucket", integer(below), group, label{"le", "+Inf"})
	x.sample(ageMetric+"_count", integer(below), group)
	x.sample(ageMetric+"_sum", float(g.Ages.Sum.Seconds()), group)
}

// groupCounter is a total that only some kinds of group have, as a metric.
type groupCounter struct {
	name, typ, unit string
	group, value    string
	of              string // the counter's own name
}

func newGroupCounter(group string, c event.Counter) groupCounter {
	m := groupCounter{"realweak_group_" + identifier(c.Name), counter, "", group, integer(c.Value), c.Name}
	if c.Gauge {
		m.typ = gauge
	}
	if base, ok := strings.CutSuffix(m.name, "_ns"); ok {
		m.name, m.unit, m.value = base+"_seconds", "seconds", float(float64(c.Value)/1e9)
	} else if strings.HasSuffix(m.name, "_bytes") {
		m.unit = "bytes"
	}
	return m
}

// writeCounters writes the totals that only some kinds of group have, such as
// realweak_group_hits_total. It leaves out what names that are not in snake case
// would make a second metric of the same name, which no parser takes.
func writeCounters(x *exposition, groups []event.GroupStats) {
	var all []groupCounter
	for _, g := range groups {
		for _, c := range g.Counters {
			all = append(all, newGroupCounter(g.Name, c))
		}
	}
	slices.SortStableFunc(all, func(a, b groupCounter) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.typ, b.typ), cmp.Compare(a.of, b.of))
	})
	var first groupCounter // of the family that is being written
	for _, m := range all {
		if m.name != first.name {
			first = m
			x.family(m.name, m.typ, m.unit, "The "+m.of+" that groups of some kinds count.")
		}
		if m.typ == first.typ && m.of == first.of {
			x.sample(sampleName(m.name, m.typ), m.value, label{"group", m.group})
		}
	}
}

// identifier makes a name fit for a metric.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}
