package refcount

import "sync/atomic"

// Count is the number of references to an object that destroys itself. Embed it
// in the object's type. The zero Count is one reference, its maker's, so an
// object needs no constructor on account of it.
//
//	type Conn struct {
//		refcount.Count
//		...
//	}
//
//	func (c *Conn) Close() {
//		if c.Release() {
//			c.socket.Close() // nobody else can be using it
//		}
//	}
//
// All methods are safe for concurrent use. Retain and Release are one atomic
// addition each. A Count must not be copied; go vet reports copies.
//
// It is Netty's AbstractReferenceCounted: an even word counts, an odd one is
// freed for good, and nothing brings it back. At level [Paranoid] a panic about an
// object that was freed at that level shows where its last reference was released.
//
// # Not guaranteed
//
// A Count does not know who holds its references. One released twice by one
// holder goes unseen until another holder finds the object freed.
type Count struct {
	_    noCopy
	word atomic.Int64 // 2 × (references - 1), or odd: freed plus the mark of a trace
}

const (
	oneRef = 2
	// freed lies in the middle of the negative numbers, so that additions
	// that are about to be undone neither revive it nor wrap it around; with
	// the mark of a trace, too.
	freed   = -1<<62 + 1
	maxWord = 1 << 61
)

// Retain adds a reference. The caller must be sure that the object is not freed,
// as the holder of a reference is. It panics if the object is freed.
func (c *Count) Retain() {
	if n := c.word.Add(oneRef); n < oneRef || n > maxWord {
		c.refuseRetain(n)
	}
}

//go:noinline
func (c *Count) refuseRetain(n int64) {
	c.word.Add(-oneRef)
	if n > maxWord {
		panic("refcount: Retain overflows the Count: something retains without releasing")
	}
	panic("refcount: Retain of a freed object: its last reference was released; retain it while you hold one, or use TryRetain" + freedBy(n))
}

// TryRetain adds a reference unless the object is freed, and reports whether it
// did. It is for those who hold none, such as a table of objects that does not
// keep them alive.
func (c *Count) TryRetain() bool {
	for {
		n := c.word.Load()
		if n < 0 {
			return false
		}
		if n >= maxWord {
			panic("refcount: TryRetain overflows the Count: something retains without releasing")
		}
		if c.word.CompareAndSwap(n, n+oneRef) {
			return true
		}
	}
}

// Release takes a reference back and reports whether it was the last one. True
// is returned once in an object's life, to the caller who is to destroy it. It
// panics if the object is freed already.
func (c *Count) Release() bool {
	n := c.word.Add(-oneRef)
	return n < 0 && c.lastRelease(n)
}

//go:noinline
func (c *Count) lastRelease(n int64) bool {
	if n == -oneRef && c.free() {
		return true
	}
	n = c.word.Add(oneRef)
	panic("refcount: Release of a freed object: it was released more often than retained; each Retain, and the making, allows for one Release" + freedBy(n))
}

// free marks the object freed and reports whether this call did it.
func (c *Count) free() bool {
	end := int64(freed)
	if tracing() {
		end += traceRelease()
	}
	for {
		n := c.word.Load()
		if n&1 != 0 {
			return false
		}
		if c.word.CompareAndSwap(n, end) {
			return true
		}
	}
}

// Refs returns the number of references, and zero once the object is freed.
// While others use theirs, it may be out of date when it is returned.
func (c *Count) Refs() int {
	n := c.word.Load()
	if n < 0 {
		return 0
	}
	return int(n/oneRef) + 1
}
