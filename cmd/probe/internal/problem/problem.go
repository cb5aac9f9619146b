// Package problem gives probe's errors their form (what, why, next) and their
// exit code.
package problem

import (
	"errors"
	"strings"
)

// Code is an exit code of probe.
type Code int

// The exit codes.
const (
	OK          Code = 0   // done, nothing to report
	Findings    Code = 1   // done, and something is not as it should be
	Usage       Code = 2   // the command line makes no sense
	Unreachable Code = 3   // what the command line names cannot be reached or read
	TooNew      Code = 4   // it was written by a newer version of this module
	Interrupted Code = 130 // stopped by a signal; what was printed is partial
)

// Error is an error for the person at the terminal.
type Error struct {
	Code Code
	What string // what was being done, or what is wrong: `limits`, `unknown command "indx"`
	Why  error  // may be nil
	Next string // what to do about it; may be empty
}

// Error returns "what: why; next".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	if e.Why != nil {
		b.WriteString(": " + e.Why.Error())
	}
	if e.Next != "" {
		b.WriteString("; " + e.Next)
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Why }

// CodeOf returns the exit code that err asks for: OK for nil, and Findings for
// an error that asks for none, since something is then not as it should be.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Findings
}
