package realweak_test

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// rope is a value that can lead to keys and tables.
type rope struct {
	to    *knot
	table *realweak.SlotTable[knot, *rope]
}

type ropes = realweak.SlotTable[knot, *rope]

// inOneCollection checks that a single collection does what is expected of it.
// Others are kept away, since a sweep that looks at an entry while one marks
// would keep the entry until the next.
func inOneCollection(t *testing.T, drop func()) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	weaktest.Collect(t)
	done := make(chan struct{})
	go func() { // so that nothing is left in this goroutine's frames
		defer close(done)
		drop()
	}()
	<-done
	weaktest.Collect(t)
}

func TestSlotValueThatRefersToItsKeyDies(t *testing.T) {
	var m ropes
	const n = 1000
	held := newKnots(n)
	var key realweak.Ref[knot]
	var value realweak.Ref[rope]
	inOneCollection(t, func() {
		for i := range 2 * n {
			k := &knot{}
			if i%2 == 0 {
				k = held[i/2]
			}
			v := &rope{to: k}
			m.Store(k, v)
			key, value = realweak.Make(k), realweak.Make(v)
		}
	})
	if key.Alive() || value.Alive() {
		t.Errorf("key %v, value %v", key, value)
	}
	if got := m.Len(); got != n {
		t.Errorf("Len = %d, want %d", got, n)
	}
	for i, k := range held {
		if v, ok := m.Load(k); !ok || v.to != k {
			t.Fatalf("held key %d was lost", i)
		}
	}
	if got := realweak.SlotIndexLen(&m); got != n || m.LenApprox() != n {
		t.Errorf("after the sweep LenApprox = %d, index %d; want %d", m.LenApprox(), got, n)
	}
}

func TestSlotChainLivesAndDiesAsOne(t *testing.T) {
	const n = 10_000
	var m ropes
	var first, last realweak.Ref[knot]
	var held *knot
	inOneCollection(t, func() {
		k := &knot{}
		held, first = k, realweak.Make(k)
		for range n {
			v := &rope{to: &knot{}}
			m.Store(k, v)
			k = v.to
		}
		last = realweak.Make(k)
	})
	if got := m.Len(); got != n || !last.Alive() {
		t.Fatalf("Len = %d, last key %v; want %d and alive", got, last, n)
	}
	runtime.KeepAlive(held)
	inOneCollection(t, func() { held = nil })
	if got := m.Len(); got != 0 || first.Alive() || last.Alive() {
		t.Errorf("Len = %d, first %v, last %v; want all dead after one collection", got, first, last)
	}
	if got := m.LenApprox(); got != 0 {
		t.Errorf("LenApprox = %d after the sweep", got)
	}
}

func TestSlotCycleAcrossTablesDies(t *testing.T) {
	var m, other ropes
	var k1, k2 realweak.Ref[knot]
	inOneCollection(t, func() {
		a, b := &knot{}, &knot{}
		m.Store(a, &rope{to: b})
		other.Store(b, &rope{to: a})
		k1, k2 = realweak.Make(a), realweak.Make(b)
	})
	if k1.Alive() || k2.Alive() || m.Len()+other.Len() != 0 {
		t.Errorf("k1 %v, k2 %v, %d entries", k1, k2, m.Len()+other.Len())
	}
}

func TestSlotTableAndKeyDieInEitherOrder(t *testing.T) {
	t.Run("table", func(t *testing.T) {
		k := &knot{}
		var value realweak.Ref[rope]
		var table realweak.Ref[ropes]
		inOneCollection(t, func() {
			m, v := new(ropes), &rope{to: k}
			m.Store(k, v)
			value, table = realweak.Make(v), realweak.Make(m)
		})
		if table.Alive() {
			t.Error("the dropped table is alive")
		}
		if n := realweak.SlotsOn(&k.Slots); n != 0 {
			t.Errorf("%d slots on the key after the sweep", n)
		}
		weaktest.AwaitDead(t, value)
		runtime.KeepAlive(k)
	})
	t.Run("key", func(t *testing.T) {
		var m ropes
		var value realweak.Ref[rope]
		inOneCollection(t, func() {
			k := &knot{}
			v := &rope{to: k}
			m.Store(k, v)
			value = realweak.Make(v)
		})
		if value.Alive() || m.Len() != 0 || realweak.SlotIndexLen(&m) != 0 {
			t.Errorf("value %v, Len %d, index %d", value, m.Len(), realweak.SlotIndexLen(&m))
		}
	})
	t.Run("together", func(t *testing.T) {
		var table realweak.Ref[ropes]
		var key realweak.Ref[knot]
		inOneCollection(t, func() {
			m, k := new(ropes), &knot{}
			m.Store(k, &rope{to: k, table: m})
			table, key = realweak.Make(m), realweak.Make(k)
		})
		if table.Alive() || key.Alive() {
			t.Errorf("table %v, key %v", table, key)
		}
	})
}

