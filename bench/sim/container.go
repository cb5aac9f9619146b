package sim

// Len returns len(o). It raises TypeError for what has none.
func (in *Interpreter) Len(o *Object) int {
	o.check()
	n := in.length(o)
	if n < 0 {
		raise("TypeError", "object of type '%s' has no len()", o.typ.name)
	}
	in.Release(o)
	return n
}

// Truth returns bool(o): false for None, False, zero and whatever is empty.
func (in *Interpreter) Truth(o *Object) bool {
	o.check()
	truth := true
	switch b := o.body.(type) {
	case *noneObject:
		truth = false
	case *intObject:
		truth = b.n != 0
	case *floatObject:
		truth = b.f != 0
	default:
		truth = in.length(o) != 0
	}
	in.Release(o)
	return truth
}

// length returns -1 for what has no length.
func (in *Interpreter) length(o *Object) int {
	switch b := o.body.(type) {
	case *weakValues:
		b.commit(in)
		return b.data.used
	case *weakKeys:
		return b.live(in)
	case *weakSet:
		return b.data.used - len(b.pending)
	}
	n, _ := length(o)
	return n
}

func length(o *Object) (n int, ok bool) {
	switch b := o.body.(type) {
	case *list:
		return len(b.items), true
	case *tuple:
		return len(b.items), true
	case *dict:
		return b.data.used, true
	case *set:
		return b.data.used, true
	case *strObject:
		return len([]rune(b.s)), true
	case *bytesObject:
		return len(b.s), true
	}
	return -1, false
}

// GetItem returns c[k]. It raises KeyError, IndexError or TypeError.
func (in *Interpreter) GetItem(c, k *Object) *Object {
	c.check()
	k.check()
	v := in.getItem(c, k)
	if v == nil {
		in.raiseMissing(c, k)
	}
	in.Release(c)
	in.Release(k)
	return v
}

// Get returns c.get(k, or): or if there is no such key; nil for None.
func (in *Interpreter) Get(c, k, or *Object) *Object {
	c.check()
	k.check()
	if !isMapping(c) {
		noMethod(c, "get")
	}
	v := in.getItem(c, k)
	if v == nil {
		v = in.orNone(or)
	} else if or != nil {
		in.Release(or)
	}
	in.Release(c)
	in.Release(k)
	return v
}

// getItem returns a new reference, or nil for a missing key.
func (in *Interpreter) getItem(c, k *Object) *Object {
	switch b := c.body.(type) {
	case *dict:
		if i := b.data.find(in, in.hash(k), k); i >= 0 {
			return in.give(b.data.entries[i].value)
		}
		return nil
	case *list:
		return in.give(*at(b.items, k, "list", ""))
	case *tuple:
		return in.give(*at(b.items, k, "tuple", ""))
	case *weakValues:
		b.commit(in)
		if i := b.data.find(in, in.hash(k), k); i >= 0 {
			if r := b.data.entries[i].value.body.(*ref); r.alive() {
				return in.give(r.referent)
			}
		}
		return nil
	case *weakKeys:
		if i, _ := b.findWeak(in, k); i >= 0 {
			return in.give(b.data.entries[i].value)
		}
		return nil
	}
	raise("TypeError", "'%s' object is not subscriptable", c.typ.name)
	return nil
}

// at returns the place of an element; negative indices count from the end.
func at(items []*Object, k *Object, kind, doing string) **Object {
	n, ok := k.body.(*intObject)
	if !ok {
		raise("TypeError", "%s indices must be integers or slices, not %s", kind, k.typ.name)
	}
	i := n.n
	if i < 0 {
		i += int64(len(items))
	}
	if i < 0 || i >= int64(len(items)) {
		raise("IndexError", "%s %sindex out of range", kind, doing)
	}
	return &items[i]
}

func (in *Interpreter) raiseMissing(c, k *Object) {
	if _, ok := c.body.(*weakKeys); ok {
		in.raiseWeakKey(k)
	}
	raise("KeyError", "%s", in.reprOf(k))
}

