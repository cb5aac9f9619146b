package realweak

import (
	"context"
	"math"
	"sync/atomic"
	"time"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// cacheTable is what a Cache owns; see valueTable. Clear replaces it by another
// with the same counts.
type cacheTable[K comparable, V any] struct {
	sweeping[K, *cacheEntry[V]]
	fast   *xsync.Map[K, *cacheEntry[V]] // the map in entries
	front  *front[V]                     // nil if no values are kept
	counts *cacheCounts
}

// cacheEntry is one stored value. Storing another under its key makes another
// entry.
type cacheEntry[V any] struct {
	ref  weak.Pointer[V]
	kept atomic.Pointer[V] // by the front; with it a hit need not ask the collector
	used atomic.Bool       // since the front's hand passed by

	// Guarded by the front's mutex.
	slot    uint32 // if kept
	removed bool   // from the table, so not to be kept any more
}

func newCacheTable[K comparable, V any](recent int, counts *cacheCounts) *cacheTable[K, V] {
	entries := newXStore[K, *cacheEntry[V]]()
	t := &cacheTable[K, V]{fast: entries.m, counts: counts}
	t.entries, t.dead = entries, (*cacheEntry[V]).dead
	if recent > 0 {
		t.front = &front[V]{limit: min(recent, math.MaxInt32)}
	}
	sweepWhileAlive(t)
	return t
}

func (e *cacheEntry[V]) same(o *cacheEntry[V]) bool { return e == o }

// value returns nil if e is nil or its value is dead.
func (e *cacheEntry[V]) value() *V {
	if e == nil {
		return nil
	}
	if v := e.kept.Load(); v != nil {
		return v
	}
	return e.ref.Value()
}

func (e *cacheEntry[V]) dead() bool { return e.kept.Load() == nil && cleared(untyped(e.ref)) }

// use finds a value, counts, and has the front take notice.
func (t *cacheTable[K, V]) use(key K) *V {
	n := t.counts.here()
	e, ok := t.fast.Load(key)
	if !ok {
		n.misses.Add(1)
		return nil
	}
	if v := e.kept.Load(); v != nil {
		n.hits.Add(1)
		// Only written when it changes, so that hits on one value do not pass
		// its cache line round.
		if !e.used.Load() {
			e.used.Store(true)
		}
		return v
	}
	v := e.ref.Value()
	if v == nil {
		n.misses.Add(1)
		n.deadHits.Add(1)
		return nil
	}
	n.hits.Add(1)
	if t.front != nil {
		t.evicted(t.front.readmit(e, v))
	}
	return v
}

// put stores a value whatever is there.
func (t *cacheTable[K, V]) put(key K, value *V) {
	e := entryFor(key, value)
	old, _ := t.entries.put(key, e)
	t.stored(old, e, value)
}

// settle stores what a call has loaded in the place of what it saw before, which
// was dead or absent, and returns the value that there is in the end. Where the
// call has been forgotten it only returns the value.
func (t *cacheTable[K, V]) settle(key K, value *V, seen *cacheEntry[V], own *call[*V]) *V {
	e := entryFor(key, value)
	for {
		var now *cacheEntry[V]
		var done bool
		if !own.commit(func() { now, done = t.entries.putIf(key, seen, e) }) {
			return value
		}
		if done {
			t.stored(seen, e, value)
			return value
		}
		if v := now.value(); v != nil {
			return v // by Store
		}
		seen = now
	}
}

func entryFor[K comparable, V any](key K, value *V) *cacheEntry[V] {
	e := &cacheEntry[V]{ref: weak.Make(value)}
	enrollAs(e.ref, key)
	return e
}

// stored is called once e is in the table, in the place of old if that is not nil.
func (t *cacheTable[K, V]) stored(old, e *cacheEntry[V], value *V) {
	if old == nil {
		t.inserted()
	}
	if t.front == nil {
		return
	}
	if old != nil {
		t.front.remove(old)
	}
	t.evicted(t.front.admit(e, value))
}

func (t *cacheTable[K, V]) remove(key K) {
	if old, had := t.entries.take(key); had && t.front != nil {
		t.front.remove(old)
	}
}

// fetch is Get after a miss.
func (c *Cache[K, V]) fetch(ctx context.Context, key K, load func(context.Context, K) (*V, error)) (*V, error) {
	value, led, err := c.loads.join(ctx, key, func(own *call[*V]) (*V, error) {
		t := c.own()
		// Somebody else may have loaded it since this caller's miss.
		seen, _ := t.fast.Load(key)
		if value := seen.value(); value != nil {
			return value, nil
		}
		value, err := loadCounted(ctx, t.counts, key, load)
		if err != nil {
			return nil, err
		}
		return t.settle(key, value, seen, own), nil
	})
	if !led && err == nil {
		c.own().counts.here().shared.Add(1)
	}
	return value, err
}

// loadCounted calls load, and counts.
func loadCounted[K comparable, V any](ctx context.Context, counts *cacheCounts, key K, load func(context.Context, K) (*V, error)) (value *V, err error) {
	began, ok := time.Now(), false
	defer func() {
		n := counts.here()
		n.loads.Add(1)
		n.loadTime.Add(int64(time.Since(began)))
		if !ok { // a panic or a Goexit too
			n.loadErrors.Add(1)
		}
	}()
	if value, err = load(ctx, key); err != nil {
		return nil, err
	}
	if value == nil {
		return nil, ErrNothingLoaded
	}
	mustRefer("Cache.Get", value)
	ok = true
	return value, nil
}
