package refcount

import "unsafe"

// Tracer is implemented by the types of objects that are members of a [Domain].
//
// Trace calls visit once for each [Strong], [Atomic] and [Primary] that its object
// owns:
//
//	func (n *Node) Trace(visit func(refcount.Edge)) {
//		visit(n.parent.Edge("parent"))
//		for i := range n.children {
//			visit(n.children[i].Edge("children"))
//		}
//	}
//
// It does nothing else: it does not clone, release or move handles, takes no lock
// that is ever held while a handle is released, and does not wait. Handles that
// hold nothing may be visited too. Trace is called in whatever goroutine
// collects, and possibly after the object's destructor has run.
//
// A handle that Trace leaves out is safe: it counts as held from outside, so a
// cycle through it is not found. A handle that is visited twice, or a copy of one,
// would make an object in use look like garbage; the collection that it could
// mislead panics instead, and names the type.
type Tracer interface {
	Trace(visit func(Edge))
}

// Edge is one handle that one object owns, for a [Tracer] to report.
type Edge struct {
	// Field says which one it is, in reports: the name of the field, as a rule.
	Field string

	handle *Strong[untyped]
	atomic *Atomic[untyped] // in place of handle: what it holds is the edge
	inner  bool             // to what the owner is made of: nobody can make it weak
}

// untyped stands for the object's type in handles of any type. The type has no
// influence on their layout.
type untyped struct{}

// Edge returns the handle as an edge from the object that it lies in. The handle
// may hold nothing.
func (h *Strong[T]) Edge(field string) Edge {
	return Edge{Field: field, handle: (*Strong[untyped])(unsafe.Pointer(h))}
}

// Edge returns what the Atomic holds as an edge from the object that it lies in, as
// [Strong.Edge] does. An Atomic of a member may be written at any time, inside
// [Domain.Update] or not: what moves into it while a collection searches stays.
func (a *Atomic[T]) Edge(field string) Edge {
	return Edge{Field: field, atomic: (*Atomic[untyped])(unsafe.Pointer(a))}
}

// Edge returns the Primary as an edge from the object that it lies in, as
// [Strong.Edge] does, to what it owns: see [AdoptPrimary]. Join may be called at any
// time, inside [Domain.Update] or not. Once it was called the Primary owns
// nothing: whoever joins does.
//
// An object that is destroyed before its Primary was joined does not wait for
// borrowers: the Primary's object is destroyed with it, or where the last borrower
// releases.
func (p *Primary[T]) Edge(field string) Edge { return p.own.Edge(field) }

// held returns the handle that the edge stands for, and nil if there is none.
func (e *Edge) held() *Strong[untyped] {
	h := e.handle
	if e.atomic != nil {
		h = e.atomic.cell.Load().strong()
	}
	if h == nil || !h.Held() {
		return nil
	}
	return h
}

// release gives up what the edge's owner still owns.
func (e *Edge) release() {
	if e.held() == nil {
		return
	}
	if e.atomic != nil {
		e.atomic.Store(nil)
	} else {
		e.handle.Release()
	}
}

// drop has the owner own no more what is destroyed with it.
func (e Edge) drop() {
	if e.atomic != nil {
		e.atomic.cell.Store(nil)
	} else {
		e.handle.value, e.handle.block = nil, &gone
	}
}
