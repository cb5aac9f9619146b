package realweak

import "sync/atomic"

// Policy says what happens to objects that can be referred to but would never be
// found dead: those that [CheckReferent] calls ZeroSize, Shared or Immortal.
type Policy uint32

// The policies.
const (
	// Strict refuses: what stores or finalizes such an object panics with a
	// *ReferentError. It is the default, since what would silently never happen
	// is a bug most of the time.
	Strict Policy = iota
	// Lenient accepts: an entry stays until it is deleted, and a finalizer runs
	// when it is called, or at Shutdown.
	Lenient
)

var policy atomic.Uint32

// SetPolicy sets the policy of the process and returns a function that restores
// the one before. Nil pointers and memory that is not Go's are refused under
// either. It is safe for concurrent use; what is under way may follow either.
func SetPolicy(p Policy) (restore func()) {
	if p > Lenient {
		panic("realweak: SetPolicy: there are Strict and Lenient")
	}
	before := policy.Swap(uint32(p))
	return func() { policy.Store(before) }
}

// refuses reports whether an object with that flaw is refused.
func refuses(r Reason) bool {
	switch r {
	case ZeroSize, Shared, Immortal:
		return Policy(policy.Load()) == Strict
	}
	return r != 0
}
