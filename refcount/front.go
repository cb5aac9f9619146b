package refcount

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak/event"
)

// front is what the strong handles of an observed object hold in place of its
// core: a block whose word is that of no live object, so that the checks which
// every operation makes anyway fail, and the slow path finds the core and tells
// the observers. Objects that nobody observes pay nothing.
//
// Strong handles hold fronts, weak ones the core. So a front is unreachable once
// all strong handles that hold it are, and the collector finds lost handles
// whatever weak ones remain. The core of an observed object has the detour mark in
// its word: a weak handle too finds its way here.
//
// A front without observers stands for a part of an object ([Strong.Project]) in
// weak handles, with the part as its target.
type front struct {
	block
	plain  atomic.Pointer[Domain] // see becomeMember; nil in other fronts, as are the next two
	stamp  uint64                 // when that one has listed the object last, see [collector.list]
	number event.ID               // that of the node
	core   *block
	watch  *watch // the core's; nil if nobody observes
	gen    int64  // of the core; changed only by a sole owner
	held   *held  // what the leak detector knows of its handles, or nil
}

// op is what is being done with an object, for its observers.
type op uint8

const (
	opClone op = iota
	opRelease
	opMove
	opDowngrade
	opUpgrade
	opValue  // Value and GetMut
	opUnwrap // TryUnwrap, IntoInner: a release that destroys without destructor
	opRevive // Resurrect
	opTouch  // Touch, of which only the leak detector hears
	opNew
)

var opNames = [...]string{"Clone", "Release", "Move", "Downgrade", "Upgrade", "Value", "TryUnwrap", "Resurrect", "Touch", "New"}

func (o op) String() string { return opNames[o] }

// observer is told what happens to an object that has fronts. Its methods are
// called in the goroutine that acts, concurrently for concurrent acts, and must
// not use handles to the object. They may lock: before and after come in pairs,
// with nothing of the user's in between.
type observer interface {
	// fronted is called with each front of the object, before any handle
	// holds it: the first one, one for each Clone if the observer asked for
	// that, and one for an Upgrade or Resurrect that finds none alive.
	fronted(f *front)
	// before is called before op changes a count, and after when it has, or
	// has found that it must not. f is the front whose handle is used, in
	// after for opClone the new handle's; nil before an Upgrade or
	// Resurrect, and after one that failed or a TryUnwrap that did. A Move is
	// a front's alone.
	//
	// When after is called for the Release of the last handle, the core is
	// marked destroyed, and the destructor is still to run.
	before(core *block, f *front, op op)
	after(core *block, f *front, op op)
	// ended is called when the object has been destroyed, after its
	// destructor, unless that has resurrected it.
	ended(core *block)
}

// watch is what the core of an observed object knows of its observers and fronts.
type watch struct {
	node node // for a Domain

	observers atomic.Pointer[[]observer] // replaced, never changed

	mu    sync.Mutex
	front weak.Pointer[front] // for handles from weak ones, once there are any
	each  bool                // every Clone has its own
	given atomic.Bool         // the leak detector is giving lost counts back
}

func (b *block) watch() *watch {
	if x := b.extra.Load(); x != nil {
		return x.watch
	}
	return nil
}

// observe makes o an observer of the object whose core is b, and returns the
// front for the handle that the caller holds: the only strong one, unless the
// object has observers already. Then the handle has a front, own, and keeps it, and o
// hears of no others there may be. With each, every Clone from now on has a front
// of its own. It fails if there are strong handles that hold the core.
func (b *block) observe(gen int64, own *front, o observer, each bool) (*front, bool) {
	if d, ok := o.(*Domain); ok && b.watch() == nil {
		return b.becomeMember(gen, d)
	}
	w := b.edit(func(x *extra) {
		if x.watch == nil {
			x.watch = new(watch)
		}
	}).watch
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.observers.Load()
	if old != nil {
		all := append(slices.Clone(*old), o)
		w.observers.Store(&all)
		w.each = w.each || each
		w.node.setSpecial()
		o.fronted(own)
		return own, true
	}
	w.observers.Store(&[]observer{o})
	if !b.detour(gen) {
		w.observers.Store(nil)
		return nil, false
	}
	w.each = each
	return w.newFront(b, gen), true
}

// membership is what an object gets whose first observer is a domain.
type membership struct {
	watch watch
	x     extra
}

// becomeMember is observe for a domain and an object that has no watch. The front lives
// as long as the core, which does no harm: the leak detector, who would wait for its
// end, does not track the object and never will.
//
// As long as the object is plain, nobody else observes or watches it, its front has
// the domain. Then a collection looks at nothing but that to list the object and to
// follow other handles to it. So it is not in one object with the rest.
func (b *block) becomeMember(gen int64, d *Domain) (*front, bool) {
	all := new(membership)
	all.watch.observers.Store(d.alone())
	all.watch.mu.Lock()
	defer all.watch.mu.Unlock()
	for {
		old := b.extra.Load()
		if old != nil {
			all.x = *old
		}
		if all.x.watch != nil { // somebody else, who has no right to, has been faster
			return b.observe(gen, nil, d, false)
		}
		all.x.watch = &all.watch
		if b.extra.CompareAndSwap(old, &all.x) {
			break
		}
	}
	if !b.detour(gen) {
		all.watch.observers.Store(nil)
		return nil, false
	}
	f := &front{core: b, gen: gen, watch: &all.watch}
	f.state = elsewhere
	f.plain.Store(d)
	all.watch.node.first = f
	d.fronted(f)
	return f, true
}

