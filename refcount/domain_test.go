package refcount_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// cell is a member with any number of handles.
type cell struct {
	id    int
	links []refcount.Strong[cell]
	end   func(*cell)
}

func (c *cell) Trace(visit func(refcount.Edge)) {
	for i := range c.links {
		visit(c.links[i].Edge("links"))
	}
}

func (c *cell) drop() {
	if c.end != nil {
		c.end(c)
	}
}

// tie makes from own a handle to to.
func tie(from, to *refcount.Strong[cell]) {
	from.Value().links = append(from.Value().links, to.Clone())
}

// cells makes n members of a domain, numbered from 0.
func cells(d *refcount.Domain, n int, end func(*cell)) []refcount.Strong[cell] {
	all := make([]refcount.Strong[cell], n)
	for i := range all {
		all[i] = refcount.New(cell{id: i, end: end}, (*cell).drop)
		refcount.Adopt(d, &all[i])
	}
	return all
}

func ring(all []refcount.Strong[cell]) {
	for i := range all {
		tie(&all[i], &all[(i+1)%len(all)])
	}
}

func releaseAll[T any](all []refcount.Strong[T]) {
	for i := range all {
		if all[i].Held() {
			all[i].Release()
		}
	}
}

func collect(t testing.TB, d *refcount.Domain) refcount.Collected {
	t.Helper()
	c, err := d.Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCollectRing(t *testing.T) {
	var d refcount.Domain
	var ended []int
	all := cells(&d, 5, func(c *cell) { ended = append(ended, c.id) })
	ring(all)
	weak := all[2].Downgrade()
	for i := range 4 {
		all[i].Release()
	}
	if got := collect(t, &d); got != (refcount.Collected{Pending: 5, Examined: 5}) || d.Len() != 5 || d.Pending() != 0 {
		t.Errorf("collected %+v while one is held, %d members, %d pending", got, d.Len(), d.Pending())
	}
	if got := collect(t, &d); got != (refcount.Collected{}) {
		t.Errorf("collected %+v when nothing had happened", got)
	}
	all[4].Release()
	if got := collect(t, &d); got != (refcount.Collected{Pending: 1, Examined: 5, Destroyed: 5}) || d.Len() != 0 {
		t.Errorf("collected %+v, %d members", got, d.Len())
	}
	if !slices.Equal(ended, []int{4, 3, 2, 1, 0}) {
		t.Errorf("ended in the order %v, want the newest first", ended)
	}
	if _, ok := weak.Upgrade(); ok {
		t.Error("a weak handle to garbage can be upgraded")
	}
}

func TestReportRing(t *testing.T) {
	var d refcount.Domain
	all := cells(&d, 3, nil)
	ring(all)
	releaseAll(all)
	report, err := d.Report(context.Background())
	if err != nil || len(report) != 1 {
		t.Fatal(report, err)
	}
	t.Log(report[0])
	_ = strings.Contains
	_ = errors.Is
	_ = realweak.OnPanic
	_ = weaktest.Drain
}
