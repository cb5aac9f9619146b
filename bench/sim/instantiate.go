package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// instantiate is type.__call__: it makes the object and runs __init__. It borrows
// the arguments.
func (in *Interpreter) instantiate(t *pytype, args []*Object) *Object {
	o := in.construct(t, args)
	if init := t.spec.Init; init != nil {
		in.enter()
		defer in.leave()
		init(o, args)
	}
	return o
}

// construct is __new__, and for built-in types __init__ too.
func (in *Interpreter) construct(t *pytype, args []*Object) *Object {
	if t.layout == layoutObject {
		if len(args) > 0 && t.spec.Init == nil {
			raise("TypeError", "%s() takes no arguments", t.name)
		}
		o := &plainObject{}
		return in.born(&o.Object, o, t)
	}
	own := t.class != nil // a class statement's
	arg := func() *Object {
		if len(args) != 1 {
			raise("TypeError", "%s expected 1 argument, got %d", t.name, len(args))
		}
		return in.give(args[0])
	}
	some := len(args) > 0
	switch t.layout {
	case layoutOpaque:
		o := &plainObject{}
		return in.born(&o.Object, o, t)
	case layoutNone:
		return in.None()
	case layoutInt:
		n := int64(0)
		if some {
			n = in.intOf(arg())
		}
		switch {
		case own:
			o := &intObject{n: n}
			return in.born(&o.Object, o, t)
		case t == &boolType:
			return in.Bool(some && in.Truth(arg()))
		}
		return in.Int(n)
	case layoutFloat:
		o := &floatObject{}
		if some {
			o.f = in.floatOf(arg())
		}
		return in.born(&o.Object, o, t)
	case layoutStr:
		s := ""
		if some {
			if !own {
				return in.StrOf(arg())
			}
			s = in.text(args[0])
		}
		if !own {
			return in.Str(s)
		}
		o := &strObject{s: s}
		return in.born(&o.Object, o, t)
	case layoutBytes:
		if !own {
			if !some {
				return in.Bytes("")
			}
			return in.BytesOf(arg())
		}
		o := &bytesObject{}
		if some {
			b := in.BytesOf(arg())
			o.s = b.body.(*bytesObject).s
			in.Release(b)
		}
		return in.born(&o.Object, o, t)
	case layoutTuple:
		if !own {
			if !some {
				return in.Tuple()
			}
			return in.TupleOf(arg())
		}
		var items []*Object
		if some {
			items = in.collectItems(arg())
		}
		o := &tuple{}
		in.born(&o.Object, o, t)
		o.items = in.takeAll(items)
		return &o.Object
	case layoutList:
		var items []*Object
		if some && t.spec.Init == nil {
			items = in.collectItems(arg())
		}
		o := &list{}
		in.born(&o.Object, o, t)
		o.items = in.takeAll(items)
		return &o.Object
	case layoutDict:
		o := &dict{}
		in.born(&o.Object, o, t)
		if some && t.spec.Init == nil {
			in.Update(in.Retain(&o.Object), arg())
		}
		return &o.Object
	case layoutSet, layoutFrozenSet:
		if t == &frozenSetType && some {
			return in.FrozenSetOf(arg())
		}
		var items []*Object
		if some && (t.layout == layoutFrozenSet || t.spec.Init == nil) {
			items = in.collectItems(arg())
		}
		return in.newSet(t, items)
	case layoutType:
		return in.TypeOf(arg())
	case layoutCell:
		if some {
			return in.Cell(arg())
		}
		return in.Cell(nil)
	case layoutRef:
		switch len(args) {
		case 1:
			return in.WeakRef(arg(), nil)
		case 2:
			return in.WeakRef(in.give(args[0]), in.give(args[1]))
		}
		raise("TypeError", "ReferenceType expected 1 or 2 arguments, got %d", len(args))
	case layoutFinalize:
		if len(args) < 2 {
			raise("TypeError", "finalize expected at least 2 arguments, got %d", len(args))
		}
		return in.Finalize(in.give(args[0]), in.give(args[1]), in.giveAll(args[2:])...)
	case layoutWeakValues, layoutWeakKeys, layoutWeakSet:
		var o *Object
		switch t.layout {
		case layoutWeakValues:
			o = in.WeakValueDictionary()
		case layoutWeakKeys:
			o = in.WeakKeyDictionary()
		default:
			o = in.WeakSet()
		}
		if some {
			in.Update(in.Retain(o), arg())
		}
		return o
	}
	raise("TypeError", "cannot create '%s' instances", t.name)
	return nil
}

// StrOf returns str(o): the object itself if it is exactly a str.
func (in *Interpreter) StrOf(o *Object) *Object {
	o.check()
	if o.typ == &strType {
		return o
	}
	s := in.Str(in.text(o))
	in.Release(o)
	return s
}

// BytesOf returns bytes(o) for bytes: the object itself if it is exactly that.
func (in *Interpreter) BytesOf(o *Object) *Object {
	o.check()
	if o.typ == &bytesType {
		return o
	}
	b, ok := o.body.(*bytesObject)
	if !ok {
		raise("TypeError", "cannot convert '%s' object to bytes", o.typ.name)
	}
	c := in.Bytes(b.s)
	in.Release(o)
	return c
}

func (in *Interpreter) intOf(o *Object) (n int64) {
	switch b := o.body.(type) {
	case *intObject:
		n = b.n
	case *floatObject:
		n = int64(b.f)
	case *strObject:
		var err error
		if n, err = strconv.ParseInt(strings.TrimSpace(b.s), 10, 64); err != nil {
			raise("ValueError", "invalid literal for int() with base 10: %s", quote(b.s))
		}
	default:
		raise("TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'", o.typ.name)
	}
	in.Release(o)
	return n
}

func (in *Interpreter) floatOf(o *Object) (f float64) {
	switch b := o.body.(type) {
	case *intObject:
		f = float64(b.n)
	case *floatObject:
		f = b.f
	default:
		raise("TypeError", "float() argument must be a real number, not '%s'", o.typ.name)
	}
	in.Release(o)
	return f
}

// Print executes print(objects...).
func (in *Interpreter) Print(objects ...*Object) {
	var line strings.Builder
	for i, o := range objects {
		o.check()
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(in.text(o))
	}
	if in.opts.Stdout != nil {
		fmt.Fprintln(in.opts.Stdout, line.String())
	}
	for _, o := range objects {
		in.Release(o)
	}
}

// Echo prints repr(o), or nothing for None, as the prompt does with the value of
// an expression. Unlike the prompt it does not keep the object as "_".
func (in *Interpreter) Echo(o *Object) {
	o.check()
	if o != in.none && in.opts.Stdout != nil {
		fmt.Fprintln(in.opts.Stdout, in.reprOf(o))
	}
	in.Release(o)
}

// text is str(o).
func (in *Interpreter) text(o *Object) string {
	if s, ok := o.body.(*strObject); ok && o.typ.spec.Repr == nil {
		return s.s
	}
	return in.reprOf(o)
}
