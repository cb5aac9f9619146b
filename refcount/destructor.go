package refcount

import (
	"reflect"
	"unsafe"
)

// destructor is the part of a block that knows the object's type. Its
// implementations are functions, which an interface holds without allocating.
type destructor interface {
	present() bool
	call(target unsafe.Pointer)
	clear(target unsafe.Pointer)
	typ() string
}

// owned is the destructor of an object that lies in its box.
type owned[T any] func(*T)

func (f owned[T]) present() bool         { return f != nil }
func (f owned[T]) call(p unsafe.Pointer) { f((*T)(p)) }
func (owned[T]) typ() string             { return typeName[T]() }
func (owned[T]) clear(p unsafe.Pointer) {
	var zero T
	*(*T)(p) = zero
}

// wrapped is the destructor of an object that somebody else allocated, and may
// go on using.
type wrapped[T any] func(*T)

func (f wrapped[T]) present() bool         { return f != nil }
func (f wrapped[T]) call(p unsafe.Pointer) { f((*T)(p)) }
func (wrapped[T]) typ() string             { return typeName[T]() }
func (wrapped[T]) clear(unsafe.Pointer)    {}

func typeName[T any]() string { return reflect.TypeFor[T]().String() }
