package refcount

import (
	"sync/atomic"
	"unsafe"
)

// block is what all handles to one object share. It knows no type parameter, so
// that handles of different types can share it.
type block struct {
	state  int64          // see word.go; first, and so aligned on 32-bit machines
	target unsafe.Pointer // the object, nil once destroyed; read only with a count in hand
	drop   destructor
	extra  atomic.Pointer[extra]
}

// box is a block with its object, for New: one allocation for both.
type box[T any] struct {
	block
	value T
}

// gone is the block of handles that were released or moved away. It looks
// destroyed, so the checks that every operation makes anyway find such handles.
var gone = block{state: destroyed}

// lastRelease is the rest of a Release whose addition left n. It reports whether
// it destroyed the object.
func lastRelease[T any](b *block, n int64) bool {
	switch {
	case b == nil:
		refuse[T]("Release", "Strong", b, n)
	case strong(n) < 0 || !b.claim():
		atomic.AddInt64(&b.state, oneStrong)
		refuse[T]("Release", "Strong", b, n)
	}
	if b.drop.present() || listening() {
		destroy(b)
	} else {
		b.bury() // there is no order to keep
	}
	return true
}

// claim marks b destroyed and reports whether this call did it. Reaching zero
// gives no right to destroy yet: a copied handle may, against the rules, have
// raised the count from zero and lowered it again.
func (b *block) claim() bool {
	for {
		state := atomic.LoadInt64(&b.state)
		if isDestroyed(state) {
			return false
		}
		if atomic.CompareAndSwapInt64(&b.state, state, state+destroyed) {
			return true
		}
	}
}

// bury drops what a destroyed object refers to.
func (b *block) bury() {
	b.drop.clear(b.target)
	b.target = nil
}