// SetItem executes c[k] = v. What was there is released after v is in place; an
// equal key stays. It raises IndexError or TypeError, also for what a weak
// collection cannot refer to.
func (in *Interpreter) SetItem(c, k, v *Object) {
	c.check()
	k.check()
	v.check()
	switch b := c.body.(type) {
	case *dict:
		in.setDict(b, k, v)
	case *list:
		p := at(b.items, k, "list", "assignment ")
		old := *p
		*p = in.take(v)
		in.decref(old)
		in.Release(k)
	case *weakValues:
		in.setWeakValue(b, k, v)
	case *weakKeys:
		in.setWeakKey(&b.weakTable, k, v)
	default:
		raise("TypeError", "'%s' object does not support item assignment", c.typ.name)
	}
	in.Release(c)
}

// DelItem executes del c[k]. It raises KeyError, IndexError or TypeError.
func (in *Interpreter) DelItem(c, k *Object) {
	c.check()
	k.check()
	switch b := c.body.(type) {
	case *list:
		at(b.items, k, "list", "assignment ")
		in.Release(in.PopAt(in.give(c), int(k.AsInt())))
	case *dict, *weakValues, *weakKeys:
		e, ok := in.removeKey(c, k)
		if !ok {
			in.raiseMissing(c, k)
		}
		e.drop(in)
	default:
		not := "does not"
		if isSequence(c) {
			not = "doesn't" // PySequence_DelItem words it so
		}
		raise("TypeError", "'%s' object %s support item deletion", c.typ.name, not)
	}
	in.Release(c)
	in.Release(k)
}

// isSequence reports whether the type has tp_as_sequence, as those of all class
// statements do.
func isSequence(o *Object) bool {
	switch o.typ.layout {
	case layoutStr, layoutBytes, layoutTuple, layoutList, layoutDict, layoutSet, layoutFrozenSet,
		layoutFinalize, layoutWeakValues, layoutWeakKeys, layoutWeakSet:
		return true
	}
	return o.typ.class != nil
}

// removeKey takes the entry of a key out of a mapping.
func (in *Interpreter) removeKey(c, k *Object) (e entry, ok bool) {
	t, i := &table{}, -1
	switch b := c.body.(type) {
	case *dict:
		t, i = &b.data, b.data.find(in, in.hash(k), k)
	case *weakValues:
		b.commit(in)
		t, i = &b.data, b.data.find(in, in.hash(k), k)
	case *weakKeys:
		b.dirty = true
		t = &b.data
		i, _ = b.findWeak(in, k)
	}
	if i < 0 {
		return entry{}, false
	}
	return t.remove(i), true
}

// Contains returns k in c. It raises TypeError for what has no members.
func (in *Interpreter) Contains(c, k *Object) bool {
	c.check()
	k.check()
	found := in.contains(c, k)
	in.Release(c)
	in.Release(k)
	return found
}

func (in *Interpreter) contains(c, k *Object) bool {
	switch b := c.body.(type) {
	case *dict:
		return b.data.find(in, in.hash(k), k) >= 0
	case *set:
		return b.data.find(in, in.hash(k), k) >= 0
	case *list:
		return in.indexOf(&b.items, k) >= 0
	case *tuple:
		return in.indexOf(&b.items, k) >= 0
	case *weakValues:
		b.commit(in)
		i := b.data.find(in, in.hash(k), k)
		return i >= 0 && b.data.entries[i].value.body.(*ref).alive()
	case *weakKeys:
		return in.containsWeak(&b.weakTable, k)
	case *weakSet:
		return in.containsWeak(&b.weakTable, k)
	}
	raise("TypeError", "argument of type '%s' is not iterable", c.typ.name)
	return false
}

// containsWeak answers false for what cannot be a referent.
func (in *Interpreter) containsWeak(t *weakTable, k *Object) bool {
	return k.typ.flags&referent != 0 && t.data.findReferent(in, in.hash(k), k) >= 0
}

func (in *Interpreter) indexOf(items *[]*Object, k *Object) int {
	for i := 0; i < len(*items); i++ {
		if in.equalHeld((*items)[i], k) {
			return i
		}
	}
	return -1
}

func isMapping(c *Object) bool {
	switch c.body.(type) {
	case *dict, *weakValues, *weakKeys:
		return true
	}
	return false
}
