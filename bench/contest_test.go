package bench

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/referent-go/referent/bench/internal/cputime"
	"github.com/referent-go/referent/bench/internal/settle"
)

// large is for measurements that take minutes and gigabytes.
var large = flag.Bool("large", false, "measure with a million things, and with the whole Go source tree")

// contender is one of several that do the same work.
type contender struct {
	name string
	do   func(n int) // n operations
}

// contest has the contenders do ops operations each, in turn, and reports the
// median of what each took, and its ratio to the first one's. One round is one
// iteration, so -benchtime 9x is nine rounds; what disturbs a round disturbs all
// contenders alike.
//
// Collections of the heap that somebody else has filled would fall on whoever
// happens to allocate. So with collect there is one after each turn, on its account,
// with all that follows from it, and without there is none at all. The caller has the
// heap settled.
func contest(b *testing.B, ops int, collect bool, contenders ...contender) {
	b.Helper()
	took := make([][]float64, len(contenders))
	if !collect {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
	}
	for b.Loop() {
		for i, c := range contenders {
			from := cputime.Now()
			c.do(ops)
			if collect {
				settle.Collect(b)
			}
			took[i] = append(took[i], float64((cputime.Now()-from).Nanoseconds())/float64(ops))
		}
	}
	report(b, contenders, took)
}

func report(b *testing.B, contenders []contender, took [][]float64) {
	median := make([]float64, len(took))
	for i := range took {
		slices.Sort(took[i])
		median[i] = took[i][len(took[i])/2]
		b.ReportMetric(median[i], contenders[i].name+"-cpu-ns/op")
	}
	for i := range took[1:] {
		b.ReportMetric(median[i+1]/median[0], fmt.Sprintf("%s/%s", contenders[i+1].name, contenders[0].name))
	}
	b.ReportMetric(0, "ns/op") // of all contenders together: it means nothing
}

// footprint is what a population of n things takes, by thing.
type footprint struct {
	bytes float64 // on the heap, and the record of one weak pointer off it
	cpu   float64 // nanoseconds of a collection of them
}

// measureFootprint builds something with build, and lets go of it.
func measureFootprint(b *testing.B, n int, build func() any) footprint {
	settle.Collect(b)
	settle.Collect(b)
	before := inUse()
	held := build()
	for range 4 { // what was strong becomes weak, and then what that took is garbage
		settle.Collect(b)
	}
	after := inUse()
	const collections = 5
	var took []float64
	for range collections {
		from := cputime.Now()
		settle.Collect(b)
		took = append(took, float64((cputime.Now()-from).Nanoseconds())/float64(n))
	}
	slices.Sort(took)
	runtime.KeepAlive(held)
	return footprint{float64(after-before)/float64(n) + weakRecord, took[collections/2]}
}

// weakRecord is what the runtime keeps off the heap for each weak pointer
// (runtime/mheap.go, specialWeakHandle). What it has once taken from the system for
// that it uses again, so it cannot be measured twice in one process.
const weakRecord = 32

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
