package refcount

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Primary owns an object, lends handles to it, and can take all of them back: the
// object is destroyed by [Primary.Join], in the goroutine that calls it, after the
// last borrower has released.
//
// It is for the end of what many use and one is responsible for, such as a
// server's pool of connections: a [Strong] is destroyed by whoever happens to
// release last, at a time that the owner does not learn.
//
//	pool := refcount.NewPrimary(Pool{...}, (*Pool).close)
//	...
//	if h, ok := pool.Lock(); ok { // in a request
//		defer h.Release()
//		h.Value().query()
//	}
//	...
//	err := pool.Join(ctx) // at the end: close has run if err is nil
//
// Lock and Join may be called concurrently. A Primary must not be copied; go vet
// reports copies. The zero Primary lends nothing and has been joined.
//
// It is folly's PrimaryPtr. Where that ends a program which forgets to join, a
// Primary lost without Join is for the leak detector, as any lost handle: if that
// watches it, it is reported with the stack of its NewPrimary, and the object is
// destroyed once all borrowers have released.
//
// # Not guaranteed
//
// Join cannot take back a handle from a borrower who does not release it.
type Primary[T any] struct {
	_    noCopy
	loan *loan[T]
	own  Atomic[loan[T]] // the owner's own count; released by the first Join
}

// loan is the part of a Primary that outlives it. What is lent has two counts. The
// lent handles hold the loan, whose destructor only says that all are back; they
// lead to the object as to a part of it. The object itself has one handle, which
// whoever joins releases.
type loan[T any] struct {
	lent   Weak[loan[T]]
	value  *T
	object Strong[T]

	joined    atomic.Bool // lends no more
	ended     atomic.Bool // somebody destroys the object, or has
	returned  latch       // all lent handles are released
	destroyed latch
}

// NewPrimary puts v under count, as [New] does, and returns its owner. To those
// who listen to events the loan is an object of its own, that ends when all lent
// handles are released.
func NewPrimary[T any](v T, drop func(*T)) (p Primary[T]) {
	l := &loan[T]{object: New(v, drop)}
	l.value = l.object.Value()
	own := wrap(l, lending[T]{(*loan[T]).allBack})
	l.lent = own.Downgrade()
	p.loan = l
	p.own.Store(&own)
	return
}

// lending is the destructor of a loan, which goes by the name of its Primary.
type lending[T any] struct{ wrapped[loan[T]] }

func (lending[T]) typ() string { return "refcount.Primary[" + typeName[T]() + "]" }

// AdoptPrimary makes what the Primary owns part of a domain, as [Adopt] does with
// objects: a cycle through it, of an object that has the Primary in it and reports
// [Primary.Edge], and of the Primary's object that holds the former, is found. It
// must be called before anything is lent or joined, and panics if it is not. The Primary
// is two members, the loan and the object; what is lent holds the loan, as does the
// Primary. In reports the loan goes by the name of the Primary.
//
// A collection ends a Primary as if it were lost, in the order of its other
// destructors: nothing can be lent then, and Join finds that it is over.
func AdoptPrimary[T any, P interface {
	*T
	Tracer
}](d *Domain, p *Primary[T]) {
	own := p.own.Swap(nil)
	if !own.Held() {
		panic(fmt.Sprintf("refcount: AdoptPrimary of a Primary[%s] that is zero or was joined: adopt it right after it is made", typeName[T]()))
	}
	defer p.own.Store(&own)
	if own.StrongCount() != 1 {
		panic(fmt.Sprintf("refcount: AdoptPrimary of a Primary[%s] that has lent handles: adopt it right after it is made", typeName[T]()))
	}
	Adopt[T, P](d, &p.loan.object)
	Adopt(d, &own)
}

// Trace is part of [Tracer]. The object of a Primary that was joined belongs to
// whoever joins.
func (l *loan[T]) Trace(visit func(Edge)) {
	if !l.joined.Load() {
		e := l.object.Edge("object")
		e.inner = true
		visit(e)
	}
}

// Lock lends a handle, and returns false from the moment Join is called. The
// borrower releases it like any other, may clone it and downgrade it, and pass it
// on; Join waits for the clones too. A Weak made of it can be upgraded until the
// last borrower has released, also after Join was called.
//
// The object is the owner's: TryUnwrap, IntoInner and MakeMut of a lent handle
// panic, as of one to a part of an object, and GetMut finds that others have it
// too. The counts of lent handles include one strong and one weak handle of the
// Primary's own.
func (p *Primary[T]) Lock() (Strong[T], bool) {
	l := p.loan
	if l == nil || l.joined.Load() {
		return Strong[T]{}, false
	}
	// Should Join be called at this moment, it waits for this handle too.
	h, ok := l.lent.Upgrade()
	if !ok {
		return Strong[T]{}, false
	}
	return Strong[T]{value: l.value, block: h.block, gen: h.gen}, true
}

// Join ends the lending, waits until all lent handles are released, and then
// destroys the object, before it returns; inside a destructor, right after that
// one has returned. If several join, one destroys and all wait for that. Joining
// what has been joined returns nil at once.
//
// If ctx ends first, Join returns an error that wraps the context's and says how
// many handles are still lent. The object then is not destroyed, nothing is lent
// any more, and a later Join goes on waiting.
//
// A borrower who joins waits for itself, until ctx ends; so does a drop that joins
// its own Primary. In a testing/synctest bubble Join waits only for borrowers who
// release in that bubble.
func (p *Primary[T]) Join(ctx context.Context) error {
	l := p.loan
	if l == nil {
		return nil
	}
	if l.joined.CompareAndSwap(false, true) {
		if own := p.own.Swap(nil); own.Held() && own.Release() {
			l.returned.open() // inside a destructor, allBack is still to run
		}
	}
	if err := l.returned.wait(ctx); err != nil {
		return fmt.Errorf("refcount: Join of a Primary[%s]: %w: %d lent handles are not released; its object is not destroyed before they are, by another Join", typeName[T](), err, l.lent.StrongCount())
	}
	if l.end() {
		return nil
	}
	if err := l.destroyed.wait(ctx); err != nil {
		return fmt.Errorf("refcount: Join of a Primary[%s]: %w: another Join is destroying its object", typeName[T](), err)
	}
	return nil
}

// allBack runs where the last handle was released.
func (l *loan[T]) allBack() {
	if l.joined.Load() {
		l.returned.open()
		return
	}
	// Nobody joined and nobody will: the Primary was lost, and its own handle
	// has been released in its place.
	l.joined.Store(true)
	l.returned.open()
	l.end()
}

// end destroys the object unless somebody does or has, and reports whether it did.
func (l *loan[T]) end() bool {
	if !l.ended.CompareAndSwap(false, true) {
		return false
	}
	defer l.destroyed.open()
	l.object.Release()
	return true
}
