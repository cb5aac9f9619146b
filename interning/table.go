package interning

import (
	"iter"
	"sync/atomic"
	"unsafe"
)

// Table holds canonical values of one type, each for as long as somebody holds a
// [Handle] to it. The zero Table is ready to use and has no name; a Table must
// not be copied. All methods are safe for concurrent use.
//
// Tables share nothing: handles from different tables differ even if their values
// are equal. A table that is dropped is collected; its handles stay valid.
//
// Values are compared by == and hashed as keys of a map are; see the package
// documentation for NaN, zeros and interfaces.
//
// # Not guaranteed
//
// The canonical value is the one that the handle refers to. A copy of it, such
// as [Handle.Value] returns, does not keep it in the table.
type Table[T comparable] struct {
	config config
	made   atomic.Pointer[table[T]] // nil until the first Intern
}

// NewTable returns a new table with the given options; the last of several that
// say different things wins.
func NewTable[T comparable](options ...Option) *Table[T] {
	t := new(Table[T])
	for _, o := range options {
		o(&t.config)
	}
	t.join()
	return t
}

// Name returns the name that the table was given ([Named]).
func (t *Table[T]) Name() string { return t.config.name }

// Intern returns the handle of the canonical value equal to v. If there is none,
// a copy of v becomes it. A call that finds it allocates nothing.
//
// It panics if v has an interface whose dynamic type is not comparable.
func (t *Table[T]) Intern(v T) Handle[T] {
	in := t.made.Load()
	if in == nil {
		in = t.start()
	}
	return Handle[T]{in.intern(&v)}
}

// Lookup returns the handle of the canonical value equal to v if there is one,
// and otherwise the zero Handle and false. It never adds v and never allocates.
//
// It panics if v has an interface whose dynamic type is not comparable.
func (t *Table[T]) Lookup(v T) (Handle[T], bool) {
	in := t.made.Load()
	if in == nil {
		return Handle[T]{}, false
	}
	p := in.lookup(&v)
	return Handle[T]{p}, p != nil
}

// Len returns how many canonical values are alive. It looks at every entry; for
// a cheap upper bound see [Stats.Live].
//
// # Not guaranteed
//
// A value counts until a collection has found out that nobody holds it.
func (t *Table[T]) Len() int {
	n := 0
	for range t.All() {
		n++
	}
	return n
}

// All returns an iterator over the handles of all canonical values that are
// alive, in no particular order. No handle comes twice. What is added during the
// iteration may or may not come. The table may be used meanwhile, by the body of
// the loop too.
func (t *Table[T]) All() iter.Seq[Handle[T]] {
	return func(yield func(Handle[T]) bool) {
		if in := t.made.Load(); in != nil {
			in.engine.all(func(n unsafe.Pointer) bool { return yield(Handle[T]{(*T)(n)}) })
		}
	}
}

// Stats returns the table's counts. It is cheap.
func (t *Table[T]) Stats() Stats {
	if in := t.made.Load(); in != nil {
		return in.engine.stats()
	}
	return Stats{}
}

func (t *Table[T]) start() *table[T] {
	in := newTableOf[T](t.config)
	if t.made.CompareAndSwap(nil, in) {
		return in
	}
	return t.made.Load()
}
