package interning

import "unsafe"

// table is what a Table refers to, so that the sweep may know of it without
// keeping whatever the Table is a part of. Its nodes are *T.
type table[T comparable] struct {
	engine engine
	kind   kind[T]
}

func newTableOf[T comparable](c config) *table[T] {
	t := &table[T]{kind: newKind[T]("value", c)}
	t.engine.init(c, t.kind.typ.String())
	return t
}

func (t *table[T]) intern(v T) *T {
	if t.kind.hashing == byText {
		s := *(*string)(unsafe.Pointer(&v))
		hash := lastStep(halfText(s)) &^ t.kind.forget // hashText, inlined
		if p := t.engine.findBoxed(hash, s); p != nil {
			return (*T)(p)
		}
		return t.internSlowly(hash, v)
	}
	hash := t.kind.hash(v)
	if p := t.find(hash, v); p != nil {
		return p
	}
	return t.internSlowly(hash, v)
}

// findBoxed is find for strings.
func (e *engine) findBoxed(hash uint64, s string) unsafe.Pointer {
	if e.life == strict {
		return e.findBoxedWeakly(hash, s)
	}
	b, m := e.bucket(hash)
	for ; m != 0; m &= m - 1 {
		p := (*string)(b.node(first(m)))
		if p == nil {
			p = (*string)(e.revive(hash, first(m)))
		}
		if p != nil && *p == s {
			e.hit(len(s))
			return unsafe.Pointer(p)
		}
	}
	return nil
}

func (e *engine) findBoxedWeakly(hash uint64, s string) unsafe.Pointer {
	k, m := e.weak(hash)
	for ; m != 0; m &= m - 1 {
		if p := (*string)(k.node(first(m))); p != nil && *p == s {
			e.hit(len(s))
			return unsafe.Pointer(p)
		}
	}
	return nil
}

// find returns the canonical value equal to v if it is where most are.
func (t *table[T]) find(hash uint64, v T) *T {
	if t.engine.life == strict {
		k, m := t.engine.weak(hash)
		for ; m != 0; m &= m - 1 {
			if p := (*T)(k.node(first(m))); p != nil && *p == v {
				t.engine.hit(t.kind.bytes(&v))
				return p
			}
		}
		return nil
	}
	b, m := t.engine.bucket(hash)
	for ; m != 0; m &= m - 1 {
		p := (*T)(b.node(first(m)))
		if p == nil {
			p = (*T)(t.engine.revive(hash, first(m)))
		}
		if p != nil && *p == v {
			t.engine.hit(t.kind.bytes(&v))
			return p
		}
	}
	return nil
}

func (t *table[T]) internSlowly(hash uint64, v T) *T {
	return (*T)(t.engine.intern(hash, t.kind.bytes(&v),
		func(n unsafe.Pointer) bool { return *(*T)(n) == v },
		func() (unsafe.Pointer, int) { return t.kind.node(v) }))
}

// lookup returns the canonical value equal to v, or nil if there is none.
func (t *table[T]) lookup(v T) *T {
	hash := t.kind.hash(v)
	if p := t.find(hash, v); p != nil {
		return p
	}
	return (*T)(t.engine.lookup(hash, t.kind.bytes(&v),
		func(n unsafe.Pointer) bool { return *(*T)(n) == v }))
}
