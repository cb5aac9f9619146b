package gate_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak/internal/gate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOpenLetsAllThrough(t *testing.T) {
	g := gate.New()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := g.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	g.Open()
	g.Open()
	wg.Wait()
	if err := g.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := gate.New().Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait = %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := gate.New().Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v", err)
	}
}

// A goroutine outside a bubble may open a gate that one inside waits at.
func TestAcrossABubble(t *testing.T) {
	requests := make(chan *gate.Gate)
	var outside sync.WaitGroup
	outside.Go(func() { (<-requests).Open() })
	synctest.Test(t, func(t *testing.T) {
		g := gate.New()
		requests <- g
		if err := g.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
	outside.Wait()
}
