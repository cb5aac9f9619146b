package track

import (
	"fmt"
	"time"
)

// Option adjusts a [Group] when it is made. Of several of a kind the last counts.
type Option func(*settings)

type settings struct {
	sampling    int
	grace       time.Duration
	collections int
}

func defaults() settings {
	return settings{sampling: 1, grace: 5 * time.Second, collections: 2}
}

// Sampling has the stack recorded of one object in n, chosen at random; the others
// are counted without. 1, the default, records all, and 0 none. It panics if n is
// negative. [Group.SetSampling] changes it later.
func Sampling(n int) Option {
	mustSample("Sampling", n)
	return func(s *settings) { s.sampling = n }
}

func mustSample(op string, n int) {
	if n < 0 {
		panic(fmt.Sprintf("track: %s(%d): pass 1 to record every stack, n for one in n, or 0 for none", op, n))
	}
}

// Grace is how long an object that was expected to die has for it before it counts
// as retained. The default is 5 seconds. It panics if d is negative.
func Grace(d time.Duration) Option {
	if d < 0 {
		panic(fmt.Sprintf("track: Grace(%v): pass how long an object may outlive its Expect, from 0", d))
	}
	return func(s *settings) { s.grace = d }
}

// Collections is how many collections, begun after Expect, an object must have
// survived before it counts as retained. The default is 2. It panics if n is less
// than 1: before a collection nobody knows whether an object is still in use.
func Collections(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("track: Collections(%d): pass how many collections an object must survive, from 1", n))
	}
	return func(s *settings) { s.collections = n }
}
