// Package sim is a pure simulation of CPython's object model: reference counts,
// destructors, weak references and the cycle collector, done by hand and with no
// help of Go's collector. It is what the rest of this module is compared with:
// for the order in which things happen, and for what they cost.
//
// An [Interpreter] is one Python process with one thread. A program for it reads
// close to the Python that it mirrors:
//
//	py := sim.New(sim.Options{Stdout: os.Stdout})
//	py.Assign("s1", py.Set(py.Int(1), py.Int(2), py.Int(3)))    // s1 = {1, 2, 3}
//	py.Assign("s2", py.Load("s1"))                              // s2 = s1
//	py.Assign("ender", py.Finalize(py.Load("s1"), bye))         // ender = weakref.finalize(s1, bye)
//	py.Del("s1")                                                // del s1
//	py.Assign("s2", py.Str("spam"))                             // s2 = 'spam'
//
// # References
//
// One rule covers every method of Interpreter: an *Object that you pass is
// consumed, an *Object that you get is yours. So references thread through nested
// calls as they do over the stack of CPython's evaluation loop, and a program
// needs neither increments nor decrements. Who wants to pass a reference on twice
// calls [Interpreter.Retain] first; who is left with one calls
// [Interpreter.Release].
//
// Methods of Object only look: their receiver is borrowed. So are the arguments
// that a [Func] or a method of a [Class] receives; they are valid during the call,
// and what it passes on it retains first.
//
// Each object knows how many of its references the Go program holds. Passing one
// that is not held panics, and so does any use of a freed object.
// [Interpreter.Held] lists what was forgotten, and [Interpreter.CheckHeap]
// recounts every reference of the heap from the graph.
//
// # Exceptions
//
// An operation that raises, such as a Load of an undefined name, panics with an
// [*Exception]. [Interpreter.Try] turns it into an error value and gives back what
// was obtained inside and not yet passed on. Exceptions in callbacks and
// destructors are unraisable: recorded ([Interpreter.Unraisable]), and the rest
// goes on. A misuse of this package, unlike an exception, panics with a message
// that starts with "sim: " and is never caught.
//
// # What is modelled
//
//   - Names: globals, locals released on return in the order of their definition,
//     the loop variable that outlives its loop, del, rebinding (the old object goes
//     after the new one is bound).
//   - The order of a death in CPython 3.11 to 3.13: the destructor first, with weak
//     references still live, then all weak references cleared, then their callbacks
//     newest first, then the contents: lists and tuples from the end, dicts and
//     instances from the start. Deep structures are freed by a trashcan, 50 levels
//     at a time.
//   - Destructors once per object, resurrection included (PEP 442).
//   - weakref: ref, finalize and its exit order, WeakValueDictionary,
//     WeakKeyDictionary (by value, an entry dies with its first key), WeakSet, with
//     removals put off during iteration; and which types cannot be referents.
//   - The generational collector of 3.11: thresholds, the quarter rule of the oldest
//     generation, weak references before finalizers, the recheck for resurrection,
//     freeze, DEBUG_SAVEALL, untracked tuples and dicts.
//   - Small ints, single characters, interned strings, constants of one code object,
//     and the copies that are no copies.
//
// # What is not modelled
//
//   - Bytecode, inheritance beyond one base, metaclasses, descriptors, arithmetic,
//     generators and proxies. Ints are 64 bits wide.
//   - Addresses. An id grows and is never used again; [Object.String] prints it
//     where CPython prints an address. An address that is recycled cannot be shown.
//   - The order of a set's elements, which is that of insertion here and that of the
//     hash table there.
//   - The parts of a class (its dict, its descriptors): a class is one object that
//     refers to itself, as by __mro__, so it dies by the collector as there, but
//     counts once. Nor the parts of a function (its closure's tuple), of a weak
//     collection (its dicts and lists), and of an instance (its dict, which 3.11
//     makes at once only for a subclass of another built-in type).
//   - Immortal objects (3.12): None and the small ints are counted as in 3.11.
//   - Threads, shutdown beyond what Exit says, and the collector being put off to
//     the next bytecode (3.12).
//
// # Events
//
// Every birth, death, cleared reference, callback, detachment, resurrection
// (event.Retained) and collection goes to [Options.Hub], with ids that start at 1
// in each interpreter. Two runs of one program give the same events but for their
// times. A callback's events are about the object that died, not about the
// callback. The removal callbacks of weak collections are silent, and so are the
// objects that come with the interpreter. Released comes after the destructor and
// before Cleared, unless the collector cleared the weak references first.
//
// # How it is checked
//
// Random programs run here and in a real CPython (3.11 to 3.13), and what they print must
// agree word for word: the order of callbacks and destructors, lengths, counts,
// what collections return, messages of exceptions. The tests do so only if
// SIM_PYTHON names an interpreter:
//
//	SIM_PYTHON=python3 go test -run AgainstCPython ./bench/sim
//
// Without it they check the heap after every statement and compare what is left
// with what an oracle, which knows nothing of counts, can reach.
//
// An Interpreter is not safe for concurrent use.
package sim
