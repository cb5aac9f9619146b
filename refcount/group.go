package refcount

import (
	"sync/atomic"
	"unsafe"

	"github.com/referent-go/referent/realweak/event"
)

// Group makes counted objects as [New] and [Wrap] do, and counts them under a name:
// it is a group of [event.Groups], where it shows how many of its objects have not
// been destroyed.
//
//	var conns = refcount.NewGroup("conns", (*Conn).close)
//
//	c := conns.New(Conn{...})
//	defer c.Release()
//
// All methods are safe for concurrent use. A Group lives for as long as somebody
// refers to it or any of its objects is not destroyed, and is shown until then.
//
// # Not guaranteed
//
// An object whose handles are lost without Release counts as live unless the leak
// detector finds and releases it: the detector tracks one object in 128 by default
// ([SetLeakLevel]). So a number that only grows is a leak of handles or of objects.
type Group[T any] struct {
	owned[T] // what destroys the objects that New makes, with clear replaced
	wrapping wrappedIn[T]
	life     lives
}

// NewGroup returns a group of that name. drop is the destructor of its objects, as
// [New] takes it; it may be nil. Groups of one name are shown as one. It panics if
// name is empty.
func NewGroup[T any](name string, drop func(*T)) *Group[T] {
	if name == "" {
		panic("refcount: NewGroup without a name; a group is found by its name")
	}
	g := &Group[T]{owned: drop}
	g.wrapping = wrappedIn[T]{drop, g}
	g.life.name = name
	event.Join(&event.Groups, g, (*Group[T]).Stats)
	return g
}

// Name returns the group's name.
func (g *Group[T]) Name() string { return g.life.name }

// New puts v under count and returns the first handle to it, as the function [New]
// does with the group's destructor.
func (g *Group[T]) New(v T) Strong[T] {
	b := &box[T]{value: v}
	g.life.made.Add(1)
	return Strong[T]{value: &b.value, block: b.init(unsafe.Pointer(&b.value), g), gen: firstGen}
}

// Wrap puts an object that exists already under count and returns the first handle
// to it, as the function [Wrap] does with the group's destructor.
func (g *Group[T]) Wrap(p *T) Strong[T] {
	mustWrap(p)
	g.life.made.Add(1)
	return wrap(p, &g.wrapping)
}

// Stats returns the group's numbers as of now. Cleaned are the objects that have been
// destroyed or unwrapped.
func (g *Group[T]) Stats() event.GroupStats { return g.life.stats(g.typ(), sizeOf[T]()) }

func (g *Group[T]) clear(b *block) {
	g.owned.clear(b)
	g.life.over.Add(1)
}

func (g *Group[T]) discard(b *block, n int64) bool {
	if g.present() || !b.mark(n) {
		return false
	}
	g.clear(b)
	return true
}

func (g *Group[T]) groupName() string { return g.life.name }

// wrappedIn is the destructor of a group's objects that somebody else allocated.
type wrappedIn[T any] struct {
	wrapped[T]
	group *Group[T]
}

func (w *wrappedIn[T]) clear(b *block) {
	w.wrapped.clear(b)
	w.group.life.over.Add(1)
}

func (w *wrappedIn[T]) discard(b *block, n int64) bool {
	if w.present() || !b.mark(n) {
		return false
	}
	w.clear(b)
	return true
}

func (w *wrappedIn[T]) groupName() string { return w.group.life.name }

// lives counts the objects of a group.
type lives struct {
	name string
	made atomic.Uint64
	_    [64]byte // who makes objects and who destroys them do not share a line
	over atomic.Uint64
}

func (l *lives) stats(typ string, size uintptr) event.GroupStats {
	s := event.GroupStats{Name: l.name, Kind: "counted", Type: typ}
	s.Cleaned = l.over.Load() // first, so that there are never more than were made
	s.Created = l.made.Load()
	s.Live = int(s.Created - s.Cleaned)
	s.Bytes = uint64(s.Live) * uint64(size)
	return s
}

// groupOf returns the name of the group that made an object.
func groupOf(d destructor) string {
	if g, ok := d.(interface{ groupName() string }); ok {
		return g.groupName()
	}
	return ""
}
