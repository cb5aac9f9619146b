package refcount_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/referent-go/referent/refcount"
)

// web is a graph of cells beside a model of it.
type web struct {
	domain  refcount.Domain
	handles [][]refcount.Strong[cell] // from outside, by cell
	weaks   []refcount.Weak[cell]
	cells   []*cell // only to look at
	edges   [][]int // of the model
	ended   []int   // what has ended, in order
	dead    []bool  // what has ended in the model
}

func (w *web) add() int {
	id := len(w.cells)
	h := refcount.New(cell{id: id, end: func(c *cell) { w.ended = append(w.ended, c.id) }}, (*cell).drop)
	refcount.Adopt(&w.domain, &h)
	w.weaks = append(w.weaks, h.Downgrade())
	w.cells = append(w.cells, h.Value())
	w.handles = append(w.handles, []refcount.Strong[cell]{h.Move()})
	w.edges = append(w.edges, nil)
	w.dead = append(w.dead, false)
	return id
}

// tie adds an edge by a new handle, or by one that was held from outside.
func (w *web) tie(from, to int, move bool) {
	w.domain.Update(func() {
		of := &w.handles[to]
		last := len(*of) - 1
		c := w.cells[from]
		if move {
			c.links = append(c.links, (*of)[last].Move())
			*of = (*of)[:last]
		} else {
			c.links = append(c.links, (*of)[last].Clone())
		}
	})
	w.edges[from] = append(w.edges[from], to)
}

func (w *web) release(id int) {
	of := &w.handles[id]
	last := len(*of) - 1
	h := (*of)[last].Move()
	*of = (*of)[:last]
	h.Release()
	w.cascade()
}

func (w *web) count(id int) int {
	n := len(w.handles[id])
	for from, edges := range w.edges {
		if w.dead[from] {
			continue
		}
		for _, to := range edges {
			if to == id {
				n++
			}
		}
	}
	return n
}

// cascade ends in the model what has no handles left.
func (w *web) cascade() {
	for again := true; again; {
		again = false
		for id := range w.cells {
			if !w.dead[id] && w.count(id) == 0 {
				w.dead[id], again = true, true
			}
		}
	}
}

// reach returns what is reachable from outside.
func (w *web) reach() []bool {
	live := make([]bool, len(w.cells))
	var stack []int
	visit := func(id int) {
		if !live[id] {
			live[id] = true
			stack = append(stack, id)
		}
	}
	for id := range w.cells {
		if len(w.handles[id]) > 0 {
			visit(id)
		}
	}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, to := range w.edges[id] {
			visit(to)
		}
	}
	return live
}

// check compares who has ended, how often, and the counts of the others.
func (w *web) check() string {
	times := make([]int, len(w.cells))
	for _, id := range w.ended {
		times[id]++
	}
	for id := range w.cells {
		want := 0
		if w.dead[id] {
			want = 1
		}
		if times[id] != want {
			return fmt.Sprintf("#%d has ended %d times, want %d", id, times[id], want)
		}
		strong := 0
		if !w.dead[id] {
			strong = w.count(id)
		}
		if got := w.weaks[id].StrongCount(); got != strong {
			return fmt.Sprintf("#%d has %d handles, want %d", id, got, strong)
		}
	}
	return ""
}

