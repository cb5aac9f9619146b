package track_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/referent-go/referent/realweak/track"
)

// BenchmarkTrack compares tracking with the least that somebody would do by hand to count
// births and deaths and look at the living: a weak pointer and a cleanup. Objects die
// during the run, so the cost of their deaths is in it.
func BenchmarkTrack(b *testing.B) {
	var ring [1024]*conn
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			ring[i%len(ring)] = new(conn)
		}
	})
	b.Run("pair", func(b *testing.B) {
		var dead atomic.Int64
		var refs [1024]weak.Pointer[conn]
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c := new(conn)
			refs[i%len(refs)] = weak.Make(c)
			runtime.AddCleanup(c, func(n *atomic.Int64) { n.Add(1) }, &dead)
			ring[i%len(ring)] = c
		}
	})
	run := func(name string, options ...track.Option) {
		b.Run(name, func(b *testing.B) {
			g := track.NewGroup[conn](b.Name(), options...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				ring[i%len(ring)] = g.Track(new(conn))
			}
		})
	}
	run("on")
	run("sampling=128", track.Sampling(128))
	run("sampling=0", track.Sampling(0))
	b.Run("expect", func(b *testing.B) {
		g := track.NewGroup[conn](b.Name())
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c := g.Track(new(conn))
			g.Expect(c)
			ring[i%len(ring)] = c
		}
	})
	b.Run("off", func(b *testing.B) {
		defer track.SetEnabled(false)()
		g := track.NewGroup[conn](b.Name())
		c := new(conn)
		b.ReportAllocs()
		for b.Loop() {
			g.Track(c)
		}
	})
	clear(ring[:])
}
