package interning

import (
	"sync"
	"sync/atomic"
	"weak"

	"github.com/referent-go/referent/realweak/event"
)

// shard is a part of an engine with a lock of its own, for writers only.
type shard[N any] struct {
	buckets atomic.Pointer[buckets[N]]

	mu      sync.Mutex
	entries int // links, dead ones included
	growing bool
	births  map[weak.Pointer[N]]event.Birth // of those born while somebody listened; nil until then

	_ [64 - 8 - 8 - 8 - 8 - 8]byte // readers of one shard, writers of the next
}

const leastBuckets = 4

func (s *shard[N]) init() { s.buckets.Store(newBuckets[N](leastBuckets)) }

// replace puts chain, which has added new links and lacks those to gone, where
// at.head was, unless that is no longer there.
func (e *engine[N]) replace(at place[N], chain *link[N], added int, gone []weak.Pointer[N], by event.Actor) bool {
	s := at.shard
	s.mu.Lock()
	if s.buckets.Load() != at.buckets || at.bucket.Load() != at.head {
		s.mu.Unlock()
		return false
	}
	at.bucket.Store(chain)
	s.entries += added - len(gone)
	var births []event.Birth
	if len(s.births) > 0 {
		for _, ref := range gone {
			if b, ok := s.births[ref]; ok {
				births = append(births, b)
				delete(s.births, ref)
			}
		}
	}
	s.mu.Unlock()
	e.entries.Add(int64(added - len(gone)))
	e.dead.Add(uint64(len(gone)))
	for _, b := range births {
		ev := b.Death(event.Cleared, e.typ)
		ev.Label, ev.Actor = e.name, by
		event.Default.Emit(ev)
	}
	return true
}

// record remembers when the node that ref leads to, and that the caller holds,
// was born.
func (s *shard[N]) record(ref weak.Pointer[N], b event.Birth) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.births == nil {
		s.births = make(map[weak.Pointer[N]]event.Birth)
	}
	s.births[ref] = b
}

// size returns the numbers of links and buckets.
func (s *shard[N]) size() (entries, buckets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries, len(s.buckets.Load().heads)
}

// claimGrowth reports whether the shard is full and nobody else sees to that.
// If so, the caller must.
func (s *shard[N]) claimGrowth() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.growing || s.entries <= len(s.buckets.Load().heads) {
		return false
	}
	s.growing = true
	return true
}

// grow makes room in a full shard: first of all by clearing it of its dead, so
// that additions cannot outrun the sweep.
func (e *engine[N]) grow(s *shard[N]) {
	e.purge(s, event.Caller)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.growing = false
	// Unless half of it is free now, it would be full again too soon.
	if n := len(s.buckets.Load().heads); s.entries > n/2 {
		s.rehash(2 * n)
	}
}

// shrink gives back the room of a shard that has become almost empty.
func (s *shard[N]) shrink() {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.buckets.Load().heads)
	for n > leastBuckets && s.entries < n/8 {
		n /= 2
	}
	if n != len(s.buckets.Load().heads) {
		s.rehash(n)
	}
}

// rehash moves all links to n buckets. The caller holds the lock. Readers may go
// on in the old buckets, which stay as they were.
func (s *shard[N]) rehash(n int) {
	old, b := s.buckets.Load(), newBuckets[N](n)
	for i := range old.heads {
		for l := old.heads[i].Load(); l != nil; l = l.next {
			bucket := b.of(l.hash)
			bucket.Store(&link[N]{l.hash, l.ref, bucket.Load()})
		}
	}
	s.buckets.Store(b)
}

// purge removes the dead links of a shard.
func (e *engine[N]) purge(s *shard[N], by event.Actor) {
	const attempts = 4 // on a chain that others change all the time; they prune it too
	b := s.buckets.Load()
	for i := range b.heads {
		for range attempts {
			at := place[N]{s, b, &b.heads[i], b.heads[i].Load()}
			rest, gone := prune(at.head)
			if len(gone) == 0 || e.replace(at, rest, 0, gone, by) {
				break
			}
		}
		if s.buckets.Load() != b {
			return // somebody rehashes; the next sweep sees to the rest
		}
	}
}
