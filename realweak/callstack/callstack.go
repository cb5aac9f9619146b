// Package callstack captures call stacks at a price at which every object can have
// one, and keeps one copy of each.
package callstack

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
)

const (
	// Frames is how many calls of a stack are kept.
	Frames = 32
	// A chain of the table that grows longer is forgotten. The stacks on it live
	// on while something refers to them, and come back as copies.
	longestChain = 16
	tableBits    = 11
)

// Stack is a captured stack. Equal ones are one object, as a rule: a program has
// few places where it makes and uses objects, and passes them often.
type Stack struct {
	// PCs are the return addresses, innermost first, as [runtime.Callers] gives them.
	// They must not be changed.
	PCs []uintptr

	key    []uintptr // return addresses of the frames, of which a call that was inlined has none
	hash   uint64
	next   *Stack
	length int // of the chain, this one included
}

// Hash returns the same number for equal stacks of one process.
func (s *Stack) Hash() uint64 { return s.hash }

// Equal reports whether s and o are the same stack. Two that are one object are.
func (s *Stack) Equal(o *Stack) bool {
	return s == o || s.hash == o.hash && slices.Equal(s.key, o.key)
}

var stacks [1 << tableBits]atomic.Pointer[Stack]

// Capture returns the stack of its caller's caller.
//
// Asking the runtime takes half a microsecond; following the frame pointers is far
// quicker but misses calls that were inlined. So the way along the frame pointers
// is looked up first, and only for one that was never seen is the runtime asked.
//
// Two stacks with the same frame pointers are the same one but for a call from a
// function without a frame, which only //go:nosplit can bring about; such a
// function may be shown at another of its lines.
//
//go:noinline
func Capture() *Stack {
	var buf [Frames]uintptr
	n, whole := walk(&buf[0], Frames)
	if !whole {
		n = runtime.Callers(3, buf[:])
	}
	key := buf[:n]
	sum := hash(key)
	bucket := &stacks[sum>>(64-tableBits)]
	head := bucket.Load()
	for s := head; s != nil; s = s.next {
		if s.hash == sum && slices.Equal(s.key, key) {
			return s
		}
	}
	s := &Stack{key: slices.Clone(key), hash: sum}
	s.PCs = s.key
	if whole {
		var pcs [Frames]uintptr
		s.PCs = slices.Clone(pcs[:runtime.Callers(3, pcs[:])])
	}
	for {
		s.next, s.length = head, 1
		if head != nil {
			s.length = head.length + 1
		}
		if s.length > longestChain {
			s.next, s.length = nil, 1
		}
		if bucket.CompareAndSwap(head, s) {
			return s
		}
		head = bucket.Load() // perhaps with an equal one; a copy does no harm
	}
}

var seed = rand.Uint64() | 1

// hash mixes the sum of the addresses, each times an odd number of its own, so
// that no multiplication waits for another.
func hash(pcs []uintptr) uint64 {
	sum, weight := uint64(0), seed
	for _, pc := range pcs {
		sum += uint64(pc) * weight
		weight += 0x9e3779b97f4a7c16
	}
	return (sum ^ sum>>32) * 0x9e3779b97f4a7c15
}
