package refcount

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
)

// Access is one use of a handle that the leak detector has noted.
type Access struct {
	Op    string // the method: "Clone", "Value", "Touch"
	Hint  string // what Touch was given, in words
	Stack Stack  // who called it
}

// targetAccesses is how many accesses are about kept of one object. It is Netty's
// targetRecords.
const targetAccesses = 4

// trail is the noted accesses of an object or a handle. With targetAccesses on it,
// one more takes the place of the newest, or joins it with probability one half;
// with one above the target, a quarter, and so on. So the newest is always there
// and the others are ever further apart. That is Netty's ResourceLeakDetector.
type trail struct {
	newest  atomic.Pointer[access]
	thinned atomic.Int64 // accesses that gave way
}

type access struct {
	older *access
	rank  int // of the accesses on the trail, this one included
	op    op
	hint  string
	at    *stack
}

func (t *trail) add(op op, hint string, at *stack) {
	a := &access{op: op, hint: hint, at: at}
	dice := rand.Uint64()
	for {
		newest := t.newest.Load()
		instead := newest.shouldYield(dice)
		a.older = newest
		if instead {
			a.older = newest.older
		}
		a.rank = a.older.len() + 1
		if t.newest.CompareAndSwap(newest, a) {
			if instead {
				t.thinned.Add(1)
			}
			return
		}
	}
}

// shouldYield reports whether a, being the newest, gives way to the next one.
func (a *access) shouldYield(dice uint64) bool {
	over := a.len() - targetAccesses
	return over >= 0 && dice&(1<<min(over+1, 30)-1) != 0
}

func (a *access) len() int {
	if a == nil {
		return 0
	}
	return a.rank
}

// list returns the accesses, newest first, and how many more there were.
func (m *more) list() (all []Access, thinned int) {
	if m == nil {
		return nil, 0
	}
	for a := m.trail.newest.Load(); a != nil; a = a.older {
		all = append(all, Access{a.op.String(), a.hint, a.at.PCs})
	}
	return all, int(m.trail.thinned.Load())
}

// longestHint is how many bytes of a hint are kept.
const longestHint = 200

// inWords formats a hint while its owner looks, so that the trail neither keeps
// what it refers to nor reads it later, when it may have changed.
func inWords(hint any) (text string) {
	// fmt recovers what String and Error methods do wrong, but nothing else.
	returned := false
	defer func() {
		if !returned {
			text = fmt.Sprintf("(a %T that cannot be printed: %v)", hint, recover())
		}
	}()
	text = fmt.Sprint(hint)
	returned = true
	if len(text) > longestHint {
		text = text[:longestHint] + "…"
	}
	return text
}
