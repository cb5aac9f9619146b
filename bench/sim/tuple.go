package sim

// tuple is the body of a tuple.
type tuple struct {
	Object
	items []*Object
}

// Tuple evaluates a tuple display: (a, b, …). The empty tuple is always the same
// object.
func (in *Interpreter) Tuple(items ...*Object) *Object {
	if len(items) == 0 {
		if in.noTuple == nil {
			t := &tuple{}
			in.noTuple = in.bornStatic(&t.Object, t, &tupleType)
		}
		return in.give(in.noTuple)
	}
	t := &tuple{}
	in.born(&t.Object, t, &tupleType)
	t.items = in.takeAll(items)
	return &t.Object
}

// TupleOf returns tuple(iterable): the object itself if it is a tuple.
func (in *Interpreter) TupleOf(iterable *Object) *Object {
	iterable.check()
	if iterable.typ == &tupleType {
		return iterable
	}
	return in.Tuple(in.collectItems(iterable)...)
}

func (t *tuple) visit(f func(*Object)) {
	for _, o := range t.items {
		f(o)
	}
}

func (t *tuple) drop(in *Interpreter) {
	items := t.items
	t.items = nil
	in.dropDetached(items, true)
}
