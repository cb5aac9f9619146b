package refcount

import (
	"sync/atomic"
	"unsafe"
)

// NewCyclic puts under count what build returns, and returns the first handle to
// it. build is given a weak handle to the object to be, which it can Clone or Move
// into the object, for members that must know their owner. Until build has
// returned no Upgrade succeeds. If build panics, none ever does, and drop is not
// called.
//
// drop is that of [New]. It is Rust's Arc::new_cyclic, and does what C++'s
// std::enable_shared_from_this does.
func NewCyclic[T any](build func(*Weak[T]) T, drop func(*T)) Strong[T] {
	b := &box[T]{block: block{state: firstGen + oneWeak, drop: owned[T](drop)}}
	b.target = unsafe.Pointer(&b.value)
	w := Weak[T]{block: &b.block, gen: firstGen}
	b.value = build(&w)
	if w.Held() {
		w.Release()
	}
	atomic.AddInt64(&b.state, oneStrong)
	return Strong[T]{value: &b.value, block: b.announce(firstGen), gen: firstGen}
}
