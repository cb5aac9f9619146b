package realweak

import (
	"hash/maphash"
	"iter"
	"runtime"
	"sync"

	"github.com/referent-go/referent/realweak/internal/weakword"
)

// The stores that the conformance tests run the maps on beside the one in use.

// ShardedValueMap returns a map on mutexes and ordinary maps.
func ShardedValueMap[K comparable, V any]() *ValueMap[K, V] {
	return valueMapOn[K, V](newSharded[K, valueEntry](maphash.Comparable[K]))
}

// CollidingValueMap returns a map on a store in which all keys have one hash.
func CollidingValueMap[K comparable, V any]() *ValueMap[K, V] {
	return valueMapOn[K, V](newSharded[K, valueEntry](func(maphash.Seed, K) uint64 { return 0 }))
}

func valueMapOn[K comparable, V any](s store[K, valueEntry]) *ValueMap[K, V] {
	m := new(ValueMap[K, V])
	m.table.Store(newValueTableOn(s, ValueMapOptions[K, V]{}))
	return m
}

// ShardedKeyMap returns a map on mutexes and ordinary maps.
func ShardedKeyMap[K, V any]() *KeyMap[K, V] {
	return keyMapOn[K, V](newSharded[uintptr, keyEntry[V]](maphash.Comparable[uintptr]))
}

// CollidingKeyMap returns a map on a store in which all keys have one hash.
func CollidingKeyMap[K, V any]() *KeyMap[K, V] {
	return keyMapOn[K, V](newSharded[uintptr, keyEntry[V]](func(maphash.Seed, uintptr) uint64 { return 0 }))
}

func keyMapOn[K, V any](s store[uintptr, keyEntry[V]]) *KeyMap[K, V] {
	m := new(KeyMap[K, V])
	m.table.Store(newKeyTableOn(s, KeyMapOptions[K, V]{}))
	return m
}

// Watched returns how many finalizers a map with PerEntry has in force.
func (m *ValueMap[K, V]) Watched() int { return m.table.Load().deaths.watched.Size() }

// Watched returns how many finalizers a map with PerEntry has in force.
func (m *KeyMap[K, V]) Watched() int {
	if m.byValue != nil {
		return m.byValue.watched.keys.Size()
	}
	return m.table.Load().watched.keys.Size()
}

// sharded is a store of slices under mutexes, one for each shard of hashes. A
// shard is searched from end to end, so one with all keys in it is a bad map but
// no wrong one.
type sharded[K comparable, E entry[E]] struct {
	hash   func(maphash.Seed, K) uint64
	seed   maphash.Seed
	shards [16]shard[K, E]
}

type shard[K comparable, E entry[E]] struct {
	mu   sync.RWMutex
	keys []K
	es   []E
}

func newSharded[K comparable, E entry[E]](hash func(maphash.Seed, K) uint64) *sharded[K, E] {
	return &sharded[K, E]{hash: hash, seed: maphash.MakeSeed()}
}

func (s *sharded[K, E]) shard(key K) *shard[K, E] {
	return &s.shards[s.hash(s.seed, key)%uint64(len(s.shards))]
}

func (s *shard[K, E]) find(key K) int {
	for i, k := range s.keys {
		if k == key {
			return i
		}
	}
	return -1
}

func (s *shard[K, E]) get(key K) (e E, ok bool) {
	if i := s.find(key); i >= 0 {
		return s.es[i], true
	}
	return e, false
}

func (s *shard[K, E]) set(key K, e E) {
	if i := s.find(key); i >= 0 {
		s.es[i] = e
		return
	}
	s.keys, s.es = append(s.keys, key), append(s.es, e)
}

func (s *shard[K, E]) del(key K) {
	i, last := s.find(key), len(s.keys)-1
	if i < 0 {
		return
	}
	s.keys[i], s.es[i] = s.keys[last], s.es[last]
	s.keys, s.es = s.keys[:last], s.es[:last]
}

func (s *sharded[K, E]) load(key K) (E, bool) {
	sh := s.shard(key)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.get(key)
}

func (s *sharded[K, E]) put(key K, e E) (old E, had bool) {
	sh := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old, had = sh.get(key)
	sh.set(key, e)
	return old, had
}

func (s *sharded[K, E]) putIf(key K, seen, e E) (now E, done bool) {
	sh := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if now, _ = sh.get(key); !now.same(seen) {
		return now, false
	}
	sh.set(key, e)
	return e, true
}

func (s *sharded[K, E]) deleteIf(key K, seen E) bool {
	sh := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now, had := sh.get(key)
	if !had || !now.same(seen) {
		return false
	}
	sh.del(key)
	return true
}

func (s *sharded[K, E]) take(key K) (old E, had bool) {
	sh := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old, had = sh.get(key)
	sh.del(key)
	return old, had
}

func (s *sharded[K, E]) all() iter.Seq2[K, E] {
	return func(yield func(K, E) bool) {
		for i := range s.shards {
			sh := &s.shards[i]
			sh.mu.RLock()
			keys, es := append([]K(nil), sh.keys...), append([]E(nil), sh.es...)
			sh.mu.RUnlock()
			for j, key := range keys {
				if !yield(key, es[j]) {
					return
				}
			}
		}
	}
}

func (s *sharded[K, E]) deleteAll(dead func(E) bool) {
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		for j := len(sh.keys) - 1; j >= 0; j-- {
			if dead(sh.es[j]) {
				sh.del(sh.keys[j])
			}
		}
		sh.mu.Unlock()
	}
}

func (s *sharded[K, E]) size() (n int) {
	for i := range s.shards {
		s.shards[i].mu.RLock()
		n += len(s.shards[i].keys)
		s.shards[i].mu.RUnlock()
	}
	return n
}

func (s *sharded[K, E]) clear() {
	for i := range s.shards {
		s.shards[i].mu.Lock()
		s.shards[i].keys, s.shards[i].es = nil, nil
		s.shards[i].mu.Unlock()
	}
}

// WithoutWeakWords has the package do without what it knows of the runtime's weak
// pointers until restore is called. It reports whether that made a difference.
func WithoutWeakWords() (was bool, restore func()) {
	was = weakword.SetKnown(false)
	return was, func() { weakword.SetKnown(was) }
}

// OccupySweeper has a pass of the sweeper begin, which does not end, and no other
// begins, until free is called.
func OccupySweeper() (free func()) {
	busy := make(chan struct{})
	entered := make(chan struct{})
	sweeps.register(func() (again bool) {
		close(entered)
		<-busy
		return false
	})
	runtime.GC()
	<-entered
	return func() { close(busy) }
}

// AwaitNothing blocks for ever and keeps p alive.
func AwaitNothing(p any) {
	<-make(chan struct{})
	runtime.KeepAlive(p)
}

// Anchored reports whether an anchor for the object at p is known.
func Anchored[T any](p *T) bool { return anchors.at(address(p)) != nil }
