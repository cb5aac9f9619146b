package refcount

import (
	"cmp"
	"slices"
	"sync"
)

// registry lists the tracked objects that have not ended.
var registry trackedSet

const registryBits = 4

type trackedSet struct {
	shards [1 << registryBits]struct {
		sync.Mutex
		all roster[*tracked]
	}
}

func (s *trackedSet) add(t *tracked) {
	shard := &s.shards[t.id%(1<<registryBits)]
	shard.Lock()
	shard.all.add(t)
	shard.Unlock()
	profiled.add(t)
}

func (s *trackedSet) remove(t *tracked) {
	shard := &s.shards[t.id%(1<<registryBits)]
	shard.Lock()
	listed := t.inList < len(shard.all) && shard.all[t.inList] == t
	if listed {
		shard.all.remove(t)
	}
	shard.Unlock()
	if listed {
		profiled.remove(t)
	}
}

// list returns all that are listed, oldest first.
func (s *trackedSet) list() []*tracked {
	var all []*tracked
	for i := range s.shards {
		shard := &s.shards[i]
		shard.Lock()
		all = append(all, shard.all...)
		shard.Unlock()
	}
	slices.SortFunc(all, func(a, b *tracked) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (s *trackedSet) empty() bool {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.Lock()
		n := len(shard.all)
		shard.Unlock()
		if n > 0 {
			return false
		}
	}
	return true
}
