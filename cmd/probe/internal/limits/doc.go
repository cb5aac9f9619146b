// Package limits finds out what can be the referent of a weak reference, by
// trying: for every kind of place that a pointer can lead to, it asks
// realweak.CheckReferent and then does what CheckReferent warns of.
//
// Some of that ends the process, by design of the runtime, so every kind is
// tried in a process of its own: [Run] starts the same program again with a
// command that calls [Child].
package limits
