package refcount

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// Resurrect keeps an object alive whose destructor is running: the destructor
// calls it with the pointer that it was given, and puts the handle wherever the
// object shall live on.
//
//	func (c *conn) drop() {
//		if c.healthy() {
//			idle.put(refcount.Resurrect(c))
//			return
//		}
//		c.socket.Close()
//	}
//
// It follows CPython's __del__ (PEP 442): the destructor of an object runs once.
// When the handles to a resurrected object are gone it ends without another call.
// Unlike there, weak handles from before stay dead: nothing that was said to be
// gone comes back. New ones can be made from the new handle.
//
// Resurrect panics anywhere but in the destructor of the object, in the goroutine
// that runs it, and when it is called there again: Clone the handle instead.
func Resurrect[T any](p *T) Strong[T] {
	self := goroutine()
	d := shardOf(self).find(self)
	if d == nil || d.fresh == 0 || !d.destructing(unsafe.Pointer(p), (*T)(nil)) {
		panic(fmt.Sprintf("refcount: Resurrect of a *%s that is not being destroyed: call it once, in the object's destructor, with the pointer given to that", typeName[T]()))
	}
	b := d.pending[d.fresh-1]
	d.pending[d.fresh-1] = nil
	block, gen := b.revive()
	return Strong[T]{value: p, block: block, gen: gen}
}

// destructing reports whether p, of the type of nilPointer, is the object whose
// destructor is running.
func (d *drain) destructing(p unsafe.Pointer, nilPointer any) bool {
	b := d.pending[d.fresh-1]
	return b != nil && b.target == p && b.drop.holds(nilPointer)
}

// revive begins another generation of a destroyed object, with one strong handle
// and no weak ones, and returns the block for the handle.
func (b *block) revive() (*block, int64) {
	if state := atomic.LoadInt64(&b.state); !isDestroyed(state) {
		// A collection runs the destructor, and sees whether the object
		// has more handles afterwards.
		gen := generation(state)
		block, _ := b.upgrade(gen)
		return block, gen
	}
	w := b.edit(func(x *extra) { x.spent = true }).watch
	all := w.before(b, nil, opRevive)
	gen := b.renew()
	var f *front
	if w != nil {
		f = w.latest(b, gen)
	}
	after(all, b, f, opRevive)
	if f != nil {
		return &f.block, gen
	}
	return b, gen
}

// renew turns the word of a destroyed object into that of a live one, of the next
// generation. What stray handles have added, and are about to take back, stays.
func (b *block) renew() (gen int64) {
	for {
		state := atomic.LoadInt64(&b.state)
		gen := generation(state)
		stray := state - destroyed - gen - int64(weaks(state))
		if atomic.CompareAndSwapInt64(&b.state, state, next(gen)+stray) {
			return gen + firstGen
		}
	}
}

// next is the word of the object that follows one of generation gen in its block.
func next(gen int64) int64 { return gen + firstGen + oneStrong }

// Finalized reports whether the object's destructor has run already, as it has
// for an object that was resurrected, by [Resurrect] or by another destructor in
// the same collection of a [Domain]. It is CPython's gc.is_finalized. It panics if
// the handle holds nothing.
func (h *Strong[T]) Finalized() bool {
	core, _, _ := h.look("Finalized")
	return core.describe().spent || core.finished()
}
