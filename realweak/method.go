package realweak

import (
	"reflect"
	"runtime"
	"unsafe"
	"weak"
)

// Method is a method and its receiver, which it does not keep alive. It is
// CPython's WeakMethod (Lib/weakref.py). The zero Method is dead. All methods are
// safe for concurrent use.
//
// Methods cannot be compared with ==, because functions cannot; see
// [Method.Equal].
type Method[T, A any] struct {
	receiver weak.Pointer[T]
	f        func(*T, A)
}

// Bind returns the method m of the object that p points to. m is a method
// expression, such as (*Form).Changed; any function that takes the receiver
// first will do.
//
// Bind panics if m is nil or p is, and if T is so small that its objects may
// share a block ([CheckReferent]).
//
// # Not guaranteed
//
// A function that refers to the receiver by itself keeps it alive, and so does a
// method value: p.Changed holds p, where (*Form).Changed does not. CPython's
// WeakMethod also dies with the function; a Go function does not die.
func Bind[T, A any](p *T, m func(*T, A)) Method[T, A] {
	mustRefer("Bind", p)
	if m == nil {
		panic("realweak: Bind with a nil function; pass a method expression, such as (*Form).Changed")
	}
	ref := weak.Make(p)
	enroll(ref)
	return Method[T, A]{ref, m}
}

// Call calls the method with a, in the calling goroutine, and reports whether the
// receiver was alive to be called. It stays alive until the method returns. A
// panic in the method is the caller's to recover.
func (m Method[T, A]) Call(a A) bool {
	p := m.receiver.Value()
	if p == nil {
		return false
	}
	m.f(p, a)
	runtime.KeepAlive(p) // m.f need not hold it to its end
	return true
}

// Alive reports whether the receiver has not been collected. If it is true, the
// answer may be out of date at once.
//
//go:noinline
func (m Method[T, A]) Alive() bool { return m.receiver.Value() != nil }

// Value returns the method as a function that keeps the receiver alive, or nil if
// the receiver is dead.
func (m Method[T, A]) Value() func(A) {
	p := m.receiver.Value()
	if p == nil {
		return nil
	}
	f := m.f
	return func(a A) {
		f(p, a)
		runtime.KeepAlive(p)
	}
}

// Receiver returns a weak reference to the receiver.
func (m Method[T, A]) Receiver() Ref[T] { return Ref[T]{m.receiver} }

// Equal reports whether m and o are the same function of the same receiver. As
// with a [Ref], that does not change when the receiver dies; CPython's dead
// WeakMethods are equal to themselves only.
//
// # Not guaranteed
//
// Go does not say when two functions are the same. Equal compares the function
// values themselves, so it is never true of two functions that do different
// things, but it may be false of one method expression that stands in two places
// of a program: with today's compiler that happens where the receiver's type has
// type parameters. A closure is equal to its copies and to no other, even of the
// same literal.
func (m Method[T, A]) Equal(o Method[T, A]) bool {
	return m.receiver == o.receiver && identity(m.f) == identity(o.f)
}

// identity returns the address of what a function value points to: its code and
// what it has captured.
func identity[F any](f F) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&f)) }

// String returns the receiver's type and state, such as "Method[main.Form](alive)".
// It does not look at the receiver.
func (m Method[T, A]) String() string {
	state := "dead"
	if m.Alive() {
		state = "alive"
	}
	return "Method[" + reflect.TypeFor[T]().String() + "](" + state + ")"
}