// The limit: with the key alive, a value that leads to the table keeps it.
func TestSlotValueThatRefersToTheTable(t *testing.T) {
	k := &knot{}
	var table realweak.Ref[ropes]
	func() {
		m := new(ropes)
		m.Store(k, &rope{table: m})
		table = realweak.Make(m)
	}()
	for range 3 {
		weaktest.Collect(t)
	}
	if !table.Alive() {
		t.Error("the table died; its documentation says that it cannot")
	}
	runtime.KeepAlive(k)
	k = nil
	weaktest.AwaitDead(t, table)
}

func TestSlotValuesAreLetGo(t *testing.T) {
	k := &knot{}
	var m ropes
	store := func() realweak.Ref[rope] {
		v := &rope{}
		m.Store(k, v)
		return realweak.Make(v)
	}
	for name, release := range map[string]func(){
		"Store":  func() { m.Store(k, nil) },
		"Swap":   func() { m.Swap(k, nil) },
		"Delete": func() { m.Delete(k) },
		"Clear":  func() { m.Clear() },
	} {
		value := store()
		weaktest.Collect(t)
		if !value.Alive() {
			t.Fatalf("before %s: the value is dead", name)
		}
		release()
		weaktest.AwaitDead(t, value)
	}
	runtime.KeepAlive(k)
}

// What dead and deleted entries leave behind goes in the sweep, in a large table
// once it is an eighth of the table, or so near it as a sample can tell.
func TestSlotIndexIsBounded(t *testing.T) {
	const n = 40_000
	for _, live := range []int{0, n / 2, n - n/4} {
		var m realweak.SlotTable[knot, int]
		kept := newKnots(live)
		inOneCollection(t, func() {
			dead := newKnots(n - live)
			for i, k := range dead {
				m.Store(k, i)
			}
			for i, k := range kept {
				m.Store(k, i)
			}
			for _, k := range dead[:len(dead)/2] {
				m.Delete(k)
			}
		})
		if got := realweak.SlotIndexLen(&m); got != live || m.LenApprox() != live || m.Len() != live {
			t.Errorf("index %d, LenApprox %d, Len %d; want %d", got, m.LenApprox(), m.Len(), live)
		}
		// Deleted entries of living keys leave no slots on them either.
		for _, k := range kept {
			m.Delete(k)
		}
		weaktest.Collect(t)
		if got := realweak.SlotIndexLen(&m); got != 0 || m.LenApprox() != 0 {
			t.Errorf("all deleted: index %d, LenApprox %d", got, m.LenApprox())
		}
		for _, k := range kept {
			if realweak.SlotsOn(&k.Slots) != 0 {
				t.Fatal("all deleted: a slot is left on a key")
			}
		}
	}
}

// Against two maps that hold everything: what is held must be the same, and what
// was dropped must be gone.
func TestSlotTableAgainstAModel(t *testing.T) {
	type key struct {
		realweak.Slots
		id int
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 0))
		tables := [2]*realweak.SlotTable[key, int]{{}, {}}
		keys := make([]*key, 16)
		for i := range keys {
			keys[i] = &key{id: i}
		}
		models := [2]map[*key]int{{}, {}}
		for step := range 500 {
			w, i := rng.IntN(2), rng.IntN(len(keys))
			m, model, k := tables[w], models[w], keys[i]
			want, there := model[k]
			check := func(op string, got int, ok bool) {
				t.Helper()
				if ok != there || got != want {
					t.Fatalf("seed %d, step %d: %s = %d, %v; want %d, %v", seed, step, op, got, ok, want, there)
				}
			}
			switch op := rng.IntN(100); {
			case op < 25:
				got, ok := m.Load(k)
				check("Load", got, ok)
			case op < 40:
				m.Store(k, step)
				model[k] = step
			case op < 50:
				got, ok := m.Swap(k, step)
				check("Swap", got, ok)
				model[k] = step
			case op < 60:
				if !there {
					want, model[k] = step, step
				}
				got, ok := m.LoadOrStore(k, step)
				check("LoadOrStore", got, ok)
			case op < 70:
				if !there {
					want, model[k] = step, step
				}
				got, ok, _ := m.LoadOrCompute(k, func() (int, error) { return step, nil })
				check("LoadOrCompute", got, ok)
			case op < 85:
				got, ok := m.LoadAndDelete(k)
				check("LoadAndDelete", got, ok)
				delete(model, k)
			case op < 93: // drop the key
				delete(models[0], k)
				delete(models[1], k)
				keys[i] = &key{id: i}
			case op < 95:
				runtime.GC()
			case op < 97:
				m.Clear()
				clear(model)
			case op < 98:
				tables[w], models[w] = new(realweak.SlotTable[key, int]), map[*key]int{}
			default:
				// A key that was dropped may live until a collection.
				seen := map[*key]int{}
				for k, v := range m.All() {
					if _, twice := seen[k]; twice {
						t.Fatalf("seed %d, step %d: a key came up twice", seed, step)
					}
					seen[k] = v
				}
				for k, want := range model {
					if got, ok := seen[k]; !ok || got != want {
						t.Fatalf("seed %d, step %d: All has %d, %v for %d; want %d", seed, step, got, ok, k.id, want)
					}
				}
			}
		}
		for w, m := range tables {
			weaktest.AwaitDone(t, func() bool {
				return m.Len() == len(models[w]) && m.LenApprox() == len(models[w])
			})
		}
		runtime.KeepAlive(keys)
	}
}
