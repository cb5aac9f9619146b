// Package service is a small HTTP service to look at: it opens directories of Go
// files in sessions, lists the names that they declare, and compares directories.
//
// It is made of what this module has: syntax trees in a weak cache, contents of files
// by reference count, interned names, and sessions that are tracked and expected to
// die when they are closed. And it has a leak, which is there to be found; see
// comparisons.go once you have.
//
//	POST   /sessions?dir=D           open a session on directory D
//	GET    /sessions/{id}/names      the names that its files declare
//	DELETE /sessions/{id}            close it
//	GET    /compare?left=D&right=D   names that only one of two directories declares
//	GET    /comparisons              the newest comparisons
package service
