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

// intern returns the canonical value equal to *v, which it does not keep.
func (t *table[T]) intern(v *T) *T {
	if t.kind.hashing == byText {
		s := *(*string)(unsafe.Pointer(v))
		hash := lastStep(halfText(s)) &^ t.kind.forget // hashText, inlined
		var p unsafe.Pointer
		if t.engine.life == strict {
			p = t.engine.findBoxedWeakly(hash, s)
		} else {
			p = t.engine.findBoxed(hash, s)
		}
		if p != nil {
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
	// As in String, nearly always the first.
	if b, m := e.bucket(hash); m != 0 {
		if p := (*string)(b.node(first(m))); p != nil && sameText(s, *p) {
			e.hit(len(s))
			return unsafe.Pointer(p)
		}
	}
	return nil
}

func (e *engine) findBoxedWeakly(hash uint64, s string) unsafe.Pointer {
	if k, m := e.weak(hash); m != 0 {
		if p := (*string)(strongly(k.ref(first(m)))); p != nil && sameText(s, *p) {
			e.hit(len(s))
			return unsafe.Pointer(p)
		}
	}
	return nil
}

// find returns the canonical value equal to *v if it is where most are.
func (t *table[T]) find(hash uint64, v *T) *T {
	if t.engine.life == strict {
		if k, m := t.engine.weak(hash); m != 0 {
			if p := (*T)(strongly(k.ref(first(m)))); p != nil && *p == *v {
				t.engine.hit(t.kind.bytes(v))
				return p
			}
		}
		return nil
	}
	if b, m := t.engine.bucket(hash); m != 0 {
		if p := (*T)(b.node(first(m))); p != nil && *p == *v {
			t.engine.hit(t.kind.bytes(v))
			return p
		}
	}
	return nil
}

func (t *table[T]) internSlowly(hash uint64, v *T) *T {
	return (*T)(t.engine.intern(hash, t.kind.bytes(v),
		func(n unsafe.Pointer) bool { return *(*T)(n) == *v },
		func() (unsafe.Pointer, int) { return t.kind.node(*v) }))
}

// lookup returns the canonical value equal to *v, or nil if there is none.
func (t *table[T]) lookup(v *T) *T {
	hash := t.kind.hash(v)
	if p := t.find(hash, v); p != nil {
		return p
	}
	return (*T)(t.engine.lookup(hash, t.kind.bytes(v),
		func(n unsafe.Pointer) bool { return *(*T)(n) == *v }))
}
