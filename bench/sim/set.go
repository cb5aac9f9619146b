package sim

// set is the body of a set or a frozenset.
type set struct {
	Object
	data table
}

// Set evaluates a set display: {a, b, …}, and set() without arguments. It raises
// TypeError for an unhashable element.
func (in *Interpreter) Set(items ...*Object) *Object { return in.newSet(&setType, items) }

// FrozenSet returns frozenset((a, b, …)): always a new object, even when empty.
// For one that the compiler makes see [Code.FrozenSet].
func (in *Interpreter) FrozenSet(items ...*Object) *Object { return in.newSet(&frozenSetType, items) }

// SetOf returns set(iterable).
func (in *Interpreter) SetOf(iterable *Object) *Object {
	return in.Set(in.collectItems(iterable)...)
}

// FrozenSetOf returns frozenset(iterable): the object itself if it is a frozenset.
func (in *Interpreter) FrozenSetOf(iterable *Object) *Object {
	iterable.check()
	if iterable.typ == &frozenSetType {
		return iterable
	}
	return in.FrozenSet(in.collectItems(iterable)...)
}

func (in *Interpreter) newSet(t *pytype, items []*Object) *Object {
	s := &set{}
	in.born(&s.Object, s, t)
	for _, o := range items {
		in.addSet(s, o)
	}
	return &s.Object
}

// addSet consumes the element. An equal one that is there stays.
func (in *Interpreter) addSet(s *set, o *Object) {
	h := in.hash(o)
	if s.data.find(in, h, o) >= 0 {
		in.Release(o)
		return
	}
	s.data.insert(h, in.take(o), nil)
}

func (s *set) visit(f func(*Object)) { s.data.visit(f) }
func (s *set) drop(in *Interpreter)  { s.data.drop(in) }
