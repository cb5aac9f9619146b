package realweak

import (
	"reflect"

	"github.com/referent-go/referent/realweak/event"
)

// What containers with a name show of themselves. The functions that tell it must not
// refer to their container but through their argument.

func (m *ValueMap[K, V]) join(name string) {
	if name == "" {
		return
	}
	event.Join(&event.Groups, m, func(m *ValueMap[K, V]) event.GroupStats {
		s := groupOf[V](name, "value map")
		if t := m.table.Load(); t != nil {
			s.Live = t.entries.size()
		}
		return s
	})
}

func (m *KeyMap[K, V]) join(name string) {
	if name == "" {
		return
	}
	event.Join(&event.Groups, m, func(m *KeyMap[K, V]) event.GroupStats {
		s := groupOf[K](name, "key map")
		if t := m.table.Load(); t != nil {
			s.Live = t.entries.size()
		} else if m.byValue != nil {
			s.Live = m.byValue.size()
		}
		return s
	})
}

func (s *Set[T]) join(name string) {
	event.Join(&event.Groups, s, func(s *Set[T]) event.GroupStats {
		g := groupOf[T](name, "set")
		g.Live = s.LenApprox()
		return g
	})
}

func (c *Cache[K, V]) join(name string) {
	if name == "" {
		return
	}
	event.Join(&event.Groups, c, func(c *Cache[K, V]) event.GroupStats {
		s, now := groupOf[V](name, "cache"), c.Stats()
		s.Live = now.Entries
		s.Counters = []event.Counter{
			{Name: "hits", Value: now.Hits},
			{Name: "misses", Value: now.Misses},
			{Name: "dead_hits", Value: now.DeadHits},
			{Name: "loads", Value: now.Loads},
			{Name: "load_errors", Value: now.LoadErrors},
			{Name: "shared", Value: now.Shared},
			{Name: "load_time_ns", Value: uint64(now.LoadTime)},
			{Name: "evictions", Value: now.Evictions},
			{Name: "recent", Value: uint64(now.Recent), Gauge: true},
		}
		return s
	})
}

func groupOf[T any](name, kind string) event.GroupStats {
	return event.GroupStats{Name: name, Kind: kind, Type: reflect.TypeFor[T]().String()}
}
