package interning

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"weak"

	"github.com/referent-go/referent/realweak/event"
)

// engine is the table under everything in this package: from hashes to nodes
// that it holds weakly. What a node is equal to, how it is made and hashed is the
// caller's affair, so that a node can be looked up by its parts.
//
// A node, once it is alive in the engine, is the only one that its match accepts.
// No foreign code runs, and no weak pointer is asked for its value, under a lock.
type engine[N any] struct {
	shards []shard[N]
	shift  uint // a hash's topmost bits choose the shard, its lowest ones the bucket

	typ  string // of the values, for events
	name string // of the table, for events

	listed  atomic.Bool  // the sweep knows of this engine
	entries atomic.Int64 // links, dead ones included
	misses  atomic.Uint64
	dead    atomic.Uint64 // links removed
	hits    tallies
	next    int // the shard that the next sweep begins at; the sweep's own
}

func newEngine[N any](c config, typ string) *engine[N] {
	e := new(engine[N])
	e.init(c, typ)
	return e
}

func (e *engine[N]) init(c config, typ string) {
	// Four shards a processor make it unlikely that two goroutines want
	// the same.
	n := 1 << bits.Len(uint(min(max(4*runtime.GOMAXPROCS(0), 8), 64)-1))
	e.shards = make([]shard[N], n)
	e.shift = 64 - uint(bits.Len(uint(n-1)))
	e.typ, e.name = typ, c.name
	for i := range e.shards {
		e.shards[i].init()
	}
}

// lookup returns the living node with that hash that match accepts, or nil.
// bytes is what finding it saves.
func (e *engine[N]) lookup(hash uint64, bytes int, match func(*N) bool) *N {
	n := e.place(hash).find(hash, match)
	if n == nil {
		e.misses.Add(1)
		return nil
	}
	e.hits.add(bytes)
	return n
}

// intern is as lookup, but puts what build returns there if there is none. A
// built node that match refuses is equal to nothing, itself included, and is
// returned without having been put there.
func (e *engine[N]) intern(hash uint64, bytes int, match func(*N) bool, build func() *N) *N {
	at := e.place(hash)
	if n := at.find(hash, match); n != nil {
		e.hits.add(bytes)
		return n
	}
	fresh := build()
	if !match(fresh) {
		e.misses.Add(1)
		return fresh
	}
	ref := weak.Make(fresh)
	for {
		rest, gone := prune(at.head)
		if e.replace(at, &link[N]{hash, ref, rest}, 1, gone, event.Caller) {
			e.misses.Add(1)
			e.born(at.shard, fresh, ref)
			return fresh
		}
		// The chain is not what it was: perhaps somebody else has put
		// an equal node there.
		at = e.place(hash)
		if n := at.find(hash, match); n != nil {
			e.hits.add(bytes)
			return n
		}
	}
}

// born does what is to be done after a link was added for node, which the caller
// still holds.
func (e *engine[N]) born(s *shard[N], node *N, ref weak.Pointer[N]) {
	if event.Default.Listening() {
		b := event.NewBirth()
		s.record(ref, b)
		ev := b.Event(event.Interned, e.typ)
		ev.Label, ev.Actor = e.name, event.Caller
		event.Default.Emit(ev)
	}
	e.list()
	if s.claimGrowth() {
		e.grow(s)
	}
	runtime.KeepAlive(node)
}

// all calls yield with the living nodes until it returns false.
func (e *engine[N]) all(yield func(*N) bool) {
	for i := range e.shards {
		// A bucket array that is replaced meanwhile keeps what it had, so
		// nothing comes twice.
		b := e.shards[i].buckets.Load()
		for j := range b.heads {
			for l := b.heads[j].Load(); l != nil; l = l.next {
				if n := l.ref.Value(); n != nil && !yield(n) {
					return
				}
			}
		}
	}
}

func (e *engine[N]) stats() Stats {
	s := Stats{Misses: e.misses.Load(), Live: int(e.entries.Load()), Dead: e.dead.Load()}
	s.Hits, s.BytesSaved = e.hits.sum()
	return s
}
