// Package diagnosis finds what is wrong with a running program, or with the way it is
// watched, in what it says of itself.
//
// A [Case] is what was seen: a first look, a second some time later, and events.
// [Examine] returns a [Finding] for each check, good ones included, so that a reader
// knows what was looked at.
package diagnosis
