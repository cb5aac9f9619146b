// Package refcount counts the owners of an object and destroys it when the last
// one lets go: at a known moment, in the goroutine that let go.
//
//	catalog := refcount.New(Catalog{...}, (*Catalog).close)
//	shared := catalog.Clone()  // a second owner
//	watch := catalog.Downgrade() // somebody who only wants to know
//	catalog.Release()
//	shared.Release()           // close runs here, before Release returns
//	_, ok := watch.Upgrade()   // false
//
// [Strong] and [Weak] are Rust's std::sync::Arc and std::sync::Weak, and C++'s
// std::shared_ptr and std::weak_ptr. [Local] is Rust's std::rc::Rc, for one
// goroutine. [Pool] makes objects in memory that is used again. [Count] is the
// bare count, to be embedded by types that destroy themselves, as in Netty's
// AbstractReferenceCounted.
//
// Memory is none of this package's business: it belongs to the garbage
// collector, before and after destruction. What is counted is the right to use a
// resource, and what runs at zero is its end: closing, unlocking, returning to a
// pool, unregistering.
//
// # Handles
//
// A handle is a value that stands for one count. It belongs to one owner, like a
// variable: who wants a count too calls [Strong.Clone], who passes the own one on
// calls [Strong.Move]. Assigning a handle copies it without counting, which go
// vet reports (copylocks). Returning a call's result or a composite literal is no
// copy.
//
// Misuse panics, and says what to do instead: using a handle that is zero,
// released or moved away, releasing twice, and counts that overflow or underflow.
//
// # Sharing
//
// Three types are made for what goroutines share. [Atomic] is a variable that holds
// a handle, for what is replaced while it is in use. [Primary] lends handles and
// waits for their return, for what one goroutine is to end. [Handle] guards a file
// descriptor, a mapping or a pointer from C against being closed under its users.
//
// # Destruction
//
// When the last Strong is released, in this order: all Weak handles are dead;
// the destructor runs, once; the value is zeroed, so that what it refers to is
// free even while Weak handles remain; a released event is emitted.
//
// Destructors do not nest. What a destructor releases is destroyed as soon as
// the destructor has returned, in the same goroutine, before the outermost
// Release returns: parents before their children, a child's whole offspring
// before the next child, in the order in which they were released. So the end of
// a chain of any length needs no more stack than that of a single object, and a
// destructor may hold a lock that its children's destructors take.
//
// A destructor may keep its object alive with [Resurrect], as CPython's __del__
// may; the destructor of an object runs once, so the second time it ends without.
// [Strong.TryUnwrap] and [Strong.IntoInner] end an object without its destructor,
// and give the value to the caller.
//
// A destructor that panics is reported ([realweak.OnPanic]), counts as having
// run, and stops none of the others. So does one that calls [runtime.Goexit].
//
// # Leaks
//
// A handle that is lost without Release is found by the collector: the object is
// reported ([OnLeak]), with the place where it was made, and then released, on a
// goroutine that exists only while there is something to report. At first that
// goes for one object in 128 ([Simple]); [SetLeakLevel] has it look closer, and
// [Strong.Touch] leaves a note for the report. [Live] lists what is tracked and not
// released, without a collection, and so do [LiveProfile] for pprof and
// weaktest.Scope for tests. docs/leaks.md shows how to find a leak with them.
//
// It is Netty's ResourceLeakDetector, except that it also releases.
//
// # Cost
//
// Clone and a Release that is not the last are one atomic addition each, Upgrade is
// one compare-and-swap, and all of them allocate nothing. New allocates once: 40
// bytes and the value; a [Pool]'s New allocates rarely. While nobody listens to
// events ([event.Hub.Listening]) nothing else is paid: no id, no birth time, and
// one atomic load at birth and one at destruction. One object in 128 is tracked for
// the sake of leaks, and costs more; see [LeakLevel]. A Local is counted without
// atomic operations.
//
// A destructor that is called has to be told from one inside another. That is a
// compare-and-swap on amd64 and arm64, and takes a stack trace, of some
// microseconds, elsewhere and with the build tag purego.
//
// # Not guaranteed
//
// A copied handle is recognized as such only when its object is destroyed
// already. Released while other handles live, the copy gives back a count that
// belongs to one of them, and the panic comes when that one is used.
//
// A copied handle that is released at the very moment in which another goroutine
// releases the last one, or clones it, can make that one panic, or be believed; the
// destructor runs once all the same.
//
// A handle that is dropped without Release is released late, after a collection has
// found it, and then on another goroutine, or never: if its object is not tracked,
// or the program ends first. A pointer from Value does not keep the handle from
// being found lost.
//
// Handles in a cycle keep each other; break it with a [Weak], or make the objects
// members of a [Domain]. The collector finds a lost cycle too, but late, and its
// destructors do not run.
package refcount
