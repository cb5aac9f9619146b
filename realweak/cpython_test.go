package realweak_test

import (
	"iter"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// The tests named TestCPython… carry CPython's own tests of weak references over:
// what each guarantees, in this package's terms. docs/conformance.md lists all of
// them, and where the two differ.

// cyclic returns a node that refers to itself, as RefCycle in CPython's tests:
// counting references never frees it.
func cyclic(i int) *node {
	p := &node{name: strconv.Itoa(i)}
	p.next = p
	return p
}

// collecting runs one collection after the other until stop is called.
func collecting() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

// scaled is how often a race is tried: n times, or fewer where time is short.
func scaled(n int) int {
	if testing.Short() || raceDetector {
		return n / 20
	}
	return n
}

// gcPercents are the settings of GOGC that a race is tried with.
func gcPercents(yield func(int) bool) {
	step := 1
	if testing.Short() || raceDetector {
		step = 9
	}
	for percent := 1; percent < 100; percent += step {
		if !yield(percent) {
			return
		}
	}
}

// count returns how many elements a sequence has.
func count[T any](seq iter.Seq[T]) (n int) {
	for range seq {
		n++
	}
	return n
}

// died lets go of the object that drop makes, and fails if it does not die.
func died[T any](t *testing.T, drop func() realweak.Ref[T]) realweak.Ref[T] {
	t.Helper()
	ref := drop()
	weaktest.AwaitDead(t, ref)
	return ref
}
