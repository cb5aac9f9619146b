package diagnosis

import (
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	OK   Level = "ok"
	Hint Level = "hint" // worth knowing; nothing is wrong
	Bad  Level = "bad"
)

// Finding is the result of one check.
type Finding struct {
	Level Level  `json:"level"`
	Check string `json:"check"` // such as "cleanup queue"
	What  string `json:"what"`
	Next  string `json:"next,omitempty"` // what to do; empty if nothing is to be done
}

// Case is what was seen of one program.
type Case struct {
	First, Second *wire.Snapshot // Second is nil if there was only one look

	// Events are those that the program still had, and those that came between the
	// looks, as far as they tell of mistakes. Panicked and Leaked count them.
	Panicked, Leaked []event.Event

	// Skew is how far the program's clock is ahead of ours, give or take Tolerance.
	// Tolerance is 0 if that is not known, as of a file.
	Skew, Tolerance time.Duration
}

// last returns the newer look.
func (c Case) last() *wire.Snapshot {
	if c.Second != nil {
		return c.Second
	}
	return c.First
}

// between returns the time between the looks.
func (c Case) between() time.Duration {
	if c.Second == nil {
		return 0
	}
	return c.Second.Time.Sub(c.First.Time)
}
