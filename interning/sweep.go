package interning

import (
	"runtime/metrics"
	"slices"
	"sync"
	"weak"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
)

// The sweep looks after a collection at all engines that have entries. It runs as
// a collection hook, which others wait behind, so what it does is bounded: it
// samples large shards, and leaves what is too much for one time to the next.
const (
	smallShard = 1 << 10 // entries up to which a shard is always swept
	sampleSize = 64      // entries looked at in a larger one
	rotation   = 16      // collections after which a larger one is swept whatever the sample says
	sweepLimit = 1 << 18 // entries after which an engine is left until the next collection
)

// sweep removes dead links from the shards that have many. round differs from
// one call to the next. Calls must not overlap.
func (e *engine[N]) sweep(round uint64) {
	looked := 0
	for range e.shards {
		i := e.next
		e.next = (i + 1) % len(e.shards)
		s := &e.shards[i]
		entries, _ := s.size()
		if entries == 0 {
			s.shrink()
			continue
		}
		if entries > smallShard && (uint64(i)+round)%rotation != 0 && !s.mostlyDead(round) {
			continue
		}
		e.purge(s, event.Collector)
		s.shrink()
		if looked += entries; looked > sweepLimit {
			return
		}
	}
}

// mostlyDead reports whether a sample of the links has at least an eighth dead.
func (s *shard[N]) mostlyDead(round uint64) bool {
	b := s.buckets.Load()
	looked, dead := 0, 0
	for i := range b.heads {
		for l := b.of(round*sampleSize + uint64(i)).Load(); l != nil && looked < 2*sampleSize; l = l.next {
			looked++
			if l.ref.Value() == nil {
				dead++
			}
		}
		if looked >= sampleSize {
			break
		}
	}
	return dead > 0 && dead >= looked/8
}

// swept is an engine as the sweep knows it.
type swept interface {
	sweep(round uint64)
	// leave reports whether the engine is gone, or empty and as good as gone
	// until its next entry, which will list it again.
	leave() bool
}

type weakEngine[N any] struct{ ref weak.Pointer[engine[N]] }

func (w weakEngine[N]) sweep(round uint64) {
	if e := w.ref.Value(); e != nil {
		e.sweep(round)
	}
}

func (w weakEngine[N]) leave() bool {
	e := w.ref.Value()
	if e == nil {
		return true
	}
	if e.entries.Load() != 0 {
		return false
	}
	e.listed.Store(false)
	// Whoever adds an entry counts it before it looks at listed: one of the
	// two sees the other.
	return e.entries.Load() == 0 || !e.listed.CompareAndSwap(false, true)
}

// list makes the engine known to the sweep.
func (e *engine[N]) list() {
	if !e.listed.Load() && e.listed.CompareAndSwap(false, true) {
		sweeps.add(weakEngine[N]{weak.Make(e)})
	}
}

type sweepList struct {
	mu      sync.Mutex
	engines []swept
	stop    func() // ends the collection hook; nil if there is none
	through uint64 // collections that had completed when the newest round began
}

var sweeps sweepList

func (l *sweepList) add(e swept) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.engines = append(l.engines, e)
	if l.stop == nil {
		l.stop = realweak.OnCollection(l.round)
	}
}

// round is a collection hook, so calls do not overlap.
func (l *sweepList) round(c realweak.Collection) {
	l.mu.Lock()
	if c.Number <= l.through {
		l.mu.Unlock()
		return // told late: an earlier round began after this collection
	}
	l.through = max(c.Number, collections())
	engines := slices.Clone(l.engines)
	l.mu.Unlock()

	for _, e := range engines {
		e.sweep(c.Number)
	}

	left := make(map[swept]bool)
	for _, e := range engines {
		if e.leave() {
			left[e] = true
		}
	}
	if len(left) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// An engine that left may have been listed again meanwhile, and is then
	// twice in the list.
	l.engines = slices.DeleteFunc(l.engines, func(e swept) bool {
		gone := left[e]
		delete(left, e)
		return gone
	})
	if len(l.engines) == 0 && l.stop != nil {
		l.stop()
		l.stop = nil
	}
}

// collections returns how many collections have completed.
func collections() uint64 {
	s := [1]metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(s[:])
	return s[0].Value.Uint64()
}
