package refcount

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// collector is the work of one collection. Its buffers are kept for the next one.
//
// A search lists the closure of the members that it starts from, and at the same
// time takes from each one's count the handles that lie in other listed ones. Who
// has count left is held from outside, and so is all that those lead to. The
// objects are read once; all else goes on in the tables.
//
// While it searches nobody writes the handles in members (the gate is closed), but
// counts change. So what the search finds is an assumption, and the decision
// verifies it: then nobody changes counts either, and who has another count than
// the search saw, or was used meanwhile, is held. If nothing was used at all there is
// nothing to verify. For the others it is certain: all their handles lie in each
// other, so nobody can use them; and weak handles to them are made void within the
// decision.
type collector struct {
	domain  *Domain
	round   uint64
	listed  uint64   // nodes, in all searches
	first   uint64   // stamp of this search
	pending []*front // what the search starts from

	nodes    []listed
	rest     []int32      // of the count of each, not found in nodes; the constant reached for what outside leads to
	graph    graph        // to outside for handles of objects that are not listed
	edges    []seenEdge   // those of graph
	atomics  []atomicEdge // those that lie in an Atomic, by edge
	plain    bool         // no node had other observers or callbacks when listed
	specials uint64       // the domain's, before
	weaks    int          // more than zero if one had a weak handle when traced
	aged     bool         // one was in its last generation
	armed    int          // nodes with destructors
	kind     kind         // of the object that was traced last
	names    []edgeName   // of each edge, in reports
	naming   bool         // they are wanted
	confined bool         // nothing more is listed
	visit    func(Edge)
	revisit  func(Edge)
	tracing  *block // the object that is traced

	// Where the value of that object lies, and how long it is; zero if others
	// may have a part of it. A handle outside of its owner is scattered.
	begins, extent uintptr
	scattered      bool
	last           uintptr // the address of its last handle
	descending     bool    // one of them, of any object, does not follow the one before
	leaving        bool    // an edge leads outside

	stack      []uint32
	surplus    []uint32 // nodes with more edges than handles
	garbage    []uint32
	components components
	seen       []uint32 // a hash table of edges

	again  secondLook
	finish finish
}

// listed is a node of the graph.
type listed struct {
	front  *front
	core   *block
	number event.ID // grows with age
	count  int32    // of strong handles, when traced
}

// kind is what a search asks the destructor of each object for, which nearly always is
// that of the one before.
type kind struct {
	drop   destructor
	extent uintptr
	armed  bool // there is a destructor to run
}

// seenEdge is what is known of an edge: its handle, to be written only if it does not lie
// in an Atomic, and where that led to.
type seenEdge struct {
	handle *Strong[untyped]
	end    *block
}

type atomicEdge struct {
	edge   uint32
	atomic *Atomic[untyped]
}

type edgeName struct {
	field string
	inner bool
}

const reached = int32(1) << 30

func (c *collector) collect(ctx context.Context, d *Domain, self uintptr) (done Collected, err error) {
	if err := c.open(ctx, d, self); err != nil {
		return Collected{}, err
	}
	decided := false
	defer func() {
		if !decided { // an error, or a panic
			c.putBack()
			c.reopen()
		}
		c.close()
	}()
	if err := c.search(ctx); err != nil {
		return Collected{}, err
	}
	done.Pending, done.Examined = len(c.pending), len(c.nodes)
	if c.reach(); len(c.garbage) > 0 || len(c.surplus) > 0 {
		c.refuseTwins()
		done.Used = c.decide(c.condemn)
	}
	decided = true
	c.reopen()
	if len(c.garbage) > 0 {
		c.finish.run(c)
		done.Destroyed, done.Resurrected = c.finish.destroyed, c.finish.resurrected
	}
	return done, nil
}

