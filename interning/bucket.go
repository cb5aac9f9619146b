package interning

import (
	"math/bits"
	"sync/atomic"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak"
)

// slots is how many nodes a bucket has room for, so that it is one cache line.
const slots = 7

// bucket is the part of a bucket that a lookup reads: one line. Seven bytes of
// tags say what the slots have: zero for nothing, otherwise some bits of the
// node's hash. A slot whose tag is set but whose node is nil has its node only
// weakly, in the back.
//
// Writers hold the shard's lock, with two exceptions, which change a node pointer
// by compare-and-swap: a lookup puts back a node that it found weakly, and the
// sweep lets go of one that has a weak pointer.
type bucket struct {
	tags  atomic.Uint64
	nodes [slots]unsafe.Pointer // atomic
}

// back is the rest of a bucket: weak pointers to the nodes, once they have been
// made, and where the nodes are for which there was no room.
type back struct {
	refs [slots]unsafe.Pointer // atomic; see weakly
	next atomic.Pointer[spill] // set if tags have the spilled bit
}

// info is what only writers need to know of a bucket's nodes.
type info struct {
	hash [slots]uint32 // the lowest bits, which choose the bucket
	size [slots]uint8  // what the node takes; see sizeCode
}

// spill is a further bucket for the nodes of one that is full.
type spill struct {
	bucket
	back
	info
}

const (
	inUse   = 0x80 // in a tag
	tagBits = 7
	ones    = 0x01_0101_0101_0101
	spilled = 1 << 63 // in the word of tags
)

func tagOf(hash uint64) uint8 { return inUse | uint8(hash>>(64-tagBits)) }

// matching returns a word with the highest bit set in each byte that is the slot
// of a node that may have the hash.
func matching(tags, hash uint64) uint64 {
	return zeroBytes(tags ^ ones*(inUse|hash>>(64-tagBits)))
}

// zeroBytes sets the highest bit of the bytes that are zero; it may do so for
// others too, but only above one that is.
func zeroBytes(x uint64) uint64 { return (x - ones) &^ x & (ones * inUse) }

// used is as matching, for all nodes.
func used(tags uint64) uint64 { return tags & (ones * inUse) }

// first returns the lowest slot in a word that matching or used returned.
func first(m uint64) int { return bits.TrailingZeros64(m) >> 3 }

// node returns the node in slot j, or nil if there is none or only weakly.
func (b *bucket) node(j int) unsafe.Pointer { return atomic.LoadPointer(&b.nodes[j]) }

// A weak.Pointer is a pointer to the runtime's handle, and nothing else. As an
// unsafe.Pointer it can be read and written atomically.
var _ [unsafe.Sizeof(uintptr(0))]byte = [unsafe.Sizeof(weak.Pointer[byte]{})]byte{}

// weakly returns a weak pointer to node.
func weakly(node unsafe.Pointer) unsafe.Pointer {
	ref := weak.Make((*byte)(node))
	return *(*unsafe.Pointer)(unsafe.Pointer(&ref))
}

// strongly returns what the weak pointer refers to, or nil if that is dead. It
// may wait for the collector, so the caller holds no lock.
func strongly(ref unsafe.Pointer) unsafe.Pointer {
	return unsafe.Pointer((*(*weak.Pointer[byte])(unsafe.Pointer(&ref))).Value())
}

// isDead reports whether what the weak pointer refers to is dead. That is cheap for
// those whose memory has been swept, as most have when somebody asks; for the others
// it is as strongly.
func isDead(ref unsafe.Pointer) bool {
	w := *(*weak.Pointer[byte])(unsafe.Pointer(&ref))
	return realweak.Ref[byte]{Pointer: w}.Cleared() || strongly(ref) == nil
}

// array is the buckets of a shard.
type array struct {
	mask uint64 // their number, less one
	hot  []bucket
	back []back
	info []info
}

// noBuckets is the array of a shard that never had a node. It is not written to.
var noBuckets = newArray(1)

func newArray(n int) *array {
	return &array{uint64(n - 1), make([]bucket, n), make([]back, n), make([]info, n)}
}

// place is a bucket in an array, or a spill of one.
type place struct {
	b *bucket
	k *back
	i *info
}

func (a *array) at(i uint64) place { return place{&a.hot[i], &a.back[i], &a.info[i]} }

// next returns the spill of a bucket that has one.
func (p place) next() place {
	s := p.k.next.Load()
	return place{&s.bucket, &s.back, &s.info}
}

// places calls visit with every bucket and spill until it returns false.
func (a *array) places(visit func(place) bool) {
	for i := range a.hot {
		p := a.at(uint64(i))
		for {
			tags := p.b.tags.Load()
			if tags != 0 && !visit(p) {
				return
			}
			if tags&spilled == 0 {
				break
			}
			p = p.next()
		}
	}
}

// put adds a node to the bucket that hash chooses. The caller holds the lock, or
// is the only one who knows the array.
func (a *array) put(hash uint32, tag, size uint8, node, ref unsafe.Pointer) {
	p := a.at(uint64(hash) & a.mask)
	for {
		tags := p.b.tags.Load()
		if free := ^tags & (ones * inUse); free != 0 {
			j := first(free)
			p.i.hash[j], p.i.size[j] = hash, size
			if ref != nil { // a free slot has none: the back's line may be far
				atomic.StorePointer(&p.k.refs[j], ref)
			}
			atomic.StorePointer(&p.b.nodes[j], node)
			p.b.tags.Store(tags | uint64(tag)<<(8*j))
			return
		}
		if tags&spilled == 0 {
			p.k.next.Store(new(spill))
			p.b.tags.Store(tags | spilled)
		}
		p = p.next()
	}
}

// clear empties slot j. The caller holds the lock.
func (p place) clear(j int) {
	p.b.tags.Store(p.b.tags.Load() &^ (0xff << (8 * j)))
	atomic.StorePointer(&p.k.refs[j], nil)
}

// sizeCode is a byte for a size that is at most an eighth above n; the sizes up to
// 512 bytes that the allocator has are exact.
func sizeCode(n int) uint8 {
	if n < 8 {
		return uint8(max(n, 0))
	}
	e := bits.Len(uint(n)) - 4
	m := (n + 1<<e - 1) >> e // 8 to 16
	return uint8(min(e<<3+m, 255))
}

func sizeOf(code uint8) int {
	if code < 8 {
		return int(code)
	}
	return (int(code&7) + 8) << (code>>3 - 1)
}
