package sim

import "github.com/referent-go/referent/realweak/event"

// collector is CPython 3.11's Modules/gcmodule.c. An object is unreachable if all
// references to it come from objects that are: gcRefs starts as the count, each
// reference from inside the generation is subtracted, and what is left with more
// than zero is held from outside, with all that it reaches.
type collector struct {
	enabled   bool
	busy      bool
	threshold [3]int
	count     [3]int
	completed uint64
	stats     [3]GenerationStats
	hooks     []func(Phase, GCInfo)

	saveAll bool
	garbage []*Object

	longLivedTotal   int // survivors of the last full collection
	longLivedPending int // survivors of middle collections since

	unreachable objectList
	waiting     objectList // weak references whose callbacks will be called
	seen        objectList // whose finalizers have had their turn
	still       objectList // unreachable after the finalizers

	young    *objectList // under collection
	subtract func(*Object)
	revive   func(*Object)
}

func (c *collector) init(in *Interpreter) {
	c.enabled = true
	c.threshold = [3]int{700, 10, 10}
	c.unreachable.init()
	c.waiting.init()
	c.seen.init()
	c.still.init()
	c.subtract = func(o *Object) {
		if o.flags&collecting != 0 {
			o.gcRefs--
		}
	}
	c.revive = c.reached
}

// allocated counts an object about to be made, and collects when it is time.
func (c *collector) allocated(in *Interpreter) {
	c.count[0]++
	if c.count[0] > c.threshold[0] && c.enabled && c.threshold[0] != 0 && !c.busy {
		c.collectDue(in)
	}
}

func (c *collector) freed() {
	if c.count[0] > 0 {
		c.count[0]--
	}
}

// collectDue collects the oldest generation that is over its threshold. A full
// collection waits until the newcomers are a quarter of the old, which keeps the
// total work linear.
func (c *collector) collectDue(in *Interpreter) {
	for g := 2; g >= 0; g-- {
		if c.count[g] <= c.threshold[g] {
			continue
		}
		if g == 2 && c.longLivedPending < c.longLivedTotal/4 {
			continue
		}
		c.collect(in, g)
		return
	}
}

func (c *collector) collect(in *Interpreter, generation int) int {
	c.busy = true
	defer func() { c.busy = false }()
	c.call(in, GCStart, GCInfo{Generation: generation})
	n := c.run(in, generation)
	c.stats[generation].Collections++
	c.stats[generation].Collected += n
	c.completed++
	in.emitCollection()
	c.call(in, GCStop, GCInfo{Generation: generation, Collected: n})
	return n
}

func (c *collector) call(in *Interpreter, phase Phase, info GCInfo) {
	for _, hook := range c.hooks {
		if err := in.guardScoped(func() { hook(phase, info) }); err != nil {
			in.writeUnraisable(err, "gc.callbacks", 0)
		}
	}
}

func (c *collector) run(in *Interpreter, generation int) int {
	if generation < 2 {
		c.count[generation+1]++
	}
	for g := range generation + 1 {
		c.count[g] = 0
	}
	young, old := &in.gens[generation], &in.gens[min(generation+1, 2)]
	for g := range generation {
		young.merge(&in.gens[g])
	}

	c.deduce(young, &c.unreachable)
	untrackTuples(in, young)
	if generation < 2 {
		if generation == 1 {
			c.longLivedPending += young.len()
		}
		old.merge(young)
	} else {
		untrackDicts(in, young)
		c.longLivedPending = 0
		c.longLivedTotal = young.len()
	}

	n := c.handleWeakRefs(in, old)
	c.finalize(in)
	c.handleResurrected(in, old)
	n += c.still.len()
	c.delete(in, old)
	return n
}

// deduce moves from base to found what is reachable only from within base.
// Nothing runs meanwhile.
func (c *collector) deduce(base, found *objectList) {
	for o := base.first(); o != nil; o = base.after(o) {
		o.gcRefs = o.refs
		o.flags |= collecting
	}
	for o := base.first(); o != nil; o = base.after(o) {
		o.edges(c.subtract)
	}
	c.young = base
	for o := base.first(); o != nil; {
		if o.gcRefs == 0 {
			// Perhaps garbage: something later in the list may bring it back.
			next := base.after(o)
			o.flags = o.flags&^collecting | unreachable
			found.move(o)
			if next == nil {
				break
			}
			o = next
			continue
		}
		if o.gcRefs < 0 {
			panic(misusef("sim: %s #%d has more references from the heap than its count", o.typ.name, o.id))
		}
		o.edges(c.revive)
		o.flags &^= collecting
		o = base.after(o)
	}
	for o := found.first(); o != nil; o = found.after(o) {
		o.flags = o.flags&^unreachable | collecting
	}
	c.young = nil
}

