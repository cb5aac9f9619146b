package refcount

import "sync/atomic"

// secondLook is what a collection does after the destructors of its garbage have run:
// it asks whether they have handed an object out. As a rule they have not, and at most
// released what their objects own; then the tables of the search are right but for the
// handles that are gone, and the counts say so. If there is any doubt, the tables are
// made anew.
type secondLook struct {
	edge, end uint32 // the edges of the object that is traced which it has not reported
	doubt     bool
}

// lookAgain traces the garbage once more and reports whether each of its counts is
// accounted for by handles that the search found, in the objects that it found them
// in. If so it has killed all of it. It does not try if an object may be watched by now
// that was not when it was listed.
//
// An object's rest, which is zero in garbage, is zero again in the end.
func (c *collector) lookAgain(order []uint32) (same bool) {
	look, d := &c.again, c.domain
	if d.specials.Load() != c.specials {
		return false
	}
	*look = secondLook{}
	c.weaks = 0
	for i, rest := range c.rest {
		if rest != 0 {
			c.rest[i] = reached
		}
	}
	for at, i := range order {
		if at%batchSize == 0 {
			d.batch.Add(1)
		}
		core := c.nodes[i].core
		state := atomic.LoadInt64(&core.state)
		c.nodes[i].count = int32(strongs(state, generation(state)))
		c.rest[i] += c.nodes[i].count - 1 // without the collection's own
		c.weaks |= weaks(state)
		look.edge, look.end = c.graph.first[i], c.graph.first[i+1]
		c.tracing, c.finish.calling = core, core
		core.drop.trace(core.target, c.revisit)
		c.finish.calling = nil
		for look.edge < look.end {
			c.passOver()
		}
		if look.doubt {
			return false
		}
	}
	for _, i := range order {
		if c.rest[i] != 0 {
			return false
		}
	}
	c.exclusively(func(quiet bool) {
		if same = quiet; same {
			c.kill(c.unseen())
		}
	})
	return same
}

// seeAgain takes note of an edge of an object that was traced before: the same one in
// the same place, but for those in between that are gone.
func (c *collector) seeAgain(e Edge) {
	h := e.held()
	if h == nil {
		return
	}
	look := &c.again
	for look.edge < look.end && c.edges[look.edge].handle != h {
		c.passOver()
	}
	if look.edge == look.end {
		look.doubt = true // one that was not there
		return
	}
	to := c.graph.to[look.edge]
	look.doubt = look.doubt || c.edges[look.edge].end != h.block // another handle in its place
	look.edge++
	if to != outside && c.rest[to] < reached/2 {
		c.rest[to]--
	}
}

// passOver takes the next edge out of the tables: where it was may be somebody else's
// by now.
func (c *collector) passOver() {
	edge := c.again.edge
	c.edges[edge].handle, c.graph.to[edge] = nil, outside
	c.again.edge++
}
