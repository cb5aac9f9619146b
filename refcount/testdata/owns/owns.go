// Package owns uses handles as they are meant to be, which go vet must accept.
package owns

import (
	"context"

	"github.com/referent-go/referent/refcount"
)

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

type node struct {
	me   refcount.Weak[node]
	name refcount.Strong[string]
}

var pool = refcount.NewPool[node](nil)

func grow(name *refcount.Strong[string]) (refcount.Strong[node], *refcount.Strong[node]) {
	n := refcount.NewCyclic(func(me *refcount.Weak[node]) node {
		return node{me: me.Clone(), name: name.Clone()}
	}, nil)
	pooled := pool.New(node{name: name.Move()})
	return n.Move(), &pooled
}

func walk(n *refcount.Strong[node]) (refcount.Strong[string], int) {
	l := n.Local()
	defer l.Release()
	c := l.Clone()
	c.Release()
	name := refcount.Project(n, func(n *node) *refcount.Strong[string] { return &n.name })
	defer name.Release()
	if v, ok := n.TryUnwrap(); ok {
		return v.name.Move(), 1
	}
	n.MakeMut(func(n *node) node { return node{name: n.name.Clone()} })
	return name.Value().Clone(), 2
}

type service struct {
	config refcount.Atomic[int]
	pool   refcount.Primary[int]
	file   refcount.Handle[int]
}

func start(fd int) *service {
	s := &service{
		pool: refcount.NewPrimary(1, nil),
		file: refcount.NewHandle(fd, func(int) error { return nil }),
	}
	first := refcount.New(1, nil)
	s.config.Store(&first)
	return s
}

func (s *service) serve() (sum int, err error) {
	config := s.config.Load()
	defer config.Release()
	conn, ok := s.pool.Lock()
	if !ok {
		return 0, refcount.ErrClosed
	}
	defer conn.Release()
	return *config.Value() + *conn.Value(), s.file.Use(func(int) error { return nil })
}

func (s *service) replace() (before refcount.Strong[int]) {
	next := refcount.New(2, nil)
	return s.config.Swap(&next)
}

func (s *service) stop(ctx context.Context) error {
	s.config.Store(nil)
	if err := s.pool.Join(ctx); err != nil {
		return err
	}
	return s.file.CloseWait(ctx)
}
