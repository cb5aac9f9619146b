package track_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/realweak/track"
)

// Inside a bubble grace goes by the bubble's clock, and nothing of the bubble is touched
// from outside.
func TestInsideABubble(t *testing.T) {
	outside := track.NewGroup[conn](t.Name()+" outside", track.Grace(time.Hour))
	before := retain(outside, 1)
	synctest.Test(t, func(t *testing.T) {
		g := track.NewGroup[conn](t.Name(), track.Grace(time.Hour), track.Collections(1))
		held := retain(g, 2)
		elsewhere(func() { g.Track(new(conn)) })
		collect(t, 3)
		if s := g.Stats(); s.Live != 2 || s.Cleaned != 1 || s.Expected != 2 || s.Retained != 0 {
			t.Errorf("in their grace: %+v", s)
		}
		time.Sleep(time.Hour)
		if r := g.Retained(); len(r) != 1 || r[0].Count != 2 || r[0].Since != time.Hour || r[0].Age != time.Hour {
			t.Errorf("after an hour: %+v", r)
		}
		outside.Expect(new(conn)) // an object of another clock
		runtime.KeepAlive(held)
	})
	collect(t, 3)
	if s := outside.Stats(); s.Retained != 0 || s.Expected != 1 || s.Cleaned != 1 || s.Ages.Max > time.Hour {
		t.Errorf("outside: %+v", s)
	}
	runtime.KeepAlive(before)
}
