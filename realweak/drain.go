package realweak

import (
	"context"

	"github.com/referent-go/referent/realweak/internal/collection"
)

// Drain waits until all that followed from the collections so far has happened,
// or ctx is done, and then returns the context's error: every cleanup that the
// runtime had queued has run, the maps have been swept, the hooks of
// [OnCollection] have returned, and so have the callbacks of dead objects and
// what [Dispatch] was given.
//
// Drain does not collect. Right after [runtime.GC] it makes what that collection
// found visible:
//
//	runtime.GC()
//	err := realweak.Drain(ctx)
//
// It waits for other packages' cleanups too, since the runtime counts them all.
// It is for tests and for orderly ends; a service has no need of it. Called from
// a callback or a hook it would wait for itself, until ctx is done. The clock of a
// synctest bubble stands still while Drain waits in it, so a timeout of that clock
// never comes.
func Drain(ctx context.Context) error {
	for _, wait := range []func(context.Context) error{
		collection.AwaitCleanups,
		collection.Settle,
		sweeps.wait,
		hooks.wait,
		dispatcher.Wait,
		errands.Wait,
	} {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
