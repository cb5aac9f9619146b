package refcount

import (
	"log/slog"
	"runtime/debug"
	"sync/atomic"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
)

// Leak is a report of the leak detector: strong handles were collected that had
// not been released. The HandleInfo is of their object at that time; its Strong
// counts the lost handles as well.
type Leak struct {
	HandleInfo
	Lost  int    // handles that were lost, of Strong
	From  Access // what made the lost handle, if it was followed by itself (Paranoid) and is not the object's first
	Count int    // how many such leaks were found up to this report, this one included
	// Cycle says that the object was lost in a cycle of handles and is gone: its
	// destructor has not run and never will. An object that was not used for
	// long may also be gone like that without a cycle; see the package's
	// documentation.
	Cycle bool

	level LeakLevel // that it was tracked at
}

type leakHook struct{ f func(Leak) }

var onLeak atomic.Pointer[leakHook]

// OnLeak makes f the receiver of leak reports and returns a function that restores
// the receiver that was there before. The default logs [Leak.String] at level error
// to [slog.Default]. OnLeak(nil) restores it.
//
// Leaks with the same place of creation and the same last access, and for a handle
// followed by itself the same origin, are alike, and f is told of the first ones
// only: those that are found together are one report with their number. The others
// are counted; see [Leaks].
//
// f is called before the object is released, by one goroutine at a time, which
// exists only while there is something to report and goes on to run the
// destructors. Should f panic, that is reported ([realweak.OnPanic]), and the leak
// is logged.
func OnLeak(f func(Leak)) (restore func()) {
	var hook *leakHook
	if f != nil {
		hook = &leakHook{f}
	}
	before := onLeak.Swap(hook)
	return func() { onLeak.Store(before) }
}

func tell(l Leak) {
	hook := onLeak.Load()
	if hook == nil {
		logLeak(l)
		return
	}
	told := false
	defer func() {
		if !told {
			logLeak(l)
			realweak.ReportPanic(realweak.PanicInfo{
				Value: recover(), Stack: debug.Stack(), Source: "hook given to refcount.OnLeak", Object: l.Object,
			})
		}
	}()
	hook.f(l)
	told = true
}

// logLeak puts all into the message, since handlers of attributes quote line feeds.
func logLeak(l Leak) { slog.Error("refcount: " + l.String()) }

func (l Leak) emit() {
	if event.Default.Listening() {
		event.Default.Emit(event.Event{
			Kind: event.Leaked, Object: l.Object, Type: l.Type, Label: l.Label,
			Age: l.Age, Collections: l.Collections, Actor: event.Dispatcher,
		})
	}
}

// leak describes the loss of the handles that held a front. It fails if somebody
// has destroyed the object meanwhile.
func (h *held) leak() (l Leak, ok bool) {
	t := h.object
	l = Leak{Count: 1, level: t.level()}
	info, ok := t.describe()
	switch {
	case ok:
	case t.object() != nil || t.isOver():
		return l, false
	default:
		info = t.facts()
		if t.last != nil {
			info.Type, info.Label = t.last.typ, t.last.label
		}
		l.Cycle = true
	}
	l.HandleInfo = info
	// The collection that found the loss is not one that the object survived.
	l.Collections -= min(l.Collections, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.each { // the others' are no business of this one
		l.Accesses, l.Thinned = h.more.list()
	}
	l.Made = nil
	for _, other := range t.held {
		if other.lost {
			l.Lost += int(other.count)
		}
		switch {
		case other.made == nil:
		case other == h:
			l.From = h.origin()
		default:
			l.Made = append(l.Made, other.origin())
		}
	}
	return l, true
}

func (t *tracked) isOver() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

func (t *tracked) level() LeakLevel {
	switch {
	case t.each:
		return Paranoid
	case t.trailed:
		return Advanced
	}
	return Simple
}
