package interning

import (
	"fmt"
	"math/bits"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

type nest struct {
	next  Handle[nest]
	depth int
}

//go:noinline
func internNest(table *Table[nest], depth int) (refs []realweak.Ref[nest]) {
	var h Handle[nest]
	for d := range depth {
		h = table.Intern(nest{h, d})
		refs = append(refs, realweak.Make(h.p))
	}
	return refs
}

// TestNestDiesInOneCollection is golang/go#71846.
func TestNestDiesInOneCollection(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		// No other collection, and no sweep that looks at the values while
		// ours marks.
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		weaktest.Collect(t)
		table := NewTable[nest](forgetting(forget))
		refs := internNest(table, 10)
		runtime.GC()
		for i, ref := range refs {
			if ref.Alive() {
				t.Errorf("handle %d of %d survived the collection", i, len(refs))
			}
		}
	})
}

//go:noinline
func dropTable() (Handle[string], realweak.Ref[Table[string]], realweak.Ref[table[string]]) {
	table := NewTable[string]()
	for i := range 100 {
		table.Intern(fresh("%d", i))
	}
	return table.Intern("survivor"), realweak.Make(table), realweak.Make(table.made.Load())
}

func TestDroppedTableIsCollected(t *testing.T) {
	h, outer, inner := dropTable()
	weaktest.AwaitDead(t, outer)
	weaktest.AwaitDead(t, inner)
	if h.Value() != "survivor" {
		t.Errorf("the handle's value became %q", h)
	}
}

// TestSweepEndsWhenAllIsDead has to be alone with the package's tables.
func TestSweepEndsWhenAllIsDead(t *testing.T) {
	idle := func() bool {
		sweeps.mu.Lock()
		defer sweeps.mu.Unlock()
		return len(sweeps.engines) == 0 && sweeps.stop == nil
	}
	weaktest.AwaitDone(t, idle)
	var table Table[int]
	h := table.Intern(1)
	if idle() {
		t.Error("nobody sweeps a table that has an entry")
	}
	runtime.KeepAlive(h)
	dropInto(&table, 2)
	weaktest.AwaitDone(t, idle)
	if h := table.Intern(3); idle() {
		t.Errorf("nobody sweeps for %v, which came after the sweep had ended", h)
	}
}

//go:noinline
func dropInto(table *Table[int], values ...int) {
	for _, v := range values {
		table.Intern(v)
	}
}

// TestAdditionsClearTheDead is golang/go#71772: without any sweep, a table that is
// only ever added to must not keep more than a fraction of what has died.
func TestAdditionsClearTheDead(t *testing.T) {
	for _, adders := range []int{1, 4} {
		t.Run(fmt.Sprintf("%d goroutines", adders), func(t *testing.T) { additionsClearTheDead(t, adders) })
	}
}

func additionsClearTheDead(t *testing.T, adders int) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(adders))
	var table Table[int]
	e := &table.start().engine
	e.listed.Store(true) // so that it never registers
	const rounds, each = 20, 5000
	most := 0
	for r := range rounds {
		var all sync.WaitGroup
		for g := range adders {
			all.Go(func() {
				for i := g; i < each; i += adders {
					dropInto(&table, r*each+i)
				}
			})
		}
		all.Wait()
		runtime.GC()
		most = max(most, table.Stats().Live)
	}
	if limit := 6 * each; most > limit {
		t.Errorf("up to %d entries with at most %d alive at a time; want at most %d", most, each, limit)
	}
	var nodes, counted int
	for i := range e.shards {
		e.shards[i].array.Load().places(func(p place) bool {
			nodes += bits.OnesCount64(used(p.b.tags.Load()))
			return true
		})
		n, _ := e.shards[i].size()
		counted += n
	}
	if s := table.Stats(); nodes != counted || nodes != s.Live || s.Dead+uint64(s.Live) != rounds*each {
		t.Errorf("%d nodes, %d counted by the shards, stats %+v", nodes, counted, s)
	}
}

//go:noinline
func fill(table *Table[int], n int) {
	for i := range n {
		table.Intern(i)
	}
}

func allBuckets(e *engine) (n int) {
	for i := range e.shards {
		_, b := e.shards[i].size()
		n += b
	}
	return n
}