// TestDomainModel runs random programs over cells that hold each other in any
// way. After each step exactly what has no handles must have ended, and after a
// collection exactly what cannot be reached, however long ago that came about.
func TestDomainModel(t *testing.T) {
	programs := 400
	if testing.Short() {
		programs = 60
	}
	for seed := range programs {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		w := new(web)
		pick := func(held bool) (int, bool) {
			var ids []int
			for id := range w.cells {
				if !w.dead[id] && (!held || len(w.handles[id]) > 0) {
					ids = append(ids, id)
				}
			}
			if len(ids) == 0 {
				return 0, false
			}
			return ids[r.IntN(len(ids))], true
		}
		for step := range 80 {
			switch op := r.IntN(20); {
			case op < 4:
				w.add()
			case op < 10: // an edge between what can be reached
				to, ok := pick(true)
				from, _ := pick(false)
				if ok && w.reach()[from] {
					// Moved, the last handle could close a cycle
					// that nothing reaches any more.
					w.tie(from, to, r.IntN(2) == 0)
				}
			case op < 13:
				if id, ok := pick(true); ok {
					w.release(id)
				}
			case op < 14:
				if id, ok := pick(true); ok {
					last := len(w.handles[id]) - 1
					w.handles[id] = append(w.handles[id], w.handles[id][last].Clone())
				}
			case op < 15:
				if id, ok := pick(false); ok {
					s, ok := w.weaks[id].Upgrade()
					if !ok {
						t.Fatalf("seed %d, step %d: #%d cannot be upgraded", seed, step, id)
					}
					w.handles[id] = append(w.handles[id], s.Move())
				}
			case op < 17: // cut an edge
				from, ok := pick(false)
				if !ok || !w.reach()[from] || len(w.edges[from]) == 0 {
					continue
				}
				at := r.IntN(len(w.edges[from]))
				var h refcount.Strong[cell]
				w.domain.Update(func() {
					c := w.cells[from]
					last := len(c.links) - 1
					h = c.links[at].Move()
					if at != last {
						c.links[at] = c.links[last].Move()
					}
					c.links = c.links[:last]
				})
				to := w.edges[from][at]
				last := len(w.edges[from]) - 1
				w.edges[from][at] = w.edges[from][last]
				w.edges[from] = w.edges[from][:last]
				if r.IntN(2) == 0 {
					h.Release()
					w.cascade()
				} else {
					w.handles[to] = append(w.handles[to], h.Move())
				}
			default:
				live, before := w.reach(), len(w.ended)
				got := collect(t, &w.domain)
				destroyed := 0
				for id := range w.cells {
					if !live[id] && !w.dead[id] {
						w.dead[id] = true
						destroyed++
					}
				}
				if got.Destroyed != destroyed || got.Resurrected != 0 || got.Used != 0 {
					t.Fatalf("seed %d, step %d: collected %+v, want %d destroyed", seed, step, got, destroyed)
				}
				if why := w.order(w.ended[before:]); why != "" {
					t.Fatalf("seed %d, step %d: %s", seed, step, why)
				}
			}
			if why := w.check(); why != "" {
				t.Fatalf("seed %d, step %d: %s", seed, step, why)
			}
		}
	}
}

// order checks the order in which garbage ended: owners before what they own,
// unless those own them too; and of what owns each other the newest first.
func (w *web) order(ended []int) string {
	place := make(map[int]int)
	for at, id := range ended {
		place[id] = at
	}
	leads := make(map[int]map[int]bool)
	for _, id := range ended {
		leads[id] = make(map[int]bool)
		stack := []int{id}
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, to := range w.edges[at] {
				if !leads[id][to] {
					leads[id][to] = true
					stack = append(stack, to)
				}
			}
		}
	}
	for _, a := range ended {
		for _, b := range ended {
			switch {
			case a == b || !leads[a][b]:
			case leads[b][a]:
				if a > b && place[a] > place[b] {
					return fmt.Sprintf("#%d and #%d hold each other, and the older one ended first", a, b)
				}
			case place[a] > place[b]:
				return fmt.Sprintf("#%d holds #%d and ended later", a, b)
			}
		}
	}
	return ""
}

// TestLargeGraphs collects random graphs of up to 10,000 objects.
func TestLargeGraphs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(1, 10_000)).Draw(t, "objects")
		degree := rapid.Float64Range(0, 3).Draw(t, "degree")
		held := rapid.SampledFrom([]int{0, 1, 10, 1000}).Draw(t, "held of 10,000")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var d refcount.Domain
		var ended []int
		all := cells(&d, n, func(c *cell) { ended = append(ended, c.id) })
		edges := make([][]int, n)
		for range int(float64(n) * degree) {
			from, to := r.IntN(n), r.IntN(n)
			tie(&all[from], &all[to])
			edges[from] = append(edges[from], to)
		}
		live := make([]bool, n)
		var stack []int
		for id := range n {
			if r.IntN(10_000) < held {
				live[id] = true
				stack = append(stack, id)
			}
		}
		keep := slices.Clone(live)
		for len(stack) > 0 {
			id := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, to := range edges[id] {
				if !live[to] {
					live[to] = true
					stack = append(stack, to)
				}
			}
		}
		for id := range all {
			if !keep[id] {
				all[id].Release()
			}
		}
		check := func(wantLive func(id int) bool) {
			if _, err := d.Collect(t.Context()); err != nil {
				t.Fatal(err)
			}
			times := make([]int, n)
			for _, id := range ended {
				times[id]++
			}
			for id, got := range times {
				if want := 1; wantLive(id) && got != 0 || !wantLive(id) && got != want {
					t.Fatalf("#%d of %d ended %d times; reachable: %v", id, n, got, wantLive(id))
				}
			}
		}
		check(func(id int) bool { return live[id] })
		releaseAll(all)
		check(func(int) bool { return false })
		if d.Len() != 0 {
			t.Fatalf("%d members are left", d.Len())
		}
	})
}
