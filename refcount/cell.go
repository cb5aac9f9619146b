package refcount

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// cell is what an Atomic points to: a handle that is never changed. Nil stands for
// no handle.
//
// A reader who found a cell may come too late: the cell is replaced, and who got
// its handle may have released it, or may have asked whether it is the only one.
// So a reader takes a count only from a word that has one, looks again whether the
// cell is still there, and if not gives the count back. Thus no reader leaves with
// a handle to an object that somebody was told to have alone. The collector keeps
// cells and blocks from being reused under a reader.
type cell[T any] struct {
	value *T
	block *block
	gen   int64
	// Of an observed object. Observers are told of each count, and must not
	// be told of those that readers take in vain.
	observed *observedCell
}

// strong returns the cell's handle as a Strong, to be read only.
func (c *cell[T]) strong() *Strong[T] { return (*Strong[T])(unsafe.Pointer(c)) }

// A cell begins as a Strong does.
var (
	_ = [1]struct{}{}[unsafe.Offsetof(cell[int]{}.value)-unsafe.Offsetof(Strong[int]{}.value)]
	_ = [1]struct{}{}[unsafe.Offsetof(cell[int]{}.block)-unsafe.Offsetof(Strong[int]{}.block)]
	_ = [1]struct{}{}[unsafe.Offsetof(cell[int]{}.gen)-unsafe.Offsetof(Strong[int]{}.gen)]
)

type observedCell struct {
	mu     sync.Mutex
	closed bool // somebody has the handle
}

// newCell returns a cell with the handle, which s still has. It panics in the name
// of op if s cannot be used.
func newCell[T any](op string, s *Strong[T]) *cell[T] {
	if s == nil || s.block == nil {
		return nil
	}
	s.look(op)
	c := &cell[T]{value: s.value, block: s.block, gen: s.gen}
	if s.block.front() != nil {
		c.observed = new(observedCell)
	}
	return c
}

// tellMove tells observers that the handle moves into an Atomic. It comes before
// the cell is in there, where somebody may end the object at once.
func (c *cell[T]) tellMove() {
	if c != nil && c.observed != nil {
		c.block.front().use(opMove)
	}
}

// takeFrom leaves s without the handle that the cell has.
func (c *cell[T]) takeFrom(s *Strong[T]) {
	if c != nil {
		s.value, s.block = nil, &gone
	}
}

// holds reports whether the cell has a handle to this part of the object with this
// core; nil is no object.
func (c *cell[T]) holds(value *T, core *block) bool {
	if c == nil {
		return core == nil
	}
	mine := c.block
	if c.observed != nil {
		mine = mine.front().core
	}
	return mine == core && c.value == value
}

// handle returns the handle of a cell that has been replaced. Nobody takes another
// from it from now on.
func (c *cell[T]) handle() Strong[T] {
	if c == nil {
		return Strong[T]{}
	}
	if o := c.observed; o != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.closed = true
	}
	return Strong[T]{value: c.value, block: c.block, gen: c.gen}
}

// giveBack takes back the count of a reader who came too late, unless it has become
// the last one, and reports whether it did. In that case the reader is the only one
// with a handle, as if it had loaded in time and the others had released since; for
// a Load is no place to run a destructor.
func (c *cell[T]) giveBack() bool {
	for {
		state := atomic.LoadInt64(&c.block.state)
		if strongs(state, c.gen) <= 1 {
			return false
		}
		if atomic.CompareAndSwapInt64(&c.block.state, state, state-oneStrong) {
			return true
		}
	}
}

// loadSlowly is Load for an observed object, and for a word from which no count can
// be had. It returns false if the cell has been replaced.
//
//go:noinline
func (a *Atomic[T]) loadSlowly(c *cell[T]) (Strong[T], bool) {
	if o := c.observed; o != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.closed {
			return Strong[T]{}, false
		}
		if f, ok := c.block.front().clone(); ok {
			return Strong[T]{value: c.value, block: &f.block, gen: c.gen}, true
		}
	} else if a.cell.Load() != c {
		return Strong[T]{}, false
	}
	core, gen := c.block.core(c.gen)
	refuse[T]("Load from an Atomic: Clone", "Strong", core, gen, atomic.LoadInt64(&core.state)+oneStrong)
	panic("not reached")
}
