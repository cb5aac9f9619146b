package realweak_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

// knot is a key whose Slots is not at its beginning.
type knot struct {
	name string
	realweak.Slots
}

func newKnots(n int) []*knot {
	knots := make([]*knot, n)
	for i := range knots {
		knots[i] = &knot{name: fmt.Sprint(i)}
	}
	return knots
}

func TestSlotTable(t *testing.T) {
	var m realweak.SlotTable[knot, string]
	a, b := &knot{name: "same"}, &knot{name: "same"}
	if _, ok := m.Load(a); ok || m.Len() != 0 || m.LenApprox() != 0 {
		t.Error("the zero table is not empty")
	}
	if _, ok := m.Load(nil); ok {
		t.Error("nil is a key")
	}
	m.Delete(a)
	m.Delete(nil)
	m.Clear()
	m.Store(a, "a")
	if got, ok := m.Load(a); got != "a" || !ok {
		t.Errorf("Load = %q, %v", got, ok)
	}
	if _, ok := m.Load(b); ok {
		t.Error("keys are compared by value")
	}
	if got, loaded := m.LoadOrStore(b, "b"); got != "b" || loaded {
		t.Errorf("LoadOrStore of no entry = %q, %v", got, loaded)
	}
	if got, loaded := m.LoadOrStore(a, "x"); got != "a" || !loaded {
		t.Errorf("LoadOrStore of a living entry = %q, %v", got, loaded)
	}
	m.Store(a, "A")
	if got, loaded := m.Swap(a, "AA"); got != "A" || !loaded {
		t.Errorf("Swap = %q, %v", got, loaded)
	}
	if got := maps.Collect(m.All()); got[a] != "AA" || got[b] != "b" || len(got) != 2 {
		t.Errorf("All = %v", got)
	}
	if got := slices.Collect(m.Keys()); len(got) != 2 || !slices.Contains(got, a) || !slices.Contains(got, b) {
		t.Errorf("Keys = %v", got)
	}
	if got := slices.Sorted(m.Values()); !slices.Equal(got, []string{"AA", "b"}) {
		t.Errorf("Values = %v", got)
	}
	if got, loaded := m.LoadAndDelete(a); got != "AA" || !loaded {
		t.Errorf("LoadAndDelete = %q, %v", got, loaded)
	}
	if _, loaded := m.LoadAndDelete(a); loaded {
		t.Error("deleted twice")
	}
	if m.Len() != 1 || m.LenApprox() != 1 {
		t.Errorf("Len = %d, LenApprox = %d; want 1", m.Len(), m.LenApprox())
	}
	if got, loaded := m.Swap(a, "again"); got != "" || loaded {
		t.Errorf("Swap of no entry = %q, %v", got, loaded)
	}
	m.Delete(a)
	if got, loaded := m.LoadOrStore(a, "anew"); got != "anew" || loaded {
		t.Errorf("LoadOrStore after Delete = %q, %v", got, loaded)
	}
	m.Clear()
	if _, ok := m.Load(b); ok || m.Len() != 0 || m.LenApprox() != 0 {
		t.Error("Clear left entries")
	}
	if n := realweak.SlotsOn(&b.Slots); n != 0 {
		t.Errorf("Clear left %d slots on a key", n)
	}
	m.Store(b, "after")
	if got, ok := m.Load(b); got != "after" || !ok {
		t.Errorf("Load after Clear = %q, %v", got, ok)
	}
}

func TestSlotTableOfEmptyValues(t *testing.T) {
	var m realweak.SlotTable[knot, struct{}]
	a := &knot{}
	if _, loaded := m.LoadOrStore(a, struct{}{}); loaded {
		t.Error("found in an empty table")
	}
	if _, ok := m.Load(a); !ok {
		t.Error("a value of size zero was lost")
	}
	if _, loaded := m.LoadAndDelete(a); !loaded || m.Len() != 0 {
		t.Error("a value of size zero was not deleted")
	}
}

func TestSlotTableOfObjs(t *testing.T) {
	var m realweak.SlotTable[realweak.Obj[int], string]
	a, b := realweak.NewObj(1), realweak.NewObj(1)
	m.Store(a, "a")
	if got, ok := m.Load(a); got != "a" || !ok || a.Value != 1 {
		t.Errorf("Load = %q, %v", got, ok)
	}
	if _, ok := m.Load(b); ok {
		t.Error("objs are compared by value")
	}
	if err := realweak.CheckReferent(realweak.NewObj(struct{}{})); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(a)
	a = nil
	weaktest.AwaitDone(t, func() bool { return m.Len() == 0 })
}

