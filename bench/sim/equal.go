package sim

// maxCompare bounds the recursion of comparisons, as CPython's recursion limit.
const maxCompare = 1000

// Eq returns a == b.
func (in *Interpreter) Eq(a, b *Object) bool {
	a.check()
	b.check()
	eq := in.equal(a, b)
	in.Release(a)
	in.Release(b)
	return eq
}

// Is returns a is b.
func (in *Interpreter) Is(a, b *Object) bool {
	in.Release(a)
	in.Release(b)
	return a == b
}

// equal is PyObject_RichCompareBool(a, b, Py_EQ): identity implies equality.
func (in *Interpreter) equal(a, b *Object) bool {
	if a == b {
		return true
	}
	if a.typ == &strType && b.typ == &strType {
		return a.body.(*strObject).s == b.body.(*strObject).s
	}
	if f := a.typ.spec.Eq; f != nil {
		return f(a, b)
	}
	if f := b.typ.spec.Eq; f != nil {
		return f(b, a)
	}
	switch x := a.body.(type) {
	case *intObject:
		switch y := b.body.(type) {
		case *intObject:
			return x.n == y.n
		case *floatObject:
			return float64(x.n) == y.f
		}
	case *floatObject:
		switch y := b.body.(type) {
		case *intObject:
			return x.f == float64(y.n)
		case *floatObject:
			return x.f == y.f
		}
	case *strObject:
		y, ok := b.body.(*strObject)
		return ok && x.s == y.s
	case *bytesObject:
		y, ok := b.body.(*bytesObject)
		return ok && x.s == y.s
	case *tuple:
		y, ok := b.body.(*tuple)
		return ok && in.equalItems(&x.items, &y.items)
	case *list:
		y, ok := b.body.(*list)
		return ok && in.equalItems(&x.items, &y.items)
	case *dict:
		y, ok := b.body.(*dict)
		return ok && in.equalTables(&x.data, &y.data, true)
	case *set:
		y, ok := b.body.(*set)
		return ok && in.equalTables(&x.data, &y.data, false)
	case *ref:
		y, ok := b.body.(*ref)
		return ok && in.equalRefs(x, y)
	case *method:
		y, ok := b.body.(*method)
		return ok && x.fn == y.fn && x.self == y.self
	}
	return false
}

// equalHeld is equal for objects that the comparison itself might free.
func (in *Interpreter) equalHeld(a, b *Object) bool {
	in.give(a)
	in.give(b)
	eq := in.equal(a, b)
	in.Release(b)
	in.Release(a)
	return eq
}

// deeper counts a level of nested comparison.
func (in *Interpreter) deeper() {
	if in.compareDepth == maxCompare {
		raise("RecursionError", "maximum recursion depth exceeded in comparison")
	}
	in.compareDepth++
}

// equalItems reads both slices anew at each step: a user's __eq__ may change them.
func (in *Interpreter) equalItems(a, b *[]*Object) bool {
	if len(*a) != len(*b) {
		return false
	}
	in.deeper()
	defer func() { in.compareDepth-- }()
	for i := 0; i < len(*a) && i < len(*b); i++ {
		if !in.equalHeld((*a)[i], (*b)[i]) {
			return false
		}
	}
	return len(*a) == len(*b)
}

func (in *Interpreter) equalTables(a, b *table, values bool) bool {
	if a.used != b.used {
		return false
	}
	in.deeper()
	defer func() { in.compareDepth-- }()
	for i := 0; i < len(a.entries); i++ {
		e := a.entries[i]
		if e.key == nil {
			continue
		}
		j := b.find(in, e.hash, e.key)
		if j < 0 || values && !in.equalHeld(e.value, b.entries[j].value) {
			return false
		}
	}
	return true
}
