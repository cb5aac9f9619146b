package realweak

import (
	"context"
	"time"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/internal/collection"
	"github.com/referent-go/referent/realweak/internal/serial"
)

// errand is a function given to Dispatch.
type errand struct {
	source string
	object event.ID
	run    func()
}

var errands = serial.NewQueue(errand.do)

// patience is how long an errand waits for cleanups. Those of this module take
// well under a microsecond each; only a foreign one that blocks gets that far.
const patience = 100 * time.Millisecond

// Dispatch has f called soon, on a goroutine that exists only while there is
// something to call: one function at a time, in the order of the calls of
// Dispatch. It does not wait, so a cleanup may call it for what does not belong on
// the runtime's cleanup goroutine. A panic in f is recovered and reported
// ([OnPanic]) under the names given, and [Drain] waits for f. The packages built
// on this one call it; so may any code that wants its work done there.
//
// f is called after the cleanups that the runtime has queued by then, if they end
// within a tenth of a second. So f can look at what one collection has found as a
// whole.
func Dispatch(source string, object event.ID, f func()) {
	if f == nil {
		panic("realweak: Dispatch of a nil function; pass the function to call")
	}
	errands.Put(errand{source, object, f})
}

func (e errand) do() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	_ = collection.AwaitCleanups(ctx) // too late is no reason not to call
	cancel()
	guard(e.object, func() string { return e.source }, e.run)
}
