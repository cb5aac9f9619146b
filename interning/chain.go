package interning

import (
	"sync/atomic"
	"weak"
)

// link leads from a hash to a node. Links never change; a chain gets longer at
// its head, and shorter by having its links up to the last dead one made anew.
type link[N any] struct {
	hash uint64
	ref  weak.Pointer[N]
	next *link[N]
}

// buckets has a chain for each value of a hash's lowest bits.
type buckets[N any] struct {
	heads []atomic.Pointer[link[N]] // a power of two
}

func newBuckets[N any](n int) *buckets[N] {
	return &buckets[N]{make([]atomic.Pointer[link[N]], n)}
}

func (b *buckets[N]) of(hash uint64) *atomic.Pointer[link[N]] {
	return &b.heads[hash&uint64(len(b.heads)-1)]
}

// place is where nodes with some hash are, and the chain that was there when
// somebody looked.
type place[N any] struct {
	shard   *shard[N]
	buckets *buckets[N]
	bucket  *atomic.Pointer[link[N]]
	head    *link[N]
}

func (e *engine[N]) place(hash uint64) place[N] {
	s := &e.shards[hash>>e.shift]
	b := s.buckets.Load()
	bucket := b.of(hash)
	return place[N]{s, b, bucket, bucket.Load()}
}

// find returns the living node in the chain that match accepts. Value comes
// last, and only for links with the very hash: it is the expensive step.
func (at place[N]) find(hash uint64, match func(*N) bool) *N {
	for l := at.head; l != nil; l = l.next {
		if l.hash != hash {
			continue
		}
		if n := l.ref.Value(); n != nil && match(n) {
			return n
		}
	}
	return nil
}

// prune returns the chain without its dead links, and what these referred to.
// What follows the last dead link is shared with the old chain.
func prune[N any](head *link[N]) (rest *link[N], gone []weak.Pointer[N]) {
	var last *link[N]
	for l := head; l != nil; l = l.next {
		if l.ref.Value() == nil {
			gone = append(gone, l.ref)
			last = l
		}
	}
	if last == nil {
		return head, nil
	}
	rest = last.next
	// A link that dies between the two passes stays; dead ones do not revive.
	i := 0
	for l := head; l != last; l = l.next {
		if i < len(gone) && l.ref == gone[i] {
			i++
			continue
		}
		rest = &link[N]{l.hash, l.ref, rest}
	}
	return rest, gone
}
