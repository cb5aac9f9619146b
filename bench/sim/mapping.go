package sim

// Pop returns c.pop(k) of a mapping. It raises KeyError.
func (in *Interpreter) Pop(c, k *Object) *Object {
	v := in.pop(c, k)
	if v == nil {
		if _, ok := c.body.(*weakKeys); ok {
			in.raiseWeakKey(k)
		}
		raise("KeyError", "%s", in.reprOf(k))
	}
	in.Release(c)
	in.Release(k)
	return v
}

// PopOr returns c.pop(k, or): or if there is no such key.
func (in *Interpreter) PopOr(c, k, or *Object) *Object {
	or.check()
	v := in.pop(c, k)
	if v == nil {
		v = or
	} else {
		in.Release(or)
	}
	in.Release(c)
	in.Release(k)
	return v
}

// pop returns a new reference, or nil for a missing key.
func (in *Interpreter) pop(c, k *Object) *Object {
	c.check()
	k.check()
	if !isMapping(c) {
		noMethod(c, "pop")
	}
	e, ok := in.removeKey(c, k)
	if !ok {
		return nil
	}
	v := in.lend(e.value)
	if r, ok := v.body.(*ref); ok && c.typ == &weakValueType {
		v = nil
		if r.alive() {
			v = in.give(r.referent)
		}
		in.Release(&r.Object)
	}
	in.decref(e.key)
	return v
}

// PopItem returns c.popitem(): (k, v) of the newest entry of a mapping that is
// live. It raises KeyError if there is none.
func (in *Interpreter) PopItem(c *Object) *Object {
	c.check()
	var t *table
	switch b := c.body.(type) {
	case *dict:
		t = &b.data
	case *weakValues:
		b.commit(in)
		t = &b.data
	case *weakKeys:
		b.dirty = true
		t = &b.data
	default:
		noMethod(c, "popitem")
	}
	for {
		e, ok := t.removeLast()
		if !ok {
			raise("KeyError", "'popitem(): dictionary is empty'")
		}
		k, v := in.lend(e.key), in.lend(e.value)
		live := true
		switch c.body.(type) {
		case *weakValues:
			v = in.Deref(v)
			live = v != in.none
		case *weakKeys:
			k = in.Deref(k)
			live = k != in.none
		}
		if live {
			in.Release(c)
			return in.Tuple(k, v)
		}
		in.Release(k)
		in.Release(v)
	}
}

// SetDefault returns c.setdefault(k, or): the value that is there, else or, which
// it puts there.
func (in *Interpreter) SetDefault(c, k, or *Object) *Object {
	c.check()
	k.check()
	or.check()
	if !isMapping(c) {
		noMethod(c, "setdefault")
	}
	v := in.getItem(c, k)
	if v != nil {
		in.Release(c)
		in.Release(k)
		in.Release(or)
		return v
	}
	in.SetItem(c, k, in.Retain(or))
	return or
}

// Update executes c.update(other): the items of a mapping for a mapping, the
// elements of any iterable for a set.
func (in *Interpreter) Update(c, other *Object) {
	c.check()
	other.check()
	if !isMapping(c) {
		for o := range in.Iter(other) {
			in.Add(in.Retain(c), o)
		}
		in.Release(c)
		return
	}
	if !isMapping(other) {
		raise("TypeError", "'%s' object is not a mapping", other.typ.name)
	}
	for item := range in.IterItems(other) {
		pair := item.body.(*tuple).items
		in.SetItem(in.Retain(c), in.give(pair[0]), in.give(pair[1]))
		in.Release(item)
	}
	in.Release(c)
}

// Copy returns o.copy(): a new collection of the same kind, except that a
// frozenset's is itself.
func (in *Interpreter) Copy(o *Object) *Object {
	o.check()
	var c *Object
	switch o.body.(type) {
	case *list:
		return in.ListOf(o)
	case *dict:
		c = in.Dict()
	case *set:
		if o.typ == &frozenSetType {
			return o
		}
		if o.typ.isA(&frozenSetType) {
			return in.FrozenSetOf(o)
		}
		return in.SetOf(o)
	case *weakValues:
		c = in.WeakValueDictionary()
	case *weakKeys:
		c = in.WeakKeyDictionary()
	case *weakSet:
		c = in.WeakSet()
	default:
		noMethod(o, "copy")
	}
	in.Update(in.Retain(c), o)
	return c
}

// Clear executes o.clear().
func (in *Interpreter) Clear(o *Object) {
	o.check()
	switch b := o.body.(type) {
	case *list:
		b.drop(in)
	case *dict:
		b.data.drop(in)
	case *set:
		if o.typ.layout == layoutFrozenSet {
			noMethod(o, "clear")
		}
		b.data.drop(in)
	case *weakSet:
		b.commitRefs(in)
		b.data.drop(in)
	case *weakValues, *weakKeys: // MutableMapping.clear
		for in.tableOf(o).used > 0 {
			// Entries that are dead but still there make popitem fail; it
			// has removed them by then.
			if err := in.Try(func() { in.Release(in.PopItem(in.Retain(o))) }); err != nil {
				break
			}
		}
	default:
		noMethod(o, "clear")
	}
	in.Release(o)
}

func (in *Interpreter) tableOf(o *Object) *table {
	switch b := o.body.(type) {
	case *dict:
		return &b.data
	case *set:
		return &b.data
	case *weakValues:
		return &b.data
	case *weakKeys:
		return &b.data
	case *weakSet:
		return &b.data
	}
	return nil
}
