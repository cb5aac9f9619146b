// Package notebook plays a CPython notebook on weak references three times over:
// on the simulation of CPython's object model, on reference counts, and on Go's
// collector; and compares what each prints with what the notebook recorded.
//
// Each engine is a type with a method for each cell. The source of the two Go
// engines is embedded, and the Go that a cell shows is the body of the method
// that was run.
package notebook