// detour marks the core b as that of an observed object, and fails if there is more
// than one strong handle.
func (b *block) detour(gen int64) bool {
	return b.update(gen, func(state int64) (int64, bool) {
		return state | detour, strongs(state, gen) == 1
	})
}

// observe makes o an observer of the handle's object; see [block.observe]. The
// handle must have one user, and hold something.
func (h *Strong[T]) observe(o observer, each bool) bool {
	core, gen := h.block.core(h.gen)
	f, ok := core.observe(gen, h.block.front(), o, each)
	if ok {
		h.block = &f.block
	}
	return ok
}

// newFront is called with the lock held.
func (w *watch) newFront(core *block, gen int64) *front {
	f := &front{core: core, gen: gen, watch: w}
	f.state = elsewhere
	for _, o := range w.all() {
		o.fronted(f)
	}
	return f
}

// latest returns the front for a handle that comes from the core, as a weak
// handle's Upgrade does.
func (w *watch) latest(core *block, gen int64) *front {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.front.Value(); f != nil && !w.each && f.gen == gen {
		return f
	}
	f := w.newFront(core, gen)
	w.front = weak.Make(f)
	return f
}

// remember keeps f for latest. Most objects have no weak handles and need not pay
// for a weak pointer.
func (w *watch) remember(f *front) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.front == (weak.Pointer[front]{}) {
		w.front = weak.Make(f)
	}
}

func (w *watch) all() []observer {
	if all := w.observers.Load(); all != nil {
		return *all
	}
	return nil
}

func (w *watch) before(core *block, f *front, op op) []observer {
	if w == nil {
		return nil
	}
	all := w.all()
	for _, o := range all {
		o.before(core, f, op)
	}
	return all
}

// after tells all of those that before has told, the last one first.
func after(all []observer, core *block, f *front, op op) {
	for _, o := range slices.Backward(all) {
		o.after(core, f, op)
	}
}

func (w *watch) ended(core *block) {
	if w == nil {
		return
	}
	for _, o := range w.all() {
		o.ended(core)
	}
}

// front returns b as a front, and nil if it is none. Cores have a destructor,
// be it one that does nothing.
func (b *block) front() *front {
	if b == nil || b == &gone || b.drop != nil {
		return nil
	}
	return (*front)(unsafe.Pointer(b))
}

// clone takes a count for another handle and returns the front for it.
func (f *front) clone() (*front, bool) {
	core, w := f.core, f.core.watch()
	if f.spentAt() != nil {
		return nil, false
	}
	all := w.before(core, f, opClone)
	ok := core.retain(f.gen)
	twin := f
	if ok && w != nil && w.each {
		w.mu.Lock()
		twin = w.newFront(core, f.gen)
		w.mu.Unlock()
	}
	after(all, core, twin, opClone)
	return twin, ok
}

// release gives a count back. If it was the last one it marks the object
// destroyed, and the end is left to the caller.
func (f *front) release() (last, ok bool) {
	if !f.spend() {
		return false, false
	}
	all := f.core.watch().before(f.core, f, opRelease)
	last, ok = f.core.giveBack(f.gen)
	after(all, f.core, f, opRelease)
	return last, ok
}

// use tells of an op that changes no count, and reports whether the object lives.
func (f *front) use(op op) bool {
	if f.spentAt() != nil {
		return false
	}
	all := f.core.watch().before(f.core, f, op)
	state := atomic.LoadInt64(&f.core.state)
	after(all, f.core, f, op)
	return alive(state, f.gen)
}

func (f *front) downgrade() bool {
	if f.spentAt() != nil {
		return false
	}
	w := f.core.watch()
	if w != nil {
		w.remember(f)
	}
	all := w.before(f.core, f, opDowngrade)
	ok := f.core.addWeak(f.gen)
	after(all, f.core, f, opDowngrade)
	return ok
}

// upgrade takes a count for a weak handle to b, and returns the block for the
// strong one.
func (b *block) upgrade(gen int64) (*block, bool) {
	w := b.watch()
	all := w.before(b, nil, opUpgrade)
	ok := b.retain(gen)
	var f *front
	if ok && w != nil {
		f = w.latest(b, gen)
	}
	after(all, b, f, opUpgrade)
	if f != nil {
		return &f.block, true
	}
	return b, ok
}

// The exact counterparts of the additions on the fast paths: they change the word
// only if that is in order, and take an observed word as any other.

func alive(state, gen int64) bool { return live(state&^detour, gen) }

// update replaces the word of a live object of generation gen.
func (b *block) update(gen int64, change func(state int64) (next int64, ok bool)) bool {
	for {
		state := atomic.LoadInt64(&b.state)
		if !alive(state, gen) {
			return false
		}
		next, ok := change(state)
		if !ok {
			return false
		}
		if atomic.CompareAndSwapInt64(&b.state, state, next) {
			return true
		}
	}
}

func (b *block) retain(gen int64) bool {
	return b.update(gen, func(state int64) (int64, bool) {
		return state + oneStrong, strongs(state, gen) < maxStrong
	})
}

func (b *block) addWeak(gen int64) bool {
	return b.update(gen, func(state int64) (int64, bool) {
		return state + oneWeak, weaks(state) < maxWeak
	})
}

// giveBack takes one strong count, and marks the object destroyed if it was the
// last one.
func (b *block) giveBack(gen int64) (last, ok bool) {
	ok = b.update(gen, func(state int64) (int64, bool) {
		last = strongs(state, gen) == 1
		if last {
			return state - oneStrong + destroyed, true
		}
		return state - oneStrong, true
	})
	return last, ok
}
