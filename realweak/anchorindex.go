package realweak

import (
	"iter"
	"sync"
)

// anchorIndex finds anchors by the addresses of their objects. It is a hash table
// chained through the anchors themselves: an object's death touches its anchor and one
// bucket. A concurrent map of the library that the collections stand on took a third of
// a finalizer's time, since it allocates an entry for each and grows in one piece.
//
// Its methods are safe for concurrent use, and call nothing while they hold a lock.
type anchorIndex struct{ shards [1 << shardBits]anchorShard }

const shardBits = 6

type anchorShard struct {
	mu      sync.Mutex
	buckets []*anchor // a power of two
	n       int
	_       [64 - 8 - 24 - 8]byte // the shards of two processors share no cache line
}

// anchors has the anchors of all objects with finalizers. The collector does not move
// objects.
var anchors anchorIndex

// shard also returns the hash, whose upper bits say which shard it is.
func (x *anchorIndex) shard(addr uintptr) (*anchorShard, uint64) {
	h := hashAddress(addr)
	return &x.shards[h>>(64-shardBits)], h
}

// A region's addresses go to one shard and there into neighbouring buckets. Objects that
// are allocated together get their finalizers together and mostly die together, in the
// order of their addresses, since the collector goes through the memory in that order.
// Were each address hashed for itself, a million finalizers would miss the cache with
// each step.
const (
	regionBits = 13 // a page of the runtime's: processors allocate from different ones
	grainBits  = 5  // objects in one grain share a bucket; smaller ones are rare
)

// hashAddress hashes the region; what is below counts from there.
func hashAddress(addr uintptr) uint64 {
	const grains = 1<<(regionBits-grainBits) - 1
	h := uint64(addr>>regionBits) * 0x9e3779b97f4a7c15
	return h + uint64(addr>>grainBits&grains)<<bucketShift
}

// bucketShift is where the bits begin that tell the buckets of a shard apart.
const bucketShift = 32 - shardBits

// bucket takes the bits below those of the shard.
func (s *anchorShard) bucket(h uint64) **anchor {
	return &s.buckets[h>>bucketShift&uint64(len(s.buckets)-1)]
}

// at returns the anchor for addr, and nil if there is none.
func (x *anchorIndex) at(addr uintptr) *anchor {
	s, h := x.shard(addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at(addr, h)
}

func (s *anchorShard) at(addr uintptr, h uint64) *anchor {
	if s.n == 0 {
		return nil
	}
	a := *s.bucket(h)
	for a != nil && a.addr != addr {
		a = a.next
	}
	return a
}

// replace puts fresh in the place of found, which may be nil for none, and returns
// what is there in the end: fresh, or what came there meanwhile.
func (x *anchorIndex) replace(found, fresh *anchor) (now *anchor) {
	s, h := x.shard(fresh.addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch now = s.at(fresh.addr, h); {
	case now == nil: // found has been removed, if it ever was
	case now != found:
		return now
	default:
		s.unchain(now, h)
	}
	s.chain(fresh, h)
	return fresh
}

// remove removes a if it is there.
func (x *anchorIndex) remove(a *anchor) {
	s, h := x.shard(a.addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unchain(a, h)
}

// all yields the anchors of one shard after the other, without a lock.
func (x *anchorIndex) all() iter.Seq[*anchor] {
	return func(yield func(*anchor) bool) {
		for i := range x.shards {
			for _, a := range x.shards[i].list() {
				if !yield(a) {
					return
				}
			}
		}
	}
}

func (s *anchorShard) list() []*anchor {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*anchor, 0, s.n)
	for _, a := range s.buckets {
		for ; a != nil; a = a.next {
			list = append(list, a)
		}
	}
	return list
}

const leastBuckets = 16

func (s *anchorShard) chain(a *anchor, h uint64) {
	if s.n == len(s.buckets) {
		s.resize(max(leastBuckets, 2*s.n))
	}
	s.link(a, h)
	s.n++
}

func (s *anchorShard) link(a *anchor, h uint64) {
	b := s.bucket(h)
	a.next, *b = *b, a
}

func (s *anchorShard) unchain(a *anchor, h uint64) {
	if s.n == 0 {
		return
	}
	for at := s.bucket(h); *at != nil; at = &(*at).next {
		if *at == a {
			*at, a.next = a.next, nil
			s.n--
			break
		}
	}
	if len(s.buckets) > leastBuckets && s.n < len(s.buckets)/8 {
		s.resize(len(s.buckets) / 4)
	}
}

func (s *anchorShard) resize(size int) {
	old := s.buckets
	s.buckets = make([]*anchor, size)
	for _, a := range old {
		for a != nil {
			next := a.next
			s.link(a, hashAddress(a.addr))
			a = next
		}
	}
}