func TestSlotTableMisuse(t *testing.T) {
	type behind struct{ *realweak.Slots }
	for name, store := range map[string]func(){
		"nil key":       func() { new(realweak.SlotTable[knot, int]).Store(nil, 1) },
		"nil key, or":   func() { new(realweak.SlotTable[knot, int]).LoadOrStore(nil, 1) },
		"nil key, swap": func() { new(realweak.SlotTable[knot, int]).Swap(nil, 1) },
		"behind pointer": func() {
			new(realweak.SlotTable[behind, int]).Store(&behind{new(realweak.Slots)}, 1)
		},
		"behind nil": func() { new(realweak.SlotTable[behind, int]).Store(&behind{}, 1) },
		"pointer type": func() {
			k := &knot{}
			new(realweak.SlotTable[*knot, int]).Store(&k, 1)
		},
	} {
		func() {
			defer func() {
				v := recover()
				if v == nil || !strings.HasPrefix(fmt.Sprint(v), "realweak: ") {
					t.Errorf("%s: panicked with %v", name, v)
				}
				if err, ok := v.(*realweak.ReferentError); strings.HasPrefix(name, "nil") != (ok && err.Reason == realweak.Nil) {
					t.Errorf("%s: panicked with %v", name, v)
				}
			}()
			store()
		}()
	}
}

func TestSlotsOfManyTables(t *testing.T) {
	const n = 200
	k := &knot{}
	tables := make([]realweak.SlotTable[knot, int], n)
	other := new(realweak.SlotTable[knot, string])
	other.Store(k, "other")
	for i := range tables {
		tables[i].Store(k, i)
	}
	for i := range tables {
		if got, ok := tables[i].Load(k); got != i || !ok {
			t.Fatalf("table %d: Load = %d, %v", i, got, ok)
		}
	}
	for i := 0; i < n; i += 2 {
		tables[i].Clear()
	}
	for i := range tables {
		if _, ok := tables[i].Load(k); ok != (i%2 == 1) {
			t.Fatalf("table %d: found = %v", i, ok)
		}
	}
	if got, ok := other.Load(k); got != "other" || !ok {
		t.Errorf("Load = %q, %v", got, ok)
	}
	if got := realweak.SlotsOn(&k.Slots); got != n/2+1 {
		t.Errorf("%d slots on the key, want %d", got, n/2+1)
	}
}

// A copied key is a mistake, but not one that shows values of another object.
func TestSlotsOfACopyAreEmpty(t *testing.T) {
	var m, other realweak.SlotTable[knot, string]
	a := &knot{name: "a"}
	m.Store(a, "a")
	other.Store(a, "a too")
	b := copyKnot(a)
	if got, ok := m.Load(b); ok {
		t.Errorf("the copy has the value %q", got)
	}
	if _, loaded := m.LoadAndDelete(b); loaded {
		t.Error("deleted through the copy")
	}
	m.Store(b, "b")
	if _, ok := other.Load(b); ok {
		t.Error("the copy has a value in the other table")
	}
	for k, want := range map[*knot]string{a: "a", b: "b"} {
		if got, ok := m.Load(k); got != want || !ok {
			t.Errorf("Load = %q, %v; want %q", got, ok, want)
		}
	}
	if m.Len() != 2 || realweak.SlotsOn(&b.Slots) != 1 {
		t.Errorf("Len = %d, %d slots on the copy", m.Len(), realweak.SlotsOn(&b.Slots))
	}
	m.Clear()
	if realweak.SlotsOn(&a.Slots) != 1 || realweak.SlotsOn(&b.Slots) != 0 {
		t.Error("Clear left slots")
	}
}

// copyKnot copies in a way that go vet does not see.
func copyKnot(k *knot) *knot {
	c := new(knot)
	reflect.ValueOf(c).Elem().Set(reflect.ValueOf(k).Elem())
	return c
}

func TestSlotTableLoadOrCompute(t *testing.T) {
	var m realweak.SlotTable[knot, int]
	k := &knot{}
	failed := errors.New("failed")
	if _, loaded, err := m.LoadOrCompute(k, func() (int, error) { return 7, failed }); loaded || err != failed {
		t.Errorf("a failing LoadOrCompute = %v, %v", loaded, err)
	}
	if _, ok := m.Load(k); ok || m.Len() != 0 {
		t.Error("a failed computation left a value")
	}
	func() {
		defer func() {
			if recover() != "computing" {
				t.Error("the panic was lost")
			}
		}()
		m.LoadOrCompute(k, func() (int, error) { panic("computing") })
	}()
	var wg sync.WaitGroup
	wg.Go(func() {
		m.LoadOrCompute(k, func() (int, error) { runtime.Goexit(); return 0, nil })
	})
	wg.Wait()
	if got, loaded, err := m.LoadOrCompute(k, func() (int, error) { return 1, nil }); got != 1 || loaded || err != nil {
		t.Errorf("LoadOrCompute = %d, %v, %v", got, loaded, err)
	}
	if got, loaded, err := m.LoadOrCompute(k, nil); got != 1 || !loaded || err != nil {
		t.Errorf("second LoadOrCompute = %d, %v, %v", got, loaded, err)
	}
	m.Delete(k)
	got, loaded, err := m.LoadOrCompute(k, func() (int, error) { m.Store(k, 2); return 3, nil })
	if got != 2 || !loaded || err != nil {
		t.Errorf("LoadOrCompute beside a Store = %d, %v, %v", got, loaded, err)
	}
}

