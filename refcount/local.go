package refcount

import "unsafe"

// Local is a handle for use within one goroutine: its Clone and Release count
// without atomic operations, at a fraction of a [Strong]'s. All Local handles that
// come from one call of [Strong.Local] together hold one count of the object, and
// release it when the last of them is released.
//
// No two goroutines may use them at once, the same handle or different ones. A
// channel or a lock can pass all of them on. The race detector finds violations.
//
// A Local belongs to one owner and must not be copied, as a Strong. After Release
// it holds nothing, and its methods panic but [Local.Held] and [Local.String]; so
// does a copy once the last handle is released. The zero Local holds nothing
// either; its Release is a nil pointer dereference, for the sake of the others'.
//
// It is Rust's std::rc::Rc, for objects that an Arc holds elsewhere.
type Local[T any] struct {
	_     noCopy
	_     [0]*T       // no conversion between Local types
	count *localCount // nil in a zero handle, &spent after Release
}

// localCount is what the Local handles of one origin share: the count, and a
// Strong in parts. It knows no type parameter, so that it is cheap to inline what
// uses it.
type localCount struct {
	handles int
	value   unsafe.Pointer
	block   *block
	gen     int64
}

// spent is the count of handles that were released.
var spent localCount

const badLocal = "refcount: use of a Local that is zero, was released before, or is a copy of one that was: get one from Strong.Local or Local.Clone for each owner, and release it once"

// Local returns a handle for one goroutine, which holds a count of its own: the
// Strong is left as it is. It allocates. It panics if the Strong holds nothing.
func (h *Strong[T]) Local() Local[T] {
	c := h.Clone()
	return Local[T]{count: &localCount{handles: 1, value: unsafe.Pointer(c.value), block: c.block, gen: c.gen}}
}

// Clone returns another handle for the same goroutine.
func (l *Local[T]) Clone() Local[T] {
	c := l.count
	if c == nil || c.handles <= 0 {
		panic(badLocal)
	}
	c.handles++
	return Local[T]{count: c}
}

// Release gives the handle up, and reports whether that released the object: the
// handle was the last Local of its origin and no Strong was left. The handle holds
// nothing afterwards.
func (l *Local[T]) Release() (last bool) {
	// Just simple enough to be inlined, which makes it three times faster.
	// It would not be with a check for nil.
	if l.count.handles > 1 {
		l.count.handles--
	} else {
		last = l.count.last()
	}
	l.count = &spent
	return
}

// last releases the Strong. For that the type of its object does not matter.
func (c *localCount) last() bool {
	if c.handles <= 0 {
		panic(badLocal)
	}
	c.handles = 0
	return (&Strong[byte]{block: c.block, gen: c.gen}).Release()
}

// Value returns the object. The pointer must not be used after the last handle,
// Local or Strong, has been released.
func (l *Local[T]) Value() *T {
	if l.count == nil || l.count.handles <= 0 {
		panic(badLocal)
	}
	return (*T)(l.count.value)
}

// Strong returns a handle that other goroutines may have.
func (l *Local[T]) Strong() Strong[T] {
	l.Value()
	return l.origin().Clone()
}

// Downgrade returns a weak handle to the object.
func (l *Local[T]) Downgrade() Weak[T] {
	l.Value()
	return l.origin().Downgrade()
}

func (l *Local[T]) origin() *Strong[T] {
	c := l.count
	return &Strong[T]{value: (*T)(c.value), block: c.block, gen: c.gen}
}

// Held reports whether the handle holds something: it is neither zero nor released.
func (l *Local[T]) Held() bool { return l.count != nil && l.count != &spent }
