package interning

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// shard is a part of an engine with a lock of its own, for writers only.
type shard struct {
	array   atomic.Pointer[array]
	version atomic.Uint64 // grows with each node that is added
	touched atomic.Bool   // there may be nodes that are held strongly

	// Below, widths and order make a shard two cache lines.
	mu       sync.Mutex
	nodes    int32 // dead ones included
	growing  bool
	released uint32                         // collections completed when all nodes were last released, as far as known
	created  uint64                         // nodes since the start
	bytes    int                            // what they take
	births   map[unsafe.Pointer]event.Birth // by weak pointer, of those born while somebody listened; nil until then

	tally tally // of any goroutine's hits, in any shard
}

// fullBucket is how many nodes there are for each bucket when a shard is full. At
// that, one node in 25 is in a spill.
const fullBucket = 5

func (s *shard) touch() {
	if !s.touched.Load() {
		s.touched.Store(true)
	}
}

// add puts a node into the shard, unless the version is another one: then somebody
// has added a node that the caller has not seen. If full is true, the caller must
// call grow.
func (s *shard) add(version, hash uint64, node, ref unsafe.Pointer, size int) (full, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version.Load() != version {
		return false, false
	}
	a := s.array.Load()
	if a == noBuckets {
		a = newArray(1)
		s.array.Store(a)
	}
	code := sizeCode(size)
	a.put(uint32(hash), tagOf(hash), code, node, ref)
	s.version.Store(version + 1)
	s.touch()
	s.nodes++
	s.created++
	s.bytes += sizeOf(code)
	if s.growing || int(s.nodes) <= fullBucket*len(a.hot) {
		return false, true
	}
	s.growing = true
	return true, true
}

// record remembers when the node that ref leads to was born.
func (s *shard) record(ref unsafe.Pointer, b event.Birth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.births == nil {
		s.births = make(map[unsafe.Pointer]event.Birth)
	}
	s.births[ref] = b
}

// size returns the numbers of nodes and buckets.
func (s *shard) size() (nodes, buckets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.nodes), len(s.array.Load().hot)
}

// isBehind reports whether there has been a collection since all nodes were last
// released, or since this was first asked: then the sweep has not come by.
func (s *shard) isBehind(now uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	behind := s.released != 0 && s.released < uint32(now)
	s.released = uint32(now)
	return behind
}

// grow makes room in a full shard: first of all by clearing it of its dead, so
// that additions cannot outrun the sweep.
func (e *engine) grow(s *shard) {
	if e.life == mortal && e.keep == 0 {
		e.catchUp(s)
	}
	e.purge(s, event.Caller)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.growing = false
	// Unless a quarter of it is free now, it would be full again too soon.
	// With less than that, a shard would grow for ever in which all nodes die:
	// those that came since the last time are never dead yet, and they are
	// more than half if those before them were less.
	if n := len(s.array.Load().hot); int(s.nodes) > fullBucket*n*3/4 {
		s.rehash(2 * n)
	}
}

// shrink gives back the room of a shard that has become almost empty.
func (s *shard) shrink() {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.array.Load().hot)
	for n > 1 && int(s.nodes) < fullBucket*n/8 {
		n /= 2
	}
	if n != len(s.array.Load().hot) {
		s.rehash(n)
	}
}

// rehash moves all nodes to n buckets. The caller holds the lock. Readers may go
// on in the old buckets, which stay as they were.
func (s *shard) rehash(n int) {
	a := newArray(n)
	s.array.Load().places(func(p place) bool {
		tags := p.b.tags.Load()
		for m := used(tags); m != 0; m &= m - 1 {
			j := first(m)
			// In this order: a node that is released in between has its
			// weak pointer by then.
			node := p.b.node(j)
			ref := atomic.LoadPointer(&p.k.refs[j])
			a.put(p.i.hash[j], uint8(tags>>(8*j)), p.i.size[j], node, ref)
		}
		return true
	})
	s.array.Store(a)
	s.touched.Store(true) // or a release that goes through the old array might be the last
}

// purge removes the dead nodes of a shard.
func (e *engine) purge(s *shard, by event.Actor) {
	a := s.array.Load()
	a.places(func(p place) bool {
		var dead [slots]unsafe.Pointer
		found := false
		for m := used(p.b.tags.Load()); m != 0; m &= m - 1 {
			j := first(m)
			if p.b.node(j) != nil {
				continue
			}
			if ref := atomic.LoadPointer(&p.k.refs[j]); ref != nil && isDead(ref) {
				dead[j], found = ref, true
			}
		}
		// If somebody rehashes, the next sweep sees to the rest.
		return !found || e.remove(s, a, p, &dead, by)
	})
}

// remove empties those slots of p whose weak pointer is that in dead, unless a is
// no longer the shard's array.
func (e *engine) remove(s *shard, a *array, p place, dead *[slots]unsafe.Pointer, by event.Actor) bool {
	var births []event.Birth
	removed := 0
	s.mu.Lock()
	if s.array.Load() != a {
		s.mu.Unlock()
		return false
	}
	for j, ref := range dead {
		if ref == nil || atomic.LoadPointer(&p.k.refs[j]) != ref {
			continue
		}
		p.clear(j)
		removed++
		s.bytes -= sizeOf(p.i.size[j])
		if b, ok := s.births[ref]; ok {
			births = append(births, b)
			delete(s.births, ref)
		}
	}
	s.nodes -= int32(removed)
	s.mu.Unlock()
	e.dead.Add(uint64(removed))
	e.mourn(births, event.Cleared, by)
	return true
}

// mourn reports deaths.
func (e *engine) mourn(births []event.Birth, kind event.Kind, by event.Actor) {
	for _, b := range births {
		ev := b.Death(kind, e.typ)
		ev.Label, ev.Group, ev.Actor = e.name, e.name, by
		event.Default.Emit(ev)
	}
}

// forget empties the engine.
func (e *engine) forget() {
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock()
		s.array.Store(noBuckets)
		s.version.Add(1)
		s.nodes, s.bytes = 0, 0
		var births []event.Birth
		for _, b := range s.births {
			births = append(births, b)
		}
		s.births = nil
		s.mu.Unlock()
		e.mourn(births, event.Evicted, event.Caller)
	}
}
