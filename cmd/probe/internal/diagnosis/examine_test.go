package diagnosis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/diagnosis"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// healthy returns what is seen of a program that is well.
func healthy() diagnosis.Case {
	look := func(at time.Time, executed uint64) *wire.Snapshot {
		return &wire.Snapshot{
			Schema: wire.Schema, Time: at, Process: wire.Process{Go: "go1.26.8"},
			Runtime: wire.Runtime{
				Collections: 50, LastCollection: &event.Collection{Number: 50, End: at.Add(-time.Second)},
				CleanupsQueued: executed + 3, CleanupsExecuted: executed, GOGC: 100, MemoryLimit: 1<<63 - 1,
			},
			Groups: []event.GroupStats{{Name: "conns", Kind: "tracked", Type: "pool.Conn", Live: 10, Created: 100, Cleaned: 90, Bytes: 4000}},
			Stream: wire.Stream{Emitted: 900},
		}
	}
	return diagnosis.Case{First: look(noon, 100), Second: look(noon.Add(3*time.Second), 200), Skew: time.Millisecond, Tolerance: 2 * time.Millisecond}
}

func TestHealthy(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range diagnosis.Examine(healthy()) {
		if f.Level != diagnosis.OK || f.What == "" || f.Next != "" {
			t.Errorf("found %+v", f)
		}
		if seen[f.Check] {
			t.Errorf("%s is checked twice", f.Check)
		}
		seen[f.Check] = true
	}
	if len(seen) != 11 {
		t.Errorf("%d checks: %v", len(seen), seen)
	}
}

