package realweak

import (
	"unsafe"
	"weak"
)

// What tables hold weakly they hold without its type. Go compiles generic code anew for
// each kind of struct among its type arguments, and a weak pointer is one for each type:
// with typed ones in the entries a program would have as many copies of the concurrent
// map as it has types in weak maps.

// untyped returns w without its type. Two weak pointers to one place are equal
// whatever their types, but Go has no conversion between them.
func untyped[T any](w weak.Pointer[T]) weak.Pointer[byte] {
	return *(*weak.Pointer[byte])(unsafe.Pointer(&w))
}

// typed gives back the type that w was made with.
func typed[T any](w weak.Pointer[byte]) weak.Pointer[T] {
	return *(*weak.Pointer[T])(unsafe.Pointer(&w))
}

// referent returns the object of a weak pointer that was made of a *T, nil if it is
// dead.
func referent[T any](w weak.Pointer[byte]) *T { return (*T)(unsafe.Pointer(w.Value())) }
