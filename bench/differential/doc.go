// Package differential compares the library with the simulation: random programs
// run on bench/sim, on realweak and on refcount, and what they can see of life and
// death has to agree. It consists of tests.
//
// # Programs
//
// A program is a few lines of Python over objects that are lists with attributes,
// a dictionary, weak references, finalizers and the weak collections:
//
//	1  a = Node()
//	2  f1 = finalize(a, fired, 'f1')
//	3  w1 = ref(a)
//	4  del a
//	5  while gc.collect(): pass
//
// It stands for itself but for this prologue:
//
//	class Node(list):              # compared as an object
//	    __eq__, __hash__ = object.__eq__, object.__hash__
//	class Key(Node):               # compared by its number
//	    def __init__(self, n): self.n = n
//	    def __eq__(self, other): return type(other) is Key and self.n == other.n
//	    def __hash__(self): return self.n
//	shelf, wvd, wkd, ws = {}, WeakValueDictionary(), WeakKeyDictionary(), WeakSet()
//	fired = …                      # notes its first argument
//	born = …                       # the order in which objects were made
//
// A statement that raises has no effect, and has to raise the same exception
// everywhere. A failure shows the program as rapid has shrunk it, with the
// exceptions and the objects' numbers as comments, and what differs.
//
// # What is compared
//
// The collected engine holds variables in a namespace on the heap, or in the
// frames of real Go functions, and is compared at each "while gc.collect(): pass",
// once its own collector has settled: where each weak reference leads, which
// finalizers are alive and what they hold, the contents of the three weak
// collections, the callbacks that ran and their order for each object; and the
// order of all at exit.
//
// The counted engine is compared after each statement, with the simulation's
// cycle collector off.
//
// Where Go differs by nature, the difference has a name (type difference) and the
// comparison a model of it; a test for each shows that without the model the
// engines disagree. Other tests break an engine on purpose, and have rapid find
// and shrink a program that shows it.
//
// # Members
//
// Programs of another kind are about objects with destructors and cycles among them,
// on the simulation with its collector and on refcount with a Domain: they make
// objects, bind names and attributes, and collect; their destructors resurrect their
// own object or another one, and release what is not theirs. After each statement
// the order in which destructors have run is compared, where CPython defines it,
// which is everywhere but within one collection, and what is left. In one point
// the two differ, and the simulation is told so: a weak reference survives the
// resurrection of its object by counts in CPython, and never in refcount.
//
// # What is not compared
//
// Weak references with callbacks of their own. Which types can be referents: here all can.
package differential