func TestFindings(t *testing.T) {
	for _, tt := range []struct {
		change func(*diagnosis.Case)
		level  diagnosis.Level
		check  string
		what   string
	}{
		{func(c *diagnosis.Case) { c.Second.Process.Go = "go1.25.3" }, diagnosis.Bad, "Go version", "go1.25.3 is older than go1.26"},
		{func(c *diagnosis.Case) { c.Second.Process.Go = "go1.99" }, diagnosis.Hint, "Go version", "go1.99 is newer than the go"},
		{func(c *diagnosis.Case) { c.Second.Process.Go = "devel go1.28-abc" }, diagnosis.OK, "Go version", "devel go1.28-abc"},
		{func(c *diagnosis.Case) { c.Second.Process.Go = "go1.26.8 X:greenteagc" }, diagnosis.OK, "Go version", "go1.26.8 X:greenteagc"},
		{func(c *diagnosis.Case) { c.Second.Runtime.GOGC = -1 }, diagnosis.Bad, "collector", "nothing is ever collected"},
		{func(c *diagnosis.Case) { c.Second.Runtime.GOGC = -1; c.Second.Runtime.MemoryLimit = 1 << 30 }, diagnosis.Hint, "collector", "near the memory limit of 1.0 GiB"},
		{func(c *diagnosis.Case) { c.Second.Runtime.Collections = 0 }, diagnosis.Hint, "collector", "has not collected yet"},
		{func(c *diagnosis.Case) { c.Second.Runtime.LastCollection.End = noon.Add(-time.Hour) }, diagnosis.Hint, "collector", "the last collection was 1h ago"},
		{func(c *diagnosis.Case) { c.Second.Runtime.Debug = "x=1,checkfinalizers=1" }, diagnosis.Hint, "GODEBUG", "checkfinalizers=1 is set"},
		{func(c *diagnosis.Case) { c.Second.Runtime.Debug = "checkfinalizers=0" }, diagnosis.OK, "GODEBUG", "checkfinalizers=0"},
		{func(c *diagnosis.Case) { r := &c.Second.Runtime; r.CleanupsExecuted, r.CleanupsQueued = 100, 900 }, diagnosis.Bad, "cleanup queue", "it grows, from 3 to 800 waiting within 3s, and none has run: one of them blocks the others"},
		{func(c *diagnosis.Case) { r := &c.Second.Runtime; r.CleanupsExecuted, r.CleanupsQueued = 100, 103 }, diagnosis.Hint, "cleanup queue", "3 cleanups wait, and none has run within 3s"},
		{func(c *diagnosis.Case) { c.Second.Runtime.CleanupsQueued = 50_000 }, diagnosis.Bad, "cleanup queue", "it grows, from 3 to 49,800 waiting within 3s"},
		{func(c *diagnosis.Case) { c.Second = nil; c.First.Runtime.CleanupsQueued = 50_000 }, diagnosis.Hint, "cleanup queue", "49,900 cleanups wait"},
		{func(c *diagnosis.Case) { c.Second = nil }, diagnosis.OK, "cleanup queue", "3 cleanups wait"},
		{func(c *diagnosis.Case) { c.Second.Groups = nil }, diagnosis.Hint, "deaths", "there is no group"},
		{func(c *diagnosis.Case) { c.Second.Groups[0].Cleaned = 0 }, diagnosis.Hint, "deaths", "conns: of 100 objects none died in 50 collections"},
		{func(c *diagnosis.Case) { c.Second.Groups[0].Type = "struct {}" }, diagnosis.Bad, "object sizes", "conns: objects of type struct {} have no size"},
		{func(c *diagnosis.Case) { c.Second.Groups[0].Bytes = 80 }, diagnosis.Hint, "object sizes", "conns: objects of 8 B may share a block"},
		{func(c *diagnosis.Case) { c.Second.Groups[0].Retained = 40 }, diagnosis.Bad, "retained", "40 objects should be dead: conns 40"},
		{func(c *diagnosis.Case) {
			for _, label := range []string{"a", "b", "b", "c", "d", "e"} {
				c.Panicked = append(c.Panicked, event.Event{Kind: event.CallbackPanicked, Label: label})
			}
		}, diagnosis.Bad, "callbacks", "6 callbacks panicked: a, b, c, and 2 more"},
		{func(c *diagnosis.Case) { c.Leaked = []event.Event{{Kind: event.Leaked, Type: "os.File"}} }, diagnosis.Bad, "handles", "1 counted handle collected without a Release: os.File"},
		{func(c *diagnosis.Case) { c.Leaked = []event.Event{{Kind: event.Leaked}} }, diagnosis.Bad, "handles", "1 counted handle collected without a Release"},
		{func(c *diagnosis.Case) { c.Second.Stream.Lost = 7 }, diagnosis.Bad, "events", "the handler loses events: 7 within 3s"},
		{func(c *diagnosis.Case) { c.First.Stream.Lost, c.Second.Stream.Lost = 7, 7 }, diagnosis.Hint, "events", "the handler has lost 7 events since it began"},
		{func(c *diagnosis.Case) { c.Second.Stream.Dropped = 7 }, diagnosis.Hint, "events", "viewers were too slow for 7 events"},
		{func(c *diagnosis.Case) { c.Skew = time.Minute }, diagnosis.Bad, "clock", "the program's is 1m ahead of this one, give or take 2ms"},
		{func(c *diagnosis.Case) { c.Skew = -time.Minute }, diagnosis.Bad, "clock", "the program's is 1m behind this one"},
		{func(c *diagnosis.Case) { c.Skew, c.Tolerance = 3*time.Second, 3*time.Second }, diagnosis.OK, "clock", "within 3s of this one"},
	} {
		c := healthy()
		tt.change(&c)
		found := false
		for _, f := range diagnosis.Examine(c) {
			if f.Check == tt.check {
				found = true
				if f.Level != tt.level || !strings.Contains(f.What, tt.what) || (f.Next == "") != (f.Level == diagnosis.OK) {
					t.Errorf("got %+v, want %s with %q", f, tt.level, tt.what)
				}
			} else if f.Level != diagnosis.OK {
				t.Errorf("%s: also found %+v", tt.what, f)
			}
		}
		if !found {
			t.Errorf("%s: no finding about %s", tt.what, tt.check)
		}
	}
	c := healthy()
	c.Tolerance = 0
	for _, f := range diagnosis.Examine(c) {
		if f.Check == "clock" {
			t.Errorf("the clock of a file is checked: %+v", f)
		}
	}
}
