package refcount

import (
	"sync/atomic"
	"unsafe"
)

// Strong is a handle that keeps a T from being destroyed. The T is destroyed when
// its last Strong is released.
//
// A Strong belongs to one owner and must not be copied; see the package
// documentation. Clone, Value, Downgrade, PtrEq, SetLabel and the counts may be
// called on the same handle concurrently; Release and Move are writes to it, and
// need the caller to be its only user. Different handles to the same object are
// independent.
//
// The zero Strong holds nothing, and any method of it but [Strong.Held] panics;
// so it is after Release and Move.
//
// It is Rust's std::sync::Arc and C++'s std::shared_ptr.
type Strong[T any] struct {
	_     noCopy
	value *T
	block *block // nil in a zero handle, &gone after Release and Move
	gen   int64  // of the object, see word.go
}

// Clone returns another handle to the same object. It panics if the handle holds
// nothing, and beyond about 67 million handles to one object.
//
//go:nosplit
func (h *Strong[T]) Clone() Strong[T] {
	// Loads wait for the addition, so they come before it.
	value, b, gen := h.value, h.block, h.gen
	if b == nil || !retained(atomic.AddInt64(&b.state, oneStrong), gen) {
		return h.cloneSlowly()
	}
	return Strong[T]{value: value, block: b, gen: gen}
}

// Release gives the handle's count back and reports whether it was the last one.
// If it was, the object is destroyed before Release returns; inside another
// destructor, right after that one has returned. The handle holds nothing
// afterwards. Release panics if it held nothing before.
//
//go:nosplit
func (h *Strong[T]) Release() bool {
	b, gen := h.block, h.gen
	n := int64(0)
	if b != nil {
		h.value, h.block = nil, &gone
		n = atomic.AddInt64(&b.state, -oneStrong)
	}
	return !live(n, gen) && h.lastRelease(b, n)
}

// Value returns the object. The pointer must not be used after the handle has
// been released, unless another handle is known to live. Value panics if the
// handle holds nothing.
func (h *Strong[T]) Value() *T {
	if h.block == nil || !live(atomic.LoadInt64(&h.block.state), h.gen) {
		h.useSlowly("Value", opValue)
	}
	return h.value
}

// Held reports whether the handle holds a count: it is neither zero, nor
// released, nor moved away.
func (h *Strong[T]) Held() bool { return h.block != nil && h.block != &gone }

// Move returns a handle with this one's count; this one then holds nothing, as
// after Release. No count changes, so an owner can put its handle into a data
// structure or hand it over: next.parent = h.Move(). It panics if the handle
// holds nothing. It is C++'s std::move.
func (h *Strong[T]) Move() Strong[T] {
	if h.block == nil || !live(atomic.LoadInt64(&h.block.state), h.gen) {
		h.useSlowly("Move", opMove)
	}
	b, value := h.block, h.value
	h.value, h.block = nil, &gone
	return Strong[T]{value: value, block: b, gen: h.gen}
}

// Downgrade returns a weak handle to the same object. It panics if the handle
// holds nothing, and beyond about 67 million weak handles to one object.
func (h *Strong[T]) Downgrade() Weak[T] {
	b := h.block
	if b == nil || !watched(atomic.AddInt64(&b.state, oneWeak), h.gen) || unsafe.Pointer(h.value) != b.target {
		return h.downgradeSlowly()
	}
	return Weak[T]{block: b, gen: h.gen}
}

// StrongCount returns how many Strong handles the object has, this one included.
// While others use theirs, the number may be out of date when it is returned.
func (h *Strong[T]) StrongCount() int {
	_, gen, state := h.look("StrongCount")
	return strongs(state, gen)
}

// WeakCount returns how many Weak handles the object has.
// While others use theirs, the number may be out of date when it is returned.
func (h *Strong[T]) WeakCount() int {
	_, _, state := h.look("WeakCount")
	return weaks(state)
}

// PtrEq reports whether both handles are to the same object. It panics if one of
// them holds nothing.
func (h *Strong[T]) PtrEq(other *Strong[T]) bool {
	mine, _, _ := h.look("PtrEq")
	theirs, _, _ := other.look("PtrEq")
	return mine == theirs
}

// SetLabel names the object, whatever handle it is called on, in the events and
// panic reports to come.
func (h *Strong[T]) SetLabel(label string) {
	core, _, _ := h.look("SetLabel")
	core.setLabel(label)
}

// look returns the core of the object that the handle holds, its generation and
// its word. It tells no observer.
func (h *Strong[T]) look(op string) (core *block, gen, state int64) {
	if h.block == nil {
		refuse[T](op, "Strong", nil, 0, 0)
	}
	core, gen = h.block.core(h.gen)
	state = atomic.LoadInt64(&core.state)
	if f := h.block.front(); !alive(state, gen) || f != nil && f.spentAt() != nil {
		refuse[T](op, "Strong", h.block, gen, state)
	}
	return core, gen, state
}

// The rest of the operations above, for observed objects and for misuse. What the
// fast path has added is taken back first.

//go:noinline
func (h *Strong[T]) cloneSlowly() Strong[T] {
	n := undo(h.block, oneStrong)
	if f := h.block.front(); f != nil {
		twin, ok := f.clone()
		if ok {
			return Strong[T]{value: h.value, block: &twin.block, gen: h.gen}
		}
		n = atomic.LoadInt64(&f.core.state) + oneStrong
	}
	refuse[T]("Clone", "Strong", h.block, h.gen, n)
	panic("not reached")
}

func (h *Strong[T]) releaseSlowly(b *block) bool {
	gen := h.gen
	n := undo(b, -oneStrong)
	if f := b.front(); f != nil {
		last, ok := f.release()
		if ok {
			h.gen = f.grave(gen)
		}
		if last {
			f.core.end()
		}
		if ok {
			return last
		}
		n = atomic.LoadInt64(&f.core.state)
	}
	refuse[T]("Release", "Strong", b, gen, n)
	panic("not reached")
}

//go:noinline
func (h *Strong[T]) useSlowly(name string, op op) {
	if f := h.block.front(); f == nil || !f.use(op) {
		h.look(name)
	}
}

//go:noinline
func (h *Strong[T]) downgradeSlowly() Weak[T] {
	n := undo(h.block, oneWeak)
	if h.block == nil || h.block == &gone {
		refuse[T]("Downgrade", "Strong", h.block, h.gen, n)
	}
	core, gen := h.block.core(h.gen)
	ok := false
	if f := h.block.front(); f != nil {
		ok = f.downgrade()
	} else {
		ok = core.addWeak(gen)
	}
	if !ok {
		refuse[T]("Downgrade", "Strong", h.block, gen, atomic.LoadInt64(&core.state)+oneWeak)
	}
	if unsafe.Pointer(h.value) == core.target {
		return Weak[T]{block: core, gen: gen}
	}
	part := &front{core: core, gen: gen}
	part.state, part.target = elsewhere, unsafe.Pointer(h.value)
	return Weak[T]{block: &part.block, gen: gen}
}

// undo takes back an addition to b's word that must not have been made, and
// returns the word with it.
func undo(b *block, added int64) int64 {
	if b == nil {
		return 0
	}
	return atomic.AddInt64(&b.state, -added) + added
}
