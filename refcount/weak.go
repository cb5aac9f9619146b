package refcount

import "sync/atomic"

// Weak is a handle that leads to a T for as long as the T has Strong handles,
// and does not keep it from being destroyed.
//
// A Weak belongs to one owner and must not be copied, as a [Strong]. Upgrade,
// PtrEq and the counts may be called on the same handle concurrently; Release
// and Move need the caller to be its only user.
//
// The zero Weak refers to nothing: Upgrade fails, the counts are zero, Release
// and Move panic. After Release and Move all methods panic but [Weak.Held].
//
// It is Rust's std::sync::Weak and C++'s std::weak_ptr. An object made with
// [New] stays in memory, zeroed, until its last Weak is unreachable too.
type Weak[T any] struct {
	_     noCopy
	_     [0]*T  // no conversion between Weak types
	block *block // nil in a zero handle, &gone after Release and Move
}

// Upgrade returns a new strong handle, and false if the object is destroyed or
// about to be: once the last Strong is being released, no Upgrade succeeds, not
// even inside the destructor.
func (w *Weak[T]) Upgrade() (Strong[T], bool) {
	b := w.block
	if b == nil {
		return Strong[T]{}, false
	}
	for {
		state := atomic.LoadInt64(&b.state)
		if state < oneStrong {
			if b == &gone {
				refuse[T]("Upgrade", "Weak", b, 0)
			}
			return Strong[T]{}, false
		}
		if !retained(state + oneStrong) {
			refuse[T]("Upgrade", "Weak", b, state+oneStrong)
		}
		if atomic.CompareAndSwapInt64(&b.state, state, state+oneStrong) {
			return Strong[T]{value: (*T)(b.target), block: b}, true
		}
	}
}

// Release gives the handle up. It never destroys anything; it makes WeakCount
// right. The handle holds nothing afterwards. Release panics if it held nothing
// before.
func (w *Weak[T]) Release() {
	b := w.block
	if b == nil {
		refuse[T]("Release", "Weak", nil, 0)
	}
	for {
		state := atomic.LoadInt64(&b.state)
		if weak(state) == 0 {
			refuse[T]("Release", "Weak", b, state)
		}
		if atomic.CompareAndSwapInt64(&b.state, state, state-oneWeak) {
			w.block = &gone
			return
		}
	}
}

// Held reports whether the handle is neither zero, nor released, nor moved away.
// It does not tell whether the object lives; only Upgrade does.
func (w *Weak[T]) Held() bool { return w.block != nil && w.block != &gone }

// Move returns a handle in this one's place; this one then holds nothing, as
// after Release. It panics if it held nothing before.
func (w *Weak[T]) Move() Weak[T] {
	b := w.block
	if !w.Held() {
		refuse[T]("Move", "Weak", b, 0)
	}
	w.block = &gone
	return Weak[T]{block: b}
}

// StrongCount returns how many Strong handles the object has, and zero once it
// is destroyed.
func (w *Weak[T]) StrongCount() int { return max(strong(w.state("StrongCount")), 0) }

// WeakCount returns how many Weak handles the object has, and zero once it is
// destroyed, as Rust's does.
func (w *Weak[T]) WeakCount() int {
	state := w.state("WeakCount")
	if strong(state) <= 0 {
		return 0
	}
	return weak(state)
}

// PtrEq reports whether both handles are to the same object, whether it lives or
// not. Two zero handles are equal.
func (w *Weak[T]) PtrEq(other *Weak[T]) bool {
	w.state("PtrEq")
	other.state("PtrEq")
	return w.block == other.block
}

func (w *Weak[T]) state(op string) int64 {
	switch w.block {
	case nil:
		return 0
	case &gone:
		refuse[T](op, "Weak", &gone, 0)
	}
	return atomic.LoadInt64(&w.block.state)
}
