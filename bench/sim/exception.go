package sim

import "fmt"

// Exception is a Python exception. Its Error is the last line that the
// interpreter would print, such as "NameError: name 's1' is not defined".
type Exception struct {
	Type    string // such as "NameError"
	Message string // str(e)
}

// Error returns the type and the message.
func (e *Exception) Error() string {
	if e.Message == "" {
		return e.Type
	}
	return e.Type + ": " + e.Message
}

// Raise raises an exception: it panics with an [*Exception], which Try returns.
// The result lets a Func say "return py.Raise(…)".
func (in *Interpreter) Raise(typ, format string, args ...any) *Object {
	raise(typ, format, args...)
	return nil
}

func raise(typ, format string, args ...any) {
	panic(&Exception{Type: typ, Message: fmt.Sprintf(format, args...)})
}

// misuse is the panic of a program that breaks this package's rules. Nothing
// here recovers it.
type misuse string

func (m misuse) Error() string { return string(m) }

func misusef(format string, args ...any) misuse { return misuse(fmt.Sprintf(format, args...)) }

// Try runs f and returns the exception that it raised, as an [*Exception], or
// nil. References that f obtained and did not pass on by then are released,
// newest first; so what may raise should be obtained inside. Any other panic goes
// through.
func (in *Interpreter) Try(f func()) (err error) {
	start := in.enterTry()
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(*Exception)
			if !ok {
				in.leaveTry(start)
				panic(p)
			}
			in.unwind()
			err = e
		}
		in.leaveTry(start)
	}()
	f()
	return nil
}

// Unraisable is an exception that nobody could catch: it left a callback, a
// destructor or a finalizer at exit.
type Unraisable struct {
	Err    error  // an *Exception, or another panic's value
	Source string // what it left, such as "<function bye at 0x5>"
	Object uint64 // id of the object that died, if one did
}

// Unraisable returns the exceptions recorded so far, oldest first.
func (in *Interpreter) Unraisable() []Unraisable { return in.unraisable }

func (in *Interpreter) writeUnraisable(err error, source string, object uint64) {
	in.unraisable = append(in.unraisable, Unraisable{err, source, object})
	if in.opts.Stderr != nil {
		fmt.Fprintf(in.opts.Stderr, "Exception ignored in: %s\n%v\n", source, err)
	}
}

// unraisableError returns the error of a panic that left a callback. It panics
// again for a misuse: hiding that would hide a broken heap.
func unraisableError(p any) error {
	switch e := p.(type) {
	case misuse:
		panic(e)
	case error:
		return e
	default:
		return fmt.Errorf("panic: %v", e)
	}
}
