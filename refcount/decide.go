package refcount

import (
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"
)

// exclusively calls f while nobody changes counts. quiet reports that nobody has done
// so since the round began: then all counts are as they were traced, and it need not
// be asked of each.
func (c *collector) exclusively(f func(quiet bool)) {
	d := c.domain
	d.decision.Lock()
	defer d.decision.Unlock()
	d.phase.Store(deciding)
	defer d.phase.Store(resting) // before the lock is free
	d.awaitOperations()
	f(d.used.Load() != c.round)
}

// decide excludes all changes of counts, verifies what the search has found, and
// does act with what is garbage for certain. It returns how many nodes were used
// since the search.
func (c *collector) decide(act func(unseen bool)) (used int) {
	c.exclusively(func(quiet bool) {
		c.refuseSurpluses()
		if !quiet || c.aged {
			used = c.verify()
		}
		c.finish.destructors = c.mustDestruct()
		act(quiet && c.unseen())
	})
	return used
}

// unseen reports whether nobody but the domain can see what becomes of its objects.
// Others need a weak handle, which is made of another handle, or observe them.
func (c *collector) unseen() bool { return c.plain && c.weaks == 0 }

// verify has those of the garbage that were used live on.
func (c *collector) verify() (used int) {
	for _, i := range c.garbage {
		state := atomic.LoadInt64(&c.nodes[i].core.state)
		gen := generation(state)
		if isDestroyed(state) || int32(strongs(state, gen)) != c.nodes[i].count || gen == lastGen ||
			c.nodes[i].front.watch.node.used.Load() == c.round {
			c.rest[i] = reached
			c.stack = append(c.stack, i)
			used++
		}
	}
	if used > 0 {
		c.spread()
		c.sift()
	}
	return used
}

// mustDestruct reports whether there is a destructor to run.
func (c *collector) mustDestruct() bool {
	if c.armed == 0 || c.armed == len(c.nodes) {
		return c.armed > 0 && len(c.garbage) > 0
	}
	return slices.ContainsFunc(c.garbage, func(i uint32) bool { return c.nodes[i].core.drop.present() })
}

// sift takes out of garbage what was found to be held after all.
func (c *collector) sift() {
	c.garbage = slices.DeleteFunc(c.garbage, func(i uint32) bool { return c.rest[i] != 0 })
}

// hold spares a node, and what it leads to.
func (c *collector) hold(node uint32) {
	c.rest[node] = reached
	c.stack = append(c.stack, node)
	c.spread()
	c.sift()
}

// refuseSurpluses panics if more edges than there are handles lead to a node whose
// count is the same as before.
func (c *collector) refuseSurpluses() {
	for _, node := range c.surplus {
		f := c.nodes[node].front
		if c.nodes[node].count != f.core.handles() || f.watch.node.used.Load() == c.round {
			continue
		}
		what := f.core.drop.typ()
		for i := range c.nodes {
			if slices.Contains(c.graph.edges(uint32(i)), node) {
				panic(fmt.Sprintf("refcount: the Traces of members, %s among them, report more handles to a %s than there are: visit each handle once, for the object that owns it",
					c.nodes[i].core.drop.typ(), what))
			}
		}
	}
}

// condemn makes all weak handles to the garbage void and keeps it from being
// destroyed by destructors that release what they own: it gives each object a
// new generation and one count more. If there is no destructor to run, it marks
// the objects destroyed instead.
//
// All of that is for others to see. What is unseen is not marked yet, and keeps its
// generation.
func (c *collector) condemn(unseen bool) {
	if !c.finish.destructors {
		c.kill(unseen)
		return
	}
	if unseen {
		for _, i := range c.garbage {
			atomic.AddInt64(&c.nodes[i].core.state, oneStrong)
		}
		return
	}
	for _, i := range c.garbage {
		c.nodes[i].core.replace(func(state int64) int64 { return state - int64(weaks(state)) + firstGen + oneStrong })
	}
	// The handles may have several fronts. They are all in the garbage.
	for _, i := range c.garbage {
		for edge := c.graph.first[i]; edge < c.graph.first[i+1]; edge++ {
			if to := c.graph.to[edge]; c.isGarbage(to) {
				c.edges[edge].handle.block.front().gen = generation(atomic.LoadInt64(&c.nodes[to].core.state))
			}
		}
	}
}

// kill marks the garbage destroyed, or leaves that to the end of each object if it is
// unseen.
func (c *collector) kill(unseen bool) {
	c.finish.unmarked = unseen
	if unseen {
		return
	}
	for _, i := range c.garbage {
		c.mark(i)
	}
}

// mark marks one node destroyed.
func (c *collector) mark(node uint32) {
	// An addition, since weak handles may be counted at the same time.
	atomic.AddInt64(&c.nodes[node].core.state, destroyed-int64(c.nodes[node].count)*oneStrong)
}

// replace changes a word while others may count weak handles in it.
func (b *block) replace(change func(state int64) int64) {
	for {
		state := atomic.LoadInt64(&b.state)
		if atomic.CompareAndSwapInt64(&b.state, state, change(state)) {
			return
		}
	}
}

// sameDestructor reports whether two destructors are of one type and are the same
// function or pool. That == does not compare functions is why it compares the words.
func sameDestructor(a, b destructor) bool {
	return *(*[2]uintptr)(unsafe.Pointer(&a)) == *(*[2]uintptr)(unsafe.Pointer(&b))
}
