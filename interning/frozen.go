package interning

import (
	"iter"
	"unsafe"
)

// Frozen has the canonical values that a [Table] had when [Table.Freeze] was called,
// and keeps them: read-only, without locks, counters or any work after a
// collection, so that any number of goroutines may use it without getting in each
// other's way. Its handles are the table's.
type Frozen[T comparable] struct {
	name    string
	kind    kind[T]
	handles []Handle[T]
	index   index
}

// Freeze returns what the table has now. The table itself goes on as before; what is
// added to it afterwards is not in the Frozen.
func (t *Table[T]) Freeze() *Frozen[T] {
	f := &Frozen[T]{name: t.config.name, kind: newKind[T]("value", t.config)}
	for h := range t.All() {
		f.handles = append(f.handles, h)
	}
	f.index = newIndex(len(f.handles))
	for i, h := range f.handles {
		f.index.add(f.kind.hash(h.p), i)
	}
	return f
}

// Lookup returns the handle of the canonical value equal to v if there is one, and
// otherwise the zero Handle and false. It never allocates.
//
// It panics if v has an interface whose dynamic type is not comparable.
func (f *Frozen[T]) Lookup(v T) (Handle[T], bool) {
	hash := f.kind.hash(&v)
	for number, i := f.index.from(hash, hash); number >= 0; number, i = f.index.from(i, hash) {
		if h := f.handles[number]; *h.p == v {
			return h, true
		}
	}
	return Handle[T]{}, false
}

// Len returns the number of values.
func (f *Frozen[T]) Len() int { return len(f.handles) }

// All returns an iterator over the handles, in no particular order, but always the
// same.
func (f *Frozen[T]) All() iter.Seq[Handle[T]] {
	return func(yield func(Handle[T]) bool) {
		for _, h := range f.handles {
			if !yield(h) {
				return
			}
		}
	}
}

// Name returns the name of the table.
func (f *Frozen[T]) Name() string { return f.name }

// Clear empties the table, also an [Immortal] one. Handles from before stay valid,
// and equal among each other if their values are, but differ from the handles that
// the table returns afterwards. Counts are not reset; what is removed does not count
// as dead.
func (t *Table[T]) Clear() {
	if in := t.made.Load(); in != nil {
		in.engine.forget()
	}
}

func (h Handle[T]) pin() unsafe.Pointer { return unsafe.Pointer(h.p) }
