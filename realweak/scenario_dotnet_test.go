package realweak_test

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Scenarios of .NET's ConditionalWeakTableTests, for SlotTable, which is its
// counterpart, and for KeyMap, which is but for values that lead to their keys.

// attached is a key of the tables; payload is a value, of a kind that can tell if it
// has died.
type attached struct {
	realweak.Slots
	id int
}

type payload struct {
	id  int
	key *attached // of a SlotTable only
}

// conditional is what SlotTable and KeyMap have in common.
type conditional interface {
	Load(*attached) (*payload, bool)
	Store(*attached, *payload)
	Swap(*attached, *payload) (*payload, bool)
	LoadOrStore(*attached, *payload) (*payload, bool)
	LoadAndDelete(*attached) (*payload, bool)
	Delete(*attached)
	Clear()
	Len() int
	LenApprox() int
	All() iter.Seq2[*attached, *payload]
}

// conditionals runs a test on each kind of table. pay makes a value for a key.
func conditionals(t *testing.T, test func(t *testing.T, m conditional, pay func(*attached) *payload)) {
	plain := func(k *attached) *payload { return &payload{id: k.id} }
	t.Run("SlotTable", func(t *testing.T) {
		test(t, new(realweak.SlotTable[attached, *payload]), func(k *attached) *payload { return &payload{k.id, k} })
	})
	t.Run("KeyMap", func(t *testing.T) { test(t, new(realweak.KeyMap[attached, *payload]), plain) })
	t.Run("KeyMap per entry", func(t *testing.T) {
		test(t, realweak.NewKeyMap(realweak.KeyMapOptions[attached, *payload]{PerEntry: true}), plain)
	})
}

func newAttached(n int) []*attached {
	keys := make([]*attached, n)
	for i := range keys {
		keys[i] = &attached{id: i}
	}
	return keys
}

// Add one or a hundred, by either method: keys and values die together.
func TestConditionalAdd(t *testing.T) {
	for _, n := range []int{1, 100} {
		for _, how := range []string{"Store", "LoadOrStore"} {
			t.Run(fmt.Sprintf("%s %d", how, n), func(t *testing.T) {
				conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
					testConditionalAdd(t, m, pay, n, how == "Store")
				})
			})
		}
	}
}

func testConditionalAdd(t *testing.T, m conditional, pay func(*attached) *payload, n int, store bool) {
	var keys []realweak.Ref[attached]
	var values []realweak.Ref[payload]
	fill := func() {
		for _, k := range newAttached(n) {
			v := pay(k)
			if store {
				m.Store(k, v)
			} else if got, loaded := m.LoadOrStore(k, v); got != v || loaded {
				t.Fatalf("LoadOrStore of a new key = %v, %v", got, loaded)
			}
			if got, ok := m.Load(k); got != v || !ok {
				t.Fatalf("Load = %v, %v", got, ok)
			}
			keys, values = append(keys, realweak.Make(k)), append(values, realweak.Make(v))
		}
	}
	fill()
	weaktest.AwaitDone(t, func() bool {
		return m.LenApprox() == 0 &&
			!slices.ContainsFunc(keys, realweak.Ref[attached].Alive) &&
			!slices.ContainsFunc(values, realweak.Ref[payload].Alive)
	})
	if m.Len() != 0 {
		t.Error("dead entries are visible")
	}
}

// Add many, then remove them all; and add and remove one after the other.
func TestConditionalRemove(t *testing.T) {
	const n = 200
	remove := func(t *testing.T, m conditional, k *attached) {
		t.Helper()
		if v, ok := m.LoadAndDelete(k); !ok || v.id != k.id {
			t.Fatalf("LoadAndDelete(%d) = %v, %v", k.id, v, ok)
		}
		if _, ok := m.LoadAndDelete(k); ok {
			t.Fatalf("%d was removed twice", k.id)
		}
		if _, ok := m.Load(k); ok {
			t.Fatalf("%d is there after its removal", k.id)
		}
	}
	t.Run("all in the end", func(t *testing.T) {
		conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
			keys := newAttached(n)
			for _, k := range keys {
				m.Store(k, pay(k))
			}
			for i, k := range keys {
				remove(t, m, k)
				if m.Len() != n-1-i {
					t.Fatalf("Len = %d after %d of %d", m.Len(), i+1, n)
				}
			}
		})
	})
	t.Run("one after the other", func(t *testing.T) {
		conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
			for _, k := range newAttached(n) {
				m.Store(k, pay(k))
				remove(t, m, k)
			}
			if m.Len() != 0 || m.LenApprox() != 0 {
				t.Errorf("Len = %d, LenApprox = %d", m.Len(), m.LenApprox())
			}
		})
	})
}

// Several goroutines add; all that they added dies when they are done.
func TestConditionalConcurrentAddAndDrop(t *testing.T) {
	conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
		const workers, n = 4, 500
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for _, k := range newAttached(n) {
					m.Store(k, pay(k))
					if v, ok := m.Load(k); !ok || v.id != k.id {
						t.Errorf("Load(%d) = %v, %v", k.id, v, ok)
					}
				}
			})
		}
		wg.Wait()
		weaktest.AwaitDone(t, func() bool { return m.Len() == 0 && m.LenApprox() == 0 })
	})
}

