package differential

import "slices"

// difference is a way in which Go differs from Python by nature. Each is modelled:
// the comparison says what it does about it, and TestDifferences shows what
// happens if it does not.
type difference string

const (
	// deathWaits: the last reference goes, and in Python the object is dead at
	// once, here at the next collection. Modelled: the collected engine collects
	// before anything looks at the weak state.
	deathWaits difference = "death waits for a collection"

	// chainsWait: what a dead object's callback or weak key held is free only
	// after that collection, so it dies in the next. Modelled: the collected
	// engine goes on collecting, at most once for each object.
	chainsWait difference = "a chain takes a collection for each link"

	// lastUse: a local variable of Python holds its object until the function
	// returns or the name is deleted, one of Go until its last use. That goes for
	// loop variables too. Modelled: the simulation deletes the name after its last
	// use. (With variables in a namespace on the heap there is no difference.)
	lastUse difference = "liveness ends at last use"

	// callbacksUnordered: objects that die in one collection have their callbacks
	// run in no particular order, each object's own newest first. A counted
	// object has lost all its parts before the first of them ends; in Python one
	// part ends after the other. Modelled: order is compared for each object.
	callbacksUnordered difference = "callbacks of different objects are unordered"

	// collectionsUnordered: Python's collections keep the order of insertion, the
	// library's have none. Modelled: contents are compared as sets.
	collectionsUnordered difference = "collections are unordered"

	// keysAreObjects: WeakKeyDictionary and WeakSet compare by value, KeyMap and
	// Set by identity. Modelled: the collected engine looks for an equal key that
	// is alive first, and uses that.
	keysAreObjects difference = "weak keys are objects, not values"

	// exitDelaysDeath: what a callback at exit lets go of dies during the exit in
	// Python, and its callbacks run in between; here it dies at the next
	// collection, and its callbacks have their turn in the order of exit.
	// Modelled: the simulation holds what the finalizers hold until all have run.
	exitDelaysDeath difference = "what a callback at exit lets go of dies later"

	// exitIsNoEnd: after exit Python calls no finalizer, not even one with atexit
	// off. Shutdown is a call like others: the process goes on, and so do
	// finalizers. Modelled: the comparison ends with the exit.
	exitIsNoEnd difference = "finalizers go on after exit"

	// countedCyclesStay: a cycle of counted handles is never destroyed, and its
	// callbacks do not run; in Python and on Go's collector they do. Modelled: the
	// simulation it is compared with never runs its cycle collector either.
	countedCyclesStay difference = "counted cycles never die"

	// countedHasNoExit: a destructor is for death, and does not run because the
	// program ends. Modelled: at the end the counted engine lets go of all names
	// instead, and so does the simulation.
	countedHasNoExit difference = "destructors do not run at exit"
)

// differences is what a comparison models.
type differences []difference

var allDifferences = differences{
	deathWaits, chainsWait, lastUse, callbacksUnordered, collectionsUnordered,
	keysAreObjects, exitDelaysDeath, exitIsNoEnd, countedCyclesStay, countedHasNoExit,
}

func (d differences) has(x difference) bool { return slices.Contains(d, x) }

func (d differences) without(x difference) differences {
	return slices.DeleteFunc(slices.Clone(d), func(y difference) bool { return x == y })
}
