package sim

import (
	"math"
	"slices"
)

// Code is one compiled unit: a module, a notebook cell, a statement at the prompt.
// Equal constants in it are one object, which lives as long as the code object.
// Its methods evaluate literals.
type Code struct {
	in *Interpreter
	o  *codeObject
}

// Compile returns an empty unit. The caller releases it when it would be freed:
// after a statement at the prompt, never for a module that stays.
func (in *Interpreter) Compile(name string) *Code {
	o := &codeObject{name: name, atoms: make(map[constKey]*Object)}
	in.born(&o.Object, o, &codeType)
	return &Code{in, o}
}

// Object returns the code object; it can be weakly referenced.
func (c *Code) Object() *Object { return c.in.Retain(&c.o.Object) }

// Release frees the code object, unless somebody else holds it, and with it the
// constants that nobody else holds.
func (c *Code) Release() { c.in.Release(&c.o.Object) }

// Int evaluates an int literal.
func (c *Code) Int(n int64) *Object {
	return c.atom(constKey{t: &intType, n: n}, func() *Object { return c.in.Int(n) })
}

// Float evaluates a float literal; 0.0 and -0.0 differ.
func (c *Code) Float(f float64) *Object {
	return c.atom(constKey{t: &floatType, n: int64(math.Float64bits(f))}, func() *Object { return c.in.Float(f) })
}

// Str evaluates a string literal. One that looks like an identifier is interned,
// and so the same object in every unit.
func (c *Code) Str(s string) *Object {
	return c.atom(constKey{t: &strType, s: s}, func() *Object { return c.in.constStr(s) })
}

// Bytes evaluates a bytes literal.
func (c *Code) Bytes(b string) *Object {
	return c.atom(constKey{t: &bytesType, s: b}, func() *Object { return c.in.Bytes(b) })
}

// Tuple evaluates a tuple display of constants, such as (1, 'a').
func (c *Code) Tuple(items ...*Object) *Object {
	return c.compound(&c.o.tuples, items, c.in.Tuple)
}

// FrozenSet evaluates a set display of constants after "in", which the compiler
// folds into a frozenset: x in {1, 2, 3}.
func (c *Code) FrozenSet(items ...*Object) *Object {
	return c.compound(&c.o.sets, items, c.in.FrozenSet)
}

// constKey tells constants apart as _PyCode_ConstantKey: 1, 1.0 and True differ.
type constKey struct {
	t *pytype
	n int64
	s string
}

type codeObject struct {
	Object
	name   string
	atoms  map[constKey]*Object
	tuples []constant
	sets   []constant
	order  []*Object // every constant, in the order of appearance
}

// constant is a tuple or a frozen set and what it was made of: constants
// themselves, so identity tells them apart.
type constant struct {
	parts []*Object
	whole *Object
}

func (c *Code) atom(key constKey, make func() *Object) *Object {
	c.o.check()
	if o := c.o.atoms[key]; o != nil {
		return c.in.give(o)
	}
	o := make()
	c.o.atoms[key] = o
	c.keep(o)
	return o
}

func (c *Code) compound(pool *[]constant, items []*Object, make func(...*Object) *Object) *Object {
	c.o.check()
	for _, k := range *pool {
		if slices.Equal(k.parts, items) {
			for _, o := range items {
				c.in.Release(o)
			}
			return c.in.give(k.whole)
		}
	}
	parts := slices.Clone(items)
	o := make(items...)
	*pool = append(*pool, constant{parts, o})
	c.keep(o)
	return o
}

func (c *Code) keep(o *Object) {
	o.refs++
	c.o.order = append(c.o.order, o)
}

func (c *codeObject) visit(f func(*Object)) {
	for _, o := range c.order {
		if o != nil {
			f(o)
		}
	}
}

func (c *codeObject) drop(in *Interpreter) {
	order := c.order
	c.order, c.atoms, c.tuples, c.sets = nil, nil, nil, nil
	in.dropDetached(order, true) // co_consts is a tuple
}
