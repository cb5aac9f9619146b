package sim

import "slices"

// Attr returns o.name: an attribute of the instance, else one of its class, where
// a function becomes a bound method. It raises AttributeError.
func (in *Interpreter) Attr(o *Object, name string) *Object {
	o.check()
	v := in.attr(o, name)
	if v == nil {
		if c, ok := o.body.(*class); ok {
			raise("AttributeError", "type object '%s' has no attribute '%s'", c.of.name, name)
		}
		raise("AttributeError", "'%s' object has no attribute '%s'", o.typ.name, name)
	}
	in.Release(o)
	return v
}

// HasAttr returns hasattr(o, name).
func (in *Interpreter) HasAttr(o *Object, name string) bool {
	o.check()
	v := in.attr(o, name)
	if v != nil {
		in.Release(v)
	}
	in.Release(o)
	return v != nil
}

// SetAttr executes o.name = v. The object that was there is released after v is
// in place. It raises AttributeError for what takes no such attribute.
func (in *Interpreter) SetAttr(o *Object, name string, v *Object) {
	o.check()
	v.check()
	if !in.setAttr(o, name, v) {
		raise("AttributeError", "'%s' object has no attribute '%s'", o.typ.name, name)
	}
	in.Release(o)
}

// DelAttr executes del o.name. It raises AttributeError.
func (in *Interpreter) DelAttr(o *Object, name string) {
	o.check()
	i := slices.Index(*o.attrNames(), name)
	if i < 0 || i >= len(o.attrs) || o.attrs[i] == nil {
		if i >= 0 && i < o.typ.slots {
			raise("AttributeError", "%s", name) // an empty slot's descriptor says no more
		}
		raise("AttributeError", "'%s' object has no attribute '%s'", o.typ.name, name)
	}
	v := o.attrs[i]
	o.attrs[i] = nil
	in.decref(v)
	in.Release(o)
}

// attrNames returns the names that go with o.attrs: a class has its own, the
// instances of one class share theirs, as key-sharing dicts do.
func (o *Object) attrNames() *[]string {
	if c, ok := o.body.(*class); ok {
		return &c.names
	}
	return &o.typ.keys
}

// own returns the object's own attribute, borrowed, or nil.
func (o *Object) own(name string) *Object {
	for i, v := range o.attrs {
		if v != nil && (*o.attrNames())[i] == name {
			return v
		}
	}
	return nil
}

// attr returns a new reference, or nil.
func (in *Interpreter) attr(o *Object, name string) *Object {
	if v := o.own(name); v != nil {
		return in.give(v)
	}
	if c, ok := o.body.(*class); ok {
		if v := lookupClass(c.of.base, name); v != nil {
			return in.give(v)
		}
		return nil
	}
	v := lookupClass(o.typ, name)
	if v == nil {
		return nil
	}
	if _, ok := v.body.(*function); ok {
		return in.bind(v, o)
	}
	return in.give(v)
}

// lookupClass returns an attribute of a class or its bases, borrowed, or nil.
func lookupClass(t *pytype, name string) *Object {
	for ; t != nil && t.class != nil; t = t.base {
		if v := t.class.own(name); v != nil {
			return v
		}
	}
	return nil
}

// setAttr consumes v, and reports false if o takes no such attribute.
func (in *Interpreter) setAttr(o *Object, name string, v *Object) bool {
	c, isClass := o.body.(*class)
	if isClass && c.flags&static != 0 {
		raise("TypeError", "cannot set '%s' attribute of immutable type '%s'", name, c.of.name)
	}
	names := o.attrNames()
	i := slices.Index(*names, name)
	if i < 0 {
		if !isClass && o.typ.flags&hasDict == 0 {
			return false
		}
		i = len(*names)
		*names = append(*names, name)
	}
	for len(o.attrs) <= i {
		if o.attrs == nil {
			o.attrs = make([]*Object, 0, max(len(*names), 4))
		}
		o.attrs = append(o.attrs, nil)
	}
	old := o.attrs[i]
	o.attrs[i] = in.take(v)
	in.xdecref(old)
	return true
}

// Referents returns what the object refers to directly, as gc.get_referents: new
// references in the order of visiting.
func (in *Interpreter) Referents(o *Object) []*Object {
	o.check()
	var found []*Object
	o.edges(func(v *Object) { found = append(found, v) })
	for _, v := range found {
		in.give(v)
	}
	in.Release(o)
	return found
}

// edges calls f for every counted reference that the object holds.
func (o *Object) edges(f func(*Object)) {
	for _, v := range o.attrs {
		if v != nil {
			f(v)
		}
	}
	o.body.visit(f)
	if o.typ.class != nil {
		f(&o.typ.class.Object)
	}
}
