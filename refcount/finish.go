package refcount

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/event"
)

// finish is the second half of a collection: the end of what the first half has
// condemned. It runs user code, so it can be interrupted, by a panic or by
// runtime.Goexit, and goes on where it was.
type finish struct {
	destructors bool // there are some to run
	unmarked    bool // the objects are not marked destroyed yet, since nobody can tell
	closed      bool // all handles lie in the garbage and lead to it
	stage       stage
	at          int         // in order
	edge        uint32      // in giveUpHandles: of the node at
	order       []uint32    // of destruction
	keys        []sortKey   // to bring order about
	byAge       []uint32    // the garbage, the newest first
	doomed      []*front    // the garbage, while tables are made anew
	calling     *block      // whose destructor or Trace is running
	blamed      *block      // whose Trace has been reported, and may be called again
	callback    *callback   // that is running
	callbacks   []*callback // of watched objects, in order
	destroyed   int
	resurrected int

	drain    *drain
	base     int  // of the drain's pending blocks; those below it are others' business
	stepping bool // one above it is being destroyed
}

type stage uint8

const (
	runDestructors stage = iota
	lookAgain
	recount
	giveUpHandles
	runCallbacks
	finished
)

type sortKey struct {
	number event.ID
	node   uint32
}

// run destroys the garbage. In its steps it is a destructor like any other for
// what is released by it: that is destroyed when the step is over.
func (x *finish) run(c *collector) {
	self := c.domain.collecting.Load()
	shard := shardOf(self)
	x.drain = shard.find(self)
	if x.drain == nil {
		x.drain = shard.open(self)
		defer func() { shard.close(self, x.drain) }()
	}
	defer func(fresh int) { x.drain.fresh = fresh }(x.drain.fresh)
	x.base = len(x.drain.pending)
	x.at, x.resurrected, x.destroyed = 0, 0, len(c.garbage)
	x.callbacks = x.callbacks[:0]
	x.sort(c)
	if x.destructors {
		x.stage = runDestructors
		x.gather(c)
	} else {
		x.prepareEnd(c)
	}
	x.goOn(c)
	clear(x.callbacks)
	x.blamed = nil
}

// goOn returns when all is done, even if the goroutine is ending.
func (x *finish) goOn(c *collector) {
	for !x.attempt(c) {
	}
}

// attempt works until all is done or a call does not return.
func (x *finish) attempt(c *collector) (done bool) {
	defer func() {
		if done {
			return
		}
		// A nil value means runtime.Goexit, which can be held up but not
		// stopped: what remains is done here.
		panicked := recover()
		x.report(panicked)
		if x.stepping {
			x.endStep()
		}
		if panicked == nil {
			x.goOn(c)
		}
	}()
	x.settle()
	for x.stage != finished {
		switch x.stage {
		case runDestructors:
			x.runDestructors(c)
			c.domain.gate.close(context.Background())
			c.startRound()
			x.stage, x.at = lookAgain, 0
		case lookAgain:
			x.lookAgain(c)
		case recount:
			x.recount(c)
			x.prepareEnd(c)
			x.settle()
		case giveUpHandles:
			x.giveUpHandles(c)
			x.stage, x.at = runCallbacks, 0
		case runCallbacks:
			x.runCallbacks()
			x.stage = finished
		}
	}
	return true
}

// step begins the destruction of b, or of nothing if b is nil.
func (x *finish) step(b *block) {
	x.drain.pending = append(x.drain.pending, b)
	x.drain.fresh = len(x.drain.pending)
	x.stepping = true
}

func (x *finish) endStep() {
	x.drain.finish()
	x.stepping = false
}

// settle destroys what the last step has released.
func (x *finish) settle() {
	d := x.drain
	for len(d.pending) > x.base {
		d.fresh = len(d.pending)
		x.stepping = true
		d.destruct(d.pending[d.fresh-1])
		x.endStep()
	}
}

// report tells of the call that did not return. If it was that of a destructor
// of an object that was released, that has been told already.
func (x *finish) report(panicked any) {
	switch {
	case x.callback != nil:
		x.callback.report(panicked)
		x.callback = nil
	case x.calling == nil:
	case x.stage == runDestructors:
		x.calling.report("destructor", panicked)
	case x.stage == lookAgain, x.stage == recount:
		if x.calling != x.blamed {
			x.calling.report("Trace", panicked)
		}
		x.blamed = x.calling
	default:
		x.calling.report("handle", panicked)
	}
	x.calling = nil
}

// sort puts the garbage into the order of destruction: owners before what they
// own, and the newest first among those that own each other. If nobody can tell,
// it saves itself the trouble.
func (x *finish) sort(c *collector) {
	x.order = x.order[:0]
	if !x.destructors && !listening() {
		x.order = append(x.order, c.garbage...)
		return
	}
	c.components.find(&c.graph, c.isGarbage)
	x.order = c.components.arrange(x.order, x.newestFirst(c))
}

// newestFirst returns the garbage by age. As a rule it was listed in the order in
// which it was made.
func (x *finish) newestFirst(c *collector) []uint32 {
	ascending := true
	for i := 1; i < len(c.garbage) && ascending; i++ {
		ascending = c.nodes[c.garbage[i-1]].number < c.nodes[c.garbage[i]].number
	}
	x.byAge = append(x.byAge[:0], c.garbage...)
	if ascending {
		slices.Reverse(x.byAge)
		return x.byAge
	}
	x.keys = x.keys[:0]
	for _, node := range c.garbage {
		x.keys = append(x.keys, sortKey{c.nodes[node].number, node})
	}
	slices.SortFunc(x.keys, func(a, b sortKey) int { return cmp.Compare(b.number, a.number) })
	for i, key := range x.keys {
		x.byAge[i] = key.node
	}
	return x.byAge
}

