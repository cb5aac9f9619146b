package refcount

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/referent-go/referent/realweak/callstack"
	"github.com/referent-go/referent/realweak/event"
)

// tracked is what the leak detector knows of one object, and the object's observer.
//
// It holds the object, so that one whose handles are lost can be named and
// released. The handles hold fronts, which it does not hold: one that is collected
// while handles are counted on it was lost with them. What a lost object owns is
// not lost itself; its destructor releases it as ever.
type tracked struct {
	id     event.ID
	born   time.Duration // after epoch
	cycle  uint64        // collections completed by then
	made   *stack
	inList int
	mu     sync.Mutex
	core   *block // nil once the object is over, and during a trial
	front  *front // the first one, until the net is hung up for it
	held   roster[*held]
	weak   weak.Pointer[block] // once there was a trial
	last   *remains            // for a trial
	more   *more               // nil at Simple

	// trailed says that accesses are noted: of the object, or with each, when
	// every handle has a front of its own, of the handle.
	trailed, each  bool
	over, profiled bool
	young          bool          // of the registry
	patience       uint8         // see trials.go
	usage          atomic.Uint32 // see suspect.go

	// What the core has to know of its observers, in the same allocation.
	x         extra
	watch     watch
	self      [1]observer
	observers []observer
	first     held
	room      [1]*held
}

// more is what is known above Simple of an object or, with each, of a handle. An
// object and its first handle share one.
type more struct {
	trail  trail
	spent  atomic.Pointer[stack] // where the handle was released
	scopes []*Scope              // that the object was made in
}

// held is what the leak detector knows of the handles that hold one front.
type held struct {
	object *tracked
	made   *stack // where the first of them was made, if it is followed and did not come with the object
	more   *more
	inList int
	net    runtime.Cleanup // hung up while there are any
	count  int32           // of them
	op     op              // what made the first
	lost   bool            // the front is gone
	told   bool            // of that; for the goroutine that takes the losses
}

// epoch keeps a time in a word.
var epoch = time.Now()

func (t *tracked) place() *int { return &t.inList }

// origin tells a [Domain]'s reports where the object was made.
func (t *tracked) origin(*block) []uintptr { return t.made.PCs }
func (h *held) place() *int                { return &h.inList }

// track makes the object of generation gen in b tracked and returns the block for its
// first handle. It leaves b alone if a weak handle has been faster.
func (b *block) track(gen int64, want uint32) *block {
	var t *tracked
	if want&wantTrail == 0 {
		t = new(tracked)
	} else {
		both := new(struct {
			tracked
			more more
		})
		t = &both.tracked
		t.more = &both.more
	}
	t.born, t.cycle, t.made, t.core = time.Since(epoch), rounds.attend(), callstack.Capture(), b
	t.trailed, t.each = want&wantTrail != 0, want&wantAll != 0
	if want&wantScope != 0 {
		t.more.scopes = openScopes()
	}
	t.self[0] = t
	t.observers = t.self[:]
	t.watch.observers.Store(&t.observers)
	t.watch.each = t.each
	t.first.op = opNew
	t.first.more = t.more // which is not used for the object then, but for its scopes
	t.first.count = 1
	t.room[0] = &t.first
	t.held = t.room[:] // at place 0
	for {
		old := b.extra.Load()
		if old != nil {
			t.x = *old
		}
		t.x.watch = &t.watch
		if b.extra.CompareAndSwap(old, &t.x) {
			break
		}
	}
	if t.id = t.x.birth.Object; t.id == 0 {
		t.id = event.NextID()
	}
	f := &front{core: b, gen: gen, watch: &t.watch}
	f.state = elsewhere
	t.attach(f, &t.first)
	if !b.detour(gen) {
		t.watch.observers.Store(nil)
		return b
	}
	if t.each {
		t.first.catch(f)
	} else {
		t.front, t.young = f, true
	}
	registry.add(t)
	rounds.attend()
	return &f.block
}

