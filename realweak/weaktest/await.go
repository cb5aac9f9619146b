package weaktest

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
)

// maxCycles bounds the collections of an await. One suffices for an object, one
// more for each link of a chain in which a callback holds the next object, and a
// goroutine that keeps asking for the object can hold it for a dozen or two.
const maxCycles = 50

// AwaitDead collects until the referent of ref is dead, and fails the test if it
// is not after 50 collections; then it says whether the referent is of a kind that
// can die at all. Drop the object in another function or goroutine: the frame of
// the calling test may keep it.
func AwaitDead[T any](tb testing.TB, ref realweak.Ref[T]) {
	tb.Helper()
	cycles, ok := await(tb, func() bool { return !ref.Alive() })
	if ok {
		return
	}
	if err := realweak.CheckReferent(ref.Value()); err != nil {
		tb.Fatalf("weaktest: %v is alive after %d collections and always will be: %v", ref, cycles, err)
	}
	tb.Fatalf("weaktest: %v is alive after %d collections: it is an ordinary heap object, so something still refers to it: "+
		"a variable of the calling test used later, a global, a goroutine, or a callback's argument", ref, cycles)
}

// AwaitDone collects, and waits for what follows from a collection, until done
// returns true, and fails the test if it does not after 50 collections.
func AwaitDone(tb testing.TB, done func() bool) {
	tb.Helper()
	if cycles, ok := await(tb, done); !ok {
		tb.Fatalf("weaktest: the condition does not hold after %d collections", cycles)
	}
}

// Collect runs one collection and waits for all that follows from it: cleanups,
// sweeps, hooks and callbacks.
func Collect(tb testing.TB) {
	tb.Helper()
	runtime.GC()
	Drain(tb)
}

// Drain waits for all that followed from the collections so far, as
// [realweak.Drain] does, until shortly before the test's deadline.
func Drain(tb testing.TB) {
	tb.Helper()
	ctx, cancel := deadline(tb)
	defer cancel()
	if err := realweak.Drain(ctx); err != nil {
		tb.Fatalf("weaktest: cleanups or callbacks do not end: %v", err)
	}
}

// await returns the number of collections it took, and false if the condition
// never held.
func await(tb testing.TB, done func() bool) (cycles int, ok bool) {
	tb.Helper()
	for cycles = 1; cycles <= maxCycles; cycles++ {
		Collect(tb)
		if ask(done) {
			return cycles, true
		}
	}
	return maxCycles, false
}

// ask has a frame of its own, so that a strong pointer that done looks at does not
// stay in the frame that then collects.
//
//go:noinline
func ask(done func() bool) bool { return done() }

// reserve is how long before the test binary would be killed a wait gives up, so
// that the failure has a name.
const reserve = 2 * time.Second

// deadline returns a context that ends shortly before the test's deadline, if it
// has one.
func deadline(tb testing.TB) (context.Context, context.CancelFunc) {
	if at, ok := deadlineOf(tb); ok {
		return context.WithDeadline(context.Background(), at.Add(-reserve))
	}
	return context.WithCancel(context.Background())
}

func deadlineOf(tb testing.TB) (at time.Time, ok bool) {
	// Inside a synctest bubble, whose clock is not that of the deadline, the
	// question is a panic.
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	if t, has := tb.(interface{ Deadline() (time.Time, bool) }); has {
		return t.Deadline()
	}
	return at, false
}
