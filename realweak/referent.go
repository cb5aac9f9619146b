package realweak

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Reason says why something cannot be an honest referent: why a weak reference
// to it would never be cleared and its finalizers never run.
type Reason uint8

// The reasons.
const (
	Nil      Reason = iota + 1 // a nil pointer refers to nothing
	ZeroSize                   // all objects of size zero may share one address, which is never freed
	Shared                     // a small object without pointers may share a block with others, any of which keeps it alive
	Immortal                   // a package-level variable, or what its initializer allocated, is never freed
	Foreign                    // memory that the Go runtime did not allocate: mapped, from C, or a constant's bytes
)

var reasonNames = [...]string{
	Nil:      "Nil",
	ZeroSize: "ZeroSize",
	Shared:   "Shared",
	Immortal: "Immortal",
	Foreign:  "Foreign",
}

var reasonTexts = [...]string{
	Nil:      "a nil pointer refers to no object; pass the address of one",
	ZeroSize: "objects of size zero share an address and are never collected; allocate it with realweak.New, or give the type a field",
	Shared:   "it may share a tiny block with other small objects, which keep it alive; allocate it with realweak.New",
	Immortal: "a package-level variable, or what its initializer allocated, is never collected; allocate it in a function",
	Foreign:  "its memory was not allocated by the Go runtime; refer to a Go object that owns it",
}

// String returns the reason's name, such as "Shared".
func (r Reason) String() string {
	if r == 0 || int(r) >= len(reasonNames) {
		return fmt.Sprintf("Reason(%d)", uint8(r))
	}
	return reasonNames[r]
}

// ReferentError says that a pointer leads to something that cannot be an honest
// referent. Where a pointer is needed for a call to make sense at all, the call
// panics with a *ReferentError.
type ReferentError struct {
	Reason Reason
	Type   string // of the object, as reflect prints it
	Op     string // the call that refused it, such as "Finalize"
}

// Error says what was refused, why, and what to do instead.
func (e *ReferentError) Error() string {
	text := "reason unknown"
	if int(e.Reason) < len(reasonTexts) && e.Reason != 0 {
		text = reasonTexts[e.Reason]
	}
	return fmt.Sprintf("realweak: %s: *%s is not a possible referent: %s", e.Op, e.Type, text)
}

// CheckReferent returns nil if the object that p points to can be an honest
// referent, and otherwise a [*ReferentError] that says why not and what to do.
// It costs about half a microsecond.
//
// CPython's counterpart is the TypeError "cannot create weak reference to 'int'
// object". Go has no such types, but such places: it is a matter of how the
// object was allocated.
//
// # Not guaranteed
//
// Shared means that the object may be held back by others in its block, not that
// it is. A pointer into an object is judged as the whole object is: that a field
// or an element of it lives as long as the rest cannot be seen. The runtime has
// no call that answers the question, so the answer comes from how AddCleanup
// treats the pointer; the first call tests that on objects whose nature is
// known, and if it fails on some future runtime, only Nil, and ZeroSize and
// Shared by the type alone, are told.
func CheckReferent[T any](p *T) error {
	return checkReferent("CheckReferent", p)
}

func checkReferent[T any](op string, p *T) error {
	if reason := judge(p); reason != 0 {
		return &ReferentError{Reason: reason, Type: reflect.TypeFor[T]().String(), Op: op}
	}
	return nil
}

func judge[T any](p *T) Reason {
	if p == nil {
		return Nil
	}
	size := unsafe.Sizeof(*p)
	switch oracle().place(unsafe.Pointer(p)) {
	case placeForeign:
		return Foreign
	case placeGlobal:
		if size == 0 {
			return ZeroSize
		}
		return Immortal
	case placeTiny:
		// An object of 16 bytes has the slot for itself.
		if size < tinySize {
			return Shared
		}
	case placeUnknown:
		if size == 0 {
			return ZeroSize
		}
		if isTiny[T]() {
			return Shared
		}
	}
	return 0
}

// mustRefer panics unless p can be a referent, or the policy lets it pass, as far as
// that can be told at no cost: only the types whose objects may be in trouble wherever they were
// allocated are looked at closely.
func mustRefer[T any](op string, p *T) {
	if p != nil && unsafe.Sizeof(*p) != 0 && !isTiny[T]() {
		return
	}
	if reason := judge(p); refuses(reason) {
		refuse[T](op, reason)
	}
}

func refuse[T any](op string, reason Reason) {
	panic(&ReferentError{Reason: reason, Type: reflect.TypeFor[T]().String(), Op: op})
}

// tinySize is the size below which the allocator puts objects without pointers
// together into one block (runtime/malloc.go, maxTinySize).
const tinySize = 16

// isTiny reports whether a T that is allocated alone may go to a tiny block.
func isTiny[T any]() bool {
	var v T
	return unsafe.Sizeof(v) < tinySize && !hasPointers(reflect.TypeFor[T]())
}

// hasPointers reports whether the collector looks into a t. It is asked of types
// below tinySize only, so it never has far to go.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func,
		reflect.Slice, reflect.String, reflect.Interface:
		return true
	}
	return false
}

// padded keeps a small object out of the tiny blocks, and gives one of size zero
// an address of its own.
type padded[T any] struct {
	v T
	_ [24]byte // with v, more than a tiny block has on any processor
}

// New returns a pointer to a new object with value v that can be a referent,
// whatever its type: it is new(T) for most types, and an allocation with room to
// spare for those that [CheckReferent] would call Shared or ZeroSize. It is the
// counterpart of CPython's advice to subclass list or dict.
func New[T any](v T) *T {
	if unsafe.Sizeof(v) != 0 && !isTiny[T]() {
		p := new(T)
		*p = v
		return p
	}
	p := new(padded[T])
	p.v = v
	return &p.v
}
