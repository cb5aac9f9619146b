// Package wire is the language between a program that serves its state (package
// debughttp) and whoever looks at it (the page, and the command probe): the snapshot,
// the stream of events, and recordings of both.
//
// All of it is JSON with snake_case names, durations in nanoseconds (names that end
// in _ns) and times in RFC 3339. Fields are only ever added within one [Schema]; a
// reader skips what it does not know.
package wire
