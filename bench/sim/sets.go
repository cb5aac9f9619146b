package sim

// Add executes s.add(o) of a set or a WeakSet.
func (in *Interpreter) Add(s, o *Object) {
	s.check()
	o.check()
	switch b := s.body.(type) {
	case *set:
		in.checkMutable(s, "add")
		in.addSet(b, o)
	case *weakSet:
		in.addWeak(&b.weakTable, o)
	default:
		noMethod(s, "add")
	}
	in.Release(s)
}

// Discard executes s.discard(o): nothing happens if o is not in the set.
func (in *Interpreter) Discard(s, o *Object) {
	in.removeElement(s, o, "discard")
	in.Release(s)
	in.Release(o)
}

// Remove executes s.remove(o) of a set, a WeakSet or a list. It raises KeyError,
// or ValueError for a list.
func (in *Interpreter) Remove(s, o *Object) {
	s.check()
	o.check()
	if l, ok := s.body.(*list); ok {
		i := in.indexOf(&l.items, o)
		if i < 0 {
			raise("ValueError", "list.remove(x): x not in list")
		}
		in.Release(in.PopAt(in.give(s), i))
	} else if !in.removeElement(s, o, "remove") {
		if _, weak := s.body.(*weakSet); weak {
			in.raiseWeakKey(o)
		}
		raise("KeyError", "%s", in.reprOf(o))
	}
	in.Release(s)
	in.Release(o)
}

// removeElement consumes nothing.
func (in *Interpreter) removeElement(s, o *Object, method string) bool {
	s.check()
	o.check()
	t, i := &table{}, -1
	switch b := s.body.(type) {
	case *set:
		in.checkMutable(s, method)
		t, i = &b.data, b.data.find(in, in.hash(o), o)
	case *weakSet:
		b.commitRefs(in)
		t = &b.data
		i, _ = b.findWeak(in, o)
	default:
		noMethod(s, method)
	}
	if i < 0 {
		return false
	}
	t.remove(i).drop(in)
	return true
}

// PopElement returns s.pop() of a set or a WeakSet: the oldest element, where
// CPython says any. It raises KeyError if there is none.
func (in *Interpreter) PopElement(s *Object) *Object {
	s.check()
	switch b := s.body.(type) {
	case *set:
		in.checkMutable(s, "pop")
		i := b.data.first()
		if i < 0 {
			raise("KeyError", "'pop from an empty set'")
		}
		o := in.lend(b.data.remove(i).key)
		in.Release(s)
		return o
	case *weakSet:
		b.commitRefs(in)
		for i := b.data.first(); i >= 0; i = b.data.first() {
			o := in.Deref(in.lend(b.data.remove(i).key))
			if o != in.none {
				in.Release(s)
				return o
			}
			in.Release(o)
		}
		raise("KeyError", "'pop from empty WeakSet'")
	}
	noMethod(s, "pop")
	return nil
}

func (in *Interpreter) checkMutable(s *Object, method string) {
	if s.typ.layout == layoutFrozenSet {
		noMethod(s, method)
	}
}
