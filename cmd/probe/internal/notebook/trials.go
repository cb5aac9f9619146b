package notebook

import (
	"context"
	"runtime"
	"unsafe"

	"github.com/referent-go/referent/realweak"
)

var packageLevel Cheese

// canRefer answers whether a weak reference to p's object would ever be cleared.
func canRefer[T any](p *T) string { return yes(realweak.CheckReferent(p) == nil) }

// collect runs a collection and waits for what follows from it.
func collect(ctx context.Context) error {
	runtime.GC()
	return realweak.Drain(ctx)
}

// sliceSurvivesItsReference refers weakly to a slice variable, lets go of the
// variable but not of the slice, and answers whether the reference still leads to
// it. It does not: what was referred to is the variable.
func sliceSurvivesItsReference() string {
	items := []int{1, 2, 3}
	ref := func() realweak.Ref[[]int] {
		variable := items
		return realweak.Make(&variable)
	}()
	alive := afterCollection(ref)
	runtime.KeepAlive(items)
	return yes(alive)
}

// mapSurvivesItsReference is as sliceSurvivesItsReference, with a map.
func mapSurvivesItsReference() string {
	items := map[int]int{1: 1}
	ref := func() realweak.Ref[map[int]int] {
		variable := items
		return realweak.Make(&variable)
	}()
	alive := afterCollection(ref)
	runtime.KeepAlive(items)
	return yes(alive)
}

func afterCollection[T any](ref realweak.Ref[T]) bool {
	runtime.GC()
	return ref.Alive()
}

// atRunTime boxes an int that the compiler knows nothing of.
//
//go:noinline
func atRunTime(i int) *int { return &i }

// boxed returns where Go puts an int that the compiler knows nothing of when it
// becomes a value of an interface.
//
//go:noinline
func boxed(i int) unsafe.Pointer {
	var v any = i
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&v))[1]
}

// text makes a new string of n bytes.
//
//go:noinline
func text(n int) string {
	b := make([]byte, n)
	return string(b)
}

// is is Python's operator of that name.
func is[T comparable](a, b T) bool { return a == b }

// join makes a new string of two.
//
//go:noinline
func join(a, b string) string { return a + b }

// same reports whether two strings are the same bytes in memory.
func same(a, b string) bool {
	return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b)
}
