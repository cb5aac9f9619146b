// Package bench measures every operation that has a counterpart in CPython's
// weakref module, its reference counts and its interning: written with the
// standard library alone, with this module's packages, and in the simulation of
// CPython, side by side in one binary. It has benchmarks only. [Ops] says what
// each operation is.
//
//	go test ./bench -run '^$' -bench . -benchtime 1x    # does all of it work?
//	go test ./bench -run '^$' -bench Reference/op=deref -count 10 | tee new.txt
//	benchstat -filter .unit:cpu-ns/op -row /op -col /impl new.txt
//	go run ./bench/report -measure                      # all, as in docs/benchmarks.md
//
// # Reading the results
//
// Beside the wall-clock time stands cpu-ns/op: the processor time of the whole
// process, the collector's threads included, by operation. It says what a service
// pays, and other processes on the machine disturb it less. With -benchtime 1x it
// says nothing: reading the clocks costs more than one operation.
//
// The loop, an index and a counter are part of every figure; the operation "loop"
// shows what they take. Operations on living objects go round 1,024 of them in
// shuffled order, which fit in a second-level cache; a million do not, and cost
// several times as much.
//
// Objects that an operation leaves to die are paid for to the end: the collections
// on the way, a last one, and all cleanups, sweeps and callbacks that follow. Run
// such operations ([Op.Dies]) for two seconds or more, since a short run ends
// before these costs have begun. They run with hardly anything else alive, so
// collections are small and frequent, and nothing is said about the pauses or the
// collector's cost in a large heap.
//
// Compare figures of one run only. The same operation on the same machine may take
// half as long again a minute later.
//
// # What is compared
//
// The native maps are what one would write with care: [sync.Map], a cleanup for
// each entry that removes this very entry, no locks on reading. The counted ones
// are a Go map under a read-write lock from which destructors remove. Neither is a
// library; each has the operations measured and no more. The simulation knows one
// thread, and takes no locks.
//
// All do the same to the same number of objects, but not at the same time: counted
// and simulated objects are destroyed at once, where the others wait for a
// collection. Each benchmark checks outside the measurement that it did what it
// measures: that hits were hits, that callbacks ran, that the dead are gone.
package bench
