package track

import (
	"reflect"
	"runtime"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
)

// Group is a named set of tracked objects of one type. It holds them weakly: what
// is in a group lives and dies as if it were not. All methods are safe for concurrent
// use, also inside synctest bubbles. A Group is made by [NewGroup].
//
// Of an object the group keeps when and where it was created, and whether it is
// expected to be dead; when a collection finds it dead, it is counted as cleaned.
// Created = cleaned + live holds at every moment.
//
// A Group that the program drops is collected. What it tracked is shown for as long
// as any of it lives; then the group leaves the statistics with its totals.
//
// # Not guaranteed
//
// A death is noticed after the collection that found it, and not before; in an
// idle program minutes may pass. See [Drain]. Ages run from Track to that moment.
type Group[T any] struct {
	core *core
}

// NewGroup returns a new group with that name, which is also in [event.Groups] then.
// Groups of one name are shown as one. It panics if name is empty.
func NewGroup[T any](name string, options ...Option) *Group[T] {
	if name == "" {
		panic("track: NewGroup without a name; a group is found by its name")
	}
	s := defaults()
	for _, option := range options {
		option(&s)
	}
	t := reflect.TypeFor[T]()
	g := &Group[T]{newCore(name, t.String(), t.Size(), s)}
	cores.add(g.core)
	runtime.AddCleanup(g, (*core).orphan, g.core)
	return g
}

// Name returns the group's name.
func (g *Group[T]) Name() string { return g.mine().name }

// Track counts the object p as created here and now, and watches for its death; it
// returns p. Tracking an object that is tracked already changes nothing, but that it
// is no longer expected to die: somebody uses it again, as what comes from a pool.
//
// It panics if p is nil or cannot be referred to weakly, as the collections of
// package realweak do ([realweak.RequireReferent]). While tracking is off
// ([SetEnabled]) it only returns p.
func (g *Group[T]) Track(p *T) *T {
	if !off() {
		g.track(p)
	}
	return p
}

//go:noinline
func (g *Group[T]) track(p *T) {
	realweak.RequireReferent("Group.Track", p)
	c := g.mine()
	c.track(uintptr(unsafe.Pointer(p)), reference(p))
	runtime.KeepAlive(p)
	runtime.KeepAlive(g) // else the core may be orphaned before it has the object
}

// Expect says that nobody should need the object p any more: it should be unreachable
// when the caller and what it returns to have let go of it. If it then outlives its
// grace ([Grace], [Collections]) it is retained. An object that the group does not
// know is tracked from here on, without a place of creation. Expecting again changes
// nothing; [Group.Track] takes it back.
//
// It panics as Track does, and does nothing while tracking is off.
func (g *Group[T]) Expect(p *T) {
	if !off() {
		g.expect(p)
	}
}

//go:noinline
func (g *Group[T]) expect(p *T) {
	realweak.RequireReferent("Group.Expect", p)
	c := g.mine()
	c.expect(uintptr(unsafe.Pointer(p)), func() weak.Pointer[byte] { return reference(p) })
	runtime.KeepAlive(p)
	runtime.KeepAlive(g)
}

// Retained returns the group's retained objects by the place of their creation, most
// objects first. It looks at all objects of the group if any is expected to die.
func (g *Group[T]) Retained() []Retained {
	defer runtime.KeepAlive(g)
	return retained([]*core{g.mine()})
}

// Stats returns the group's numbers as of now. It does not look at the objects.
func (g *Group[T]) Stats() event.GroupStats {
	defer runtime.KeepAlive(g)
	return g.mine().stats()
}

// SetSampling has the stack recorded of one object in n from now on; see [Sampling].
func (g *Group[T]) SetSampling(n int) {
	mustSample("Group.SetSampling", n)
	g.mine().setSampling(n)
}

func (g *Group[T]) mine() *core {
	if g == nil || g.core == nil {
		panic("track: a Group that was not made by NewGroup; call track.NewGroup")
	}
	return g.core
}

// reference returns a weak pointer to p without p's type.
func reference[T any](p *T) weak.Pointer[byte] { return weak.Make((*byte)(unsafe.Pointer(p))) }
