package refcount_test

import (
	"testing"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// gouda is a type of these tests alone, so that they can tell their events from others.
type gouda struct{ _ int }

func listen(t *testing.T) (next func() event.Event) {
	sub := event.Default.Subscribe(64, event.Created, event.Released, event.CallbackPanicked)
	t.Cleanup(sub.Close)
	return func() event.Event {
		e, ok := sub.Poll()
		if !ok {
			t.Error("no more events")
		}
		return e
	}
}

func TestEvents(t *testing.T) {
	next := listen(t)
	for _, make := range []func() refcount.Strong[gouda]{
		func() refcount.Strong[gouda] { return refcount.New(gouda{}, func(*gouda) {}) },
		func() refcount.Strong[gouda] { return refcount.New(gouda{}, nil) },
		func() refcount.Strong[gouda] { return refcount.Wrap(new(gouda), nil) },
	} {
		s := make()
		created := next()
		if created.Kind != event.Created || created.Object == 0 || created.Type != "refcount_test.gouda" || created.Actor != event.Caller {
			t.Errorf("at birth: %v", created)
		}
		s.SetLabel("old")
		c := s.Clone()
		c.SetLabel("s1's cheese") // on any handle
		c.Release()
		weaktest.Collect(t)
		weaktest.Collect(t)
		s.Release()
		e := next()
		if e.Kind != event.Released || e.Object != created.Object || e.Type != created.Type || e.Label != "s1's cheese" ||
			e.Actor != event.Caller || e.Age <= 0 || e.Collections < 2 {
			t.Errorf("at release: %v", e)
		}
	}
}

func TestEventsOfObjectBornUnseen(t *testing.T) {
	s := refcount.New(gouda{}, nil)
	s.SetLabel("quiet")
	next := listen(t)
	s.Release()
	e := next()
	if e.Kind != event.Released || e.Object != 0 || e.Age != 0 || e.Collections != 0 || e.Label != "quiet" || e.Type != "refcount_test.gouda" {
		t.Errorf("released: %v", e)
	}
}

func TestPanicEvent(t *testing.T) {
	panics(t)
	next := listen(t)
	s := refcount.New(gouda{}, func(*gouda) { panic("mould") })
	id := next().Object
	s.Release()
	if e := next(); e.Kind != event.CallbackPanicked || e.Object != id {
		t.Errorf("got %v, want the panic", e)
	}
	if e := next(); e.Kind != event.Released || e.Object != id {
		t.Errorf("got %v, want the release", e)
	}
}

// Released events come in the order of destruction, whether or not the objects
// have destructors.
func TestEventOrder(t *testing.T) {
	next := listen(t)
	child := refcount.New(gouda{}, nil)
	parent := refcount.New(gouda{}, func(*gouda) { child.Release() })
	childID, parentID := next().Object, next().Object
	parent.Release()
	if e := next(); e.Object != parentID {
		t.Errorf("first %v, want the parent #%d", e, parentID)
	}
	if e := next(); e.Object != childID {
		t.Errorf("then %v, want the child #%d", e, childID)
	}
}
