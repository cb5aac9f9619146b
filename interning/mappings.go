package interning

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// mapping is the node of a Map that is not empty.
type mapping[K cmp.Ordered, V comparable] struct{ entries []Entry[K, V] }

// mappings is the table of all maps of one type.
type mappings[K cmp.Ordered, V comparable] struct {
	engine  engine
	key     kind[K]
	value   kind[V]
	scratch sync.Pool // of *[]Entry[K, V]
}

func newMappings[K cmp.Ordered, V comparable](c config) *mappings[K, V] {
	t := &mappings[K, V]{key: newKind[K]("map key", c), value: newKind[V]("map value", c)}
	t.scratch.New = func() any { return new([]Entry[K, V]) }
	t.engine.init(c, reflect.TypeFor[Map[K, V]]().String())
	return t
}

func mappingsOf[K cmp.Ordered, V comparable]() *mappings[K, V] {
	if t := quickly((*mappings[K, V])(nil)); t != nil {
		return (*mappings[K, V])(t)
	}
	return processWide(newMappings[K, V])
}

// release gives scratch memory back.
func (t *mappings[K, V]) release(scratch *[]Entry[K, V]) {
	clear(*scratch) // it must not keep anything alive
	*scratch = (*scratch)[:0]
	t.scratch.Put(scratch)
}

func (t *mappings[K, V]) intern(entries []Entry[K, V]) *mapping[K, V] {
	for i := 1; i < len(entries); i++ {
		if !(entries[i-1].Key < entries[i].Key) {
			return t.internUnsorted(entries)
		}
	}
	return t.internSorted(entries)
}

func (t *mappings[K, V]) internUnsorted(entries []Entry[K, V]) *mapping[K, V] {
	scratch := t.scratch.Get().(*[]Entry[K, V])
	defer t.release(scratch)
	*scratch = append(*scratch, entries...)
	sorted := *scratch
	slices.SortStableFunc(sorted, func(a, b Entry[K, V]) int { return cmp.Compare(a.Key, b.Key) })
	kept := sorted[:0]
	for i, e := range sorted {
		if i+1 == len(sorted) || cmp.Compare(e.Key, sorted[i+1].Key) != 0 {
			kept = append(kept, e)
		}
	}
	return t.internSorted(kept)
}

// internSorted is intern for entries in the order of their keys, which differ.
func (t *mappings[K, V]) internSorted(entries []Entry[K, V]) *mapping[K, V] {
	if t.key.hashing == byText && t.value.hashing == byText {
		n, hash, size := t.engine.findTexts(unsafe.Pointer(unsafe.SliceData(entries)), 2*len(entries), 2, t.key.forget)
		if n != nil {
			return (*mapping[K, V])(n)
		}
		return t.internSlowly(hash, size, entries)
	}
	hash, size := uint64(len(entries)), 0
	for i := range entries {
		e := &entries[i]
		hash = mix(mix(hash, t.key.hash(&e.Key)), t.value.hash(&e.Value))
		size += t.key.bytes(&e.Key) + t.value.bytes(&e.Value)
	}
	hash &^= t.key.forget
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		n := (*mapping[K, V])(b.node(first(m)))
		if n == nil {
			n = (*mapping[K, V])(t.engine.revive(hash, first(m)))
		}
		if n != nil && same(n.entries, entries) {
			t.engine.hit(size)
			return n
		}
	}
	return t.internSlowly(hash, size, entries)
}

func (t *mappings[K, V]) internSlowly(hash uint64, size int, entries []Entry[K, V]) *mapping[K, V] {
	return (*mapping[K, V])(t.engine.intern(hash, size,
		func(n unsafe.Pointer) bool { return same((*mapping[K, V])(n).entries, entries) },
		func() (unsafe.Pointer, int) { return t.build(entries) }))
}

func (t *mappings[K, V]) build(entries []Entry[K, V]) (node unsafe.Pointer, size int) {
	n := &mapping[K, V]{slices.Clone(entries)}
	size = int(unsafe.Sizeof(*n)) + len(entries)*int(unsafe.Sizeof(entries[0]))
	for i := range n.entries {
		size += t.key.share(&n.entries[i].Key) + t.value.share(&n.entries[i].Value)
	}
	return unsafe.Pointer(n), size
}
