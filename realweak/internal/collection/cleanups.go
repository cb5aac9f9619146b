package collection

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/referent-go/referent/realweak/internal/bubble"
)

// Cleanups returns how many cleanups the runtime has queued and how many it has
// executed since the program started. Both are the runtime's own counters; the
// executed one moves in steps of a block of cleanups.
func Cleanups() (queued, executed uint64) {
	s := [2]metrics.Sample{
		{Name: "/gc/cleanups/queued:cleanups"},
		{Name: "/gc/cleanups/executed:cleanups"},
	}
	metrics.Read(s[:])
	return s[0].Value.Uint64(), s[1].Value.Uint64()
}

// Number returns how many collections have completed since the program started.
func Number() uint64 {
	s := [1]metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(s[:])
	return s[0].Value.Uint64()
}

// spins is how often AwaitCleanups yields before it sleeps. Cleanups of this
// module take well under a microsecond, so only a foreign one that blocks, or a
// machine with no processor to spare, gets that far.
const spins = 20_000

// AwaitCleanups waits until every cleanup that the runtime had queued when it
// was called has run, or ctx is done. In a synctest bubble it only ever yields: a
// sleep would move the bubble's clock, and not wait for anything.
func AwaitCleanups(ctx context.Context) error {
	pause := runtime.Gosched
	queued, executed := Cleanups()
	for i := 0; executed < queued; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i == spins && bubble.Current() == 0 {
			pause = nap
		}
		pause()
		_, executed = Cleanups()
	}
	return nil
}

func nap() { time.Sleep(time.Millisecond) }
