package refcount

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/callstack"
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
	// tracesKept is how many of the newest traces are kept.
	tracesKept = 4096
)

type trace struct {
	number int64
	at     *stack
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
	at := callstack.Capture()
	freedCounts.mu.Lock()
	defer freedCounts.mu.Unlock()
	if freedCounts.ring == nil {
		return 0
	}
	freedCounts.last = freedCounts.last%maxTrace + 1
	freedCounts.ring[freedCounts.last%tracesKept] = trace{freedCounts.last, at}
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
	return "\n\tits last Release was at:\n" + strings.TrimSuffix(Stack(t.at.PCs).indented("\t\t"), "\n")
}
