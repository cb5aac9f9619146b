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

func assignLocal(s *refcount.Strong[int]) {
	l := s.Local()
	m := l // copied: Local
	m.Release()
}

func passPool(p refcount.Pool[int]) { // copied: Pool
	s := p.New(1)
	s.Release()
}

func assignUpgraded(w *refcount.Weak[int]) {
	if s, ok := w.Upgrade(); ok {
		t := s // copied: Strong
		t.Release()
	}
}

func build() refcount.Strong[int] {
	return refcount.NewCyclic(func(w *refcount.Weak[int]) int {
		keep(*w) // copied: Weak
		return 1
	}, nil)
}

func keep(refcount.Weak[int]) {} // copied: Weak

func assignAtomic(a *refcount.Atomic[int]) {
	b := *a // copied: Atomic
	b.Store(nil)
}

func passPrimary(p refcount.Primary[int]) bool { // copied: Primary
	_, ok := p.Lock()
	return ok
}

func assignHandle(h *refcount.Handle[int]) error {
	g := *h // copied: Handle
	return g.Close()
}

type service struct {
	config refcount.Atomic[int]
	pool   refcount.Primary[int]
	file   refcount.Handle[int]
}

func passService(s service) error { return s.file.Close() } // copied: what has handles in it
