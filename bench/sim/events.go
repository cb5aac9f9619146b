package sim

import (
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// listening reports whether events go anywhere. Callers ask before they emit.
func (in *Interpreter) listening() bool { return in.opts.Hub != nil && in.opts.Hub.Listening() }

// emit emits an event about an object.
func (in *Interpreter) emit(kind event.Kind, o *Object) {
	if o.flags&static != 0 || in.opts.Watch != nil && !in.opts.Watch(o) {
		return
	}
	in.opts.Hub.Emit(event.Event{
		Time:        in.now(),
		Kind:        kind,
		Object:      event.ID(o.id),
		Type:        o.typ.shortName(),
		Label:       in.labelOf(o),
		Collections: in.collector.completed - o.born,
		Actor:       event.Interpreter,
	})
}

func (in *Interpreter) emitDetached(o *Object) {
	if in.listening() {
		in.emit(event.Detached, o)
	}
}

func (in *Interpreter) emitCollection() {
	if !in.listening() {
		return
	}
	now := in.now()
	in.opts.Hub.Emit(event.Event{
		Time:  now,
		Kind:  event.GC,
		Actor: event.Interpreter,
		GC:    &event.Collection{Number: in.collector.completed, End: now, Queued: in.queued, Executed: in.fired},
	})
}

func (in *Interpreter) now() time.Time {
	if in.opts.Clock == nil {
		return time.Time{}
	}
	return in.opts.Clock()
}