func (x *finish) runDestructors(c *collector) {
	for x.at < len(x.order) {
		listed := c.nodes[x.order[x.at]]
		x.at++
		core, n := listed.core, &listed.front.watch.node
		if n.finished || !core.drop.present() {
			continue
		}
		n.finished = true
		x.step(core)
		x.calling = core
		core.drop.call(core.target)
		x.calling = nil
		x.endStep()
		x.settle()
	}
}

// lookAgain goes on to the end if the destructors have handed nothing out. If that is
// not plain, also because a Trace has panicked in a first attempt, it has all counted
// again.
func (x *finish) lookAgain(c *collector) {
	if x.at == 0 && len(c.atomics) == 0 {
		x.at = 1 // one attempt
		if c.lookAgain(x.order) {
			c.domain.gate.open()
			x.prepareEnd(c)
			x.settle()
			return
		}
	}
	x.prepareRecount(c)
}

// prepareRecount makes tables of the garbage alone, in the order of destruction,
// with the handles that are left now.
func (x *finish) prepareRecount(c *collector) {
	x.doomed = x.doomed[:0]
	for _, i := range x.order {
		x.doomed = append(x.doomed, c.nodes[i].front)
	}
	c.begin()
	c.confined = false
	for _, f := range x.doomed {
		c.list(f)
	}
	c.confined = true
	clear(x.doomed)
	x.stage, x.at = recount, 0
}

// recount finds the garbage that the destructors have made known to somebody, and
// lets it live.
func (x *finish) recount(c *collector) {
	d := c.domain
	for x.at < len(c.nodes) {
		if x.at > c.graph.nodes() {
			c.graph.endNode(len(c.edges)) // this one's Trace has panicked
			continue
		}
		i := x.at
		x.at++
		if i%batchSize == 0 {
			c.follow()
			d.batch.Add(1)
		}
		c.rest[i]-- // the collection's own count
		x.calling = c.nodes[i].core
		c.trace(i)
		x.calling = nil
	}
	if c.graph.nodes() < len(c.nodes) {
		c.graph.endNode(len(c.edges))
	}
	c.follow()
	c.reach()
	// Too late to refuse what is wrong with a Trace. What it concerns lives.
	c.surplus = c.surplus[:0]
	for edge, _, found := c.twins(); found; edge, _, found = c.twins() {
		c.hold(c.graph.to[edge])
	}
	c.decide(c.kill)
	d.gate.open()

	x.destroyed = len(c.garbage)
	x.resurrected = len(c.nodes) - x.destroyed
	x.order = append(x.order[:0], c.garbage...)
	for i, n := range c.nodes {
		if c.rest[i] == 0 {
			continue
		}
		f := n.front
		f.watch.node.finished = true
		if last, _ := f.core.giveBack(generation(atomic.LoadInt64(&f.core.state))); last {
			x.drain.pending = append(x.drain.pending, f.core)
		} else {
			d.suspect(f)
		}
	}
}

// prepareEnd tells of the cycles that come to their end.
func (x *finish) prepareEnd(c *collector) {
	x.stage, x.at = giveUpHandles, 0
	x.closed = len(c.garbage) == len(c.nodes) && !c.leaving && !c.scattered && len(c.atomics) == 0
	x.gather(c)
	if len(x.order) > 0 {
		x.edge = c.graph.first[x.order[0]]
	}
	if !listening() {
		return
	}
	c.components.find(&c.graph, c.isGarbage)
	for i := range c.components.count() {
		if together := c.components.component(i); c.cyclic(together) {
			newest := slices.MaxFunc(together, func(a, b uint32) int { return cmp.Compare(c.nodes[a].number, c.nodes[b].number) })
			c.nodes[newest].core.emit(event.Cycle)
		}
	}
}

// giveUpHandles releases what the garbage still owns, and ends it.
func (x *finish) giveUpHandles(c *collector) {
	loud := listening()
	for x.at < len(x.order) {
		i := x.order[x.at]
		for !x.closed && x.edge < c.graph.first[i+1] {
			edge := x.edge
			x.edge++
			switch h := c.edges[edge].handle; {
			case h == nil: // by its destructor
			case !c.isGarbage(c.graph.to[edge]):
				if !x.stepping {
					x.step(nil)
				}
				e := c.holder(edge)
				x.calling = c.nodes[i].core
				e.release()
				x.calling = nil
			case len(c.atomics) > 0:
				c.holder(edge).drop()
			case c.scattered: // or else it is cleared with its owner
				h.value, h.block = nil, &gone
			}
		}
		x.at++
		if x.at < len(x.order) {
			x.edge = c.graph.first[x.order[x.at]]
		}
		core := c.nodes[i].core
		if x.unmarked {
			c.mark(i)
		}
		core.drop.clear(core)
		if loud {
			core.emit(event.Released)
		}
		if !c.plain {
			for _, o := range c.nodes[i].front.watch.all() {
				if o != observer(c.domain) {
					o.ended(core)
				}
			}
		}
		if x.stepping {
			x.endStep()
			x.settle()
		}
	}
	c.domain.strike(x.destroyed)
}

// gather takes the callbacks of the objects in order.
func (x *finish) gather(c *collector) {
	if c.plain {
		return
	}
	for _, i := range x.order {
		if list := c.nodes[i].front.watch.node.callbacks.Load(); list != nil {
			x.callbacks = append(x.callbacks, list.take()...)
		}
	}
}

func (x *finish) runCallbacks() {
	for x.at < len(x.callbacks) {
		x.callback = x.callbacks[x.at]
		x.at++
		x.step(nil)
		x.callback.run()
		x.callback = nil
		x.endStep()
		x.settle()
	}
}