// The family Concurrent_{Add,GetValue,GetOrAdd}_Read_Remove of different objects and of
// the same one.
func TestConditionalConcurrent(t *testing.T) {
	for how, put := range map[string]func(conditional, *attached, *payload) *payload{
		"Store":       func(m conditional, k *attached, v *payload) *payload { m.Store(k, v); return v },
		"Swap":        func(m conditional, k *attached, v *payload) *payload { m.Swap(k, v); return v },
		"LoadOrStore": func(m conditional, k *attached, v *payload) *payload { v, _ = m.LoadOrStore(k, v); return v },
	} {
		t.Run(how+", different objects", func(t *testing.T) {
			conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						for _, k := range newAttached(200) {
							v := put(m, k, pay(k))
							if got, ok := m.Load(k); got != v || !ok {
								t.Errorf("Load = %v, %v, want %v", got, ok, v)
							}
							if got, ok := m.LoadAndDelete(k); got != v || !ok {
								t.Errorf("LoadAndDelete = %v, %v, want %v", got, ok, v)
							}
							if _, ok := m.Load(k); ok {
								t.Error("found what was removed")
							}
						}
					})
				}
				wg.Wait()
				if m.Len() != 0 {
					t.Errorf("%d are left", m.Len())
				}
			})
		})
		t.Run(how+", the same object", func(t *testing.T) {
			conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
				k := &attached{id: 7}
				var wg sync.WaitGroup
				var removed, there atomic.Int64
				for range 4 {
					wg.Go(func() {
						for i := range 500 {
							if v := put(m, k, pay(k)); v == nil || v.id != k.id {
								t.Errorf("put returned %v", v)
							}
							if v, ok := m.Load(k); ok {
								there.Add(1)
								if v.id != k.id {
									t.Errorf("Load = %v", v)
								}
							}
							if _, ok := m.LoadAndDelete(k); ok {
								removed.Add(1)
							}
							if i%100 == 0 {
								runtime.GC()
							}
						}
					})
				}
				wg.Wait()
				// Each was the last to put before somebody removed it.
				if _, ok := m.Load(k); ok || m.Len() != 0 {
					t.Error("an entry is left after as many removals")
				}
				if n := removed.Load(); n == 0 || n > 4*500 || there.Load() == 0 {
					t.Errorf("%d removals of 2000 puts, %d found", n, there.Load())
				}
			})
		})
	}
}

// AddRemove_DropValue, and Clear: a value dies once the table has let go of it, while
// its key lives on.
func TestConditionalValueIsLetGo(t *testing.T) {
	conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
		k := &attached{}
		for _, way := range []struct {
			how   string
			letGo func()
		}{
			{"Delete", func() { m.Delete(k) }},
			{"Clear", m.Clear},
			{"Store", func() { m.Store(k, nil) }},
		} {
			put := func() realweak.Ref[payload] {
				v := pay(k)
				m.Store(k, v)
				return realweak.Make(v)
			}
			ref := put()
			weaktest.Collect(t)
			if !ref.Alive() {
				t.Fatalf("before %s: the value died before its key", way.how)
			}
			way.letGo()
			weaktest.AwaitDead(t, ref)
		}
		runtime.KeepAlive(k)
	})
}

// Clear of an empty table, of a full one, twice, and a table that goes on after it.
func TestConditionalClear(t *testing.T) {
	conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
		m.Clear()
		keys := newAttached(50)
		for range 2 {
			for _, k := range keys {
				m.Store(k, pay(k))
			}
			if m.Len() != len(keys) {
				t.Errorf("Len = %d", m.Len())
			}
			m.Clear()
			m.Clear()
			if m.Len() != 0 || m.LenApprox() != 0 {
				t.Errorf("after Clear: Len = %d, LenApprox = %d", m.Len(), m.LenApprox())
			}
			for _, k := range keys {
				if _, ok := m.Load(k); ok {
					t.Fatal("found after Clear")
				}
			}
		}
		runtime.KeepAlive(keys)
	})
}

// The enumerator skips what was collected, also if it was collected while the
// enumerator stood still, and holds what it stands on.
func TestConditionalEnumerator(t *testing.T) {
	conditionals(t, func(t *testing.T, m conditional, pay func(*attached) *payload) {
		held := map[int]*attached{}
		fill := func() {
			for _, k := range newAttached(20) {
				m.Store(k, pay(k))
				held[k.id] = k
			}
		}
		fill()
		next, stop := iter.Pull2(m.All())
		defer stop()
		step := func() (id int, ok bool) {
			k, v, ok := next()
			if !ok {
				return -1, false
			}
			if v.id != k.id {
				t.Fatalf("%d came up with %d", k.id, v.id)
			}
			return k.id, true
		}
		current, _ := step()
		for id := range held {
			if id%2 == 0 || id == current {
				delete(held, id)
			}
		}
		weaktest.AwaitDone(t, func() bool { return m.Len() == len(held)+1 })
		seen := map[int]bool{}
		for id, ok := step(); ok; id, ok = step() {
			if held[id] == nil || seen[id] {
				t.Errorf("%d came up: collected, or twice", id)
			}
			seen[id] = true
		}
		if len(seen) != len(held) {
			t.Errorf("%d came up, want %d", len(seen), len(held))
		}
		stop()
		weaktest.AwaitDone(t, func() bool { return m.Len() == len(held) })
		runtime.KeepAlive(held)
	})
}
