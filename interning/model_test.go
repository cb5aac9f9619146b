package interning

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
	"pgregory.net/rapid"
)

// TestModel runs random programs on a table and on a Go map from values to the
// handles that are held.
func TestModel(t *testing.T) {
	lives := []Option{Mortal(), Strict(), Immortal(), Capacity(5)}
	rapid.Check(t, func(r *rapid.T) {
		hash := rapid.SampledFrom(hashes).Draw(r, "hash")
		life := rapid.IntRange(0, len(lives)-1).Draw(r, "lifetime")
		runModel(t, r, NewTable[lifeKey](forgetting(hash.forget), lives[life]))
	})
}

func runModel(t *testing.T, r *rapid.T, table *Table[lifeKey]) {
	const keys = 40 // more than a bucket has room for
	held := make(map[lifeKey]Handle[lifeKey])
	var frozen *Frozen[lifeKey]
	inFrozen := make(map[lifeKey]Handle[lifeKey])
	key := func() lifeKey { return lifeKey{a: rapid.IntRange(0, keys-1).Draw(r, "key")} }
	check := func(k lifeKey, h Handle[lifeKey]) {
		if h.Value() != k {
			r.Fatalf("the handle of %v has %v", k, h.Value())
		}
		if old, ok := held[k]; ok && old != h {
			r.Fatalf("two handles of %v", k)
		}
	}
	steps := rapid.IntRange(1, 60).Draw(r, "steps")
	for range steps {
		switch rapid.IntRange(0, 9).Draw(r, "op") {
		case 0, 1, 2:
			k := key()
			h := table.Intern(k)
			check(k, h)
			held[k] = h
		case 3:
			k := key()
			check(k, table.Intern(k)) // and drop
		case 4:
			k := key()
			h, ok := table.Lookup(k)
			if _, must := held[k]; must && !ok {
				r.Fatalf("%v was not found while its handle is held", k)
			}
			if ok {
				check(k, h)
			}
		case 5:
			delete(held, key())
		case 6:
			weaktest.Collect(t)
		case 7:
			found := make(map[lifeKey]bool)
			for h := range table.All() {
				check(h.Value(), h)
				if found[h.Value()] {
					r.Fatalf("All has %v twice", h.Value())
				}
				found[h.Value()] = true
			}
			for k := range held {
				if !found[k] {
					r.Fatalf("All lacks %v, whose handle is held", k)
				}
			}
		case 8:
			if rapid.IntRange(0, 3).Draw(r, "clear") == 0 {
				table.Clear()
				clear(held)
			}
		case 9:
			frozen = table.Freeze()
			clear(inFrozen)
			for h := range frozen.All() {
				inFrozen[h.Value()] = h
			}
		}
		if s := table.Stats(); s.Live < len(held) || s.Hits+s.Misses < uint64(s.Live) {
			r.Fatalf("%d held, stats %+v", len(held), s)
		}
		if frozen != nil {
			k := key()
			if h, ok := frozen.Lookup(k); ok != !inFrozen[k].IsZero() || h != inFrozen[k] {
				r.Fatalf("the frozen table has %v, %v for %v", h, ok, k)
			}
		}
	}
	runtime.KeepAlive(held)
}
