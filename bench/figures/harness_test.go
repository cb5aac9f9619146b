package figures

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/referent-go/referent/bench/internal/cputime"
	"github.com/referent-go/referent/bench/internal/settle"
)

// sides are the two benchmarks of a figure; beside may be nil.
type sides struct{ ours, beside func(*testing.B) }

var benchmarks = map[string]sides{}

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		million = 1 << 14
	}
	os.Exit(m.Run())
}

func BenchmarkFigures(b *testing.B) {
	for _, f := range All {
		s := benchmarks[f.Name]
		b.Run("figure="+f.Name, func(b *testing.B) {
			b.Run("side=ours", s.ours)
			if s.beside != nil {
				b.Run("side=beside", s.beside)
			}
		})
	}
}

// Every figure has the benchmarks that it says.
func TestFiguresHaveBenchmarks(t *testing.T) {
	for _, f := range All {
		s, ok := benchmarks[f.Name]
		if !ok || s.ours == nil || (s.beside != nil) != (f.Beside != "") {
			t.Errorf("%s: the benchmarks do not match", f.Name)
		}
	}
	for name := range Reasons {
		if _, ok := Lookup(name); !ok {
			t.Errorf("there is a reason for %s, which is no figure", name)
		}
	}
	if n := len(All); len(benchmarks) != n {
		t.Errorf("%d pairs of benchmarks for %d figures", len(benchmarks), n)
	}
}

// start and stop go around a loop that leaves nothing behind.
func start(b *testing.B) (from time.Duration) {
	b.ReportAllocs()
	settle.Collect(b)
	return cputime.Now()
}

func stop(b *testing.B, from time.Duration) { reportCPU(b, cputime.Now()-from) }

// dying measures op and the deaths of what it leaves.
func dying(b *testing.B, op func(i int)) {
	b.ReportAllocs()
	settle.Collect(b)
	i := 0
	from := cputime.Now()
	for b.Loop() {
		op(i)
		i++
	}
	b.StartTimer()
	settle.Drain(b) // or a sweep under way delays what follows from the last collection
	settle.Collect(b)
	b.StopTimer()
	reportCPU(b, cputime.Now()-from)
}

func reportCPU(b *testing.B, used time.Duration) {
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), CPU)
}

// once measures f, which does something n times.
func once(b *testing.B, n int, f func()) {
	for b.Loop() {
		b.StopTimer()
		settle.Collect(b)
		from := cputime.Now()
		b.StartTimer()
		f()
		b.StopTimer()
		b.ReportMetric(float64((cputime.Now()-from).Nanoseconds())/float64(n), CPU)
		b.StartTimer()
	}
}
