package refcount

import (
	"reflect"
	"unsafe"
)

// destructor is the part of a block that knows the object's type. Its
// implementations are functions, which an interface holds without allocating.
type destructor interface {
	call(target unsafe.Pointer)
	present() bool
	clear(b *block)   // drops what the destroyed object in b refers to
	recycle(b *block) // is the last thing that is done with b
	// discard does all that there is to do about an object of which nothing is
	// known beside its word n, without strong counts: it marks it destroyed,
	// clears and recycles it. It does nothing and returns false if there is a
	// destructor to call, or the word has changed.
	discard(b *block, n int64) bool
	trace(target unsafe.Pointer, visit func(Edge))
	extent() uintptr // the size of the object if it lies in a box of its own, else zero
	typ() string
	holds(nilPointer any) bool // whether it is a nil pointer to the object's type
}

// owned is the destructor of an object that lies in its box.
type owned[T any] func(*T)

func (owned[T]) typ() string      { return typeName[T]() }
func (owned[T]) holds(p any) bool { return isPointer[T](p) }
func (owned[T]) recycle(*block)   {}

func (f owned[T]) call(p unsafe.Pointer) {
	if f != nil {
		f((*T)(p))
	}
}

// clear leaves the target: it refers to the box that the block itself is in.
func (owned[T]) clear(b *block) {
	var zero T
	*(*T)(b.target) = zero
}

func (f owned[T]) discard(b *block, n int64) bool {
	if f != nil || !b.mark(n) {
		return false
	}
	f.clear(b)
	return true
}

// wrapped is the destructor of an object that somebody else allocated, and may
// go on using.
type wrapped[T any] func(*T)

func (wrapped[T]) typ() string      { return typeName[T]() }
func (wrapped[T]) holds(p any) bool { return isPointer[T](p) }
func (wrapped[T]) recycle(*block)   {}

func (f wrapped[T]) call(p unsafe.Pointer) {
	if f != nil {
		f((*T)(p))
	}
}

func (wrapped[T]) clear(b *block) { b.target = nil }

func (f wrapped[T]) discard(b *block, n int64) bool {
	if f != nil || !b.mark(n) {
		return false
	}
	f.clear(b)
	return true
}

func (f owned[T]) present() bool   { return f != nil }
func (f wrapped[T]) present() bool { return f != nil }
func (p *Pool[T]) present() bool   { return p.drop != nil }

func (owned[T]) extent() uintptr   { return sizeOf[T]() }
func (wrapped[T]) extent() uintptr { return 0 }
func (*Pool[T]) extent() uintptr   { return sizeOf[T]() }

func sizeOf[T any]() uintptr { return unsafe.Sizeof(*new(T)) }

func (owned[T]) trace(p unsafe.Pointer, visit func(Edge))   { traceAs[T](p, visit) }
func (wrapped[T]) trace(p unsafe.Pointer, visit func(Edge)) { traceAs[T](p, visit) }
func (*Pool[T]) trace(p unsafe.Pointer, visit func(Edge))   { traceAs[T](p, visit) }

// traceAs is called for members of a [Domain] only, which are Tracers.
func traceAs[T any](p unsafe.Pointer, visit func(Edge)) { any((*T)(p)).(Tracer).Trace(visit) }

func isPointer[T any](p any) bool {
	_, ok := p.(*T)
	return ok
}

func typeName[T any]() string { return reflect.TypeFor[T]().String() }
