package interning

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// engine is the table under everything in this package: from hashes to nodes,
// which it does not keep alive for long. What a node is equal to, how it is made
// and hashed is the caller's affair, so that a node can be looked up by its parts.
//
// A node, once it is in the engine, is the only one that its match accepts for as
// long as it lives. No foreign code runs, and no weak pointer is asked for its
// value, under a lock.
type engine struct {
	shards []shard
	mask   uint64 // their number, less one
	life   lifetime
	keep   int // nodes that are kept although nobody holds them

	typ  string // of the values, for events
	name string // of the table, for events

	listed      atomic.Bool // the sweep knows of this engine
	misses      atomic.Uint64
	dead        atomic.Uint64 // nodes removed because they had died
	collections atomic.Uint64
	next, hand  int // the shards that the next sweep and the next release begin at; the sweep's own
}

// lifetime is how long an engine keeps a node that nobody else holds.
type lifetime uint8

const (
	mortal   lifetime = iota // until a collection has passed in which it was not asked for
	strict                   // not at all
	immortal                 // for ever
)

func (e *engine) init(c config, typ string) {
	// Four shards a processor make it unlikely that two goroutines want
	// the same.
	n := 1 << bits.Len(uint(min(max(4*runtime.GOMAXPROCS(0), 8), 64)-1))
	e.shards = make([]shard, n)
	e.mask = uint64(n - 1)
	e.life, e.keep = c.life, c.capacity
	e.typ, e.name = typ, c.name
	for i := range e.shards {
		e.shards[i].array.Store(noBuckets)
	}
}

// A hash's lowest 32 bits choose the bucket, the next ones the shard, and the
// topmost are the tag.
func (e *engine) shard(hash uint64) *shard { return &e.shards[hash>>32&e.mask] }

// bucket returns the bucket in which nodes with that hash are, those apart for
// which there was no room, and the slots that may have them.
//
// It is the first half of every lookup. The second is written out by the callers,
// with their own comparison: look at the nodes in these slots. Where there is none,
// it may be there weakly, which is for revive. If none is the one, it may still be in
// a spill, and find goes on.
func (e *engine) bucket(hash uint64) (b *bucket, m uint64) {
	a := e.shard(hash).array.Load()
	b = &a.hot[hash&a.mask]
	return b, matching(b.tags.Load(), hash)
}

// weak returns the bucket as bucket does, and its back, for the lookups of a strict
// engine, which holds nothing strongly.
func (e *engine) weak(hash uint64) (k *back, m uint64) {
	a := e.shard(hash).array.Load()
	i := hash & a.mask
	return &a.back[i], matching(a.hot[i].tags.Load(), hash)
}

// node returns the living node that there is a weak pointer to in slot j, or nil.
func (k *back) node(j int) unsafe.Pointer { return strongly(k.ref(j)) }

// ref returns the weak pointer in slot j. Lookups call strongly with it, since node is not
// inlined.
func (k *back) ref(j int) unsafe.Pointer { return atomic.LoadPointer(&k.refs[j]) }

// revive returns the living node that there is a weak pointer to in slot j of the
// bucket, and has the engine hold it again.
func (e *engine) revive(hash uint64, j int) unsafe.Pointer {
	s := e.shard(hash)
	a := s.array.Load()
	i := hash & a.mask
	n := a.back[i].node(j)
	if n != nil {
		s.hold(&a.hot[i], j, n)
	}
	return n
}

// hold puts back node n, to which there is a weak pointer in slot j. While n lives,
// the slot is its own.
func (s *shard) hold(b *bucket, j int, n unsafe.Pointer) {
	atomic.CompareAndSwapPointer(&b.nodes[j], nil, n)
	s.touch()
}

// find returns the living node with that hash that match accepts, or nil.
func (e *engine) find(hash uint64, match func(unsafe.Pointer) bool) unsafe.Pointer {
	s := e.shard(hash)
	a := s.array.Load()
	p := a.at(hash & a.mask)
	for {
		tags := p.b.tags.Load()
		for m := matching(tags, hash); m != 0; m &= m - 1 {
			j := first(m)
			if n := p.b.node(j); n != nil {
				if match(n) {
					return n
				}
				continue
			}
			n := p.k.node(j)
			if n == nil || !match(n) {
				continue
			}
			if e.life != strict {
				s.hold(p.b, j, n)
			}
			return n
		}
		if tags&spilled == 0 {
			return nil
		}
		p = p.next()
	}
}

// lookup is find, and counts. bytes is what finding the node saves.
func (e *engine) lookup(hash uint64, bytes int, match func(unsafe.Pointer) bool) unsafe.Pointer {
	n := e.find(hash, match)
	if n == nil {
		e.misses.Add(1)
		return nil
	}
	e.hit(bytes)
	return n
}

// intern is as lookup, but puts what build returns there if there is none; size is
// the room that it takes. A built node that match refuses is equal to nothing,
// itself included, and is returned without having been put there.
func (e *engine) intern(hash uint64, bytes int, match func(unsafe.Pointer) bool, build func() (node unsafe.Pointer, size int)) unsafe.Pointer {
	s := e.shard(hash)
	version := s.version.Load()
	if n := e.find(hash, match); n != nil {
		e.hit(bytes)
		return n
	}
	fresh, size := build()
	if !match(fresh) {
		e.misses.Add(1)
		return fresh
	}
	var ref unsafe.Pointer
	listening := event.Default.Listening()
	if e.life == strict || listening {
		ref = weakly(fresh)
	}
	kept := fresh
	if e.life == strict {
		kept = nil
	}
	for {
		if full, ok := s.add(version, hash, kept, ref, size); ok {
			e.misses.Add(1)
			e.born(s, ref, listening)
			if full {
				e.grow(s)
			}
			runtime.KeepAlive(fresh)
			return fresh
		}
		// Others have added nodes meanwhile: perhaps an equal one.
		version = s.version.Load()
		if n := e.find(hash, match); n != nil {
			e.hit(bytes)
			return n
		}
	}
}

// born does what is to be done after a node was added.
func (e *engine) born(s *shard, ref unsafe.Pointer, listening bool) {
	if listening {
		b := event.NewBirth()
		s.record(ref, b)
		ev := b.Event(event.Interned, e.typ)
		ev.Label, ev.Group, ev.Actor = e.name, e.name, event.Caller
		event.Default.Emit(ev)
	}
	if e.life != immortal {
		e.list()
	}
}

// all calls yield with the living nodes until it returns false.
func (e *engine) all(yield func(unsafe.Pointer) bool) {
	more := true
	for i := range e.shards {
		// An array that is replaced meanwhile keeps what it had, so nothing
		// comes twice.
		e.shards[i].array.Load().places(func(p place) bool {
			for m := used(p.b.tags.Load()); m != 0 && more; m &= m - 1 {
				j := first(m)
				n := p.b.node(j)
				if n == nil {
					n = p.k.node(j)
				}
				more = n == nil || yield(n)
			}
			return more
		})
		if !more {
			return
		}
	}
}

// size returns the number of nodes, dead ones included, and the room they take.
func (e *engine) size() (nodes int, bytes uint64) {
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock()
		nodes += int(s.nodes)
		bytes += uint64(s.bytes)
		s.mu.Unlock()
	}
	return nodes, bytes
}

func (e *engine) stats() Stats {
	s := Stats{Misses: e.misses.Load(), Dead: e.dead.Load(), Collections: e.collections.Load()}
	s.Live, s.BytesHeld = e.size()
	for i := range e.shards {
		hits, bytes := e.shards[i].tally.sum()
		s.Hits += hits
		s.BytesSaved += bytes
	}
	return s
}