// attach makes f known to the leak detector.
func (t *tracked) attach(f *front, h *held) {
	h.object = t
	if t.each && h.more == nil {
		h.more = new(more)
	}
	f.held = h
}

// fronted is part of [observer].
func (t *tracked) fronted(f *front) {
	if f.held == nil {
		t.attach(f, new(held))
	}
}

// before is part of [observer].
func (t *tracked) before(core *block, f *front, op op) {
	t.use(core)
	if f != nil && f.held != nil {
		f.held.note(op, "")
	}
}

// after is part of [observer].
func (t *tracked) after(core *block, f *front, op op) {
	if f == nil || f.held == nil {
		return
	}
	switch op {
	case opClone, opUpgrade, opRevive:
		if alive(atomic.LoadInt64(&core.state), f.gen) {
			f.held.came(op)
			t.gain(f)
		}
	case opRelease, opUnwrap:
		t.lose(f)
	}
}

// ended is part of [observer].
func (t *tracked) ended(*block) {
	registry.remove(t)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.core, t.over = nil, true
}

// note puts an access to a handle on its trail. The end of a handle is not worth a
// place there.
func (h *held) note(op op, hint string) {
	t := h.object
	switch {
	case !t.trailed:
	case !t.each:
		t.more.trail.add(op, hint, callstack.Capture())
	case op != opRelease && op != opUnwrap:
		h.more.trail.add(op, hint, callstack.Capture())
	}
}

// came notes where a handle with a front of its own comes from.
func (h *held) came(op op) {
	if h.object.each && h.op != opNew && h.made == nil {
		h.op, h.made = op, callstack.Capture()
	}
}

// gain counts a handle that holds f. The first one hangs up the net.
func (t *tracked) gain(f *front) {
	h := f.held
	t.mu.Lock()
	defer t.mu.Unlock()
	h.count++
	if h.count == 1 {
		t.held.add(h)
		h.catch(f)
	}
}

// catch hangs up the net for f.
func (h *held) catch(f *front) { h.net = runtime.AddCleanup(f, (*held).caught, h) }

// settle hangs up the net for the first front, which was not done at once: most
// objects end before the next collection, and what does not end can wait for one.
func (t *tracked) settle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.front != nil {
		t.first.catch(t.front)
		t.front = nil
	}
}

// lose counts a handle that was given back. After the last one the net comes down.
// It may have caught a copy that should not exist, which is none of its business.
func (t *tracked) lose(f *front) {
	h := f.held
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.count == 0 {
		return
	}
	h.count--
	if h.count == 0 {
		t.held.remove(h)
		if f == t.front {
			t.front = nil
		} else {
			h.net.Stop()
		}
	}
}

// spend marks the only handle that holds f as released, and reports whether it was
// not before. A front with several handles cannot tell.
func (f *front) spend() bool {
	h := f.held
	return h == nil || !h.object.each || h.more.spent.CompareAndSwap(nil, callstack.Capture())
}

// spentAt returns where the only handle that holds f was released, and nil if it
// was not or if that is not known.
func (f *front) spentAt() *stack {
	if f.held == nil || !f.held.object.each {
		return nil
	}
	return f.held.more.spent.Load()
}

// Touch notes that the handle is used here, and why, for the report of the leak
// detector in case the handle is lost. At levels that note no accesses, and for
// objects that are not tracked, it costs next to nothing; hint is then not
// looked at. It is formatted with [fmt.Sprint] before Touch returns and not kept.
// Touch panics if the handle holds nothing.
func (h *Strong[T]) Touch(hint any) {
	if h.block == nil || !live(atomic.LoadInt64(&h.block.state), h.gen) {
		h.touchSlowly(hint)
	}
}

//go:noinline
func (h *Strong[T]) touchSlowly(hint any) {
	h.look("Touch")
	if f := h.block.front(); f != nil && f.held != nil {
		t := f.held.object
		t.use(f.core)
		if t.trailed {
			f.held.note(opTouch, inWords(hint))
		}
	}
}
