package interning

import (
	"reflect"

	"github.com/referent-go/referent/realweak/event"
)

// join shows a table that has a name among the groups of the process.
func (t *Table[T]) join() {
	if t.config.name != "" {
		event.Join(&event.Groups, t, (*Table[T]).group)
	}
}

func (t *Table[T]) group() event.GroupStats {
	g := event.GroupStats{Name: t.config.name, Kind: "interning", Type: reflect.TypeFor[T]().String()}
	in := t.made.Load()
	if in == nil {
		return g
	}
	s := in.engine.stats()
	g.Live, g.Cleaned, g.Bytes = s.Live, s.Dead, s.BytesHeld
	g.Created = in.engine.created()
	g.Counters = []event.Counter{
		{Name: "hits", Value: s.Hits},
		{Name: "misses", Value: s.Misses},
		{Name: "bytes_saved", Value: s.BytesSaved},
	}
	return g
}

// created returns how many values have become canonical since the start.
func (e *engine) created() (n uint64) {
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock()
		n += s.created
		s.mu.Unlock()
	}
	return n
}
