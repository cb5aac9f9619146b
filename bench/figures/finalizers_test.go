package figures

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/realweak"
)

func init() {
	benchmarks["finalize-detach"] = sides{finalizeDetach, cleanupStop}
	benchmarks["finalize-detach-new"] = sides{finalizeDetachNew, cleanupStopNew}
	benchmarks["finalize-detach-from"] = sides{finalizeDetachFrom, cleanupStopNew}
	benchmarks["finalize-detach-unstopped"] = sides{finalizeDetachNew, cleanupNew}
	benchmarks["finalize-run"] = sides{ours: finalizeRun}
}

// ring is the callback.
func ring(bell *atomic.Int64) { bell.Add(1) }

func finalizeDetach(b *testing.B) {
	objects, bell := shuffled(thousand, newObject), new(atomic.Int64)
	from := start(b)
	for i := 0; b.Loop(); i++ {
		realweak.Finalize(objects[i&(thousand-1)], ring, bell).Detach()
	}
	stop(b, from)
}

func cleanupStop(b *testing.B) {
	objects, bell := shuffled(thousand, newObject), new(atomic.Int64)
	from := start(b)
	for i := 0; b.Loop(); i++ {
		c := runtime.AddCleanup(objects[i&(thousand-1)], ring, bell)
		c.Stop()
	}
	stop(b, from)
}

func finalizeDetachNew(b *testing.B) {
	bell := new(atomic.Int64)
	dying(b, func(i int) {
		p := newObject(i)
		realweak.Finalize(p, ring, bell).Detach()
		runtime.KeepAlive(p)
	})
}

func finalizeDetachFrom(b *testing.B) {
	bell := new(atomic.Int64)
	dying(b, func(i int) {
		p := newObject(i)
		realweak.Finalize(p, ring, bell).DetachFrom(p)
	})
}

func cleanupStopNew(b *testing.B) {
	bell := new(atomic.Int64)
	dying(b, func(i int) {
		p := newObject(i)
		c := runtime.AddCleanup(p, ring, bell)
		c.Stop()
		runtime.KeepAlive(p)
	})
}

// cleanupNew is what is left to do where nobody who holds the object stops its cleanup.
func cleanupNew(b *testing.B) {
	bell := new(atomic.Int64)
	dying(b, func(i int) {
		p := newObject(i)
		runtime.AddCleanup(p, ring, bell)
		runtime.KeepAlive(p)
	})
}

// finalizeRun takes the time from the beginning of the collection that finds a million
// objects dead to the end of their last callback.
func finalizeRun(b *testing.B) {
	for b.Loop() {
		objects, bell := many(million, newObject), new(atomic.Int64)
		for _, p := range objects {
			realweak.Finalize(p, ring, bell)
		}
		settle.Collect(b)
		clear(objects)
		from := time.Now()
		settle.Collect(b)
		b.ReportMetric(float64(time.Since(from).Nanoseconds())/float64(million), Callback)
		if ran := bell.Load(); ran < int64(million)-1 {
			b.Errorf("%d of %d callbacks ran", ran, million)
		}
	}
}