// reached is called for each reference from a reachable object (visit_reachable).
func (c *collector) reached(o *Object) {
	switch {
	case o.flags&unreachable != 0:
		o.flags = o.flags&^unreachable | collecting
		o.gcRefs = 1
		c.young.move(o) // to be visited yet
	case o.flags&collecting != 0 && o.gcRefs == 0:
		o.gcRefs = 1
	}
}

// handleWeakRefs clears the weak references to garbage before any user code can
// see it, and calls their callbacks: not those of weak references that are garbage
// themselves. It returns how many weak references were freed by that.
func (c *collector) handleWeakRefs(in *Interpreter, old *objectList) (freed int) {
	var dead []*Object // whom each in waiting referred to
	for o := c.unreachable.first(); o != nil; o = c.unreachable.after(o) {
		if r, ok := o.body.(*ref); ok {
			in.abandon(r)
		}
		if o.weak == nil {
			continue
		}
		if in.listening() {
			in.emit(event.Cleared, o)
		}
		for o.weak != nil {
			r := o.weak
			r.detach()
			if r.callback == nil {
				continue
			}
			if r.flags&collecting != 0 {
				continue
			}
			in.give(&r.Object)
			c.waiting.move(&r.Object)
			dead = append(dead, o)
			in.queueCallback(r.callback, o)
		}
	}
	for i := 0; !c.waiting.empty(); i++ {
		o := c.waiting.first()
		r := o.body.(*ref)
		callback := in.give(r.callback)
		in.runCallback(r, callback, dead[i])
		in.Release(callback)
		in.Release(o)
		if c.waiting.first() == o {
			old.move(o)
		} else {
			freed++
		}
	}
	return freed
}

// abandon clears a weak reference that is garbage: its callback goes with it.
func (in *Interpreter) abandon(r *ref) {
	if o := r.referent; o != nil && r.callback != nil && o.flags&collecting == 0 && userCallback(r.callback) {
		in.emitDetached(o)
	}
	r.detach()
}

// finalize runs the destructors of the garbage, each at most once.
func (c *collector) finalize(in *Interpreter) {
	for o := c.unreachable.first(); o != nil; o = c.unreachable.first() {
		c.seen.move(o)
		if del := o.typ.spec.Del; del != nil && o.flags&finalized == 0 {
			o.refs++ // finalize lends it to the destructor
			in.finalize(o, del)
			in.decref(o)
		}
	}
	c.unreachable.merge(&c.seen)
}

// handleResurrected looks again at the garbage: what a destructor made reachable
// goes back to the heap, with all that it reaches.
func (c *collector) handleResurrected(in *Interpreter, old *objectList) {
	c.deduce(&c.unreachable, &c.still)
	if in.listening() {
		for o := c.unreachable.first(); o != nil; o = c.unreachable.after(o) {
			in.emit(event.Retained, o)
		}
	}
	old.merge(&c.unreachable)
}

// delete breaks the cycles: each object gives up what it holds, and dies when the
// last reference to it goes. With saveAll it is kept as it is.
func (c *collector) delete(in *Interpreter, old *objectList) {
	for o := c.still.first(); o != nil; o = c.still.first() {
		if c.saveAll {
			o.refs++
			c.garbage = append(c.garbage, o)
			o.flags &^= collecting
			old.move(o)
			continue
		}
		in.give(o)
		in.clearCycle(o)
		in.Release(o)
		if c.still.first() == o { // alive: a tuple, or held by one further on
			o.flags &^= collecting
			old.move(o)
		}
	}
}

// clearCycle is tp_clear. A tuple has none: it cannot be the only kind of object
// in a cycle.
func (in *Interpreter) clearCycle(o *Object) {
	if o.typ.layout != layoutTuple {
		in.empty(o)
	} else {
		in.dropAttrs(o)
	}
}

// mayBeTracked reports whether the collector may have to look at o now or later
// (_PyObject_GC_MAY_BE_TRACKED).
func mayBeTracked(o *Object) bool {
	return o.typ.flags&isGC != 0 && (o.typ != &tupleType || o.flags&tracked != 0)
}

// untrackTuples lets go of tuples that cannot be part of a cycle.
func untrackTuples(in *Interpreter, l *objectList) {
	for o := l.first(); o != nil; {
		next := l.after(o)
		if o.typ == &tupleType && !anyTracked(o.body.(*tuple).items) {
			in.untrack(o)
		}
		o = next
	}
}

func anyTracked(items []*Object) bool {
	for _, o := range items {
		if mayBeTracked(o) {
			return true
		}
	}
	return false
}

// untrackDicts does the same for dicts, in full collections only.
func untrackDicts(in *Interpreter, l *objectList) {
next:
	for o := l.first(); o != nil; {
		d, ok := o.body.(*dict)
		this := o
		o = l.after(o)
		if !ok || this.typ != &dictType {
			continue
		}
		for i := range d.data.entries {
			if e := &d.data.entries[i]; e.key != nil && (mayBeTracked(e.key) || mayBeTracked(e.value)) {
				continue next
			}
		}
		in.untrack(this)
	}
}