// open closes the gate and takes over what is pending.
func (c *collector) open(ctx context.Context, d *Domain, self uintptr) error {
	if err := d.gate.close(ctx); err != nil {
		return err
	}
	c.domain = d
	d.collecting.Store(self)
	if c.visit == nil {
		c.visit, c.revisit = c.see, c.seeAgain
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c.pending, d.dirty = d.dirty, c.pending[:0]
	d.era.Add(1) // so none is listed any more
	return nil
}

// reopen ends the search.
func (c *collector) reopen() {
	c.domain.phase.Store(resting)
	c.domain.gate.open()
}

// putBack makes everything pending again from which the search started.
func (c *collector) putBack() {
	d := c.domain
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range c.pending {
		d.pend(f)
	}
}

// close lets go of the objects. Tables that were much larger than what this
// collection has put into them go as well.
func (c *collector) close() {
	c.domain.collecting.Store(0)
	if n := cap(c.nodes); n > 1<<16 && len(c.nodes) < n/16 {
		*c = collector{round: c.round, listed: c.listed}
		return
	}
	clear(c.pending)
	clear(c.nodes)
	clear(c.edges)
	clear(c.atomics)
	c.pending, c.nodes, c.edges = c.pending[:0], c.nodes[:0], c.edges[:0]
	c.tracing, c.names, c.naming = nil, nil, false
	c.kind = kind{}
}

// begin starts a search with empty tables.
func (c *collector) begin() {
	c.first = c.listed + 1
	clear(c.nodes) // the tables may be longer than the new ones will be, after destructors
	clear(c.edges)
	clear(c.atomics)
	c.nodes, c.rest = c.nodes[:0], c.rest[:0]
	c.plain, c.specials = true, c.domain.specials.Load()
	c.weaks, c.aged, c.armed = 0, false, 0
	c.scattered, c.descending, c.leaving = false, false, false
	c.edges, c.atomics, c.names = c.edges[:0], c.atomics[:0], c.names[:0]
	c.surplus, c.garbage = c.surplus[:0], c.garbage[:0]
	c.graph.reset()
	c.startRound()
}

// startRound has all operations that change counts from now on leave a mark in their
// objects and in the domain. When it returns, those that do not are over. So if there
// is no mark when the collection decides, no count is another than when it was read.
func (c *collector) startRound() {
	d := c.domain
	c.round++
	d.round.Store(c.round)
	d.phase.Store(searching)
	d.awaitOperations()
}

func (c *collector) search(ctx context.Context) error {
	c.begin()
	c.confined = false
	for i, listed, next := 0, 0, 0; ; {
		// Little by little, so that what is listed is traced while it is in the cache.
		for ; len(c.nodes) < i+batchSize && listed < len(c.pending); listed++ {
			// Objects that lead to each other are often pending in the order in which
			// one leads to the other. Then the front need not be fetched.
			if f := c.pending[listed]; next < len(c.nodes) && c.nodes[next].front == f {
				next++
			} else {
				next = int(c.list(f)) + 1
			}
		}
		if i == len(c.nodes) {
			break
		}
		if err := ctx.Err(); err != nil { // batches may be short, so in each
			return err
		}
		c.domain.batch.Add(1)
		for end := min(i+batchSize, len(c.nodes)); i < end; i++ {
			c.trace(i)
		}
		c.follow()
	}
	return nil
}

// batchSize is how many objects are traced before their edges are followed, and those
// who wait for the end of a Trace can go on.
const batchSize = 32

// trace adds node i's edges to the graph. Where they lead is found out by follow.
func (c *collector) trace(i int) {
	core := c.nodes[i].core
	c.tracing = core
	state := atomic.LoadInt64(&core.state)
	gen := generation(state)
	// The destructor of an object that is released from now on waits for the
	// end of the batch. Who was released before is found destroyed here.
	if n := int32(strongs(state, gen)); n > 0 && !isDestroyed(state) {
		c.look(core)
		c.nodes[i].count = n
		c.rest[i] += n
		c.weaks |= weaks(state)
		if gen == lastGen {
			c.aged = true
		}
		if c.kind.armed {
			c.armed++
		}
		core.drop.trace(core.target, c.visit)
	} else {
		c.rest[i] = reached
	}
	c.graph.endNode(len(c.edges))
}

// look prepares for the object's Trace.
func (c *collector) look(core *block) {
	if !sameDestructor(core.drop, c.kind.drop) {
		c.kind = kind{core.drop, core.drop.extent(), core.drop.present()}
	}
	c.begins, c.extent, c.last = uintptr(core.target), c.kind.extent, 0
}

// follow finds the ends of the edges that were traced last. It does so for a batch
// of objects at once, without the Traces in between, so that the processor fetches
// several ends at a time.
func (c *collector) follow() {
	fresh := c.edges[len(c.graph.to):]
	ends := c.graph.extend(len(fresh))
	for k := range fresh {
		to := outside
		if f := fresh[k].end.front(); f != nil {
			if to = c.list(f); to != outside {
				c.rest[to]--
			}
		}
		if to == outside {
			c.leaving = true
		}
		ends[k] = to
	}
}

// see takes note of an edge from the node that is traced.
func (c *collector) see(e Edge) {
	h := e.held()
	if h == nil {
		return
	}
	at := uintptr(unsafe.Pointer(h))
	if e.atomic != nil {
		c.atomics = append(c.atomics, atomicEdge{uint32(len(c.edges)), e.atomic})
		at = uintptr(unsafe.Pointer(e.atomic))
	}
	c.edges = append(c.edges, seenEdge{h, h.block})
	if at-c.begins >= c.extent {
		c.scattered = true
	}
	if at <= c.last {
		c.descending = true
	}
	c.last = at
	if c.naming {
		c.names = append(c.names, edgeName{e.Field, e.inner})
	}
}

// holder returns the edge with this number, with what is needed to give it up.
func (c *collector) holder(edge uint32) Edge {
	if len(c.atomics) > 0 {
		at, found := slices.BinarySearchFunc(c.atomics, edge, func(a atomicEdge, edge uint32) int { return cmp.Compare(a.edge, edge) })
		if found {
			return Edge{atomic: c.atomics[at].atomic}
		}
	}
	return Edge{handle: c.edges[edge].handle}
}

// list returns the index of the front's object, which it lists if it must. It is
// outside if the object is no member, or may not be listed any more.
//
// What is listed gets a stamp, of which a domain gives out no two alike. The stamps of
// one search follow each other: they tell what was listed in it, and where.
func (c *collector) list(f *front) uint32 {
	if f.plain.Load() != c.domain {
		return c.listSpecial(f)
	}
	if i := f.stamp - c.first; i < uint64(len(c.nodes)) {
		return uint32(i)
	}
	return c.enter(f, &f.stamp, f.number)
}

// listSpecial is list for an object that is no member, or not a plain one, or by
// another front than its first.
func (c *collector) listSpecial(f *front) uint32 {
	if f.watch == nil || f.watch.node.domain != c.domain {
		return outside
	}
	n := &f.watch.node
	stamp := &n.stamp
	if n.first != nil {
		stamp = &n.first.stamp
	}
	if i := *stamp - c.first; i < uint64(len(c.nodes)) {
		return uint32(i)
	}
	c.plain = c.plain && !n.shared && n.callbacks.Load() == nil
	return c.enter(f, stamp, n.number)
}

// enter lists what has not been listed yet.
func (c *collector) enter(f *front, stamp *uint64, number event.ID) uint32 {
	if c.confined {
		return outside
	}
	c.listed++
	*stamp = c.listed
	c.nodes = append(c.nodes, listed{front: f, core: f.core, number: number})
	c.rest = append(c.rest, 0)
	return uint32(len(c.nodes) - 1)
}

// reach divides the nodes into those that are held, in the end, from outside, and
// garbage.
func (c *collector) reach() {
	for i, rest := range c.rest {
		if rest != 0 {
			if rest < 0 {
				c.surplus = append(c.surplus, uint32(i))
			}
			c.stack = append(c.stack, uint32(i))
		}
	}
	c.spread()
	for i, rest := range c.rest {
		if rest == 0 {
			c.garbage = append(c.garbage, uint32(i))
		}
	}
}

// spread marks what the nodes on the stack lead to.
func (c *collector) spread() {
	for len(c.stack) > 0 {
		node := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		for _, to := range c.graph.edges(node) {
			if to != outside && c.rest[to] == 0 {
				c.rest[to] = reached
				c.stack = append(c.stack, to)
			}
		}
	}
}

func (c *collector) isGarbage(node uint32) bool { return node != outside && c.rest[node] == 0 }

// twins finds two edges with the same handle, of which one leads from a node of
// garbage to another, and returns the second one's number and its node. Where
// only one edge leads to a node there is nothing to find. If all handles lie in
// the objects that own them, only those of one object can be the same, and not if it
// has reported them by their addresses.
func (c *collector) twins() (edge uint32, node uint32, found bool) {
	switch {
	case !c.scattered && !c.descending:
		return 0, 0, false
	case !c.scattered:
		return c.twinsOfOne()
	}
	size := 0
	for _, i := range c.garbage {
		if c.nodes[i].count > 1 {
			size += int(c.nodes[i].count)
		}
	}
	if size == 0 {
		return 0, 0, false
	}
	shift := 64
	for 1<<(64-shift) < 2*size {
		shift--
	}
	c.seen = slices.Grow(c.seen[:0], 1<<(64-shift))[:1<<(64-shift)]
	clear(c.seen)
	for _, i := range c.garbage {
		for edge := c.graph.first[i]; edge < c.graph.first[i+1]; edge++ {
			to := c.graph.to[edge]
			if !c.isGarbage(to) || c.nodes[to].count < 2 {
				continue
			}
			h := c.edges[edge].handle
			at := addressHash(h) >> shift
			for ; c.seen[at] != 0; at = (at + 1) & uint64(len(c.seen)-1) {
				if c.edges[c.seen[at]-1].handle == h {
					return edge, i, true
				}
			}
			c.seen[at] = edge + 1
		}
	}
	return 0, 0, false
}

func (c *collector) twinsOfOne() (edge uint32, node uint32, found bool) {
	for _, i := range c.garbage {
		first := c.graph.first[i]
		own := c.edges[first:c.graph.first[i+1]]
		if len(own) > 64 {
			c.scattered = true // a table is better
			return c.twins()
		}
		for k := 1; k < len(own); k++ {
			same := func(e seenEdge) bool { return e.handle == own[k].handle }
			if slices.ContainsFunc(own[:k], same) && c.isGarbage(c.graph.to[first+uint32(k)]) {
				return first + uint32(k), i, true
			}
		}
	}
	return 0, 0, false
}

func addressHash(h *Strong[untyped]) uint64 {
	return uint64(uintptr(unsafe.Pointer(h))) * 0x9e3779b97f4a7c15
}

// cyclic reports whether a component has a cycle in it.
func (c *collector) cyclic(together []uint32) bool {
	return len(together) > 1 || slices.Contains(c.graph.edges(together[0]), together[0])
}

func (c *collector) refuseTwins() {
	if edge, node, found := c.twins(); found {
		panic(fmt.Sprintf("refcount: the Trace of a %s visits a handle to a %s twice, or one that another object visits too: visit each handle once, for the object that owns it",
			c.nodes[node].core.drop.typ(), c.nodes[c.graph.to[edge]].core.drop.typ()))
	}
}

// handles returns the strong count of a member, zero if it is destroyed.
func (b *block) handles() int32 {
	state := atomic.LoadInt64(&b.state)
	if isDestroyed(state) {
		return 0
	}
	return int32(strongs(state, generation(state)))
}
