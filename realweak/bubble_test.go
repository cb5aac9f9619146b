package realweak_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Cleanups and callbacks run outside every synctest bubble. Nothing that the
// library shares between them and the bubble may be a channel, and waiting must
// not move the bubble's clock.
func TestInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		sub := event.Default.Subscribe(64, event.CallbackRun)
		defer sub.Close()
		var ran atomic.Bool
		var m realweak.ValueMap[string, node]
		drop := func() realweak.Ref[node] {
			p := &node{name: "bubble"}
			m.Store("k", p)
			realweak.Finalize(p, func(b *atomic.Bool) { b.Store(true) }, &ran)
			return realweak.Make(p)
		}
		weaktest.AwaitDead(t, drop())
		weaktest.AwaitDone(t, ran.Load)
		if m.Len() != 0 {
			t.Error("the map still has its entry")
		}
		if _, err := sub.Next(t.Context()); err != nil {
			t.Error(err)
		}
		if now := time.Now(); !now.Equal(began) {
			t.Errorf("waiting moved the bubble's clock by %v", now.Sub(began))
		}
		if err := realweak.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
