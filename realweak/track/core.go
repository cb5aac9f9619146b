package track

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"
	"weak"

	"github.com/referent-go/referent/realweak/callstack"
	"github.com/referent-go/referent/realweak/event"
)

// core is what a Group is inside. It outlives the Group for as long as it has
// objects.
type core struct {
	name, typ   string
	size        uint64
	grace       time.Duration
	collections uint64
	sampling    atomic.Uint32
	orphaned    atomic.Bool // the Group is gone
	leave       func()      // event.Groups

	places places
	shift  int // of an address's hash, to the number of its shard
	shards []shard
}

func newCore(name, typ string, size uintptr, s settings) *core {
	n := bits.Len(uint(4*runtime.GOMAXPROCS(0) - 1))
	n = min(max(n, 2), 6)
	c := &core{
		name: name, typ: typ, size: uint64(size), grace: s.grace, collections: uint64(s.collections),
		shift: 64 - n, shards: make([]shard, 1<<n),
	}
	c.places.init(name)
	c.setSampling(s.sampling)
	return c
}

// setSampling is for both Sampling and SetSampling; n is positive.
func (c *core) setSampling(n int) { c.sampling.Store(uint32(min(uint64(n), 1<<31))) }

func (c *core) shardOf(addr uintptr) *shard {
	return &c.shards[uint64(addr)*0x9e3779b97f4a7c15>>c.shift]
}

// track is given a weak pointer to the object at addr, which the caller holds.
func (c *core) track(addr uintptr, ref weak.Pointer[byte]) {
	attend()
	r := record{ref: ref, addr: addr, place: c.here(), born: now(), cycle: cycle.Load()}
	if listening() {
		r.id = event.NextID()
	}
	s := c.shardOf(addr)
	s.mu.Lock()
	old := s.find(addr)
	if old != nil && old.ref == ref {
		s.settle(old)
		s.mu.Unlock()
		return
	}
	var late news
	if old != nil {
		late.death(c, old, r.born, r.cycle)
		s.bury(old, r.born)
	}
	s.add(r)
	s.mu.Unlock()
	late.emit()
	if r.id != 0 {
		c.emit(event.Created, &r, event.Caller, 0, 0)
	}
}

// expect is given a function that makes a weak pointer to the object at addr.
func (c *core) expect(addr uintptr, ref func() weak.Pointer[byte]) {
	attend()
	at := now()
	e := &expectation{place: c.here(), since: at, cycle: cycle.Load()}
	s := c.shardOf(addr)
	s.mu.Lock()
	r := s.find(addr)
	if r == nil || !r.refersTo(ref) {
		// Weak pointers are not made with the lock held.
		s.mu.Unlock()
		c.adopt(addr, ref(), at)
		s.mu.Lock()
		r = s.find(addr) // there: the caller holds the object
	}
	if r.end != nil {
		s.mu.Unlock()
		return
	}
	r.end = e
	s.expected++
	if r.id == 0 && listening() {
		r.id = event.NextID()
	}
	known := *r
	s.mu.Unlock()
	schedule(at, at+moment(c.grace))
	if known.id != 0 {
		c.emit(event.Dropped, &known, event.Caller, at.since(known.born), survived(e.cycle, known.cycle))
	}
}

// adopt tracks an object that was made elsewhere.
func (c *core) adopt(addr uintptr, ref weak.Pointer[byte], at moment) {
	s := c.shardOf(addr)
	s.mu.Lock()
	old := s.find(addr)
	if old != nil && old.ref == ref {
		s.mu.Unlock()
		return // another goroutine was first
	}
	var late news
	if old != nil {
		late.death(c, old, at, cycle.Load())
		s.bury(old, at)
	}
	s.add(record{ref: ref, addr: addr, place: &c.places.unknown, born: at, cycle: cycle.Load()})
	s.mu.Unlock()
	late.emit()
}

// here returns the place in the code that called this package, if it is to be
// recorded.
func (c *core) here() *place {
	n := c.sampling.Load()
	if n == 0 || n > 1 && rand.Uint32N(n) != 0 {
		return &c.places.unknown
	}
	return c.places.of(callstack.Capture())
}

func (c *core) emit(kind event.Kind, r *record, by event.Actor, age time.Duration, collections uint64) {
	event.Default.Emit(event.Event{
		Kind: kind, Object: r.id, Type: c.typ, Group: c.name, Fingerprint: r.place.fingerprint(),
		Age: age, Collections: collections, Actor: by,
	})
}

func (c *core) stats() event.GroupStats {
	g := event.GroupStats{Name: c.name, Kind: "tracked", Type: c.typ}
	var dead ages
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		g.Live += int(s.records.len())
		g.Created += s.created
		g.Expected += s.expected
		g.Retained += s.retained
		dead.add(&s.dead)
		s.mu.Unlock()
	}
	g.Cleaned = dead.count
	g.Bytes = uint64(g.Live) * c.size
	g.Ages = dead.histogram()
	return g
}

func (c *core) live() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += int(s.records.len())
		s.mu.Unlock()
	}
	return n
}

// expecting returns how many objects are expected to die, retained ones among them.
func (c *core) expecting() (n int) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += s.expected + s.retained
		s.mu.Unlock()
	}
	return n
}
