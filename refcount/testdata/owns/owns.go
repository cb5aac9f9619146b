// Package owns uses handles as they are meant to be, which go vet must accept.
package owns

import "github.com/referent-go/referent/refcount"

type conn struct {
	refcount.Count
	fd int
}

type shelf struct {
	first refcount.Strong[int]
	all   []refcount.Strong[int]
	watch refcount.Weak[int]
}

func open() *conn { return &conn{fd: 1} }

func fill(h *shelf) refcount.Strong[int] {
	s := refcount.New(1, nil)
	defer s.Release()
	h.first = s.Clone()
	h.all = append(h.all, s.Clone())
	h.watch = s.Downgrade()
	if c, ok := h.watch.Upgrade(); ok {
		return c.Move()
	}
	return s.Clone()
}

func empty(h *shelf) {
	for i := range h.all {
		h.all[i].Release()
	}
	h.first.Release()
	h.watch.Release()
}
