package refcount

import (
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
)

// rounds counts collections while objects are tracked, and has old objects tried
// for being lost in a cycle.
//
// The leak detector holds what it tracks. So handles that keep each other, A in B
// and B in A, would never be found lost, for it is the detector that keeps A. An
// object that was not used for some time is therefore let go for one collection.
// One that is in use is held by a handle in the program and notices nothing; whoever
// uses it meanwhile ends its trial. One that only a cycle holds dies, and its front's cleanup says so.
//
// All objects of a cycle must be let go at once. So trials come in rounds, and an
// object that was acquitted takes part in each second, fourth, eighth of them: the
// rare rounds are rounds of all.
var rounds trials

const (
	roundEvery  = 8  // collections
	mostPatient = 10 // an object takes part in a round of 2¹⁰ at least
)

type trials struct {
	attended atomic.Bool
	cycle    atomic.Uint64 // collections completed

	mu    sync.Mutex
	stop  func()
	count uint64 // collections since the start
	tried []*tracked
}

// attend sees to it that collections are counted, and returns how many there have
// been.
func (r *trials) attend() uint64 {
	if !r.attended.Load() {
		r.start()
	}
	return r.cycle.Load()
}

func (r *trials) completed() uint64 { return r.cycle.Load() }

func (r *trials) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.attended.Load() {
		return
	}
	if r.stop == nil {
		r.cycle.Store(event.NewBirth().Collections)
		r.stop = realweak.OnCollection(r.collected)
	}
	r.attended.Store(true)
}

func (r *trials) collected(c realweak.Collection) {
	r.cycle.Store(c.Number)
	r.mu.Lock()
	defer r.mu.Unlock()
	registry.mature()
	for _, t := range r.tried {
		t.acquit()
	}
	clear(r.tried)
	r.tried = r.tried[:0]
	r.count++
	if r.count%roundEvery == 0 {
		r.round()
	}
	// Who adds an object looks at attended afterwards: one of the two sees the
	// other.
	r.attended.Store(false)
	if registry.empty() {
		r.stop()
		r.stop = nil
		return
	}
	r.attended.Store(true)
}

// round is called with the lock held.
func (r *trials) round() {
	for _, t := range registry.list() {
		switch {
		case t.usage.CompareAndSwap(used, unused):
			t.patience = 0
		case r.cycle.Load()-t.cycle < roundEvery:
		case r.count%(roundEvery<<t.patience) == 0:
			t.patience = min(t.patience+1, mostPatient)
			if t.suspect() {
				r.tried = append(r.tried, t)
			}
		}
	}
}