// TestOneCatchesUpForAll: without any sweep, the first shard that is full after a
// collection has all of them release their nodes, so that these are made weak in one
// go.
func TestOneCatchesUpForAll(t *testing.T) {
	var table Table[int]
	e := &table.start().engine
	e.listed.Store(true) // so that it never registers
	runtime.GC()         // there has been one, but none comes by itself
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const n = 5000
	held := make([]Handle[int], n)
	for i := range held {
		held[i] = table.Intern(i)
	}
	if strong := e.held(); strong != n {
		t.Fatalf("%d of %d nodes are held strongly at first", strong, n)
	}
	for i := range e.shards {
		e.catchUp(&e.shards[i]) // they have been asked for the first time
	}
	if strong := e.held(); strong == 0 {
		t.Fatal("nodes are released without a collection")
	}
	runtime.GC()
	e.catchUp(&e.shards[0])
	if strong := e.held(); strong != 0 {
		t.Errorf("%d of %d nodes are still held strongly", strong, n)
	}
	for i, h := range held {
		if got := table.Intern(i); got != h {
			t.Fatalf("%d has two canonical copies", i)
		}
	}
}

func TestSweepShrinks(t *testing.T) {
	var table Table[int]
	fill(&table, 50_000)
	e := &table.start().engine
	keep := table.Intern(-1)
	weaktest.AwaitDone(t, func() bool { return table.Stats().Live == 1 && allBuckets(e) <= 2*len(e.shards) })
	if table.Intern(-1) != keep {
		t.Error("the survivor was lost")
	}
}

// TestLargeShardIsSwept covers the sample and the rotation.
func TestLargeShardIsSwept(t *testing.T) {
	var table Table[int]
	in := table.start()
	in.engine.listed.Store(true) // the test sweeps by itself
	n := 4 * smallShard * len(in.engine.shards)
	handles := make([]Handle[int], n)
	for i := range handles {
		handles[i] = table.Intern(i)
	}
	for i := range handles[:n/100] {
		handles[i] = Handle[int]{}
	}
	in.engine.release(new(releaser), collections())
	weaktest.Collect(t)
	for round := range uint64(rotation) {
		in.engine.sweep(round)
	}
	if got := table.Stats().Live; got != n-n/100 {
		t.Errorf("%d entries after a whole rotation, want %d", got, n-n/100)
	}
	for i := range handles[:n/2] {
		handles[i] = Handle[int]{}
	}
	weaktest.Collect(t)
	in.engine.sweep(1)
	if got := table.Stats().Live; got != n-n/2 {
		t.Errorf("%d entries after a sweep of a table that was half dead, want %d", got, n-n/2)
	}
	runtime.KeepAlive(handles)
}

func TestEvents(t *testing.T) {
	sub := event.Default.Subscribe(64, event.Interned, event.Cleared)
	defer sub.Close()
	table := NewTable[int](Named("watched"))
	dropInto(table, 7)
	born, ok := sub.Poll()
	if !ok || born.Kind != event.Interned || born.Object == 0 || born.Type != "int" || born.Label != "watched" || born.Actor != event.Caller {
		t.Fatalf("event %v, %v", born, ok)
	}
	table.Lookup(7)
	weaktest.AwaitDone(t, func() bool { return table.Stats().Live == 0 })
	died, ok := sub.Poll()
	if !ok || died.Kind != event.Cleared || died.Object != born.Object || died.Type != "int" || died.Label != "watched" || died.Actor != event.Collector || died.Age <= 0 {
		t.Fatalf("event %v, %v", died, ok)
	}
	if e, ok := sub.Poll(); ok {
		t.Errorf("one event too many: %v", e)
	}
	for i := range table.made.Load().engine.shards {
		if n := len(table.made.Load().engine.shards[i].births); n != 0 {
			t.Errorf("%d births are remembered after the deaths", n)
		}
	}
}

func TestNoEventOfTheUnwatched(t *testing.T) {
	var table Table[int]
	dropInto(&table, 1, 2, 3)
	sub := event.Default.Subscribe(64, event.Interned, event.Cleared)
	defer sub.Close()
	weaktest.AwaitDone(t, func() bool { return table.Stats().Live == 0 })
	if e, ok := sub.Poll(); ok {
		t.Errorf("event of a value born before anybody listened: %v", e)
	}
}

func TestTypesInEvents(t *testing.T) {
	sub := event.Default.Subscribe(64, event.Interned)
	defer sub.Close()
	keep := []any{String(fresh("event %d", 1)), Int(123456), TupleOf("event", "x"), FrozenSetOf(1.5, 2.5)}
	for _, want := range []string{"string", "int", "interning.Tuple[string]", "interning.FrozenSet[float64]"} {
		if e, ok := sub.Poll(); !ok || e.Type != want {
			t.Errorf("event %v, %v, want one of a %s", e, ok, want)
		}
	}
	_ = keep
}
