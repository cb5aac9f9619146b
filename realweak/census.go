package realweak

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/referent-go/referent/realweak/event"
)

// The census gives an id and a birth to every object that comes under watch
// while somebody listens, and emits its Created and Cleared events. It is kept
// beside the maps and finalizers instead of in their entries, so that an object
// has one id wherever it is held, and so that nothing is paid while nobody
// listens.
type census struct {
	people *xsync.Map[weak.Pointer[byte], citizen]
	swept  atomic.Bool // registered with the sweeper
}

type citizen struct {
	birth event.Birth
	typ   string
	label string
}

var population = &census{people: xsync.NewMap[weak.Pointer[byte], citizen]()}

// enroll returns the birth of w's referent, which begins now if nobody has asked
// before, and the zero Birth if nobody listens.
func enroll[T any](w weak.Pointer[T]) event.Birth {
	if !event.Default.Listening() {
		return event.Birth{}
	}
	return population.enroll(untyped(w), reflect.TypeFor[T]().String(), "")
}

// enrollAs is enroll for an object that is known by a key: a string or a number
// becomes its label, unless it has one.
func enrollAs[T, K any](w weak.Pointer[T], key K) {
	if !event.Default.Listening() {
		return
	}
	label := ""
	switch k := reflect.ValueOf(key); {
	case k.Kind() == reflect.String:
		label = k.String()
	case k.CanInt(), k.CanUint():
		label = fmt.Sprint(k)
	}
	population.enroll(untyped(w), reflect.TypeFor[T]().String(), label)
}

func (c *census) enroll(w weak.Pointer[byte], typ, label string) event.Birth {
	if known, ok := c.people.Load(w); ok {
		return known.birth
	}
	fresh := citizen{event.NewBirth(), typ, label}
	known, loaded := c.people.LoadOrStore(w, fresh)
	if !loaded {
		if !c.swept.Swap(true) {
			sweeps.register(c.sweep)
		}
		e := fresh.birth.Event(event.Created, typ)
		e.Label, e.Actor = label, event.Caller
		event.Default.Emit(e)
	}
	return known.birth
}

// died removes a dead object and tells of its death, unless that has been done.
func (c *census) died(w weak.Pointer[byte], by event.Actor) {
	dead, ok := c.people.LoadAndDelete(w)
	if !ok {
		return
	}
	e := dead.birth.Death(event.Cleared, dead.typ)
	e.Label, e.Actor = dead.label, by
	event.Default.Emit(e)
}

// sweep tells of the deaths that a collection brought, and forgets everybody
// once nobody listens. It reports whether it must be called again.
func (c *census) sweep() (again bool) {
	if !event.Default.Listening() {
		c.people.Clear()
	}
	for w := range c.people.All() {
		if w.Value() == nil {
			c.died(w, event.Collector)
		}
	}
	if c.people.Size() > 0 {
		return true
	}
	c.swept.Store(false)
	// Somebody may have been enrolled who still saw the census registered.
	return c.people.Size() > 0 && !c.swept.Swap(true)
}
