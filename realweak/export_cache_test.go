package realweak

import "context"

// Calls are calls for the tests in package realweak_test.
type Calls[K comparable, R any] struct{ f calls[K, R] }

// Call is a computation under way.
type Call[R any] = call[R]

// Do is calls.do.
func (f *Calls[K, R]) Do(ctx context.Context, key K, compute func() (R, error)) (R, error) {
	return f.f.do(ctx, key, compute)
}

// Join is calls.join.
func (f *Calls[K, R]) Join(ctx context.Context, key K, compute func(*Call[R]) (R, error)) (R, bool, error) {
	return f.f.join(ctx, key, compute)
}

// Forget is calls.forget.
func (f *Calls[K, R]) Forget(key K) { f.f.forget(key) }

// ForgetAll is calls.forgetAll.
func (f *Calls[K, R]) ForgetAll() { f.f.forgetAll() }

// Commit is call.commit.
func (on *call[R]) Commit(store func()) bool { return on.commit(store) }

// Under returns how many computations are under way, by both ways of counting.
func (f *Calls[K, R]) Under() (listed int, counted int64) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	return len(f.f.byKey), f.f.count.Load()
}

// Waiting returns how many wait for key.
func (f *Calls[K, R]) Waiting(key K) int {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	if on := f.f.byKey[key]; on != nil {
		return len(on.waiters)
	}
	return 0
}

// Waiting returns how many wait for the load of key.
func (c *Cache[K, V]) Waiting(key K) int {
	c.loads.mu.Lock()
	defer c.loads.mu.Unlock()
	if on := c.loads.byKey[key]; on != nil {
		return len(on.waiters)
	}
	return 0
}

// Loading returns how many loads are under way.
func (c *Cache[K, V]) Loading() int64 { return c.loads.count.Load() }

// CheckFront returns what is wrong with the front of a cache at rest.
func (c *Cache[K, V]) CheckFront() string {
	t := c.table.Load()
	if t == nil || t.front == nil {
		return ""
	}
	f := t.front
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ring) > f.limit {
		return "larger than its limit"
	}
	if int(f.hand) >= max(1, len(f.ring)) {
		return "the hand points beyond the ring"
	}
	free := map[uint32]bool{}
	for _, slot := range f.free {
		if free[slot] || f.ring[slot] != nil {
			return "a free slot is not free, or is so twice"
		}
		free[slot] = true
	}
	held := map[*cacheEntry[V]]bool{}
	for slot, e := range f.ring {
		switch {
		case e == nil:
			if !free[uint32(slot)] {
				return "a slot was lost"
			}
		case e.kept.Load() == nil || e.slot != uint32(slot) || e.removed || held[e]:
			return "an entry does not know its slot, or is removed, or is there twice"
		default:
			held[e] = true
		}
	}
	for _, e := range t.entries.all() {
		if (e.kept.Load() != nil) != held[e] {
			return "an entry is kept and not in the ring, or the reverse"
		}
		delete(held, e)
	}
	if len(held) > 0 {
		return "an entry is in the ring and not in the table"
	}
	return ""
}

// Slots returns how many ties a signal stores, gone ones among them.
func (s *Signal[A]) Slots() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ties)
}

// Registered returns how many registrations a queue lists, and how many of them
// are in force.
func (q *Queue[A]) Registered() (listed, alive int) {
	r := q.own().registered
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, z := range r.all {
		if z.Alive() {
			alive++
		}
	}
	return len(r.all), alive
}

// Waiting returns how many wait in Next.
func (q *Queue[A]) Waiting() int {
	c := q.own()
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiters)
}

// Kept tells whether the front holds the value for key.
func (c *Cache[K, V]) Kept(key K) bool {
	t := c.table.Load()
	if t == nil {
		return false
	}
	e, _ := t.fast.Load(key)
	return e != nil && e.kept.Load() != nil
}
