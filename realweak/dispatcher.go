package realweak

import (
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/internal/serial"
)

// dispatcher runs the callbacks of dead objects, one at a time. It is made in
// init because the callbacks, through what they may call, lead back to it.
var dispatcher *serial.Queue[*anchor]

func init() { dispatcher = serial.NewQueue(runCallbacks) }

func runCallbacks(a *anchor) {
	anchors.remove(a)
	done := false
	defer func() {
		if !done { // a callback ended the goroutine; the others still have their turn
			dispatcher.Put(a)
		}
	}()
	// Taken one by one, so that a callback can still detach an older one. A dead object
	// gets no new ones.
	for ; a != nil; a = a.below {
		for more := true; more; {
			var f finalizer
			if f, more = a.takeNewest(); f != nil {
				runFinalizer(f, a, event.Dispatcher)
			}
		}
	}
	done = true
}

// runFinalizer runs a finalizer of a that the caller has claimed.
func runFinalizer(f finalizer, a *anchor, by event.Actor) {
	if !guard(a.birth().Object, f.source, f.run) || !event.Default.Listening() {
		return
	}
	e := f.event(event.CallbackRun)
	e.Actor = by
	if by == event.Dispatcher {
		e.Collections = a.survived()
	}
	event.Default.Emit(e)
}
