package figures

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/bench/internal/cputime"
	"github.com/referent-go/referent/refcount"
)

// counting is a peer that counts references.
func counting(source, op string) func(*testing.B) { return peer(source, op, Least, patient) }

// collectingInPython is a peer that collects. What n is fitted to is known when it runs.
func collectingInPython(shape string, n int, suffix string) func(*testing.B) {
	return func(b *testing.B) {
		peer("cycles.py", fmt.Sprintf("%s-%d%s", shape, fit(n), suffix), Object, brief)(b)
	}
}

// counted makes an object of 64 bytes with its count.
type counted struct {
	a int
	_ [2]int
}

func init() {
	clone := func(b *testing.B) { least(b, cloneAndRelease(b)) }
	upgrade := func(b *testing.B) { least(b, upgradeAndRelease(b)) }
	fresh := func(b *testing.B) { least(b, newAndRelease()) }
	benchmarks["count-clone"] = sides{clone, func(b *testing.B) { least(b, addPair()) }}
	benchmarks["count-clone-arc"] = sides{clone, counting("arc.rs", "clone-release")}
	benchmarks["count-clone-sharedptr"] = sides{clone, counting("sharedptr.cpp", "clone-release")}
	benchmarks["count-upgrade-arc"] = sides{upgrade, counting("arc.rs", "upgrade-release")}
	benchmarks["count-upgrade-sharedptr"] = sides{upgrade, counting("sharedptr.cpp", "upgrade-release")}
	benchmarks["count-new-arc"] = sides{fresh, counting("arc.rs", "new-release")}
	benchmarks["count-new-sharedptr"] = sides{fresh, counting("sharedptr.cpp", "new-release")}
	benchmarks["count-local"] = sides{func(b *testing.B) { least(b, localCloneAndRelease(b)) }, clone}

	benchmarks["leak-simple"] = sides{lifeAtLevel(refcount.Simple, CPU), lifeAtLevel(refcount.Disabled, CPU)}
	benchmarks["leak-paranoid"] = sides{ours: lifeAtLevel(refcount.Paranoid, Life)}

	for size, n := range map[string]int{"1k": 1000, "100k": 100_000, "1m": 1_000_000} {
		for shape, tie := range map[string]func([]refcount.Strong[leaf]){"ring": rings(n), "tree": tree} {
			name := "collect-" + shape + "-" + size
			plain, dropping := collectObjects(n, tie, nil), collectObjects(n, tie, (*leaf).drop)
			benchmarks[name] = sides{ours: plain}
			benchmarks[name+"-cpython"] = sides{plain, collectingInPython(shape, n, "")}
			benchmarks[name+"-drop"] = sides{dropping, collectingInPython(shape, n, "-drop")}
		}
	}
	benchmarks["collect-beside"] = sides{ours: collectBeside(nil)}
	benchmarks["collect-beside-drop"] = sides{ours: collectBeside((*leaf).drop)}
	benchmarks["collect-allocs"] = sides{ours: collectAllocs}
}

// least measures as the programs in Rust and C++ do: the least of many short runs,
// which neither other work on the machine nor the collector reaches.
func least(b *testing.B, step func()) {
	const steps = 5000
	best := math.MaxFloat64
	for b.Loop() {
		from := time.Now()
		for range steps / unrolled {
			step()
		}
		best = min(best, float64(time.Since(from).Nanoseconds())/steps)
	}
	b.ReportMetric(best, Least)
}

// unrolled is how often a step does its operation, so that the call of the step
// costs next to nothing.
const unrolled = 50

func addPair() func() {
	word := new(atomic.Int64)
	return func() {
		for range unrolled {
			word.Add(1)
			word.Add(-1)
		}
	}
}

func cloneAndRelease(b *testing.B) func() {
	s := refcount.New(counted{}, nil)
	b.Cleanup(func() { s.Release() })
	return func() {
		for range unrolled {
			c := s.Clone()
			c.Release()
		}
	}
}

func upgradeAndRelease(b *testing.B) func() {
	s := refcount.New(counted{}, nil)
	w := s.Downgrade()
	b.Cleanup(func() { w.Release(); s.Release() })
	return func() {
		for range unrolled {
			c, _ := w.Upgrade()
			c.Release()
		}
	}
}

func localCloneAndRelease(b *testing.B) func() {
	s := refcount.New(counted{}, nil)
	l := s.Local()
	b.Cleanup(func() { l.Release(); s.Release() })
	return func() {
		for range unrolled {
			c := l.Clone()
			c.Release()
		}
	}
}

func newAndRelease() func() {
	pool := refcount.NewPool[counted](nil)
	return func() {
		for range unrolled {
			n := pool.New(counted{a: 1})
			n.Release()
		}
	}
}

