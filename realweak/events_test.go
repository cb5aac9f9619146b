package realweak_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

type watched struct{ _ *watched }

// about returns the events that are about watched objects and no other test's.
func about(sub *event.Subscription) (events []event.Event) {
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Type == "realweak_test.watched" || e.Kind == event.CallbackPanicked {
			events = append(events, e)
		}
	}
	return events
}

func kinds(events []event.Event) (kinds []event.Kind) {
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestLifeAsEvents(t *testing.T) {
	defer realweak.OnPanic(func(realweak.PanicInfo) {})()
	sub := event.Default.Subscribe(1024)
	defer sub.Close()
	var m realweak.ValueMap[int, watched]
	born := func() {
		p := &watched{}
		m.Store(1, p)
		realweak.Finalize(p, func(int) {}, 0).SetLabel("older")
		realweak.Finalize(p, func(int) { panic("!") }, 0).SetLabel("newer")
		realweak.Finalize(p, func(int) {}, 0).SetLabel("gone").Detach()
		weaktest.Collect(t) // survived
		runtime.KeepAlive(p)
	}
	born()
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 0 })
	events := about(sub)
	want := []event.Kind{
		event.Created, event.Detached, event.Cleared,
		event.CallbackQueued, event.CallbackQueued,
		event.CallbackPanicked, event.CallbackRun,
	}
	if got := kinds(events); !slices.Equal(got, want) {
		t.Fatalf("events:\n%v\nwant kinds %v", events, want)
	}
	id := events[0].Object
	for _, e := range events {
		if e.Object != id || id == 0 {
			t.Errorf("%v is about object %d, want %d", e, e.Object, id)
		}
	}
	if e := events[0]; e.Label != "1" || e.Actor != event.Caller || e.Age != 0 {
		t.Errorf("created: %v; want the map's key as its label", e)
	}
	if e := events[1]; e.Label != "gone" || e.Actor != event.Caller {
		t.Errorf("detached: %v", e)
	}
	if e := events[2]; e.Actor != event.Collector || e.Age <= 0 || e.Collections != 1 || e.Label != "1" {
		t.Errorf("cleared: %v; want an age and 1 collection survived", e)
	}
	if events[3].Label != "newer" || events[4].Label != "older" {
		t.Errorf("queued: %v, %v", events[3], events[4])
	}
	if e := events[6]; e.Label != "older" || e.Actor != event.Dispatcher || e.Collections != 1 {
		t.Errorf("run: %v", e)
	}
	if sub.Lost() != 0 {
		t.Errorf("lost %d", sub.Lost())
	}
}

func TestObjectsWithoutFinalizerAreCleared(t *testing.T) {
	sub := event.Default.Subscribe(1024, event.Created, event.Cleared)
	defer sub.Close()
	var s realweak.Set[watched]
	func() {
		for range 10 {
			s.Add(&watched{})
		}
	}()
	weaktest.AwaitDone(t, func() bool { return s.LenApprox() == 0 })
	var created, cleared int
	for _, e := range about(sub) {
		if e.Kind == event.Created {
			created++
		} else {
			cleared++
		}
	}
	if created != 10 || cleared != 10 {
		t.Errorf("created %d, cleared %d; want 10 of each", created, cleared)
	}
}

func TestNothingIsKeptWhileNobodyListens(t *testing.T) {
	var s realweak.Set[watched]
	p := &watched{}
	s.Add(p)
	sub := event.Default.Subscribe(16, event.Cleared)
	defer sub.Close()
	runtime.KeepAlive(p)
	p = nil
	weaktest.AwaitDone(t, func() bool { return s.LenApprox() == 0 })
	if got := about(sub); len(got) != 0 {
		t.Errorf("the death of an object that was born unheard was told: %v", got)
	}
}

func TestHitsDoNotAllocate(t *testing.T) {
	var values realweak.ValueMap[int, node]
	var byKey realweak.KeyMap[node, int]
	p := &node{}
	values.Store(1, p)
	byKey.Store(p, 1)
	ref := realweak.Make(p)
	for name, f := range map[string]func(){
		"ValueMap.Load":         func() { values.Load(1) },
		"ValueMap.Load miss":    func() { values.Load(2) },
		"ValueMap.LoadOrStore":  func() { values.LoadOrStore(1, p) },
		"KeyMap.Load":           func() { byKey.Load(p) },
		"KeyMap.LoadOrStore":    func() { byKey.LoadOrStore(p, 2) },
		"Ref.Alive":             func() { ref.Alive() },
		"ValueMap.Delete, none": func() { values.Delete(7) },
		"ValueMap.Len":          func() { values.Len() },
		"KeyMap.Len":            func() { byKey.Len() },
		"a loop over a ValueMap": func() {
			for range values.All() {
			}
		},
		"a loop over a KeyMap": func() {
			for range byKey.Keys() {
			}
		},
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	runtime.KeepAlive(p)
}
