package sim

import "slices"

// list is the body of a list.
type list struct {
	Object
	items []*Object
}

// List evaluates a list display: [a, b, …].
func (in *Interpreter) List(items ...*Object) *Object {
	l := &list{}
	in.born(&l.Object, l, &listType)
	l.items = in.takeAll(items)
	return &l.Object
}

// ListOf returns list(iterable), always a new list.
func (in *Interpreter) ListOf(iterable *Object) *Object {
	return in.List(in.collectItems(iterable)...)
}

// Append executes l.append(v).
func (in *Interpreter) Append(l, v *Object) {
	b := asList(l, "append")
	b.items = append(b.items, in.take(v))
	in.Release(l)
}

// Insert executes l.insert(i, v).
func (in *Interpreter) Insert(l *Object, i int, v *Object) {
	b := asList(l, "insert")
	if i < 0 {
		i += len(b.items)
	}
	i = min(max(i, 0), len(b.items))
	b.items = slices.Insert(b.items, i, in.take(v))
	in.Release(l)
}

// Extend executes l.extend(iterable).
func (in *Interpreter) Extend(l, iterable *Object) {
	b := asList(l, "extend")
	for _, v := range in.collectItems(iterable) {
		b.items = append(b.items, in.take(v))
	}
	in.Release(l)
}

// PopAt returns l.pop(i); -1 is the last. It raises IndexError.
func (in *Interpreter) PopAt(l *Object, i int) *Object {
	b := asList(l, "pop")
	if len(b.items) == 0 {
		raise("IndexError", "pop from empty list")
	}
	if i < 0 {
		i += len(b.items)
	}
	if i < 0 || i >= len(b.items) {
		raise("IndexError", "pop index out of range")
	}
	v := b.items[i]
	b.items = slices.Delete(b.items, i, i+1)
	in.lend(v)
	in.Release(l)
	return v
}

// Slice returns o[i:j] of a list, tuple, str or bytes, with negative indices
// counted from the end. The whole of an immutable one is the object itself.
func (in *Interpreter) Slice(o *Object, i, j int) *Object {
	o.check()
	n, _ := length(o)
	clamp := func(k int) int {
		if k < 0 {
			k += n
		}
		return min(max(k, 0), n)
	}
	i, j = clamp(i), clamp(j)
	j = max(i, j)
	whole := i == 0 && j == n
	var s *Object
	switch b := o.body.(type) {
	case *list:
		s = in.List(in.giveAll(b.items[i:j])...)
	case *tuple:
		if whole && o.typ == &tupleType {
			return o
		}
		s = in.Tuple(in.giveAll(b.items[i:j])...)
	case *strObject:
		if whole && o.typ == &strType {
			return o
		}
		s = in.Str(string([]rune(b.s)[i:j]))
	case *bytesObject:
		if whole && o.typ == &bytesType {
			return o
		}
		s = in.Bytes(b.s[i:j])
	default:
		raise("TypeError", "'%s' object is not subscriptable", o.typ.name)
	}
	in.Release(o)
	return s
}

// Sorted returns sorted(iterable), for elements that are all numbers or all
// strings; it raises TypeError for others.
func (in *Interpreter) Sorted(iterable *Object) *Object {
	items := in.collectItems(iterable)
	slices.SortStableFunc(items, in.compare)
	return in.List(items...)
}

func (in *Interpreter) compare(a, b *Object) int {
	switch x := a.body.(type) {
	case *strObject:
		if y, ok := b.body.(*strObject); ok {
			switch {
			case x.s < y.s:
				return -1
			case x.s > y.s:
				return 1
			}
			return 0
		}
	case *intObject, *floatObject:
		switch b.body.(type) {
		case *intObject, *floatObject:
			switch x, y := number(a), number(b); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	raise("TypeError", "'<' not supported between instances of '%s' and '%s'", b.typ.name, a.typ.name)
	return 0
}

func number(o *Object) float64 {
	if i, ok := o.body.(*intObject); ok {
		return float64(i.n)
	}
	return o.body.(*floatObject).f
}

func (in *Interpreter) giveAll(items []*Object) []*Object {
	given := make([]*Object, len(items))
	for i, o := range items {
		given[i] = in.give(o)
	}
	return given
}

func asList(o *Object, method string) *list {
	o.check()
	if l, ok := o.body.(*list); ok {
		return l
	}
	noMethod(o, method)
	return nil
}

func noMethod(o *Object, method string) {
	raise("AttributeError", "'%s' object has no attribute '%s'", o.typ.name, method)
}

func (l *list) visit(f func(*Object)) {
	for _, o := range l.items {
		f(o)
	}
}

func (l *list) drop(in *Interpreter) {
	items := l.items
	l.items = nil
	in.dropDetached(items, true)
}
