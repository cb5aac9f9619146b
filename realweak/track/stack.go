package track

import "fmt"

// Frame is one call of a stack.
type Frame struct {
	Function string `json:"function"` // with its package's path
	File     string `json:"file"`     // as the compiler recorded it
	Line     int    `json:"line"`     // in the file, from 1
}

// String returns the frame in the form of Go's own tracebacks, on one line.
func (f Frame) String() string { return fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line) }

// Stack is a chain of calls, innermost first. It is shared and must not be changed.
type Stack []Frame
