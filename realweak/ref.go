package realweak

import (
	"reflect"
	"weak"
)

// Ref is a weak reference to a T: it does not keep the T alive. It is the
// runtime's [weak.Pointer] and nothing else: one word, and cheap to copy.
//
// Refs made from the same pointer are equal, also after the object's death, and
// refs to different objects never are, even if one took the other's address; so
// a Ref is a sound map key. The zero Ref refers to nothing.
//
// Ref's Value method returns the object, or nil once it is dead. What it returns
// is an ordinary pointer that keeps the object alive while it is in use. All
// methods are safe for concurrent use.
//
// # Not guaranteed
//
// Value may stay non-nil for as long as the program runs: when to collect is the
// collector's choice, and some objects are never collected ([CheckReferent]).
type Ref[T any] struct {
	weak.Pointer[T]
}

// Make returns a weak reference to the object that p points to. A p that points
// into an object refers to that place in it and dies with the whole. Make(nil)
// is the zero Ref.
//
// Make costs 0.1 to 0.6 µs, more where many small objects of one size have weak
// references; keep the Ref rather than making it again. Memory that is not Go's
// (mapped, from C, or a string constant's bytes) cannot be referred to, and the
// runtime ends the process; where p may be such, ask [CheckReferent] first.
func Make[T any](p *T) Ref[T] {
	return Ref[T]{weak.Make(p)}
}

// Alive reports whether the referent has not been collected. The answer may be
// out of date at once if it is true; use Value where the object is needed.
//
// Unlike a comparison of Value with nil it leaves no strong pointer in the
// caller's frame, where the compiler may keep one across a later collection.
//
//go:noinline
func (r Ref[T]) Alive() bool {
	return r.Value() != nil
}

// Cleared reports whether the referent is known to be dead. It is for those who do not
// want the object, such as a pass over many references that throws away the dead ones:
// unlike Alive and Value it makes no strong pointer, so it does not keep the referent
// for another collection while the collector marks, does not wait for the collector,
// and costs a fraction. The zero Ref is cleared.
//
// Java's Reference.refersTo(null) is there for the same reason.
//
// # Not guaranteed
//
// After a collection, until its memory has been swept, Cleared may still be false for
// a referent that Value does not return any more. Where weak pointers do not have the
// form that this version of the module knows, Cleared is the opposite of Alive.
func (r Ref[T]) Cleared() bool { return cleared(untyped(r.Pointer)) }

// String returns the referent's type and state, such as "Ref[main.Cheese](alive)",
// "Ref[main.Cheese](dead)" or "Ref[main.Cheese](nil)". It does not look at the
// referent, so it is safe while somebody else writes to it.
func (r Ref[T]) String() string {
	state := "alive"
	switch {
	case r == Ref[T]{}:
		state = "nil"
	case !r.Alive():
		state = "dead"
	}
	return "Ref[" + reflect.TypeFor[T]().String() + "](" + state + ")"
}
