package track

import (
	"context"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
)

// AllRetained returns the retained objects of all groups by group and place of
// creation, most objects first.
func AllRetained() []Retained { return retained(cores.list()) }

// Samples returns the objects of all groups that are alive, by group, place of
// creation, type, state and power of two of their age. It looks at every object,
// which takes some tens of milliseconds a million.
func Samples() []Sample {
	now := now()
	sum := make(summary)
	for _, c := range cores.list() {
		c.addLiving(sum, now)
	}
	return sum.samples()
}

// Deaths returns the objects of all groups that were found dead since the program
// started, by group, place of creation and type, with the sum of their ages.
func Deaths() []Sample {
	sum := make(summary)
	for _, c := range cores.list() {
		c.addDead(sum)
	}
	return sum.samples()
}

// StackOf returns the stack that a fingerprint stands for, and nil if no object of a
// group was created there.
func StackOf(f event.Fingerprint) Stack {
	if f == 0 {
		return nil
	}
	for _, c := range cores.list() {
		for p := range c.places.all() {
			if p.fingerprint() == f {
				return p.stack()
			}
		}
	}
	return nil
}

// Drain waits until all deaths that the collections so far have found are counted,
// and all objects that outlived their grace are retained; or until ctx is done, and
// then returns its error. It does not collect. It is for tests and for orderly ends.
func Drain(ctx context.Context) error {
	if err := realweak.Drain(ctx); err != nil {
		return err
	}
	cores.pass()
	return nil
}
