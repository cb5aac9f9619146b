package bench

import (
	"runtime"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/referent-go/referent/realweak/track"
)

// tracked is 64 bytes with a pointer.
type tracked struct {
	_ *tracked
	_ [56]byte
}

// BenchmarkTrack compares births and deaths of tracked objects with the least that
// somebody would write to count both and look at the living: a weak pointer and a
// cleanup each. The deaths are in it, and the collections that find them.
func BenchmarkTrack(b *testing.B) {
	const ops, window = 1 << 17, 1 << 12
	var held [window]*tracked
	births := func(watch func(*tracked, int)) func(int) {
		return func(n int) {
			for i := range n {
				p := new(tracked)
				watch(p, i)
				held[i%window] = p
			}
			clear(held[:])
		}
	}
	var dead atomic.Int64
	var refs [window]weak.Pointer[tracked]
	group := func(name string, options ...track.Option) *track.Group[tracked] {
		return track.NewGroup[tracked](b.Name()+name, options...)
	}
	on, sampled, counted, expecting := group(""), group("/128", track.Sampling(128)), group("/0", track.Sampling(0)), group("/expect")
	contest(b, ops, true,
		contender{"pair", births(func(p *tracked, i int) {
			refs[i%window] = weak.Make(p)
			runtime.AddCleanup(p, func(n *atomic.Int64) { n.Add(1) }, &dead)
		})},
		contender{"track", births(func(p *tracked, _ int) { on.Track(p) })},
		contender{"track-1-in-128", births(func(p *tracked, _ int) { sampled.Track(p) })},
		contender{"track-no-stack", births(func(p *tracked, _ int) { counted.Track(p) })},
		contender{"track-expect", births(func(p *tracked, _ int) { expecting.Track(p); expecting.Expect(p) })},
		contender{"weak", births(func(p *tracked, i int) { refs[i%window] = weak.Make(p) })},
		contender{"cleanup", births(func(p *tracked, i int) {
			runtime.AddCleanup(p, func(n *atomic.Int64) { n.Add(1) }, &dead)
		})},
		contender{"new", births(func(*tracked, int) {})},
	)
	if s := on.Stats(); s.Created != uint64(b.N*ops) || s.Live > window {
		b.Errorf("created %d of %d, live %d", s.Created, b.N*ops, s.Live)
	}
}
