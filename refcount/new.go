package refcount

import (
	"fmt"
	"unsafe"
)

// New puts v under count and returns the first handle to it. drop is called with
// the value when the last handle has been released, in the goroutine that
// released it; it may be nil. The value is zeroed afterwards, so a drop that
// wants to keep some of it must copy that.
//
// New allocates once, the value included. It is Rust's Arc::new, with drop in
// the place of the Drop trait.
func New[T any](v T, drop func(*T)) Strong[T] {
	b := &box[T]{value: v}
	return Strong[T]{value: &b.value, block: b.init(unsafe.Pointer(&b.value), owned[T](drop)), gen: firstGen}
}

// Wrap puts an object that exists already under count and returns the first
// handle to it. drop is called with p when the last handle has been released;
// it may be nil. The object itself is left as drop leaves it: it is not zeroed,
// and whoever holds p can still use it. Weak handles do not keep it in memory.
//
// Wrapping the same object twice makes two counts that know nothing of each
// other. Wrap panics if p is nil. It is the constructor of C++'s
// std::shared_ptr that takes a pointer and a deleter.
func Wrap[T any](p *T, drop func(*T)) Strong[T] {
	mustWrap(p)
	return wrap(p, wrapped[T](drop))
}

func mustWrap[T any](p *T) {
	if p == nil {
		panic(fmt.Sprintf("refcount: Wrap of a nil *%s: there is no object to count", typeName[T]()))
	}
}

func wrap[T any](p *T, drop destructor) Strong[T] {
	b := new(block)
	return Strong[T]{value: p, block: b.init(unsafe.Pointer(p), drop), gen: firstGen}
}

// init makes b the block of an object with one handle, and returns the block for
// that handle.
func (b *block) init(target unsafe.Pointer, drop destructor) *block {
	// A plain store: nobody else can see the block yet, and an atomic one
	// costs as much as a Clone.
	b.state = firstGen + oneStrong
	b.target = target
	b.drop = drop
	want := wanted.Load()
	switch {
	case want == 0:
		return b
	case want&^wantTrail == wantSample: // as a rule
		if !b.freshHitBy(salt.Load()) {
			return b
		}
		return b.track(firstGen, want)
	}
	return b.born(firstGen, want)
}
