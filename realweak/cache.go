package realweak

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"sync/atomic"
)

// Cache is a concurrent cache of what can be had again: it finds a value for as
// long as anything else holds it, and keeps the most recently used ones by itself
// if told to ([KeepRecent]). The zero Cache keeps none and is ready to use; it
// must not be copied after first use.
//
// Of all values that a Cache gives out for a key, those alive at a time are one
// and the same, unless it was told otherwise by Store, Delete or Clear. All methods
// are safe for concurrent use. A Cache that is itself unreachable is collected with
// all that it holds.
//
// A hit takes no lock and does not allocate. Where the Cache keeps recent values,
// the first hit on one that it had let go of takes it back, which takes a lock
// unless another goroutine holds it.
//
// # Not guaranteed
//
// A weak cache is no more than half a cache: without KeepRecent, a value that
// nobody uses is gone at the next collection, however much memory there is.
// Values do not grow old: there is no time to live, and a value that must not be
// used after some time must say so itself. Which value is given up for another is
// nearly the one used longest ago, not exactly. K is held strongly, so a key that
// refers to its own value keeps it for ever.
type Cache[K comparable, V any] struct {
	recent int
	table  atomic.Pointer[cacheTable[K, V]]
	loads  calls[K, *V]
}

// CacheOption changes what [NewCache] makes.
type CacheOption func(*cacheOptions)

type cacheOptions struct {
	recent int
	name   string
}

// KeepRecent has the cache hold the n most recently used values strongly, so that
// they survive collections while nobody else uses them. The default is 0. It
// panics if n is negative.
func KeepRecent(n int) CacheOption {
	if n < 0 {
		panic(fmt.Sprintf("realweak: KeepRecent(%d): pass how many values to keep, or 0 for none", n))
	}
	return func(o *cacheOptions) { o.recent = n }
}

// Named shows the cache's values as a group of that name in [event.Groups], with its
// [CacheStats]. Names need not be unique; caches of one name are shown as one. The
// default is no name: the cache is not shown. A cache that is shown is still
// collected when dropped.
func Named(name string) CacheOption {
	return func(o *cacheOptions) { o.name = name }
}

// NewCache returns an empty cache. Without options it is the same as new(Cache).
// Of several options of a kind the last counts.
func NewCache[K comparable, V any](options ...CacheOption) *Cache[K, V] {
	var o cacheOptions
	for _, option := range options {
		option(&o)
	}
	c := &Cache[K, V]{recent: o.recent}
	c.join(o.name)
	return c
}

// ErrNothingLoaded is what [Cache.Get] fails with if the load function returns
// neither a value nor an error.
var ErrNothingLoaded = errors.New("realweak: Cache.Get: the load function returned neither a value nor an error; return an error for what does not exist")

// Get returns the value for key, and loads it if the cache has none that is alive.
// It returns a value or an error, never neither and never both.
//
// One load per key is under way at a time, in the goroutine of a caller that found
// nothing and with its context; the others that ask for the key wait, and get the
// same value or the same error. Errors are not kept: the next Get loads again. A
// load that panics, ends its goroutine, or fails after the end of its own caller's
// context concerns that caller alone; one of those who waited loads instead.
//
// ctx bounds the waiting: when it is done, Get returns its error, and goes on only
// if it is the one that loads and load does. A hit does not look at ctx. A load
// that asks the same cache for its own key waits for itself.
//
// A load under way when its key is deleted or cleared away is not taken into the
// cache: it is for those who have asked for it already. If another value is stored
// meanwhile, they get that one.
//
// Get panics if load is nil, or if it returns a value that cannot be referred to,
// as [Cache.Store] does.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load func(context.Context, K) (*V, error)) (*V, error) {
	if load == nil {
		panic("realweak: Cache.Get with a nil function; pass the function that loads a value, or use Load")
	}
	if value, ok := c.Load(key); ok {
		return value, nil
	}
	return c.fetch(ctx, key, load)
}

// Load returns the value for key and true, or nil and false if the cache has none
// that is alive. As far as statistics and recency go, it is a Get that loads
// nothing.
func (c *Cache[K, V]) Load(key K) (value *V, ok bool) {
	value = c.own().use(key)
	return value, value != nil
}

// Peek is Load without a trace: it is not counted and is no use of the value.
func (c *Cache[K, V]) Peek(key K) (value *V, ok bool) {
	t := c.table.Load()
	if t == nil {
		return nil, false
	}
	e, _ := t.fast.Load(key)
	value = e.value()
	return value, value != nil
}

// Store sets the value for key. It panics if value is nil, and if V is so small
// that its objects may share a block ([CheckReferent]); [New] allocates such
// values.
func (c *Cache[K, V]) Store(key K, value *V) {
	mustRefer("Cache.Store", value)
	c.own().put(key, value)
}

// Delete deletes the entry for key, if there is one. Who has the value keeps it.
func (c *Cache[K, V]) Delete(key K) {
	c.loads.forget(key)
	if t := c.table.Load(); t != nil {
		t.remove(key)
	}
}

// Clear deletes all entries, and lets go of all values that the cache kept.
func (c *Cache[K, V]) Clear() {
	if t := c.table.Load(); t != nil {
		// What others still write to the old table is as if cleared away.
		c.table.CompareAndSwap(t, newCacheTable[K, V](c.recent, t.counts))
	}
	c.loads.forgetAll()
}

// Len returns how many entries are alive. It looks at every entry. While the cache
// is in use elsewhere the count is one that held for each entry at some moment of
// the call.
func (c *Cache[K, V]) Len() int {
	n := 0
	for range c.All() {
		n++
	}
	return n
}

// All iterates over the living entries in no particular order, as [ValueMap.All]
// does. It is not counted and is no use of the values.
func (c *Cache[K, V]) All() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		t := c.table.Load()
		if t == nil {
			return
		}
		for key, e := range t.entries.all() {
			if value := e.value(); value != nil && !yield(key, value) {
				return
			}
		}
	}
}

// Stats returns the cache's totals since it was made. Counts of operations under
// way at the time may be there in part.
func (c *Cache[K, V]) Stats() CacheStats {
	t := c.table.Load()
	if t == nil {
		return CacheStats{}
	}
	s := t.counts.total()
	s.Entries = t.entries.size()
	if t.front != nil {
		s.Recent = t.front.len()
	}
	return s
}

// String returns the type and the numbers of entries and of those kept, such as
// "Cache[string, main.Page](12 entries, 10 recent)".
func (c *Cache[K, V]) String() string {
	s := c.Stats()
	return fmt.Sprintf("Cache[%v, %v](%d entries, %d recent)",
		reflect.TypeFor[K](), reflect.TypeFor[V](), s.Entries, s.Recent)
}

// own returns the cache's table and makes it if this is the first use.
func (c *Cache[K, V]) own() *cacheTable[K, V] {
	if t := c.table.Load(); t != nil {
		return t
	}
	return adopt(&c.table, func() *cacheTable[K, V] {
		return newCacheTable[K, V](c.recent, newCacheCounts())
	})
}