func TestSlotTableComputesOneAtATime(t *testing.T) {
	for range 100 {
		var m realweak.SlotTable[knot, int]
		k := &knot{}
		var under, calls atomic.Int32
		var wg sync.WaitGroup
		var got [4]int
		for g := range got {
			wg.Go(func() {
				for {
					v, _, err := m.LoadOrCompute(k, func() (int, error) {
						if under.Add(1) != 1 {
							t.Error("two computations for one key at a time")
						}
						defer under.Add(-1)
						runtime.Gosched()
						if n := calls.Add(1); n > 2 {
							return int(n), nil
						}
						return 0, errors.New("not yet")
					})
					if err == nil {
						got[g] = v
						return
					}
				}
			})
		}
		wg.Wait()
		if got != [4]int{3, 3, 3, 3} || calls.Load() != 3 {
			t.Fatalf("values %v after %d computations, want 3 of all after 3", got, calls.Load())
		}
	}
}

// The table may be changed by the body of a loop over it, and each key comes up
// once.
func TestSlotTableMutationDuringIteration(t *testing.T) {
	var m realweak.SlotTable[knot, int]
	knots := newKnots(500)
	for i, k := range knots {
		m.Store(k, i)
	}
	more := newKnots(500)
	seen := map[*knot]int{}
	for k, v := range m.All() {
		seen[k]++
		m.Delete(k)
		m.Store(more[v%500], v)
		if v%2 == 0 {
			m.Store(k, v)
		}
		if len(seen)%100 == 0 {
			weaktest.Collect(t) // and sweep
		}
	}
	for i, k := range knots {
		if seen[k] != 1 {
			t.Fatalf("key %d came up %d times", i, seen[k])
		}
	}
	if n := m.Len(); n != 750 {
		t.Errorf("Len = %d, want 750", n)
	}
	for range m.Keys() {
		break
	}
	n := 0
	for range m.All() {
		n++
		m.Clear()
	}
	if n != 1 {
		t.Errorf("%d entries came up in a loop that clears", n)
	}
	runtime.KeepAlive(knots)
	runtime.KeepAlive(more)
}

func TestSlotHitsDoNotAllocate(t *testing.T) {
	var m realweak.SlotTable[knot, [4]int]
	k, none := &knot{}, &knot{}
	m.Store(k, [4]int{1})
	for name, f := range map[string]func(){
		"Load":          func() { m.Load(k) },
		"Load miss":     func() { m.Load(none) },
		"LoadOrStore":   func() { m.LoadOrStore(k, [4]int{2}) },
		"LoadOrCompute": func() { m.LoadOrCompute(k, nil) },
		"Delete, none":  func() { m.Delete(none) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	// A value that comes back after a Delete needs no new slot.
	if n := testing.AllocsPerRun(100, func() { m.Delete(k); m.Store(k, [4]int{3}) }); n != 1 {
		t.Errorf("Delete and Store allocate %v times, want 1", n)
	}
}

type watchedKnot struct{ realweak.Slots }

func TestSlotKeysAsEvents(t *testing.T) {
	sub := event.Default.Subscribe(1024, event.Created, event.Cleared)
	defer sub.Close()
	var m, other realweak.SlotTable[watchedKnot, int]
	func() {
		for i := range 10 {
			k := &watchedKnot{}
			m.Store(k, i)
			m.Store(k, i+1)
			other.LoadOrStore(k, i)
			m.LoadOrCompute(&watchedKnot{}, func() (int, error) { return 0, errors.New("no key of the table") })
		}
	}()
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 0 })
	count := map[event.Kind]int{}
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Type == "realweak_test.watchedKnot" {
			count[e.Kind]++
		}
	}
	if count[event.Created] != 10 || count[event.Cleared] != 10 {
		t.Errorf("created %d, cleared %d; want 10 of each", count[event.Created], count[event.Cleared])
	}
}

var globalKnot knot

// A global can be a key, also while somebody listens. It keeps its values.
func TestSlotsOfAGlobal(t *testing.T) {
	sub := event.Default.Subscribe(16)
	defer sub.Close()
	var m realweak.SlotTable[knot, int]
	m.Store(&globalKnot, 1)
	weaktest.Collect(t)
	if got, ok := m.Load(&globalKnot); got != 1 || !ok || m.Len() != 1 {
		t.Errorf("Load = %d, %v", got, ok)
	}
	m.Clear()
}
