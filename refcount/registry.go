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
	shards [1 << registryBits]registryShard
}

// registryShard has the objects that no collection has seen yet apart.
type registryShard struct {
	sync.Mutex
	young, old roster[*tracked]
}

func (s *registryShard) listOf(t *tracked) *roster[*tracked] {
	if t.young {
		return &s.young
	}
	return &s.old
}

func (s *trackedSet) shardOf(t *tracked) *registryShard { return &s.shards[t.id%(1<<registryBits)] }

func (s *trackedSet) add(t *tracked) {
	shard := s.shardOf(t)
	shard.Lock()
	shard.listOf(t).add(t)
	shard.Unlock()
	profiled.add(t)
}

func (s *trackedSet) remove(t *tracked) {
	shard := s.shardOf(t)
	shard.Lock()
	list := shard.listOf(t)
	listed := t.inList < len(*list) && (*list)[t.inList] == t
	if listed {
		list.remove(t)
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
		all = append(append(all, shard.old...), shard.young...)
		shard.Unlock()
	}
	slices.SortFunc(all, func(a, b *tracked) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (s *trackedSet) empty() bool {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.Lock()
		n := len(shard.old) + len(shard.young)
		shard.Unlock()
		if n > 0 {
			return false
		}
	}
	return true
}

// mature makes the young objects old ones, and hangs up the net for them.
func (s *trackedSet) mature() {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.Lock()
		grown := slices.Clone(shard.young)
		for _, t := range grown {
			t.young = false
			shard.old.add(t)
		}
		clear(shard.young)
		shard.young = shard.young[:0]
		shard.Unlock()
		for _, t := range grown {
			t.settle()
		}
	}
}
