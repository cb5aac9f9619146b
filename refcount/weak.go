package refcount

import "sync/atomic"

// Weak is a handle that leads to a T for as long as the T has Strong handles,
// and does not keep it from being destroyed.
//
// A Weak belongs to one owner and must not be copied, as a [Strong]. Upgrade,
// Clone, PtrEq and the counts may be called on the same handle concurrently;
// Release and Move need the caller to be its only user.
//
// The zero Weak refers to nothing: Upgrade fails, the counts are zero, Clone
// returns another zero Weak, Release and Move panic. After Release and Move all
// methods panic but [Weak.Held].
//
// It is Rust's std::sync::Weak and C++'s std::weak_ptr. An object made with
// [New] stays in memory, zeroed, until its last Weak is unreachable too.
type Weak[T any] struct {
	_     noCopy
	_     [0]*T  // no conversion between Weak types
	block *block // the core; nil in a zero handle, &gone after Release and Move
	gen   int64  // of the object, see word.go
}

// Upgrade returns a new strong handle, and false if the object is destroyed or
// about to be: once the last Strong is being released, no Upgrade succeeds, not
// even inside the destructor.
//
//go:nosplit
func (w *Weak[T]) Upgrade() (Strong[T], bool) {
	b, gen := w.block, w.gen
	if b == nil {
		return Strong[T]{}, false
	}
	state := atomic.LoadInt64(&b.state)
	if retained(state+oneStrong, gen) && atomic.CompareAndSwapInt64(&b.state, state, state+oneStrong) {
		return Strong[T]{value: (*T)(b.target), block: b, gen: gen}, true
	}
	return w.upgradeSlowly()
}

//go:noinline
func (w *Weak[T]) upgradeSlowly() (Strong[T], bool) {
	if w.block == &gone {
		refuse[T]("Upgrade", "Weak", &gone, 0, 0)
	}
	core, gen := w.block.core(w.gen)
	b, ok := core.upgrade(gen)
	if !ok {
		state := atomic.LoadInt64(&core.state)
		if alive(state, gen) && strongs(state, gen) == maxStrong {
			refuse[T]("Upgrade", "Weak", core, gen, state+oneStrong)
		}
		return Strong[T]{}, false
	}
	target := core.target
	if w.block != core {
		target = w.block.target // a part of the object
	}
	return Strong[T]{value: (*T)(target), block: b, gen: gen}, true
}

// Clone returns another weak handle to the same object, whether it lives or not.
// It panics beyond about 67 million weak handles to one object.
func (w *Weak[T]) Clone() Weak[T] {
	w.state("Clone")
	if w.block == nil {
		return Weak[T]{}
	}
	core, gen := w.block.core(w.gen)
	for {
		state := atomic.LoadInt64(&core.state)
		if generation(state) != gen {
			break // of an earlier object: not counted any more
		}
		if weaks(state) >= maxWeak {
			refuse[T]("Clone", "Weak", core, gen, state+oneWeak)
		}
		if atomic.CompareAndSwapInt64(&core.state, state, state+oneWeak) {
			break
		}
	}
	return Weak[T]{block: w.block, gen: w.gen}
}

// Release gives the handle up. It never destroys anything; it makes WeakCount
// right. The handle holds nothing afterwards. Release panics if it held nothing
// before.
func (w *Weak[T]) Release() {
	b := w.block
	if b == nil {
		refuse[T]("Release", "Weak", nil, 0, 0)
	}
	state := atomic.LoadInt64(&b.state)
	if generation(state) != w.gen || weaks(state) == 0 || !atomic.CompareAndSwapInt64(&b.state, state, state-oneWeak) {
		w.releaseSlowly()
	}
	w.block = &gone
}

//go:noinline
func (w *Weak[T]) releaseSlowly() {
	if w.block == &gone {
		refuse[T]("Release", "Weak", &gone, 0, 0)
	}
	core, gen := w.block.core(w.gen)
	for {
		state := atomic.LoadInt64(&core.state)
		if generation(state) != gen {
			return // of an earlier object: not counted any more
		}
		if weaks(state) == 0 {
			refuse[T]("Release", "Weak", core, gen, state)
		}
		if atomic.CompareAndSwapInt64(&core.state, state, state-oneWeak) {
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
		refuse[T]("Move", "Weak", b, 0, 0)
	}
	w.block = &gone
	return Weak[T]{block: b, gen: w.gen}
}

// StrongCount returns how many Strong handles the object has, and zero once it
// is destroyed.
func (w *Weak[T]) StrongCount() int {
	strong, _ := w.state("StrongCount")
	return strong
}

// WeakCount returns how many Weak handles the object has, and zero once it is
// destroyed, as Rust's does.
func (w *Weak[T]) WeakCount() int {
	_, weak := w.state("WeakCount")
	return weak
}

// PtrEq reports whether both handles are to the same object, whether it lives or
// not. Two zero handles are equal.
func (w *Weak[T]) PtrEq(other *Weak[T]) bool {
	w.state("PtrEq")
	other.state("PtrEq")
	if w.block == nil || other.block == nil {
		return w.block == other.block
	}
	mine, gen := w.block.core(w.gen)
	theirs, othersGen := other.block.core(other.gen)
	return mine == theirs && gen == othersGen
}

// state returns the counts, zero if the object is not alive. It refuses a handle
// that was released or moved away.
func (w *Weak[T]) state(op string) (strong, weak int) {
	switch w.block {
	case nil:
		return 0, 0
	case &gone:
		refuse[T](op, "Weak", &gone, 0, 0)
	}
	core, gen := w.block.core(w.gen)
	state := atomic.LoadInt64(&core.state)
	if !alive(state, gen) {
		return 0, 0
	}
	return strongs(state, gen), weaks(state)
}
