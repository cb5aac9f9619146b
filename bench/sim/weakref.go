package sim

// WeakRef returns weakref.ref(o, callback); nil or None is no callback. Without
// one all weak references to o are one object, while it lives; with one each call
// makes its own. It raises TypeError if o cannot be a referent.
//
// The callback is called with the weak reference, which is dead by then, unless
// the weak reference itself was freed first.
func (in *Interpreter) WeakRef(o, callback *Object) *Object {
	o.check()
	if callback != nil {
		callback.check()
	}
	checkReferent(o)
	cb := callback
	if cb == in.none {
		cb = nil
	}
	r := in.newRef(o, cb, nil)
	if callback != nil {
		in.Release(callback)
	}
	in.Release(o)
	return &r.Object
}

// Deref returns the referent of a weak reference, or None if it is dead. It is
// r() in Python.
func (in *Interpreter) Deref(r *Object) *Object {
	o := in.give(in.deref(asRef(r)))
	in.Release(r)
	return o
}

// WeakRefs returns weakref.getweakrefs(o) as a list: the shared one first, the
// others newest first.
func (in *Interpreter) WeakRefs(o *Object) *Object {
	o.check()
	var refs []*Object
	for r := o.weak; r != nil; r = r.next {
		refs = append(refs, in.give(&r.Object))
	}
	l := in.List(refs...)
	in.Release(o)
	return l
}

// ref is the body of a weak reference (PyWeakReference). It does not count in
// its referent's references.
type ref struct {
	Object
	referent   *Object // nil once cleared
	prev, next *ref    // in the referent's list
	callback   *Object // nil for none, and once it is about to be called
	key        *Object // of a WeakValueDictionary's KeyedRef
	hash       uint64
	hashed     bool
}

// alive reports whether the referent can be had. One whose count is zero waits in
// the trashcan, its weak references not yet cleared.
func (r *ref) alive() bool { return r.referent != nil && r.referent.refs > 0 }

// deref returns the referent or None, borrowed.
func (in *Interpreter) deref(r *ref) *Object {
	if r.alive() {
		return r.referent
	}
	return in.none
}

// checkReferent raises TypeError if o cannot be weakly referenced.
func checkReferent(o *Object) {
	if o.typ.flags&referent == 0 {
		raise("TypeError", "cannot create weak reference to '%s' object", o.typ.name)
	}
}

// newRef returns a weak reference, held by the Go program; it retains the callback
// and the key, which the caller holds like o.
func (in *Interpreter) newRef(o, callback, key *Object) *ref {
	if callback == nil {
		if r := shared(o); r != nil {
			in.give(&r.Object)
			return r
		}
	}
	r := &ref{}
	t := &refType
	if key != nil {
		t = &keyedRefType
	}
	in.born(&r.Object, r, t)
	if callback == nil {
		if s := shared(o); s != nil { // made by a collection just now
			in.Release(&r.Object)
			in.give(&s.Object)
			return s
		}
	} else {
		callback.refs++
		r.callback = callback
	}
	if key != nil {
		key.refs++
		r.key = key
	}
	r.referent = o
	if before := shared(o); before != nil {
		r.prev, r.next = before, before.next
		before.next = r
	} else {
		r.next = o.weak
		o.weak = r
	}
	if r.next != nil {
		r.next.prev = r
	}
	return r
}

// shared returns the weak reference without callback, or nil. It is always first.
func shared(o *Object) *ref {
	if o.weak != nil && o.weak.callback == nil {
		return o.weak
	}
	return nil
}

// detach takes the weak reference off its referent: it is dead.
func (r *ref) detach() {
	if r.referent == nil {
		return
	}
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		r.referent.weak = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	}
	r.referent, r.prev, r.next = nil, nil, nil
}

// hashRef returns the referent's hash, which outlives the referent if it was asked
// for once.
func (in *Interpreter) hashRef(r *ref) uint64 {
	if !r.hashed {
		if !r.alive() {
			raise("TypeError", "weak object has gone away")
		}
		o := in.give(r.referent)
		r.hash = in.hash(o)
		r.hashed = true
		in.Release(o)
	}
	return r.hash
}

// equalRefs compares different weak references: by their referents while both
// live; dead ones are equal to themselves only.
func (in *Interpreter) equalRefs(a, b *ref) bool {
	return a.alive() && b.alive() && in.equalHeld(a.referent, b.referent)
}

func asRef(o *Object) *ref {
	o.check()
	r, ok := o.body.(*ref)
	if !ok {
		raise("TypeError", "expected a weak reference, not %s", o.typ.name)
	}
	return r
}

func (r *ref) visit(f func(*Object)) {
	if r.callback != nil {
		f(r.callback)
	}
	if r.key != nil {
		f(r.key)
	}
}

func (r *ref) drop(in *Interpreter) {
	key := r.key
	r.key = nil
	in.xdecref(key)
	in.clearRef(r)
}
