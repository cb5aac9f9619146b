package index

import (
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

// set is a working set: the strong owner of its files' trees and contents. What
// it knows of a file after dropping it is in fates, which own nothing.
type set struct {
	name string
	size int64 // of the source that is held

	mu      sync.Mutex // while it is being filled
	holds   []*holding
	fates   []*fate
	largest *holding // stays open
	ran     atomic.Int64
}

// holding is what a set holds of one file.
type holding struct {
	tree   *Tree
	source refcount.Strong[source]
	fate   *fate
}

// fate is what is known about a tree without holding it. It is the argument of
// the tree's finalizer.
type fate struct {
	path string
	size int64
	ref  realweak.Ref[Tree]
	open bool
	dead atomic.Bool
	ran  *atomic.Int64
}

// perish is the finalizer's callback.
func (f *fate) perish() {
	if f.dead.CompareAndSwap(false, true) {
		f.ran.Add(1)
	}
}

func (s *set) add(h *holding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size += h.fate.size
	s.holds = append(s.holds, h)
	s.fates = append(s.fates, h.fate)
	if s.largest == nil || h.fate.size > s.largest.fate.size {
		s.largest = h
	}
}

// open returns a second owner of the set's largest file, and nil if it has none.
func (s *set) open() *holding {
	h := s.largest
	if h == nil {
		return nil
	}
	h.fate.open = true
	return &holding{tree: h.tree, source: h.source.Clone(), fate: h.fate}
}

// release gives up all that is held and returns for how many files.
func (s *set) release() int {
	n := len(s.holds)
	for _, h := range s.holds {
		h.source.Release()
	}
	s.holds, s.largest, s.size = nil, nil, 0
	return n
}
