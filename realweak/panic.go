package realweak

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/event"
)

// PanicInfo describes a panic that was recovered from user code which runs on
// the library's behalf: a finalizer, a destructor, a collection hook.
type PanicInfo struct {
	Value  any      // what was passed to panic; nil if the code ended its goroutine by runtime.Goexit instead
	Stack  []byte   // the stack at the panic, as debug.Stack prints it
	Source string   // what was running, such as "finalizer of *main.Conn"
	Object event.ID // the object it ran for; zero if nobody listened when it was born
}

// String returns the source and the value, without the stack.
func (p PanicInfo) String() string {
	if p.Value == nil {
		return p.Source + " ended its goroutine (runtime.Goexit)"
	}
	return fmt.Sprintf("%s panicked: %v", p.Source, p.Value)
}

type panicHook struct{ f func(PanicInfo) }

var onPanic atomic.Pointer[panicHook]

// OnPanic makes f the receiver of recovered panics and returns a function that
// restores the receiver that was there before. The default logs at level error
// to [slog.Default]. f runs on whichever goroutine recovered the panic, perhaps
// several at once; should it panic itself, both panics are logged.
// OnPanic(nil) restores the default.
func OnPanic(f func(PanicInfo)) (restore func()) {
	var hook *panicHook
	if f != nil {
		hook = &panicHook{f}
	}
	before := onPanic.Swap(hook)
	return func() { onPanic.Store(before) }
}

// ReportPanic emits p as an event and hands it to the receiver that [OnPanic]
// set. The packages built on this one call it for the callbacks that they run;
// so may any code that wants its panics in the same place.
func ReportPanic(p PanicInfo) {
	if event.Default.Listening() {
		event.Default.Emit(event.Event{Kind: event.CallbackPanicked, Object: p.Object, Label: p.String()})
	}
	hook := onPanic.Load()
	if hook == nil {
		logPanic(p)
		return
	}
	defer func() {
		if v := recover(); v != nil {
			logPanic(p)
			logPanic(PanicInfo{Value: v, Stack: debug.Stack(), Source: "hook given to realweak.OnPanic"})
		}
	}()
	hook.f(p)
}

func logPanic(p PanicInfo) {
	slog.Error("realweak: recovered a panic", "source", p.Source, "panic", p.Value, "stack", string(p.Stack))
}

// guard runs f, reports a panic in it, and returns whether there was none. A
// Goexit is reported too but cannot be stopped: guard does not return then.
// source is called only for a report.
func guard(object event.ID, source func() string, f func()) (ok bool) {
	defer func() {
		if !ok {
			ReportPanic(PanicInfo{Value: recover(), Stack: debug.Stack(), Source: source(), Object: object})
		}
	}()
	f()
	return true
}
