package refcount_test

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/referent-go/referent/refcount"
)

// leaf is a member of the size of a small object: two handles and some data.
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

func leaves(d *refcount.Domain, n int, drop func(*leaf)) []refcount.Strong[leaf] {
	all := make([]refcount.Strong[leaf], n)
	for i := range all {
		all[i] = refcount.New(leaf{}, drop)
		refcount.Adopt(d, &all[i])
	}
	return all
}

// leafRings ties the objects to rings of the given size.
func leafRings(all []refcount.Strong[leaf], size int) {
	for from := 0; from < len(all); from += size {
		for i := range size {
			all[from+i].Value().left = all[from+(i+1)%size].Clone()
		}
	}
}

// leafTree ties the objects to a binary tree whose nodes hold their parents.
func leafTree(all []refcount.Strong[leaf]) {
	for i := range all {
		v := all[i].Value()
		if l := 2*i + 1; l < len(all) {
			v.left = all[l].Clone()
			all[l].Value().up = all[i].Clone()
		}
		if r := 2*i + 2; r < len(all) {
			v.right = all[r].Clone()
			all[r].Value().up = all[i].Clone()
		}
	}
}

// collections times collections of a domain, each of which examines n objects,
// after prepare. It reports the processor time of the thread as well: a
// collection is the work of one, and others may be using the machine.
func collections(b *testing.B, d *refcount.Domain, n int, prepare func() (want refcount.Collected)) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// The garbage collector runs between collections, not in them, and not
	// more often than it has to: small domains are looked at while they are warm.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	objects := 0
	var used time.Duration
	collect := func() {
		b.StopTimer()
		if objects += n; objects >= 500_000 {
			runtime.GC()
			objects = 0
		}
		want := prepare()
		b.StartTimer()
		from := threadTime()
		got, _ := d.Collect(context.Background())
		used += threadTime() - from
		if got != want {
			b.Fatalf("collected %+v, want %+v", got, want)
		}
	}
	collect() // so that the buffers have their size
	collect()
	used = 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		collect()
	}
	perObject := float64(b.N) * float64(n)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/perObject, "ns/object")
	if used > 0 {
		b.ReportMetric(float64(used.Nanoseconds())/perObject, "cpu-ns/object")
	}
}

// BenchmarkCollect reports the time for each object: of finding and destroying
// garbage, with a destructor for each object or none (work=collect), and of
// looking at as many in vain, because something holds one (work=look).
func BenchmarkCollect(b *testing.B) {
	shapes := []struct {
		name string
		tie  func([]refcount.Strong[leaf])
	}{
		{"ring", func(all []refcount.Strong[leaf]) { leafRings(all, len(all)) }},
		{"tree", leafTree},
	}
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		for _, shape := range shapes {
			for kind, drop := range drops {
				b.Run(fmt.Sprintf("work=collect/shape=%s/drop=%s/n=%d", shape.name, kind, n), func(b *testing.B) {
					var d refcount.Domain
					collections(b, &d, n, func() refcount.Collected {
						all := leaves(&d, n, drop)
						shape.tie(all)
						releaseAll(all)
						return refcount.Collected{Pending: n, Examined: n, Destroyed: n}
					})
				})
			}
			b.Run(fmt.Sprintf("work=look/shape=%s/n=%d", shape.name, n), func(b *testing.B) {
				var d refcount.Domain
				all := leaves(&d, n, nil)
				shape.tie(all)
				for i := 1; i < n; i++ {
					all[i].Release()
				}
				d.Collect(context.Background())
				collections(b, &d, n, func() refcount.Collected {
					refcount.Look(&d, &all[0])
					return refcount.Collected{Pending: 1, Examined: n}
				})
				runtime.KeepAlive(all)
			})
		}
	}
}

var drops = map[string]func(*leaf){"nil": nil, "func": func(l *leaf) { l.n++ }}

// BenchmarkCollectBeside collects 10,000 objects in rings of 10 beside a million
// that are held.
func BenchmarkCollectBeside(b *testing.B) {
	const live, garbage = 1_000_000, 10_000
	var d refcount.Domain
	held := leaves(&d, live, nil)
	leafRings(held, 10)
	d.Collect(context.Background())
	for kind, drop := range drops {
		b.Run("drop="+kind, func(b *testing.B) {
			collections(b, &d, garbage, func() refcount.Collected {
				all := leaves(&d, garbage, drop)
				leafRings(all, 10)
				releaseAll(all)
				return refcount.Collected{Pending: garbage, Examined: garbage, Destroyed: garbage}
			})
		})
	}
	runtime.KeepAlive(held)
}

func BenchmarkMember(b *testing.B) {
	var d refcount.Domain
	b.Run("op=clone-release", func(b *testing.B) {
		all := leaves(&d, 1, nil)
		defer releaseAll(all)
		for b.Loop() {
			c := all[0].Clone()
			c.Release()
		}
	})
	b.Run("op=upgrade-release", func(b *testing.B) {
		all := leaves(&d, 1, nil)
		defer releaseAll(all)
		w := all[0].Downgrade()
		for b.Loop() {
			c, _ := w.Upgrade()
			c.Release()
		}
	})
	b.Run("op=new-adopt-release", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := refcount.New(leaf{}, nil)
			refcount.Adopt(&d, &s)
			s.Release()
		}
	})
	b.Run("op=update", func(b *testing.B) {
		f := func() {}
		for b.Loop() {
			d.Update(f)
		}
	})
	b.Run("op=collect-nothing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.Collect(context.Background())
		}
	})
}
