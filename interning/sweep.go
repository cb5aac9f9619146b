package interning

import (
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
)

// The sweep looks after a collection at all engines that have nodes: it releases
// those that they hold, so that the next collection may find them dead, and
// removes those that this one has. The second part is bounded: it samples large
// shards, and leaves what is too much for one time to the next.
const (
	smallShard = 1 << 10 // nodes up to which a shard is always swept
	sampleSize = 64      // nodes looked at in a larger one
	rotation   = 16      // collections after which a larger one is swept whatever the sample says
	sweepLimit = 1 << 18 // nodes after which an engine is left until the next collection
)

// release lets go of all nodes, or, with a capacity, of those that are too many:
// the engine goes round its shards, and begins where it ended the last time. now is
// the number of collections completed.
func (e *engine) release(r *releaser, now uint64) {
	if e.life != mortal {
		return
	}
	limit := -1
	if e.keep > 0 {
		if limit = e.held() - e.keep; limit <= 0 {
			return
		}
	}
	for range e.shards {
		n := r.shard(&e.shards[e.hand], now, limit)
		e.hand = (e.hand + 1) % len(e.shards)
		if limit >= 0 {
			if limit -= n; limit <= 0 {
				break
			}
		}
	}
	r.flush()
}

// enough is how many nodes a caller releases beyond those of the shard that is full.
const enough = 1 << 15

// catchUp releases the nodes of s if the sweep has not come by since a collection, and
// with them those of other shards of which that is true: these are likely to be full
// next, and their nodes lie between those of s.
func (e *engine) catchUp(s *shard) {
	now := collections()
	if !s.isBehind(now) {
		return
	}
	r := releasers.Get().(*releaser)
	r.shard(s, now, -1)
	for i := range e.shards {
		if len(r.young) >= enough {
			break
		}
		if other := &e.shards[i]; other.isBehind(now) {
			r.shard(other, now, -1)
		}
	}
	r.flush()
	r.done()
}

// held returns how many nodes are held strongly.
func (e *engine) held() (n int) {
	for i := range e.shards {
		e.shards[i].array.Load().places(func(p place) bool {
			for m := used(p.b.tags.Load()); m != 0; m &= m - 1 {
				if p.b.node(first(m)) != nil {
					n++
				}
			}
			return true
		})
	}
	return n
}

// sweep removes dead nodes from the shards that have many. round differs from
// one call to the next. Calls must not overlap.
func (e *engine) sweep(round uint64) {
	e.collections.Add(1)
	looked := 0
	for range e.shards {
		i := e.next
		e.next = (i + 1) % len(e.shards)
		s := &e.shards[i]
		nodes, _ := s.size()
		if nodes == 0 {
			s.shrink()
			continue
		}
		if nodes > smallShard && (uint64(i)+round)%rotation != 0 && !s.mostlyDead(round) {
			continue
		}
		e.purge(s, event.Collector)
		s.shrink()
		if looked += nodes; looked > sweepLimit {
			return
		}
	}
}

// mostlyDead reports whether a sample of the nodes has at least an eighth dead.
func (s *shard) mostlyDead(round uint64) bool {
	a := s.array.Load()
	looked, dead := 0, 0
	for i := range a.hot {
		p := a.at((round*sampleSize + uint64(i)) & a.mask)
		for m := used(p.b.tags.Load()); m != 0; m &= m - 1 {
			looked++
			j := first(m)
			if p.b.node(j) != nil {
				continue
			}
			if ref := atomic.LoadPointer(&p.k.refs[j]); ref != nil && isDead(ref) {
				dead++
			}
		}
		if looked >= sampleSize {
			break
		}
	}
	return dead > 0 && dead >= looked/8
}

// leave reports whether the engine that ref leads to is gone, or empty and as good
// as gone until its next node, which will list it again.
func leave(ref weak.Pointer[engine]) bool {
	e := ref.Value()
	if e == nil {
		return true
	}
	if n, _ := e.size(); n != 0 {
		return false
	}
	e.listed.Store(false)
	// Whoever adds a node counts it before it looks at listed: one of the two
	// sees the other.
	n, _ := e.size()
	return n == 0 || !e.listed.CompareAndSwap(false, true)
}

// list makes the engine known to the sweep.
func (e *engine) list() {
	if !e.listed.Load() && e.listed.CompareAndSwap(false, true) {
		sweeps.add(weak.Make(e))
	}
}

type sweepList struct {
	mu      sync.Mutex
	engines []weak.Pointer[engine]
	stop    func() // ends the collection hook; nil if there is none
	through uint64 // collections that had completed when the newest round began
}

var sweeps sweepList

func (l *sweepList) add(e weak.Pointer[engine]) {
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
	now := max(c.Number, collections())
	l.through = now
	engines := slices.Clone(l.engines)
	l.mu.Unlock()

	r := releasers.Get().(*releaser)
	for _, ref := range engines {
		if e := ref.Value(); e != nil {
			e.release(r, now)
			e.sweep(c.Number)
		}
	}
	r.done()

	left := make(map[weak.Pointer[engine]]bool)
	for _, ref := range engines {
		if leave(ref) {
			left[ref] = true
		}
	}
	if len(left) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// An engine that left may have been listed again meanwhile, and is then
	// twice in the list.
	l.engines = slices.DeleteFunc(l.engines, func(e weak.Pointer[engine]) bool {
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
