package interning

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

type lifeKey struct{ a, b int }

//go:noinline
func lifeAndDrop(table *Table[lifeKey], n int) (refs []realweak.Ref[lifeKey]) {
	for i := range n {
		refs = append(refs, realweak.Make(table.Intern(lifeKey{a: i}).p))
	}
	return refs
}

func countAlive[T any](refs []realweak.Ref[T]) (n int) {
	for _, r := range refs {
		if r.Alive() {
			n++
		}
	}
	return n
}

// TestLifetimes says after how many collections each kind of table lets go of what
// nobody holds.
func TestLifetimes(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // no other collection
	const n = 100
	for _, c := range []struct {
		name    string
		options []Option
		alive   [3]int // after so many collections, from 1
	}{
		{"mortal", []Option{Mortal()}, [3]int{n, 0, 0}},
		{"default", nil, [3]int{n, 0, 0}},
		{"strict", []Option{Strict()}, [3]int{0, 0, 0}},
		{"immortal", []Option{Immortal()}, [3]int{n, n, n}},
		{"capacity", []Option{Capacity(30)}, [3]int{n, 30, 30}},
		{"large capacity", []Option{Capacity(n)}, [3]int{n, n, n}},
		{"no capacity", []Option{Capacity(0)}, [3]int{n, 0, 0}},
		{"the last counts", []Option{Immortal(), Strict()}, [3]int{0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			weaktest.Collect(t)
			table := NewTable[lifeKey](c.options...)
			refs := lifeAndDrop(table, n)
			for i, want := range c.alive {
				weaktest.Collect(t)
				if got := countAlive(refs); got != want {
					t.Errorf("after collection %d: %d of %d alive, want %d", i+1, got, n, want)
				}
			}
			if got := table.Stats(); got.Live != c.alive[2] || got.Dead != uint64(n-c.alive[2]) {
				t.Errorf("stats %+v, want %d live", got, c.alive[2])
			}
			runtime.KeepAlive(table)
		})
	}
}

// TestWeakHit: what the table has let go of, but somebody holds, is found, and then
// held again.
func TestWeakHit(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		table := NewTable[lifeKey](forgetting(forget))
		keep := table.Intern(lifeKey{a: 1})
		e := &table.made.Load().engine
		for range 3 {
			weaktest.Collect(t)
			if n := e.held(); n != 0 {
				t.Fatalf("%d values held after a collection", n)
			}
			if h, ok := table.Lookup(lifeKey{a: 1}); !ok || h != keep {
				t.Fatalf("Lookup = %v, %v", h, ok)
			}
			if n := e.held(); n != 1 {
				t.Fatalf("%d values held after a hit", n)
			}
			if table.Intern(lifeKey{a: 1}) != keep {
				t.Fatal("the canonical value changed")
			}
		}
		runtime.KeepAlive(keep)
	})
}

// TestCapacityKeepsWhatIsInUse: what is asked for after each collection survives,
// whoever else comes and goes.
func TestCapacityKeepsWhatIsInUse(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const hot, cold = 20, 200
	table := NewTable[lifeKey](Capacity(50))
	refs := lifeAndDrop(table, hot)
	for round := range 10 {
		for i := range cold {
			dropLife(table, lifeKey{a: i, b: round + 1})
		}
		weaktest.Collect(t)
		lifeAndDrop(table, hot)
	}
	if got := countAlive(refs); got != hot {
		t.Errorf("%d of %d values in use survived", got, hot)
	}
	if got, limit := table.Len(), 50+cold+2*hot; got > limit {
		t.Errorf("%d values alive, want at most %d", got, limit)
	}
}

//go:noinline
func dropLife(table *Table[lifeKey], k lifeKey) { table.Intern(k) }

func TestNegativeCapacityPanics(t *testing.T) {
	expectPanic(t, "interning: a Capacity of -1; it is the number of values to hold, from 0", func() { Capacity(-1) })
}

func TestClear(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		for _, life := range []Option{Mortal(), Strict(), Immortal()} {
			table := NewTable[int](forgetting(forget), life)
			table.Clear()
			old := make([]Handle[int], 50)
			for i := range old {
				old[i] = table.Intern(i)
			}
			table.Clear()
			if s := table.Stats(); s.Live != 0 || s.BytesHeld != 0 || table.Len() != 0 {
				t.Errorf("after Clear: %+v, %d alive", s, table.Len())
			}
			for i, h := range old {
				if _, ok := table.Lookup(i); ok {
					t.Fatalf("%d was found after Clear", i)
				}
				if n := table.Intern(i); n == h || n != table.Intern(i) || h.Value() != i {
					t.Fatalf("handles of %d before and after Clear: %v, %v", i, h, n)
				}
			}
			weaktest.Collect(t)
			if table.Stats().Dead > uint64(len(old)) {
				t.Errorf("what was cleared counts as dead: %+v", table.Stats())
			}
		}
	})
}

func TestFreeze(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		frozen, handles := frozenTable(t, forget)
		for range 3 {
			weaktest.Collect(t) // it keeps its values
		}
		if frozen.Len() != len(handles) || frozen.Name() != "ice" {
			t.Errorf("%d values in %q", frozen.Len(), frozen.Name())
		}
		found := 0
		for h := range frozen.All() {
			if realweak.Make(h.p) != handles[h.Value()] {
				t.Errorf("%v has another handle than in the table", h)
			}
			if got, ok := frozen.Lookup(h.Value()); !ok || got != h {
				t.Errorf("Lookup(%v) = %v, %v", h, got, ok)
			}
			found++
		}
		if found != len(handles) {
			t.Errorf("All has %d of %d values", found, len(handles))
		}
		for range frozen.All() {
			break
		}
		if h, ok := frozen.Lookup("after"); ok || !h.IsZero() {
			t.Error("a value that came later was found")
		}
		expectAllocs(t, "Lookup in a Frozen", 0, func() { frozen.Lookup("value 7") })
	})
	var empty Table[string]
	if f := empty.Freeze(); f.Len() != 0 {
		t.Error("the frozen empty table is not empty")
	} else if _, ok := f.Lookup("x"); ok {
		t.Error("something was found in nothing")
	}
}

//go:noinline
func frozenTable(t *testing.T, forget uint64) (*Frozen[string], map[string]realweak.Ref[string]) {
	table := NewTable[string](forgetting(forget), Named("ice"))
	refs := make(map[string]realweak.Ref[string])
	var keep []Handle[string]
	for i := range 100 {
		h := table.Intern(fresh("value %d", i))
		keep = append(keep, h)
		refs[h.Value()] = realweak.Make(h.p)
	}
	f := table.Freeze()
	if table.Intern("after").IsZero() || table.Intern("value 7") != keep[7] {
		t.Error("the table does not go on")
	}
	return f, refs
}

// TestReleaseMeetsRehash is a release that goes through an array which is replaced
// meanwhile: what was copied before it came by must be released the next time.
func TestReleaseMeetsRehash(t *testing.T) {
	table := NewTable[lifeKey]()
	lifeAndDrop(table, 10)
	e := &table.made.Load().engine
	for i := range e.shards {
		s := &e.shards[i]
		s.touched.Store(false) // as a release does first
		s.mu.Lock()
		s.rehash(4)
		s.mu.Unlock()
	}
	weaktest.AwaitDone(t, func() bool { return table.Stats().Live == 0 })
}
