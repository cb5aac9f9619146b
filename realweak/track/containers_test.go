package track_test

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
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

// A container with a name is a group, and is collected when dropped although it is.
func TestNamedContainers(t *testing.T) {
	hash := func(*conn) uint64 { return 1 }
	equal := func(a, b *conn) bool { return a == b }
	for _, c := range []struct {
		kind string
		make func(name string, p *conn) any
	}{
		{"value map", func(name string, p *conn) any {
			m := realweak.NewValueMap(realweak.ValueMapOptions[int, conn]{Name: name})
			m.Store(1, p)
			return m
		}},
		{"value map", func(name string, p *conn) any {
			m := realweak.NewValueMap(realweak.ValueMapOptions[int, conn]{Name: name, PerEntry: true})
			m.Store(1, p)
			return m
		}},
		{"key map", func(name string, p *conn) any {
			m := realweak.NewKeyMap(realweak.KeyMapOptions[conn, int]{Name: name})
			m.Store(p, 1)
			return m
		}},
		{"key map", func(name string, p *conn) any {
			m := realweak.NewKeyMapFunc(hash, equal, realweak.KeyMapOptions[conn, int]{Name: name})
			m.Store(p, 1)
			return m
		}},
		{"set", func(name string, p *conn) any { return realweak.NewNamedSet(name, p) }},
		{"cache", func(name string, p *conn) any {
			m := realweak.NewCache[int, conn](realweak.Named(name), realweak.KeepRecent(1))
			m.Store(1, p)
			return m
		}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			p := new(conn)
			done := make(chan struct{})
			go func() {
				defer close(done)
				m := c.make(t.Name(), p)
				s, ok := group(t.Name())
				if !ok || s.Kind != c.kind || s.Type != "track_test.conn" || s.Live != 1 {
					t.Errorf("%+v, %v", s, ok)
				}
				runtime.KeepAlive(m)
			}()
			<-done
			weaktest.AwaitDone(t, func() bool { _, ok := group(t.Name()); return !ok })
			runtime.KeepAlive(p)
		})
	}
}

func TestContainersWithoutANameAreNoGroups(t *testing.T) {
	before := len(event.Groups.Stats())
	m := realweak.NewValueMap(realweak.ValueMapOptions[int, conn]{})
	k := realweak.NewKeyMap(realweak.KeyMapOptions[conn, int]{})
	c := realweak.NewCache[int, conn]()
	if after := len(event.Groups.Stats()); after > before {
		t.Errorf("%d groups, %d before", after, before)
	}
	runtime.KeepAlive(m)
	runtime.KeepAlive(k)
	runtime.KeepAlive(c)
}

func TestGroupOfACacheHasItsStats(t *testing.T) {
	c := realweak.NewCache[int, conn](realweak.Named(t.Name()))
	var held []*conn
	for _, key := range []int{1, 2, 1, 1} {
		p, err := c.Get(t.Context(), key, func(context.Context, int) (*conn, error) { return new(conn), nil })
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, p)
	}
	s, _ := group(t.Name())
	now := c.Stats()
	want := map[string]uint64{
		"hits": now.Hits, "misses": now.Misses, "dead_hits": now.DeadHits, "loads": now.Loads, "load_errors": now.LoadErrors,
		"shared": now.Shared, "load_time_ns": uint64(now.LoadTime), "evictions": now.Evictions, "recent": uint64(now.Recent),
	}
	if now.Hits != 2 || now.Loads != 2 || s.Live != 2 || len(s.Counters) != len(want) {
		t.Errorf("%+v, %+v", now, s)
	}
	for _, counter := range s.Counters {
		if counter.Value != want[counter.Name] || counter.Gauge != (counter.Name == "recent") {
			t.Errorf("%+v, want %d", counter, want[counter.Name])
		}
	}
	runtime.KeepAlive(held)
}

func TestNamedSetNeedsAName(t *testing.T) {
	defer func() {
		if got, want := recover(), "realweak: NewNamedSet without a name; NewSet makes a set that is not shown"; got != want {
			t.Errorf("NewNamedSet panicked with %v, want %q", got, want)
		}
	}()
	realweak.NewNamedSet[conn]("")
}
