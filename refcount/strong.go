package refcount

import "sync/atomic"

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
}

// Clone returns another handle to the same object. It panics if the handle holds
// nothing, and beyond about a billion handles to one object.
func (h *Strong[T]) Clone() Strong[T] {
	b := h.block
	if b == nil || !retained(atomic.AddInt64(&b.state, oneStrong)) {
		undo[T]("Clone", b, oneStrong)
	}
	return Strong[T]{value: h.value, block: b}
}

// Release gives the handle's count back and reports whether it was the last one.
// If it was, the object is destroyed before Release returns; inside another
// destructor, right after that one has returned. The handle holds nothing
// afterwards. Release panics if it held nothing before.
func (h *Strong[T]) Release() bool {
	b := h.block
	n := int64(0)
	if b != nil {
		h.value, h.block = nil, &gone
		n = atomic.AddInt64(&b.state, -oneStrong)
	}
	return n < oneStrong && lastRelease[T](b, n)
}

// Value returns the object. The pointer must not be used after the handle has
// been released, unless another handle is known to live. Value panics if the
// handle holds nothing.
func (h *Strong[T]) Value() *T {
	if h.block == nil || atomic.LoadInt64(&h.block.state) < oneStrong {
		h.refuseValue()
	}
	return h.value
}

// refuseValue has a form that leaves Value just cheap enough to be inlined.
//
//go:noinline
func (h *Strong[T]) refuseValue() { refuse[T]("Value", "Strong", h.block, 0) }

// Held reports whether the handle holds a count: it is neither zero, nor
// released, nor moved away.
func (h *Strong[T]) Held() bool { return h.block != nil && h.block != &gone }

// Move returns a handle with this one's count; this one then holds nothing, as
// after Release. No count changes, so an owner can put its handle into a data
// structure or hand it over: next.parent = h.Move(). It panics if the handle
// holds nothing. It is C++'s std::move.
func (h *Strong[T]) Move() Strong[T] {
	h.live("Move")
	b, value := h.block, h.value
	h.value, h.block = nil, &gone
	return Strong[T]{value: value, block: b}
}

// Downgrade returns a weak handle to the same object. It panics if the handle
// holds nothing, and beyond about a billion weak handles to one object.
func (h *Strong[T]) Downgrade() Weak[T] {
	b := h.block
	if b == nil || !watched(atomic.AddInt64(&b.state, oneWeak)) {
		undo[T]("Downgrade", b, oneWeak)
	}
	return Weak[T]{block: b}
}

// StrongCount returns how many Strong handles the object has, this one included.
// While others use theirs, the number may be out of date when it is returned.
func (h *Strong[T]) StrongCount() int { return strong(h.live("StrongCount")) }

// WeakCount returns how many Weak handles the object has.
// While others use theirs, the number may be out of date when it is returned.
func (h *Strong[T]) WeakCount() int { return weak(h.live("WeakCount")) }

// PtrEq reports whether both handles are to the same object. It panics if one of
// them holds nothing.
func (h *Strong[T]) PtrEq(other *Strong[T]) bool {
	h.live("PtrEq")
	other.live("PtrEq")
	return h.block == other.block
}

// SetLabel names the object, whatever handle it is called on, in the events and
// panic reports to come.
func (h *Strong[T]) SetLabel(label string) {
	h.live("SetLabel")
	h.block.setLabel(label)
}

func (h *Strong[T]) live(op string) (state int64) {
	b := h.block
	if b == nil {
		refuse[T](op, "Strong", nil, 0)
	}
	state = atomic.LoadInt64(&b.state)
	if strong(state) <= 0 {
		refuse[T](op, "Strong", b, state)
	}
	return state
}
