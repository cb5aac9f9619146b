package bench

import (
	"testing"
	"time"

	"github.com/referent-go/referent/bench/internal/cputime"
	"github.com/referent-go/referent/bench/internal/settle"
)

// cases are the benchmarks of a group, by operation and implementation.
type cases map[string]map[Impl]func(*testing.B)

var groups = map[string]cases{
	"Loop":      loopCases,
	"Object":    objectCases,
	"Reference": referenceCases,
	"ValueMap":  valueMapCases,
	"KeyMap":    keyMapCases,
	"Set":       setCases,
	"Finalizer": finalizerCases,
	"Interning": interningCases,
}

// run runs a group's benchmarks, in the order of Ops.
func run(b *testing.B, group string) {
	for _, op := range Ops {
		if op.Group != group {
			continue
		}
		b.Run("op="+op.Name, func(b *testing.B) {
			for _, impl := range Impls {
				if f := groups[group][op.Name][impl]; f != nil {
					b.Run("impl="+string(impl), func(b *testing.B) {
						f(b)
						// What f leaves is not to be collected on the next one's time.
						settle.Collect(b)
						settle.Collect(b)
					})
				}
			}
		})
	}
}

// meter reports the process's CPU time beside the testing package's wall time. It
// includes what the collector does on other threads, and leaves out what other
// processes do on this one's processors.
type meter struct {
	b    *testing.B
	from time.Duration
}

// start is to be called right before the loop.
func start(b *testing.B) meter {
	b.ReportAllocs()
	settle.Collect(b)
	return meter{b, cputime.Now()}
}

// stop is to be called right after the loop.
func (m meter) stop() {
	if used := cputime.Now() - m.from; used > 0 {
		m.b.ReportMetric(float64(used.Nanoseconds())/float64(m.b.N), "cpu-ns/op")
	}
}

// bury is stop for operations that leave objects to die: first is called, and a
// collection and all that follows from it is part of the measurement.
func (m meter) bury(first ...func()) {
	m.b.StartTimer()
	for _, f := range first {
		f()
	}
	// A sweep under way looks at values, and one that is looked at while the
	// collector marks survives.
	settle.Drain(m.b)
	settle.Collect(m.b)
	m.b.StopTimer()
	m.stop()
}

// expect fails a benchmark that did not do what it is there to measure.
func expect[T comparable](b *testing.B, what string, got, want T) {
	b.Helper()
	if got != want {
		b.Errorf("%s: got %v, want %v (%d iterations)", what, got, want, b.N)
	}
}

var loopCases = cases{
	"loop": {Native: func(b *testing.B) {
		all := make([]int, population)
		i, n := 0, 0
		m := start(b)
		for b.Loop() {
			if all[i&mask] == 0 {
				n++
			}
			i++
		}
		m.stop()
		expect(b, "zeros", n, b.N)
	}},
}

func BenchmarkLoop(b *testing.B) { run(b, "Loop") }
