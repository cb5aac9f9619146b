package refcount

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// Pool makes counted objects as [New] does, and uses the memory of destroyed ones
// again: for objects that are made and destroyed in great numbers. It keeps no
// more than a [sync.Pool] does; the collector takes the rest.
//
// Handles to an earlier object in the same memory are recognized: each object has
// a generation, which its handles know. Upgrade of such a Weak fails, and using
// such a Strong, a copy made by assignment, panics as it does with New. A piece of
// memory serves some 250 objects and is then left to the collector, so no
// generation comes back.
//
// The memory of an object that has a label, or was born while somebody listened to
// events, is not used again.
//
// A Pool must be made by [NewPool]. Its methods are safe for concurrent use.
//
// # Not guaranteed
//
// A pointer from Value that is kept after the last Release leads to another
// object; with New it leads to a zeroed one. If objects with such pointers are a
// possibility, use New.
//
// A copied Strong that is used at the very moment in which its object is destroyed
// and its memory used again may for that moment change the count of the next one,
// as a copy does that is released in place of another handle.
type Pool[T any] struct {
	drop func(*T)
	life *lives    // nil without a name
	free sync.Pool // of *pooled[T], each ready for its next object
}

// pooled is a box that is used again. While nobody uses it, its word is that of the
// next object, with one strong handle, which New hands out: so that ending one
// object and beginning the next is one step. Strays of earlier handles may have
// changed the counts for a moment, which New must not mistake for the generation.
type pooled[T any] struct {
	block
	gen   int64
	value T
}

// PoolOption adjusts a [Pool] when it is made.
type PoolOption func(*poolOptions)

type poolOptions struct{ name string }

// Named shows a pool's objects as a group of that name in [event.Groups], as those of
// a [Group]. Pools of one name are shown as one. The default is no name: the pool is
// not shown, and does not count its objects.
func Named(name string) PoolOption {
	return func(o *poolOptions) { o.name = name }
}

// NewPool returns a pool of objects whose destructor is drop, which may be nil.
func NewPool[T any](drop func(*T), options ...PoolOption) *Pool[T] {
	var o poolOptions
	for _, option := range options {
		option(&o)
	}
	p := &Pool[T]{drop: drop}
	if o.name != "" {
		p.life = &lives{name: o.name}
		event.Join(&event.Groups, p, (*Pool[T]).group)
	}
	return p
}

func (p *Pool[T]) group() event.GroupStats { return p.life.stats(p.typ(), sizeOf[T]()) }

func (p *Pool[T]) groupName() string {
	if p.life == nil {
		return ""
	}
	return p.life.name
}

// New puts v under count and returns the first handle to it, as the function
// [New] does with the pool's destructor.
func (p *Pool[T]) New(v T) Strong[T] {
	if p.life != nil {
		p.life.made.Add(1)
	}
	b, _ := p.free.Get().(*pooled[T])
	if b == nil {
		b = &pooled[T]{gen: firstGen, value: v}
		return Strong[T]{value: &b.value, block: b.init(unsafe.Pointer(&b.value), p), gen: firstGen}
	}
	b.value = v
	return Strong[T]{value: &b.value, block: b.announce(b.gen), gen: b.gen}
}

func (p *Pool[T]) typ() string                { return typeName[T]() }
func (p *Pool[T]) holds(nilPointer any) bool  { return isPointer[T](nilPointer) }
func (p *Pool[T]) call(target unsafe.Pointer) { owned[T](p.drop).call(target) }

func (p *Pool[T]) clear(b *block) {
	owned[T](p.drop).clear(b)
	if p.life != nil {
		p.life.over.Add(1)
	}
}

func (p *Pool[T]) discard(b *block, n int64) bool {
	gen := generation(n)
	if p.drop != nil || lastOfBlock(gen) || !atomic.CompareAndSwapInt64(&b.state, n, next(gen)) {
		return false
	}
	p.clear(b)
	p.keep(b, gen+firstGen)
	return true
}

func (p *Pool[T]) recycle(b *block) {
	if b.extra.Load() == nil && !lastOfBlock(generation(atomic.LoadInt64(&b.state))) {
		p.keep(b, b.renew())
	}
}

// lastOfBlock reports whether a pool lets go of the block of an object of generation
// gen. The last one is left for an object that is resurrected.
func lastOfBlock(gen int64) bool { return gen >= lastGen-firstGen }

// keep keeps a block whose word is that of its next object, of generation gen.
func (p *Pool[T]) keep(b *block, gen int64) {
	box := (*pooled[T])(unsafe.Pointer(b))
	box.gen = gen
	p.free.Put(box)
}
