package limits

import "github.com/referent-go/referent/realweak"

// Instead returns what to do where the pointer is refused, or accepted for what
// may not be meant. It is short enough for a line; CheckReferent's error has the
// reasons.
func (r Result) Instead() string {
	switch r.Reason {
	case realweak.Nil:
		return "check for nil first"
	case realweak.ZeroSize:
		return "realweak.New(v), or give the type a field"
	case realweak.Shared:
		return "realweak.New(v) gives it a block of its own"
	case realweak.Immortal:
		return "allocate it in a function, or hold it: it never dies"
	case realweak.Foreign:
		return "refer to a Go object that owns the memory"
	}
	if r.Kind.Box {
		return "it may die while what it leads to lives: put that in a struct"
	}
	return ""
}
