package interning

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

// group returns what event.Groups shows under a name.
func group(name string) (event.GroupStats, bool) {
	all := event.Groups.Stats()
	i := slices.IndexFunc(all, func(s event.GroupStats) bool { return s.Name == name })
	if i < 0 {
		return event.GroupStats{}, false
	}
	return all[i], true
}

func TestNamedTableIsAGroup(t *testing.T) {
	held := make([]Handle[string], 0, 20)
	done := make(chan struct{})
	go func() {
		defer close(done)
		table := NewTable[string](Named(t.Name()))
		if s, ok := group(t.Name()); !ok || s.Kind != "interning" || s.Type != "string" || s.Live != 0 {
			t.Errorf("empty: %+v, %v", s, ok)
		}
		for i := range 20 {
			held = append(held, table.Intern(fmt.Sprint("value number ", i%10)))
		}
		s, _ := group(t.Name())
		now := table.Stats()
		if s.Live != 10 || s.Created != 10 || s.Cleaned != 0 || s.Bytes != now.BytesHeld || s.Bytes == 0 {
			t.Errorf("%+v", s)
		}
		want := []event.Counter{{Name: "hits", Value: 10}, {Name: "misses", Value: 10}, {Name: "bytes_saved", Value: now.BytesSaved}}
		if !slices.Equal(s.Counters, want) {
			t.Errorf("%+v, want %+v", s.Counters, want)
		}
		clear(held)
		weaktest.AwaitDone(t, func() bool { s, _ := group(t.Name()); return s.Live == 0 && s.Cleaned == 10 && s.Created == 10 })
		held = append(held[:0], table.Intern("again"))
		if s, _ := group(t.Name()); s.Live != 1 || s.Created != 11 {
			t.Errorf("after all: %+v", s)
		}
		table.Clear()
		if s, _ := group(t.Name()); s.Live != 0 || s.Created != 11 || s.Cleaned != 10 {
			t.Errorf("cleared: %+v", s)
		}
		runtime.KeepAlive(table)
	}()
	<-done
	weaktest.AwaitDone(t, func() bool { _, ok := group(t.Name()); return !ok })
	runtime.KeepAlive(held)
}