func lifeAtLevel(level refcount.LeakLevel, unit string) func(*testing.B) {
	return func(b *testing.B) {
		defer refcount.SetLeakLevel(level)()
		from := start(b)
		for b.Loop() {
			s := refcount.New(counted{a: 1}, nil)
			s.Release()
		}
		b.ReportMetric(float64((cputime.Now()-from).Nanoseconds())/float64(b.N), unit)
	}
}

// leaf is a member of the size of a small object.
type leaf struct {
	left, right refcount.Strong[leaf]
	up          refcount.Strong[leaf]
	n           int
}

func (l *leaf) Trace(visit func(refcount.Edge)) {
	visit(l.left.Edge("left"))
	visit(l.right.Edge("right"))
	visit(l.up.Edge("up"))
}

func (l *leaf) drop() { l.n++ }

func leaves(d *refcount.Domain, n int, drop func(*leaf)) []refcount.Strong[leaf] {
	all := make([]refcount.Strong[leaf], n)
	for i := range all {
		all[i] = refcount.New(leaf{}, drop)
		refcount.Adopt(d, &all[i])
	}
	return all
}

// rings ties objects to rings of a size.
func rings(size int) func([]refcount.Strong[leaf]) {
	return func(all []refcount.Strong[leaf]) {
		for i := range all {
			first := i - i%size
			n := min(size, len(all)-first)
			all[i].Value().left = all[first+(i-first+1)%n].Clone()
		}
	}
}

// tree ties objects to a binary tree whose nodes hold their parents.
func tree(all []refcount.Strong[leaf]) {
	for i := range all[1:] {
		child, parent := &all[i+1], &all[i/2]
		child.Value().up = parent.Clone()
		if i%2 == 0 {
			parent.Value().left = child.Clone()
		} else {
			parent.Value().right = child.Clone()
		}
	}
}

func letGo(all []refcount.Strong[leaf]) {
	for i := range all {
		all[i].Release()
	}
}

// collections measures collections of n objects, each after prepare, without the
// collector of Go, which runs in between. It returns the processor time of one.
func collections(b *testing.B, d *refcount.Domain, n int, prepare func()) (one time.Duration) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var used time.Duration
	made := 0
	collect := func() {
		if made += n; made >= 500_000 {
			runtime.GC()
			made = 0
		}
		prepare()
		from := cputime.Now()
		got, err := d.Collect(context.Background())
		used += cputime.Now() - from
		if err != nil || got.Destroyed != n {
			b.Fatalf("collected %+v, %v", got, err)
		}
	}
	collect() // so that the tables have their size
	collect()
	used = 0
	// The benchmark's timer runs on: to stop it stops the world, after which an idle
	// processor looks for work for as long as a small collection takes.
	for range b.N {
		collect()
	}
	b.ReportMetric(0, "ns/op") // would be that of the preparations too
	return used / time.Duration(b.N)
}

func collectObjects(n int, tie func([]refcount.Strong[leaf]), drop func(*leaf)) func(*testing.B) {
	return func(b *testing.B) {
		n := fit(n)
		defer refcount.SetLeakLevel(refcount.Disabled)()
		var d refcount.Domain
		one := collections(b, &d, n, func() {
			all := leaves(&d, n, drop)
			tie(all)
			letGo(all)
		})
		b.ReportMetric(float64(one.Nanoseconds())/float64(n), Object)
	}
}

func collectBeside(drop func(*leaf)) func(*testing.B) {
	return func(b *testing.B) {
		defer refcount.SetLeakLevel(refcount.Disabled)()
		live, garbage := fit(1_000_000), 10_000
		var d refcount.Domain
		held := leaves(&d, live, nil)
		rings(10)(held)
		if _, err := d.Collect(context.Background()); err != nil {
			b.Fatal(err)
		}
		one := collections(b, &d, garbage, func() {
			all := leaves(&d, garbage, drop)
			rings(10)(all)
			letGo(all)
		})
		b.ReportMetric(float64(one.Nanoseconds())/1e6, Collect)
		runtime.KeepAlive(held)
	}
}

func collectAllocs(b *testing.B) {
	defer refcount.SetLeakLevel(refcount.Disabled)()
	const n = 1000
	var d refcount.Domain
	var before, after runtime.MemStats
	allocs := uint64(0)
	for i := range b.N + 2 {
		all := leaves(&d, n, (*leaf).drop)
		tree(all)
		letGo(all)
		runtime.ReadMemStats(&before)
		if _, err := d.Collect(context.Background()); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if i >= 2 { // the tables have their size
			allocs += after.Mallocs - before.Mallocs
		}
	}
	b.ReportMetric(float64(allocs/uint64(b.N)), Memory0) // whole ones, as with -benchmem
}
