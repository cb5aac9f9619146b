package realweak

import (
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// Finalizer calls a function once after an object has died, or earlier on
// demand. It is CPython's weakref.finalize (Lib/weakref.py). The zero Finalizer
// is not usable; make one with [Finalize]. All methods are safe for concurrent
// use.
//
// A Finalizer need not be kept: it stays in force until it has run or has been
// detached.
type Finalizer[T, A any] struct {
	link      link
	seq       uint64 // grows with each Finalize of the process
	state     atomic.Uint32
	notAtExit atomic.Bool // inverted, so that the zero value is the default

	// All below is read and written by the one who holds the anchor's mutex
	// while the state is armed, and by the one who claimed it afterwards.
	f     func(A)
	arg   A
	label string
}

// The states of a finalizer. It leaves armed once.
const (
	armed uint32 = iota
	claimed
)

var (
	lastFinalizer atomic.Uint64 // the newest sequence number
	registrations atomic.Uint64 // grows once a finalizer can be found by Shutdown
)

// Finalize arranges for f(arg) to be called once, some time after the object
// that p points to has become unreachable, or at [Shutdown] at the latest.
//
// Callbacks of one object run newest first. All callbacks of the process run one
// at a time, on a goroutine of the library, so they may take locks that no
// callback holds, and one that must wait for something should start a goroutine
// for it. A panic is recovered and reported ([OnPanic]). Weak references to the
// object are dead before its first callback runs.
//
// Finalize panics with a [*ReferentError] if the callback could never run: p is
// nil, or leads to memory that is not collected ([SetPolicy] allows some of that).
// It panics if arg is p, and, with [SetArgumentCheck], if arg leads to p. The
// first Finalize of an object costs half a microsecond to a whole one, half of it the
// runtime's, and again as much when the object dies; further ones about 0.2.
//
// # Not guaranteed
//
// If f or arg refers to the object, even through other objects, the object is
// never collected, and the callback runs at Shutdown only. A program that ends
// without Shutdown runs none of the callbacks that are left.
func Finalize[T, A any](p *T, f func(A), arg A) *Finalizer[T, A] {
	if f == nil {
		panic("realweak: Finalize with a nil function; pass the function to call")
	}
	if q, same := any(arg).(*T); same && q == p && p != nil {
		panic(fmt.Sprintf("realweak: Finalize: the argument is the *%s itself and would keep it alive for ever; pass what the callback needs of it instead",
			reflect.TypeFor[T]()))
	}
	if walkArguments.Load() {
		checked := arg // or the argument would always be allocated
		checkArgument(p, &checked)
	}
	mustRefer("Finalize", p)
	found := anchors.at(address(p))
	z, fresh := blankFinalizer[T, A](found.holds(unsafe.Pointer(p)))
	z.f, z.arg, z.seq, z.link.owner = f, arg, lastFinalizer.Add(1), z
	anchored("Finalize", p, &z.link, found, fresh)
	registrations.Add(1)
	runtime.KeepAlive(p)
	return z
}

// firstFinalizer is a finalizer together with the anchor that most bring along: what
// lives and dies together costs less in one piece.
type firstFinalizer[T, A any] struct {
	anchor    anchor
	finalizer Finalizer[T, A]
}

// With an argument of one word the two fill a size class of the allocator.
var _ [160 - unsafe.Sizeof(firstFinalizer[int, *int]{})]byte

// blankFinalizer returns a finalizer, and an anchor unless the object has one to share.
func blankFinalizer[T, A any](shared bool) (*Finalizer[T, A], *anchor) {
	if shared {
		return new(Finalizer[T, A]), nil
	}
	b := new(firstFinalizer[T, A])
	return &b.finalizer, &b.anchor
}

// Alive reports whether the callback is still to run: it has not begun and has
// not been detached.
func (z *Finalizer[T, A]) Alive() bool { return z.state.Load() == armed }

// Call runs the callback now, in the calling goroutine, unless it has run, is
// running, or has been detached; it reports whether it did. A panic in the
// callback is recovered and reported, and Call returns true all the same.
func (z *Finalizer[T, A]) Call() bool {
	if !z.link.take() {
		return false
	}
	runFinalizer(z, z.link.anchor, event.Caller)
	return true
}

// Detach unregisters the callback and returns its argument and true, unless it
// has run, is running, or has been detached. For a caller who holds the object
// DetachFrom does it for less.
func (z *Finalizer[T, A]) Detach() (arg A, ok bool) {
	if !z.link.take() {
		return arg, false
	}
	arg = z.arg
	z.letGo()
	if event.Default.Listening() {
		e := z.event(event.Detached)
		e.Actor = event.Caller
		event.Default.Emit(e)
	}
	return arg, true
}

// DetachFrom is Detach for a caller who holds the object, which p must point to. It also
// takes back what the runtime keeps to tell of the object's death, where Detach has to
// leave that with the object, and so makes a finalizer of an object that is closed in
// time about half as dear. It panics if p is not what the finalizer was made for.
//
//	func (c *Conn) Close() error {
//		c.leak.DetachFrom(c)
//		…
//	}
func (z *Finalizer[T, A]) DetachFrom(p *T) (arg A, ok bool) {
	if address(p) != z.link.anchor.addr {
		panic(fmt.Sprintf("realweak: DetachFrom: the finalizer was made for another *%s; pass the one that was given to Finalize",
			reflect.TypeFor[T]()))
	}
	if arg, ok = z.Detach(); ok {
		retire(address(p))
	}
	runtime.KeepAlive(p)
	return arg, ok
}

// Peek returns the argument and true if the callback is still to run, and has not
// begun.
//
// CPython's peek returns the object as well. Here that is left to a [Ref] of your
// own: a weak pointer in each finalizer would more than double its price.
func (z *Finalizer[T, A]) Peek() (arg A, ok bool) {
	z.link.anchor.mu.Lock()
	defer z.link.anchor.mu.Unlock()
	if !z.Alive() {
		return arg, false
	}
	return z.arg, true
}

// SetAtExit says whether [Shutdown] runs the callback if the object is still
// alive by then. The default is true, as in CPython.
func (z *Finalizer[T, A]) SetAtExit(on bool) { z.notAtExit.Store(!on) }

// SetLabel names the finalizer in events and panic reports, and returns it.
func (z *Finalizer[T, A]) SetLabel(label string) *Finalizer[T, A] {
	z.link.anchor.mu.Lock()
	defer z.link.anchor.mu.Unlock()
	if z.Alive() {
		z.label = label
	}
	return z
}

// String returns the type and state, such as "Finalizer[main.Conn](alive)".
func (z *Finalizer[T, A]) String() string {
	state := "dead"
	if z.Alive() {
		state = "alive"
	}
	return "Finalizer[" + reflect.TypeFor[T]().String() + "](" + state + ")"
}

func (z *Finalizer[T, A]) claim() bool { return z.state.CompareAndSwap(armed, claimed) }

// run lets go of the callback and its argument first, so that what only they
// refer to can be collected even while somebody keeps the Finalizer.
func (z *Finalizer[T, A]) run() {
	f, arg := z.f, z.arg
	z.letGo()
	f(arg)
}

func (z *Finalizer[T, A]) letGo() {
	var none A
	z.f, z.arg = nil, none
}

func (z *Finalizer[T, A]) event(kind event.Kind) event.Event {
	e := z.link.anchor.birth().Event(kind, reflect.TypeFor[T]().String())
	e.Label = z.label
	return e
}

func (z *Finalizer[T, A]) source() string {
	s := "finalizer of *" + reflect.TypeFor[T]().String()
	if z.label != "" {
		s += fmt.Sprintf(" %q", z.label)
	}
	return s
}

func (z *Finalizer[T, A]) runsAtExit() bool { return !z.notAtExit.Load() }

func (z *Finalizer[T, A]) number() uint64 { return z.seq }
