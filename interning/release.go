package interning

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// releaser turns nodes that an engine holds strongly into weak ones. Those that
// have a weak pointer already are easy. To make one, the runtime walks the list of
// all weak pointers into the same 8 KB of memory below the node's address, so the
// others are gathered, and made weak from high addresses to low ones: that walks
// nowhere, and takes a fifth of the time of any other order.
type releaser struct {
	young []young
	order []uint64
	most  int // gathered at a time in this use
}

// releasers are used again: a table that grows has something to gather after every
// collection, and room for it is what takes longest to get.
var releasers = sync.Pool{New: func() any { return new(releaser) }}

// done puts r back, without its memory if it hardly needed it this time.
func (r *releaser) done() {
	if r.most < cap(r.young)/4 {
		r.young, r.order = nil, nil
	}
	r.most = 0
	releasers.Put(r)
}

// young is a node without a weak pointer, and where it is: its place in a bucket, and
// that of its weak pointer in the back.
type young struct {
	node unsafe.Pointer
	in   *unsafe.Pointer // atomic
	back *unsafe.Pointer // atomic
	ref  unsafe.Pointer  // the weak pointer, once it is made
}

// batch is how many nodes are gathered at most before they are made weak. In several
// batches, the nodes of the later ones lie between those of the first.
const batch = 1 << indexBits

// leastGathered is how many nodes there is room for at first.
const leastGathered = 256

// shard releases the nodes of a shard, but no more than limit if that is not
// negative, and returns how many it was. now is the number of collections
// completed. Others may release nodes of the same shard meanwhile.
func (r *releaser) shard(s *shard, now uint64, limit int) (released int) {
	if !s.touched.Swap(false) && limit < 0 {
		return 0
	}
	s.mu.Lock()
	s.released = max(s.released, uint32(now))
	s.mu.Unlock()
	s.array.Load().places(func(p place) bool {
		for m := used(p.b.tags.Load()); m != 0; m &= m - 1 {
			j := first(m)
			n := p.b.node(j)
			if n == nil {
				continue
			}
			if limit >= 0 && released >= limit {
				s.touch()
				return false
			}
			released++
			if atomic.LoadPointer(&p.k.refs[j]) != nil {
				release(&p.b.nodes[j], n)
				continue
			}
			if len(r.young) == cap(r.young) { // append grows by less, and copies more often
				r.young = slices.Grow(r.young, max(len(r.young), leastGathered))
			}
			if r.young = append(r.young, young{node: n, in: &p.b.nodes[j], back: &p.k.refs[j]}); len(r.young) == batch {
				r.flush()
			}
		}
		return true
	})
	return released
}

// release lets go of node n in a slot, of which there is a weak pointer.
func release(in *unsafe.Pointer, n unsafe.Pointer) {
	atomic.CompareAndSwapPointer(in, n, nil)
	runtime.KeepAlive(n) // or there may be another node of that address in the slot
}

// indexBits are the bits of a place in a batch; those of an address are above them.
const indexBits = 20

// atOnce is how many nodes flush reads before it makes them weak.
const atOnce = 16

// flush makes the gathered nodes weak. While it holds them, their slots are their
// own.
func (r *releaser) flush() {
	r.most = max(r.most, len(r.young))
	r.order = slices.Grow(r.order[:0], len(r.young))
	for i, y := range r.young {
		// Objects are 8 bytes or more apart, and addresses have 48 bits, or
		// 57 on some machines; a wrong order costs no more than time.
		r.order = append(r.order, uint64(uintptr(y.node))>>4<<indexBits|uint64(i))
	}
	slices.Sort(r.order)
	slices.Reverse(r.order)
	// Some at a time, so that their places, which are all over the memory, are waited
	// for together.
	for some := range slices.Chunk(r.order, atOnce) {
		var nodes [atOnce]unsafe.Pointer
		for i, o := range some {
			nodes[i] = r.young[o&(1<<indexBits-1)].node
		}
		for i, o := range some {
			r.young[o&(1<<indexBits-1)].ref = weakly(nodes[i])
		}
	}
	// In the order of the buckets, which are too many for the cache.
	for i := range r.young {
		y := &r.young[i]
		atomic.StorePointer(y.back, y.ref)
		release(y.in, y.node)
	}
	clear(r.young)
	r.young = r.young[:0]
}
