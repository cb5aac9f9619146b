package refcount

import (
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// block is what all handles to one object share. It knows no type parameter, so
// that handles of different types can share it. It is the object's core, unless
// it is a [front].
type block struct {
	state  int64          // see word.go; first, and so aligned on 32-bit machines
	target unsafe.Pointer // the object; read only with a count in hand
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

// core returns the core of the object that handles with b are to, and its
// generation as those handles know it, gen unless b is a front.
func (b *block) core(gen int64) (*block, int64) {
	if f := b.front(); f != nil {
		return f.core, f.gen
	}
	return b, gen
}

// lastRelease is the rest of a Release whose addition to b left n. It reports
// whether it destroyed the object.
func (h *Strong[T]) lastRelease(b *block, n int64) bool {
	// A word of this generation, without marks, in which no strong count is
	// left.
	if b == nil || uint64(n-h.gen) >= uint64(oneStrong) {
		return h.releaseSlowly(b)
	}
	if wanted.Load()&wantEvents == 0 && b.extra.Load() == nil && b.drop.discard(b, n) {
		return true
	}
	if b.mark(n) || b.claim(h.gen) {
		b.end()
		return true
	}
	return h.releaseSlowly(b)
}

// mark marks b destroyed unless its word has changed from n, and reports whether it
// did.
func (b *block) mark(n int64) bool {
	return atomic.CompareAndSwapInt64(&b.state, n, n+destroyed)
}

// claim marks b destroyed and reports whether this call did it. Reaching zero
// gives no right to destroy yet: a copied handle may, against the rules, have
// raised the count from zero and lowered it again.
func (b *block) claim(gen int64) bool {
	for {
		state := atomic.LoadInt64(&b.state)
		if !current(state, gen) {
			return false
		}
		if b.mark(state) {
			return true
		}
	}
}

// end is what follows the claim. Without a destructor there is no order to keep,
// unless the object owns handles that a [Domain] releases for it.
func (b *block) end() {
	if wanted.Load()&wantEvents != 0 || b.extra.Load().member() || b.drop.present() {
		destroy(b)
	} else {
		b.close()
	}
}

// close ends the life of an object whose destructor has run, or need not run.
func (b *block) close() {
	b.drop.clear(b)
	if listening() {
		b.emit(event.Released)
	}
	b.watch().ended(b)
	b.drop.recycle(b)
}
