package refcount

import (
	"fmt"
	"iter"
	"path"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/referent-go/referent/realweak/callstack"
)

// Stack is where something happened: return addresses, innermost first, as
// [runtime.Callers] gives them. It is shared and must not be changed.
type Stack []uintptr

// stack is a Stack that is shared by all that comes from the same place.
type stack = callstack.Stack

// Frames yields the calls of the stack, innermost first, without those inside of
// this package at its inner end and the runtime's own at its outer one.
func (s Stack) Frames() iter.Seq[runtime.Frame] {
	return func(yield func(runtime.Frame) bool) {
		s = s.outside()
		if len(s) == 0 {
			return
		}
		frames := runtime.CallersFrames(s)
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if f.Function == "runtime.goexit" || f.Function == "runtime.main" {
				return
			}
			if !yield(f) {
				return
			}
		}
	}
}

// outside returns the stack without the calls inside of this package at its inner
// end. Stacks that are equal there come from the same place in the program, by
// whichever way they went in here. There is one address for each call, also for
// one that was inlined.
func (s Stack) outside() Stack {
	if len(s) == 0 {
		return nil
	}
	frames := runtime.CallersFrames(s)
	for n := range s {
		if f, _ := frames.Next(); !ours(f) {
			return s[n:]
		}
	}
	return nil
}

const packagePath = "github.com/referent-go/referent/refcount."

// ours reports whether a call is one of this package's own. Its tests are users.
func ours(f runtime.Frame) bool {
	return strings.HasPrefix(f.Function, packagePath) && !strings.HasSuffix(f.File, "_test.go")
}

// String returns the stack with one call a line: the function, without the path
// of its package, and the line. It ends in a line feed unless it is empty.
func (s Stack) String() string { return s.indented("") }

func (s Stack) indented(indent string) string { return table(slices.Collect(s.Frames()), indent) }

// branch is as indented, but says no more than that the outer calls are those of
// trunk, where they are.
func (s Stack) branch(trunk Stack, indent string) string {
	all, same := slices.Collect(s.Frames()), 0
	theirs := slices.Collect(trunk.Frames())
	for same+1 < min(len(all), len(theirs)) && all[len(all)-1-same].PC == theirs[len(theirs)-1-same].PC {
		same++
	}
	if same < 2 {
		return table(all, indent)
	}
	return table(all[:len(all)-same], indent) + fmt.Sprintf("%s… and %d outer calls, as at its creation\n", indent, same)
}

func table(frames []runtime.Frame, indent string) string {
	const widest = 48
	var b strings.Builder
	width := 0
	for _, f := range frames {
		if n := utf8.RuneCountInString(shortName(f)); n <= widest {
			width = max(width, n)
		}
	}
	for _, f := range frames {
		fmt.Fprintf(&b, "%s%-*s  %s:%d\n", indent, width, shortName(f), f.File, f.Line)
	}
	return b.String()
}

// line returns the innermost call's place, such as "/shop/server.go:31", and ""
// if there is none.
func (s Stack) line() string {
	for f := range s.Frames() {
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return ""
}

// shortName is the function as people write it: main.open, db.(*Pool).Get.
func shortName(f runtime.Frame) string {
	if f.Function == "" {
		return "(unknown)"
	}
	// A type argument may have a path of its own, which must not be cut at.
	name, args, generic := strings.Cut(f.Function, "[")
	name = path.Base(name)
	if generic {
		name += "[" + args
	}
	return name
}
