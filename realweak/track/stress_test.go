package track_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Nothing is lost or counted twice while many goroutines make, expect and drop
// objects, collections run and others look.
func TestNothingIsLost(t *testing.T) {
	const workers = 8
	each := 20_000
	if testing.Short() {
		each = 5_000
	}
	g := track.NewGroup[conn](t.Name(), track.Grace(0), track.Collections(1))
	var done atomic.Bool
	var lookers, made sync.WaitGroup
	lookers.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	lookers.Go(func() {
		var before event.GroupStats
		for !done.Load() {
			s := g.Stats()
			if s.Live < 0 || s.Created != s.Cleaned+uint64(s.Live) || s.Expected < 0 || s.Retained < 0 || s.Ages.Count != s.Cleaned {
				t.Errorf("%+v", s)
			}
			if d := s.Sub(before); s.Created < before.Created || s.Cleaned < before.Cleaned || d.Ages.Count != d.Cleaned {
				t.Errorf("%+v after %+v", s, before)
			}
			before = s
			track.Samples()
			track.AllRetained()
			time.Sleep(time.Millisecond)
		}
	})
	kept := make([][]*conn, workers)
	for w := range workers {
		made.Go(func() {
			window := make([]*conn, 64)
			for range each {
				c := g.Track(new(conn))
				if rand.IntN(4) == 0 {
					g.Expect(c)
				}
				if rand.IntN(8) == 0 {
					g.Track(c)
				}
				window[rand.IntN(len(window))] = c
			}
			kept[w] = window
		})
	}
	made.Wait()
	done.Store(true)
	lookers.Wait()
	want := 0
	for _, window := range kept {
		for _, c := range window {
			if c != nil {
				want++
			}
		}
	}
	collect(t, 4)
	if s := g.Stats(); s.Created != uint64(workers*each) || s.Live != want || s.Cleaned != s.Created-uint64(want) {
		t.Errorf("created %d, live %d, cleaned %d; want %d, %d", s.Created, s.Live, s.Cleaned, workers*each, want)
	}
	runtime.KeepAlive(kept)
	elsewhere(func() { clear(kept) })
	collect(t, 3)
	if s := g.Stats(); s.Live != 0 || s.Cleaned != s.Created || s.Expected != 0 || s.Retained != 0 {
		t.Errorf("at the end: %+v", s)
	}
}
