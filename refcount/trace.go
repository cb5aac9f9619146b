package refcount

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// While tracing is on, the stack of each Count's last Release is kept, for the
// panic of whoever uses the Count afterwards.
//
// The word of a freed Count holds its trace's number. A table that has the Counts'
// addresses as keys would mistake one Count for another that lay there before,
// and one with weak pointers would force every Count onto the heap.
const (
	traceShift = 32
	maxTrace   = 1<<28 - 1
	// tracesKept is how many of the newest traces are kept: half a megabyte.
	tracesKept = 4096
	traceDepth = 15
)

type trace struct {
	number int64
	stack  [traceDepth]uintptr // up to the first zero
}

var freedCounts struct {
	on   atomic.Bool
	mu   sync.Mutex
	last int64
	ring []trace // the trace with a number is at the number modulo tracesKept
}

// tracing reports whether misuse is to be traced back.
func tracing() bool { return freedCounts.on.Load() }

// setTracing switches tracing. Nothing is kept while it is off.
func setTracing(on bool) {
	freedCounts.mu.Lock()
	defer freedCounts.mu.Unlock()
	freedCounts.on.Store(on)
	if on && freedCounts.ring == nil {
		freedCounts.ring = make([]trace, tracesKept)
	}
	if !on {
		freedCounts.ring = nil
	}
}

// traceRelease keeps the stack of whoever called Release, and returns the mark that
// leads to it, to be added to the word of a freed Count. It returns 0 if tracing
// has been switched off meanwhile.
func traceRelease() (mark int64) {
	var stack [traceDepth]uintptr
	runtime.Callers(5, stack[:]) // past Callers, this, free, lastRelease and Release
	freedCounts.mu.Lock()
	defer freedCounts.mu.Unlock()
	if freedCounts.ring == nil {
		return 0
	}
	freedCounts.last = freedCounts.last%maxTrace + 1
	freedCounts.ring[freedCounts.last%tracesKept] = trace{freedCounts.last, stack}
	return freedCounts.last << traceShift
}

// freedBy says by whom the Count was freed whose word is n, and nothing if that
// is not known. Others' additions that are about to be undone do no harm.
func freedBy(n int64) string {
	number := (n - freed + 1<<(traceShift-1)) >> traceShift
	if number <= 0 {
		return ""
	}
	freedCounts.mu.Lock()
	defer freedCounts.mu.Unlock()
	if freedCounts.ring == nil {
		return ""
	}
	t := freedCounts.ring[number%tracesKept]
	if t.number != number {
		return fmt.Sprintf("\n\tits last Release was too long ago: the stacks of the newest %d are kept", tracesKept)
	}
	return "\n\tits last Release was at:" + t.format()
}

func (t *trace) format() string {
	var text strings.Builder
	depth := 0
	for depth < traceDepth && t.stack[depth] != 0 {
		depth++
	}
	frames := runtime.CallersFrames(t.stack[:depth])
	for more := depth > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		fmt.Fprintf(&text, "\n\t%s\n\t\t%s:%d", f.Function, f.File, f.Line)
	}
	return text.String()
}
