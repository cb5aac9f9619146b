package realweak

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/event"
)

// Shutdown runs the callbacks of all finalizers that are still to run, newest
// first, except those for which SetAtExit(false) was called. It is what atexit
// is to CPython; call it where the program ends:
//
//	func main() {
//		defer realweak.Shutdown(context.Background())
//		…
//	}
//
// A callback that is registered meanwhile runs next. A panic is reported
// ([OnPanic]) and the rest go on. Callbacks of objects already dead are not left
// behind: Shutdown runs them or waits for them.
//
// If ctx ends first, Shutdown returns an error that wraps the context's and says
// how many callbacks have not run and which one is running; that one is not
// stopped, and no further one starts. Finalizers may be registered after
// Shutdown, and a later Shutdown runs them.
//
// # Not guaranteed
//
// os.Exit, log.Fatal and a signal that nobody handles end the program without
// running anything. Shutdown's callbacks run one after the other, but at the
// same time as one that was already under way for a dead object.
func Shutdown(ctx context.Context) error {
	run := new(exitRun)
	done := make(chan struct{})
	go func() {
		defer close(done) // also if a callback ends the goroutine
		run.all(ctx)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	if !run.finished.Load() && ctx.Err() == nil {
		return Shutdown(ctx) // a callback ended the goroutine; go on with the rest
	}
	err := ctx.Err()
	if err == nil {
		err = dispatcher.Wait(ctx)
	}
	if err == nil {
		return nil
	}
	left, running := len(exiting()), run.current.Load()
	if left == 0 && running == nil && dispatcher.Depth() == 0 {
		return nil // ctx ended after the work did
	}
	text := fmt.Sprintf("%d callbacks have not run", left)
	if running != nil {
		text += ", and the " + *running + " is still running"
	}
	return fmt.Errorf("realweak: Shutdown: %w: %s", err, text)
}

// exitRun is one pass over the finalizers.
type exitRun struct {
	current  atomic.Pointer[string] // what is running now
	finished atomic.Bool
}

func (r *exitRun) all(ctx context.Context) {
	var pending []*link // oldest first
	var seen uint64     // registrations when pending was gathered
	for ctx.Err() == nil {
		if now := registrations.Load(); now != seen {
			seen = now
			pending = exiting()
		}
		if len(pending) == 0 {
			r.finished.Store(true)
			return
		}
		next := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if next.take() {
			source := next.owner.source()
			r.current.Store(&source)
			runFinalizer(next.owner, next.anchor, event.AtExit)
			r.current.Store(nil)
		}
	}
}

// exiting lists the finalizers that Shutdown has to run, oldest first.
func exiting() []*link {
	var found []*link
	for a := range anchors.all() {
		for ; a != nil; a = a.below {
			found = a.exiting(found)
		}
	}
	slices.SortFunc(found, func(x, y *link) int {
		return cmp.Compare(x.owner.number(), y.owner.number())
	})
	return found
}

func (a *anchor) exiting(found []*link) []*link {
	a.mu.Lock()
	defer a.mu.Unlock()
	for l := a.newest; l != nil; l = l.older {
		if l.owner.runsAtExit() {
			found = append(found, l)
		}
	}
	return found
}
