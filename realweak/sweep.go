package realweak

import (
	"context"
	"sync"
	"weak"

	"github.com/referent-go/referent/realweak/internal/collection"
	"github.com/referent-go/referent/realweak/internal/serial"
)

// sweeper calls all who have dead entries to remove after each collection, on a
// goroutine of its own: a pass over a large map takes far longer than a cleanup,
// or a collection hook, may.
type sweeper struct {
	passes *serial.Queue[struct{}]

	mu    sync.Mutex
	swept []func() (again bool)
	stop  func() // ends the watch; nil while nobody is registered
}

var sweeps = newSweeper()

func newSweeper() *sweeper {
	s := new(sweeper)
	s.passes = serial.NewQueue(func(struct{}) { s.pass() })
	return s
}

// register has sweep called after each collection, by one goroutine at a time,
// until it returns false.
func (s *sweeper) register(sweep func() (again bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swept = append(s.swept, sweep)
	if s.stop == nil {
		s.stop = collection.Watch(func([]collection.Info) {
			// One pass serves all collections that it begins after.
			if s.passes.Depth() < 2 {
				s.passes.Put(struct{}{})
			}
		})
	}
}

func (s *sweeper) pass() {
	s.mu.Lock()
	due := s.swept
	s.swept = nil
	s.mu.Unlock()
	var again []func() bool
	for _, sweep := range due {
		if sweep() {
			again = append(again, sweep)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swept = append(again, s.swept...)
	if len(s.swept) == 0 && s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

func (s *sweeper) wait(ctx context.Context) error { return s.passes.Wait(ctx) }

// sweepWhileAlive registers a table with the sweeper, which knows it only weakly:
// a table that its map has let go of is collected with all that it holds.
func sweepWhileAlive[T any, P interface {
	*T
	sweep()
}](table P) {
	ref := weak.Make((*T)(table))
	sweeps.register(func() bool {
		t := P(ref.Value())
		if t == nil {
			return false
		}
		t.sweep()
		return true
	})
}
