package track

import (
	"runtime"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/weaktest"
)

// A pass over a large group takes longer than the grace of a group may be. Expecting
// goes on meanwhile, and must not leave a goroutine behind each time a grace ends.
func TestPassesDoNotPileUp(t *testing.T) {
	type slow struct{ _ [64]byte }
	g := NewGroup[slow](t.Name(), Grace(time.Millisecond))
	var held []*slow
	before := runtime.NumGoroutine()
	cores.passing.Lock() // a pass that takes long
	for range 50 {
		p := g.Track(new(slow))
		g.Expect(p)
		held = append(held, p)
		time.Sleep(2 * time.Millisecond)
	}
	waiting := runtime.NumGoroutine() - before
	cores.passing.Unlock()
	if waiting > 3 { // the alarm's, a collection's, and room for one
		t.Errorf("%d goroutines wait for a pass", waiting)
	}
	// None is forgotten for that.
	weaktest.AwaitDone(t, func() bool { return g.Stats().Retained == len(held) })
	runtime.KeepAlive(held)
}
