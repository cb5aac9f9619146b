// Package copies copies handles, which go vet must report.
package copies

import "github.com/referent-go/referent/refcount"

type conn struct {
	refcount.Count
	fd int
}

func assign() {
	s := refcount.New(1, nil)
	c := s // copied: Strong
	c.Release()
}

func pass(s refcount.Strong[int]) { s.Release() } // copied: Strong

func assignWeak(w *refcount.Weak[int]) {
	v := *w // copied: Weak
	v.Release()
}

func assignCount(c *conn) int {
	d := *c // copied: Count
	return d.fd
}

func loop(all []refcount.Strong[int]) {
	for _, s := range all { // copied: Strong
		s.Release()
	}
}
