package top

import (
	"cmp"
	"slices"

	"github.com/referent-go/referent/cmd/probe/internal/retained"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Origin is what is retained of the objects that one place in the code has made,
// over all current targets.
type Origin struct {
	track.Retained
	On  []Share
	New bool // there was nothing of it at the baseline; false without one
}

// Origins returns the origins of all current targets, most objects first.
func (f *Fleet) Origins() []Origin {
	found := make(map[retained.Key]*Origin)
	known := make(map[retained.Key]bool)
	var all []*Origin
	for _, t := range f.current() {
		if t.baseline != nil {
			for _, r := range t.baseline.Retained {
				known[retained.KeyOf(r)] = true
			}
		}
		for _, r := range t.last.Retained {
			k := retained.KeyOf(r)
			o := found[k]
			if o == nil {
				o = &Origin{Retained: r}
				found[k] = o
				all = append(all, o)
			} else {
				o.Retained = retained.Merge(o.Retained, r)
			}
			o.On = append(o.On, Share{Target: t.name, Retained: r.Count})
		}
	}
	origins := make([]Origin, len(all))
	for i, o := range all {
		o.New = !f.baseline.IsZero() && !known[retained.KeyOf(o.Retained)]
		origins[i] = *o
	}
	slices.SortStableFunc(origins, func(a, b Origin) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return origins
}

// place returns where the objects were made: the innermost call.
func (o Origin) place() string {
	if len(o.Created) == 0 {
		return ""
	}
	return base(o.Created[0].File, o.Created[0].Line)
}

func groupsOf(s *wire.Snapshot) map[string]event.GroupStats {
	if s == nil {
		return nil
	}
	groups := make(map[string]event.GroupStats, len(s.Groups))
	for _, g := range s.Groups {
		groups[g.Name] = g
	}
	return groups
}
