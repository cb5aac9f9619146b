package realweak

import (
	"iter"

	"github.com/puzpuzpuz/xsync/v4"
)

// store is the concurrent map that a table keeps its entries in. The one in use
// is [xstore]; the conformance tests run the tables on others too, to show that
// nothing depends on its particulars.
//
// An entry is told from a later one under the same key by [entry.same], never by
// its key alone: a sweep that deleted by key would now and then delete the entry
// that replaced the dead one. No method calls into an entry's weak pointer for its
// value, which may have to wait for the collector, while it holds a lock.
type store[K comparable, E entry[E]] interface {
	load(key K) (e E, ok bool)
	// put stores e and returns what it replaced.
	put(key K, e E) (old E, had bool)
	// putIf stores e if the entry is still the one seen, or if there is none and
	// seen is the zero E. It returns what is there in the end.
	putIf(key K, seen, e E) (now E, done bool)
	// deleteIf deletes the entry if it is still the one seen.
	deleteIf(key K, seen E) bool
	// take deletes and returns the entry.
	take(key K) (old E, had bool)
	// all iterates without a lock while it yields, over each key once at most.
	all() iter.Seq2[K, E]
	// deleteAll deletes the entries that dead says are, which it calls with a lock held.
	deleteAll(dead func(E) bool)
	// size counts the entries, in constant time.
	size() int
	clear()
}

// entry is what a store keeps for a key.
type entry[E any] interface {
	same(other E) bool
}

// scan calls yield for each entry of a store until it returns false. fast is the
// map that the store is made on, or nil. An iteration of the map itself allocates
// nothing; one by way of the interface would even if it were never taken.
func scan[K comparable, E entry[E]](entries store[K, E], fast *xsync.Map[K, E], yield func(K, E) bool) {
	if fast != nil {
		fast.Range(yield)
		return
	}
	for _, p := range pairs(entries) {
		if !yield(p.key, p.e) {
			return
		}
	}
}

type pair[K, E any] struct {
	key K
	e   E
}

func pairs[K comparable, E entry[E]](entries store[K, E]) (all []pair[K, E]) {
	for key, e := range entries.all() {
		all = append(all, pair[K, E]{key, e})
	}
	return all
}

// xstore is a store on an xsync map, whose loads take no lock.
type xstore[K comparable, E entry[E]] struct{ m *xsync.Map[K, E] }

func newXStore[K comparable, E entry[E]]() xstore[K, E] {
	return xstore[K, E]{xsync.NewMap[K, E]()}
}

func (s xstore[K, E]) load(key K) (E, bool) { return s.m.Load(key) }

func (s xstore[K, E]) put(key K, e E) (old E, had bool) {
	if before, had := s.m.LoadAndStore(key, e); had { // else before is e
		return before, true
	}
	return old, false
}

func (s xstore[K, E]) putIf(key K, seen, e E) (now E, done bool) {
	var none E
	now, _ = s.m.Compute(key, func(old E, there bool) (E, xsync.ComputeOp) {
		if !there {
			old = none
		}
		if done = old.same(seen); !done {
			return old, xsync.CancelOp
		}
		return e, xsync.UpdateOp
	})
	return now, done
}

func (s xstore[K, E]) deleteIf(key K, seen E) (done bool) {
	s.m.Compute(key, func(old E, there bool) (E, xsync.ComputeOp) {
		if done = there && old.same(seen); !done {
			return old, xsync.CancelOp
		}
		return old, xsync.DeleteOp
	})
	return done
}

func (s xstore[K, E]) deleteAll(dead func(E) bool) {
	s.m.DeleteMatching(func(_ K, e E) (del, stop bool) { return dead(e), false })
}

func (s xstore[K, E]) take(key K) (E, bool) { return s.m.LoadAndDelete(key) }

func (s xstore[K, E]) all() iter.Seq2[K, E] { return s.m.All() }

func (s xstore[K, E]) size() int { return s.m.Size() }

func (s xstore[K, E]) clear() { s.m.Clear() }
