package bench

import (
	"go/build"
	"iter"
	"path/filepath"
	"runtime"
	"testing"
	"time"
	"unique"
	"unsafe"

	"github.com/referent-go/referent/bench/corpus"
	"github.com/referent-go/referent/bench/internal/cputime"
	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/interning"
)

// BenchmarkGoSource interns all identifiers and literals of the Go source tree, and
// reports what each takes and how much smaller they are for it.
func BenchmarkGoSource(b *testing.B) {
	root := filepath.Join(build.Default.GOROOT, "src")
	if !*large {
		root = filepath.Join(root, "runtime")
	}
	files, err := corpus.Words(root)
	if err != nil {
		b.Skipf("no Go source tree: %v", err)
	}
	for b.Loop() {
		var words, bytes int
		var ours, native time.Duration
		before := interning.StringStats()
		var scope interning.Scope
		held := make(map[unique.Handle[string]]struct{})
		for file := range files {
			from := cputime.Now()
			for _, w := range file {
				sinkString = interning.String(w)
			}
			then := cputime.Now()
			for _, w := range file {
				sinkUnique = unique.Make(w)
			}
			ours, native = ours+then-from, native+cputime.Now()-then
			words += len(file)
			for _, w := range file {
				bytes += len(w)
				scope.String(w)
				held[unique.Make(w)] = struct{}{}
			}
		}
		if words == 0 {
			b.Skip("no Go source tree")
		}
		after := interning.StringStats()
		b.ReportMetric(float64(words), "words")
		b.ReportMetric(float64(scope.Len()), "distinct")
		b.ReportMetric(float64(bytes), "bytes")
		b.ReportMetric(float64(after.BytesHeld-before.BytesHeld)/float64(bytes), "held/bytes")
		b.ReportMetric(float64(ours.Nanoseconds())/float64(words), "string-cpu-ns/op")
		b.ReportMetric(float64(native.Nanoseconds())/float64(words), "unique-cpu-ns/op")
		b.ReportMetric(float64(ours)/float64(native), "string/unique")
		runtime.KeepAlive(held)
		scope.End()
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSeries holds the label sets of many time series in three ways: as they
// were decoded, with each string interned, and as interned maps, twice each, as a
// server has them that reads the same series again. It reports the heap that each
// takes.
func BenchmarkSeries(b *testing.B) {
	n := 20_000
	if *large {
		n = 1_000_000
	}
	type labels = []corpus.Label
	for b.Loop() {
		for _, c := range []struct {
			name string
			keep func(all *[]any) func(l labels)
		}{
			{"decoded", func(all *[]any) func(labels) {
				return func(l labels) { *all = append(*all, l) }
			}},
			{"strings", func(all *[]any) func(labels) {
				return func(l labels) {
					for i := range l {
						l[i] = corpus.Label{Name: interning.String(l[i].Name), Value: interning.String(l[i].Value)}
					}
					*all = append(*all, l)
				}
			}},
			{"maps", func(all *[]any) func(labels) {
				return func(l labels) {
					entries := unsafe.Slice((*interning.Entry[string, string])(unsafe.Pointer(unsafe.SliceData(l))), len(l))
					*all = append(*all, interning.MapOf(entries...))
				}
			}},
		} {
			settle.Collect(b)
			settle.Collect(b)
			before := inUse()
			all := make([]any, 0, 2*n)
			keep := c.keep(&all)
			var took time.Duration
			for range 2 {
				next, stop := iter.Pull(corpus.Series(1, n))
				for {
					batch := take(next, 1000)
					if len(batch) == 0 {
						break
					}
					from := cputime.Now()
					for _, l := range batch {
						keep(l)
					}
					took += cputime.Now() - from
				}
				stop()
			}
			settle.Collect(b)
			settle.Collect(b)
			b.ReportMetric(float64(inUse()-before)/float64(2*n), c.name+"-B/series")
			b.ReportMetric(float64(took.Nanoseconds())/float64(2*n), c.name+"-cpu-ns/series")
			runtime.KeepAlive(all)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// take returns up to n of what next has.
func take[T any](next func() (T, bool), n int) (batch []T) {
	for len(batch) < n {
		v, ok := next()
		if !ok {
			break
		}
		batch = append(batch, v)
	}
	return batch
}
