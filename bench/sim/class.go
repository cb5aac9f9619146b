package sim

import "slices"

// Class describes a class statement. A nil function is inherited from the base.
// The functions' arguments are borrowed. Init, Del and Call run in a scope of their
// own; Repr, Eq and Hash run in their caller's and should assign no names.
type Class struct {
	// Base is the class to derive from, such as Load("list"); nil for object.
	// NewClass consumes it.
	Base *Object
	// Slots is __slots__: not nil forbids other attributes and, unless it contains
	// "__weakref__", weak references.
	Slots []string

	Init func(self *Object, args []*Object)         // __init__
	Del  func(self *Object)                         // __del__: called at most once for each object
	Repr func(self *Object) string                  // __repr__
	Eq   func(self, other *Object) bool             // __eq__; without Hash it makes instances unhashable
	Hash func(self *Object) uint64                  // __hash__
	Call func(self *Object, args []*Object) *Object // __call__; returns a new reference, nil for None
}

// NewClass executes a class statement and returns the class object. It raises
// TypeError if the base cannot be derived from.
//
// A class refers to itself, as by its __mro__, so it is freed by the collector
// only. Its instances hold it.
func (in *Interpreter) NewClass(name string, spec Class) *Object {
	base := &objectType
	if spec.Base != nil {
		spec.Base.check()
		b, ok := spec.Base.body.(*class)
		if !ok {
			raise("TypeError", "%s is not a class", spec.Base.typ.name)
		}
		base = b.of
	}
	if base.flags&basetype == 0 {
		raise("TypeError", "type '%s' is not an acceptable base type", base.name)
	}
	t := &pytype{name: name, layout: base.layout, base: base, flags: subclassFlags(base, spec.Slots), spec: spec}
	t.inherit(base)
	for _, s := range slices.Sorted(slices.Values(spec.Slots)) {
		if s != "__weakref__" && s != "__dict__" {
			t.keys = append(t.keys, s)
		}
	}
	t.keys = append(t.keys, base.keys[:base.slots]...)
	t.slots = len(t.keys)
	c := &class{of: t}
	in.born(&c.Object, c, &typeType)
	if spec.Base != nil {
		c.base = in.take(spec.Base)
	}
	t.spec.Base = nil
	t.class = c
	c.self = &c.Object
	c.refs++
	return &c.Object
}

// inherit fills in what the class leaves to its base.
func (t *pytype) inherit(base *pytype) {
	s, b := &t.spec, &base.spec
	if s.Eq != nil {
		t.flags &^= unhashable
		if s.Hash == nil {
			t.flags |= unhashable
		}
	} else {
		s.Eq = b.Eq
	}
	if s.Hash != nil {
		t.flags &^= unhashable
	} else if t.flags&unhashable == 0 {
		s.Hash = b.Hash
	}
	if s.Init == nil {
		s.Init = b.Init
	}
	if s.Del == nil {
		s.Del = b.Del
	}
	if s.Repr == nil {
		s.Repr = b.Repr
	}
	if s.Call == nil {
		s.Call = b.Call
	}
}

// class is the body of a class object.
type class struct {
	Object
	of    *pytype
	base  *Object  // nil for a built-in base
	self  *Object  // __mro__ holds the class itself
	names []string // of its attributes; the values are in attrs
}

func (c *class) visit(f func(*Object)) {
	if c.self != nil {
		f(c.self)
	}
	if c.base != nil {
		f(c.base)
	}
}

func (c *class) drop(in *Interpreter) {
	base, self := c.base, c.self
	c.base, c.self = nil, nil
	in.xdecref(base)
	in.xdecref(self)
}

// typeObject returns the class object of t, borrowed.
func (in *Interpreter) typeObject(t *pytype) *Object {
	if t.class != nil {
		return &t.class.Object
	}
	o := in.types[t]
	if o == nil {
		c := &class{of: t}
		o = in.bornStatic(&c.Object, c, &typeType)
		in.types[t] = o
	}
	return o
}

// TypeOf returns type(o).
func (in *Interpreter) TypeOf(o *Object) *Object {
	o.check()
	t := in.give(in.typeObject(o.typ))
	in.Release(o)
	return t
}

// IsInstance returns isinstance(o, class).
func (in *Interpreter) IsInstance(o, of *Object) bool {
	o.check()
	of.check()
	c, ok := of.body.(*class)
	if !ok {
		raise("TypeError", "isinstance() arg 2 must be a type")
	}
	is := o.typ.isA(c.of) || c.of == &objectType
	in.Release(o)
	in.Release(of)
	return is
}
