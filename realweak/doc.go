// Package realweak gives Go the weak collections, finalizers and caches that
// CPython's weakref module has, on Go's own weak pointers and cleanups.
//
//   - [Ref] is a weak reference: [weak.Pointer] with a few more methods.
//   - [Finalizer] is a callback for an object's death that can also be called
//     early, detached, looked into and run at exit, as weakref.finalize.
//   - [ValueMap], [KeyMap] and [Set] hold their values, keys and members weakly;
//     [Cache] loads what it does not have, and [SlotTable] has values that die with
//     their key whatever they refer to.
//   - [Method], [Signal] and [Queue] call, notify and ask without keeping alive.
//   - [CheckReferent] says whether an object can be referred to weakly at all,
//     and [New] makes one that can.
//   - [OnCollection], [Drain] and [Shutdown] tie a program to the collector's
//     rhythm and to its own end.
//
// # How it works
//
// An object with finalizers has one runtime cleanup, however many finalizers.
// Its argument is an anchor: a list of what to run, kept outside the object. The
// cleanup only puts the anchor into a queue, and a goroutine that exists while
// the queue is not empty runs the callbacks: newest first, one at a time, each
// exactly once, each recovered should it panic.
//
//	object ╌╌ cleanup ──queues──> anchor <── index, by address
//	                                 └── newest ── older ── oldest
//
// A map puts no cleanup on what it holds. Its dead entries are invisible from
// the moment the collector clears them, and a sweep after the collection removes
// them. A map is only weakly known to the sweep, so a dropped map is collected
// with all that it holds.
//
// # Not guaranteed
//
// When a collection happens is the runtime's choice, and so is whether one
// happens before the program ends: work that must be done at exit belongs to
// [Shutdown], work that must be done at a certain time to package refcount.
// A local variable is dead after its last use, not at the end of its scope
// ([runtime.KeepAlive] extends it). A callback or its argument that refers to
// the object keeps the object alive for ever. Callbacks of different objects run
// in no particular order.
package realweak
