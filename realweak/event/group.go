package event

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"weak"
)

// GroupStats is what a named group of objects shows of itself at one moment. A
// group is whatever was given that name: objects that are tracked, the values of a
// map or cache, an interning table, counted objects. It is a plain value; totals
// run since the group began, so that the difference of two is what happened between
// them ([GroupStats.Sub]).
type GroupStats struct {
	Name     string    `json:"name"`               // what the program called it
	Kind     string    `json:"kind"`               // what has the name: "tracked", "value map", "key map", "set", "cache", "interning", "counted"
	Type     string    `json:"type,omitempty"`     // of its objects; several are separated by ", "
	Live     int       `json:"live"`               // objects now; of maps and tables with dead ones that no sweep has reached
	Created  uint64    `json:"created"`            // objects since the start; zero if the group does not count them
	Cleaned  uint64    `json:"cleaned"`            // of these, found dead
	Expected int       `json:"expected"`           // alive, though the program said that they should die; in their grace
	Retained int       `json:"retained"`           // the same, after their grace; healthy is 0
	Bytes    uint64    `json:"bytes,omitempty"`    // of the live objects without what they refer to; zero if unknown
	Ages     Histogram `json:"ages"`               // from birth to the moment when death was noticed
	Counters []Counter `json:"counters,omitempty"` // further totals of the kind, by name
}

// Counter is a total that only some kinds of group have, such as a cache's hits.
type Counter struct {
	Name  string `json:"name"`            // in snake case, with the unit at its end if it has one: "hits", "load_time_ns"
	Value uint64 `json:"value"`           // since the start, unless Gauge
	Gauge bool   `json:"gauge,omitempty"` // whether Value is of now and may go down
}

// Add returns two parts of one group, or two groups, as one.
func (s GroupStats) Add(o GroupStats) GroupStats {
	s.Kind = joined(s.Kind, o.Kind)
	s.Type = joined(s.Type, o.Type)
	s.Live += o.Live
	s.Created += o.Created
	s.Cleaned += o.Cleaned
	s.Expected += o.Expected
	s.Retained += o.Retained
	s.Bytes += o.Bytes
	s.Ages = s.Ages.Add(o.Ages)
	s.Counters = slices.Clone(s.Counters)
	for _, c := range o.Counters {
		if i := s.counter(c.Name); i >= 0 {
			s.Counters[i].Value += c.Value
		} else {
			s.Counters = append(s.Counters, c)
		}
	}
	return s
}

// Sub returns what has happened since earlier, an older state of the same group.
// What is counted as of now stays as it is in s: Live, Expected, Retained, Bytes
// and gauges.
func (s GroupStats) Sub(earlier GroupStats) GroupStats {
	s.Created -= min(s.Created, earlier.Created)
	s.Cleaned -= min(s.Cleaned, earlier.Cleaned)
	s.Ages = s.Ages.Sub(earlier.Ages)
	s.Counters = slices.Clone(s.Counters)
	for i, c := range s.Counters {
		if j := earlier.counter(c.Name); j >= 0 && !c.Gauge {
			s.Counters[i].Value -= min(c.Value, earlier.Counters[j].Value)
		}
	}
	return s
}

func (s GroupStats) counter(name string) int {
	return slices.IndexFunc(s.Counters, func(c Counter) bool { return c.Name == name })
}

// joined is the list of what a and b list.
func joined(a, b string) string {
	if a == "" || a == b {
		return b
	}
	for part := range strings.SplitSeq(b, ", ") {
		if part != "" && !slices.Contains(strings.Split(a, ", "), part) {
			a += ", " + part
		}
	}
	return a
}

// Registry lists the groups of a process by the containers that have them. It
// refers to containers weakly. The zero Registry is ready to use, and all of its
// methods are safe for concurrent use.
type Registry struct {
	mu      sync.Mutex
	sources map[*source]struct{}
}

// Groups is the registry of the process, which all containers of this module that
// were given a name are in.
var Groups Registry

// source yields the statistics of one container, and false once it is dead.
type source struct {
	stats func() (GroupStats, bool)
}

// Join adds the container p to r until leave is called or p is collected. stats is
// called whenever somebody looks, without any lock of the registry, from any
// goroutine and from several at a time; it must not refer to p but through its
// argument, or p is never collected. It panics if p or stats is nil.
func Join[T any](r *Registry, p *T, stats func(*T) GroupStats) (leave func()) {
	if p == nil || stats == nil {
		panic("event: Join with a nil container or function; pass the container and what tells its statistics")
	}
	w := weak.Make(p)
	s := &source{func() (GroupStats, bool) {
		if p := w.Value(); p != nil {
			return stats(p), true
		}
		return GroupStats{}, false
	}}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sources == nil {
		r.sources = make(map[*source]struct{})
	}
	r.sources[s] = struct{}{}
	// Nobody may ever look, so the dead do not wait for Stats.
	runtime.AddCleanup(p, r.remove, s)
	return func() { r.remove(s) }
}

func (r *Registry) remove(s *source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sources, s)
}

// Stats returns the statistics of all groups, ordered by name. Containers with the
// same name are one group.
func (r *Registry) Stats() []GroupStats {
	r.mu.Lock()
	sources := make([]*source, 0, len(r.sources))
	for s := range r.sources {
		sources = append(sources, s)
	}
	r.mu.Unlock()
	var all []GroupStats
	for _, s := range sources {
		stats, alive := s.stats()
		if !alive {
			r.remove(s)
			continue
		}
		all = append(all, stats)
	}
	slices.SortFunc(all, func(a, b GroupStats) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Type, b.Type))
	})
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && merged[n-1].Name == s.Name {
			merged[n-1] = merged[n-1].Add(s)
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}
