package refcount

import "sync/atomic"

// Atomic is a variable that holds a [Strong] and that many goroutines read and
// replace, such as the configuration of a running service. The object in it lives
// until it is replaced and its last reader has released it.
//
//	var current refcount.Atomic[Config]
//
//	func handle() {
//		config := current.Load()
//		defer config.Release()
//		...
//	}
//
// The zero Atomic holds nothing and is ready to use. All methods are safe for
// concurrent use, and each takes effect at one moment between its call and its
// return. None waits for another goroutine, except for those that load, at the
// same time, an object which the leak detector or a domain observes. An Atomic
// must not be copied; go vet reports copies.
//
// What an Atomic holds counts as one handle. Store(nil) gives it back; an Atomic
// that is lost while it holds something is a lost handle.
//
// It is C++'s std::atomic<std::shared_ptr>. Where only memory is at stake, the
// collector does this job: use [sync/atomic.Pointer].
type Atomic[T any] struct {
	_    noCopy
	cell atomic.Pointer[cell[T]]
}

// Load returns a new handle to the object that the Atomic holds, as Clone does,
// and a zero one, which is not [Strong.Held], if it holds nothing. It panics
// beyond about 67 million handles to one object.
func (a *Atomic[T]) Load() Strong[T] {
	for {
		c := a.cell.Load()
		if c == nil {
			return Strong[T]{}
		}
		state := atomic.LoadInt64(&c.block.state)
		if !retained(state+oneStrong, c.gen) {
			if h, ok := a.loadSlowly(c); ok {
				return Strong[T]{value: h.value, block: h.block, gen: h.gen}
			}
			continue
		}
		if !atomic.CompareAndSwapInt64(&c.block.state, state, state+oneStrong) {
			continue
		}
		if a.cell.Load() == c || !c.giveBack() {
			return Strong[T]{value: c.value, block: c.block, gen: c.gen}
		}
	}
}

// Store moves the handle into the Atomic, and releases what that held before; if
// that was the last handle to an object, the object is destroyed before Store
// returns. s holds nothing afterwards. With nil, or with a zero handle, the Atomic
// holds nothing afterwards. Store panics if s was released or moved away.
func (a *Atomic[T]) Store(s *Strong[T]) {
	before := a.swap("Store", s)
	if before.Held() {
		before.Release()
	}
}

// Swap moves the handle into the Atomic, and returns what that held before, which
// is not [Strong.Held] if that was nothing. It treats s as [Atomic.Store] does.
func (a *Atomic[T]) Swap(s *Strong[T]) (before Strong[T]) { return a.swap("Swap", s) }

func (a *Atomic[T]) swap(op string, s *Strong[T]) (before Strong[T]) {
	next := newCell(op, s)
	next.tellMove()
	next.takeFrom(s)
	return a.cell.Swap(next).handle()
}

// CompareAndSwap does what Store does if the Atomic holds the same as old, and
// reports whether it did: the same object, and the same part of it
// ([Project]), whatever the handle. A nil or zero old stands for nothing. If the
// Atomic holds something else, s keeps its handle. old keeps its own in any case.
// CompareAndSwap panics if one of them was released or moved away.
func (a *Atomic[T]) CompareAndSwap(old, s *Strong[T]) bool {
	var value *T
	var core *block
	if old != nil && old.block != nil {
		core, _, _ = old.look("CompareAndSwap")
		value = old.value
	}
	next := newCell("CompareAndSwap", s)
	for {
		c := a.cell.Load()
		if !c.holds(value, core) {
			return false
		}
		next.tellMove()
		if a.cell.CompareAndSwap(c, next) {
			next.takeFrom(s)
			if before := c.handle(); before.Held() {
				before.Release()
			}
			return true
		}
	}
}
