package sim

// Collect returns gc.collect(generation): it collects that generation, 0 to 2,
// and the younger ones, and returns the number of objects found unreachable;
// resurrected ones do not count, weak references whose callbacks freed them do. It
// works while the collector is disabled, and does nothing from inside a
// collection.
func (in *Interpreter) Collect(generation int) int {
	if generation < 0 || generation > 2 {
		panic(misusef("sim: Collect of generation %d; there are 0, 1 and 2", generation))
	}
	c := &in.collector
	if c.busy {
		return 0
	}
	return c.collect(in, generation)
}

// EnableGC executes gc.enable(): allocations start collections again.
func (in *Interpreter) EnableGC() { in.collector.enabled = true }

// DisableGC executes gc.disable().
func (in *Interpreter) DisableGC() { in.collector.enabled = false }

// GCEnabled returns gc.isenabled().
func (in *Interpreter) GCEnabled() bool { return in.collector.enabled }

// SetThreshold executes gc.set_threshold(t0, t1, t2). A generation is collected
// when its count exceeds its threshold: allocations minus deallocations for the
// first, collections of the younger one for the others. A t0 of 0 stops that.
func (in *Interpreter) SetThreshold(t0, t1, t2 int) {
	in.collector.threshold = [3]int{t0, t1, t2}
}

// Threshold returns gc.get_threshold().
func (in *Interpreter) Threshold() [3]int { return in.collector.threshold }

// Counts returns gc.get_count().
func (in *Interpreter) Counts() [3]int { return in.collector.count }

// Generations returns how many objects each generation holds. It walks them.
func (in *Interpreter) Generations() (sizes [3]int) {
	for g := range in.gens {
		sizes[g] = in.gens[g].len()
	}
	return sizes
}

// GenerationStats is an element of gc.get_stats().
type GenerationStats struct {
	Collections   int // of this generation
	Collected     int // objects found unreachable, over all of them
	Uncollectable int // always 0: nothing here has the old tp_del
}

// GCStats returns gc.get_stats().
func (in *Interpreter) GCStats() [3]GenerationStats { return in.collector.stats }

// Phase says when a collection hook is called.
type Phase string

// The phases of a collection, as gc.callbacks names them.
const (
	GCStart Phase = "start"
	GCStop  Phase = "stop"
)

// GCInfo is what a collection hook is told.
type GCInfo struct {
	Generation int
	Collected  int // at GCStop
}

// OnCollect adds a hook to gc.callbacks. What it raises is recorded as unraisable.
func (in *Interpreter) OnCollect(hook func(Phase, GCInfo)) {
	in.collector.hooks = append(in.collector.hooks, hook)
}

// Freeze executes gc.freeze(): the collector ignores all objects of now.
func (in *Interpreter) Freeze() {
	for g := range in.gens {
		in.permanent.merge(&in.gens[g])
		in.collector.count[g] = 0
	}
}

// Unfreeze executes gc.unfreeze(): they join the oldest generation.
func (in *Interpreter) Unfreeze() { in.gens[2].merge(&in.permanent) }

// FreezeCount returns gc.get_freeze_count().
func (in *Interpreter) FreezeCount() int { return in.permanent.len() }

// SaveAll executes gc.set_debug(gc.DEBUG_SAVEALL), or takes that back: what a
// collection finds unreachable is put into gc.garbage and not freed.
func (in *Interpreter) SaveAll(on bool) { in.collector.saveAll = on }

// TakeGarbage returns what is in gc.garbage and empties it.
func (in *Interpreter) TakeGarbage() []*Object {
	garbage := in.giveAll(in.collector.garbage)
	for _, o := range garbage {
		in.decref(o) // the list's
	}
	in.collector.garbage = nil
	return garbage
}
