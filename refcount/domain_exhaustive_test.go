package refcount

import (
	"context"
	"math/bits"
	"testing"
)

// dot is a member with up to four handles.
type dot struct {
	to [4]Strong[dot]
	id int
}

func (d *dot) Trace(visit func(Edge)) {
	for i := range d.to {
		visit(d.to[i].Edge("to"))
	}
}

// exhausted is the graph of dots with the edges that matrix says: row by row, bit
// 4·from+to.
type exhausted struct {
	domain  Domain
	handles [4]Strong[dot] // from outside
	weaks   [4]Weak[dot]
	inside  int // the dots that others, or they themselves, hold
	ends    [4]int
	weak    bool // there are weak handles while it is collected
	tidy    bool // the destructors release what their objects own
}

func (x *exhausted) build(n, matrix int) {
	x.inside, x.ends = 0, [4]int{}
	for i := range n {
		x.handles[i] = New(dot{id: i}, x.drop)
		Adopt(&x.domain, &x.handles[i])
		x.weaks[i] = x.handles[i].Downgrade()
	}
	for from := range n {
		for to := range n {
			if matrix&(1<<(4*from+to)) != 0 {
				x.handles[from].Value().to[to] = x.handles[to].Clone()
				x.inside |= 1 << to
			}
		}
	}
}

func (x *exhausted) drop(d *dot) {
	x.ends[d.id]++
	for i := range d.to {
		if x.tidy && d.to[i].Held() {
			d.to[i].Release()
		}
	}
}

// reachable returns the dots that lead from those in mask, these included.
func reachable(matrix, mask int) int {
	for {
		next := mask
		for rest := mask; rest != 0; rest &= rest - 1 {
			next |= matrix >> (4 * bits.TrailingZeros(uint(rest))) & 15
		}
		if next == mask {
			return mask
		}
		mask = next
	}
}

// found searches and decides, without consequences, and returns what is garbage.
func (x *exhausted) found(t *testing.T) (garbage int) {
	c, d := &x.domain.collector, &x.domain
	if mine, err := d.gate.take(context.Background(), 1); !mine || err != nil {
		t.Fatal(mine, err)
	}
	defer d.gate.pass()
	if err := c.open(context.Background(), d, 1); err != nil {
		t.Fatal(err)
	}
	if err := c.search(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.reach()
	c.refuseTwins()
	if used := c.decide(func(bool) {}); used != 0 {
		t.Fatalf("%d were used meanwhile", used)
	}
	for _, i := range c.garbage {
		garbage |= 1 << (*dot)(c.nodes[i].core.target).id
	}
	c.putBack()
	c.reopen()
	c.close()
	return garbage
}

// TestAllGraphs has every graph of up to four objects, with self-references, and
// every choice of those that are held from outside, against reachability. Where
// an object that nothing inside holds is not held from outside either, it is
// destroyed by its Release; the graph without it is another case.
//
// Each graph is then collected for real, from the choice that its number gives,
// and again with nothing held: all destructors must run once, and none too early. This
// is done with and without weak handles to the objects, and with and without
// destructors that release what their objects own.
func TestAllGraphs(t *testing.T) {
	stride := 1
	switch {
	case raceEnabled:
		stride = 61
	case testing.Short():
		stride = 31
	}
	var x exhausted
	for n := range 5 {
		row := 1<<n - 1
		all := row | row<<4 | row<<8 | row<<12
		all &= 1<<(4*n) - 1
		for matrix, graphs := 0, 0; ; matrix = (matrix - all) & all { // the subsets of all
			if n < 4 || graphs%stride == 0 {
				for variant := range 4 {
					x.weak, x.tidy = variant&1 != 0, variant&2 != 0
					x.try(t, n, matrix, graphs)
				}
			}
			if graphs++; matrix == all {
				break
			}
		}
	}
}

func (x *exhausted) try(t *testing.T, n, matrix, number int) {
	x.build(n, matrix)
	all := 1<<n - 1
	mask := all
	toggle := func(i int) {
		if mask&(1<<i) == 0 {
			s, ok := x.weaks[i].Upgrade()
			if !ok {
				t.Fatalf("edges %016b: #%d has died", matrix, i)
			}
			x.handles[i] = s.Move()
			mask |= 1 << i
		} else if x.inside&(1<<i) != 0 {
			x.handles[i].Release()
			mask &^= 1 << i
		}
	}
	for step := range 1 << n {
		if step > 0 {
			toggle(bits.TrailingZeros(uint(step))) // to the next choice in Gray's order
		}
		if got, want := x.found(t), all&^reachable(matrix, mask); got != want {
			t.Fatalf("%d objects, edges %016b, held %04b: found %04b, want %04b", n, matrix, mask, got, want)
		}
	}
	for i := range n {
		if number>>i&1 != mask>>i&1 {
			toggle(i)
		}
	}
	if !x.weak {
		for i := range n {
			x.weaks[i].Release()
		}
	}
	for _, mask := range []int{mask, 0} {
		for i := range n {
			if mask&(1<<i) == 0 && x.handles[i].Held() {
				x.handles[i].Release()
			}
		}
		if _, err := x.domain.Collect(context.Background()); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			want := 1 - reachable(matrix, mask)>>i&1
			if x.ends[i] != want {
				t.Fatalf("%d objects, edges %016b, held %04b: destructors ran %v times", n, matrix, mask, x.ends)
			}
			if !x.weak {
				continue
			}
			s, ok := x.weaks[i].Upgrade()
			if ok != (want == 0) {
				t.Fatalf("%d objects, edges %016b, held %04b: Upgrade of #%d returned %v", n, matrix, mask, i, ok)
			}
			if ok {
				s.Release()
			}
		}
	}
	if x.domain.Len() != 0 || x.domain.Pending() != 0 {
		t.Fatalf("%d members and %d pending are left", x.domain.Len(), x.domain.Pending())
	}
}

// Tables for one large collection are not kept for ever.
func TestTablesAreGivenBack(t *testing.T) {
	var d Domain
	for _, n := range []int{1<<16 + 1, 10} {
		first := New(dot{}, nil)
		Adopt(&d, &first)
		last := first.Clone()
		for range n - 1 {
			next := New(dot{}, nil)
			Adopt(&d, &next)
			d.Update(func() { last.Value().to[0] = next.Clone() })
			last.Release()
			last = next.Move()
		}
		d.Update(func() { last.Value().to[0] = first.Move() })
		last.Release()
		if c, err := d.Collect(context.Background()); err != nil || c.Destroyed != n {
			t.Fatalf("collected %+v, %v", c, err)
		}
	}
	if got := cap(d.collector.nodes); got > 1<<16 {
		t.Errorf("tables for %d objects are kept", got)
	}
	for _, f := range d.collector.nodes[:cap(d.collector.nodes)] {
		if f.front != nil {
			t.Fatal("a table keeps an object")
		}
	}
}
