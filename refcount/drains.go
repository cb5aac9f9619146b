package refcount

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// The drains at work, by goroutine. A goroutine looks only for the entry that it
// made itself, and removes it before it can end, so an entry cannot be another
// goroutine's, however goroutines are named.
//
// Most shards never have two goroutines at once. The first one takes the
// shard's own drain with a compare-and-swap; the rest share a map.
const shardBits = 6

var shards [1 << shardBits]drainShard

type drainShard struct {
	owner  atomic.Uintptr // the goroutine that uses first, or 0
	first  drain
	crowd  atomic.Int32 // len(others)
	mu     sync.Mutex
	others map[uintptr]*drain
}

var _ [64 - unsafe.Sizeof(drainShard{})]byte // a shard fits in a cache line

func shardOf(self uintptr) *drainShard {
	return &shards[uint64(self)*0x9e3779b97f4a7c15>>(64-shardBits)]
}

// find returns the drain that this goroutine has open, or nil.
func (s *drainShard) find(self uintptr) *drain {
	if s.owner.Load() == self {
		return &s.first
	}
	if s.crowd.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.others[self]
}

func (s *drainShard) open(self uintptr) *drain {
	if s.owner.CompareAndSwap(0, self) {
		return &s.first
	}
	d := new(drain)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.others == nil {
		s.others = make(map[uintptr]*drain)
	}
	s.others[self] = d
	s.crowd.Add(1)
	return d
}

func (s *drainShard) close(self uintptr, d *drain) {
	if d == &s.first {
		if cap(d.pending) > 1024 {
			d.pending = nil // room for one wide release is not worth keeping
		}
		s.owner.Store(0)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.others, self)
	s.crowd.Add(-1)
}
