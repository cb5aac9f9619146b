package sim

// Func is the body of a function. The arguments are borrowed; the result is a new
// reference, or nil for None. It runs in a scope of its own.
type Func func(args []*Object) *Object

// Function executes a def statement. With params the arguments are bound to local
// names, and a call with another number of them raises TypeError; without, any
// number will do.
func (in *Interpreter) Function(name string, f Func, params ...string) *Object {
	if f == nil {
		panic(misusef("sim: Function %q with a nil Func", name))
	}
	fn := &function{name: name, f: f, params: params}
	return in.born(&fn.Object, fn, &functionType)
}

// Closure is Function for one that captures objects: it holds them, usually
// cells, and passes them on, borrowed, with each call.
func (in *Interpreter) Closure(name string, f func(captured, args []*Object) *Object, captured ...*Object) *Object {
	if f == nil {
		panic(misusef("sim: Closure %q with a nil function", name))
	}
	fn := &function{name: name}
	in.born(&fn.Object, fn, &functionType)
	fn.captured = in.takeAll(captured)
	fn.f = func(args []*Object) *Object { return f(fn.captured, args) }
	return &fn.Object
}

// Call returns o(args...) for functions, bound methods, classes, weak references,
// finalizers and instances of a class with Call. It raises TypeError for the rest.
func (in *Interpreter) Call(o *Object, args ...*Object) *Object {
	o.check()
	for _, a := range args {
		a.check()
	}
	if fn, ok := o.body.(*function); ok && len(fn.params) > 0 {
		// The arguments move into the frame, which may drop them on the way.
		result := in.callFunction(fn, args, true)
		in.Release(o)
		return result
	}
	result := in.call(o, args)
	for i := len(args) - 1; i >= 0; i-- {
		in.Release(args[i])
	}
	in.Release(o)
	return result
}

// call borrows everything and returns a new reference.
func (in *Interpreter) call(o *Object, args []*Object) *Object {
	switch b := o.body.(type) {
	case *function:
		return in.callFunction(b, args, false)
	case *method:
		with := make([]*Object, 0, len(args)+1)
		return in.call(b.fn, append(append(with, b.self), args...))
	case *class:
		return in.instantiate(b.of, args)
	case *ref:
		return in.give(in.deref(b))
	case *finalizer:
		return in.callFinalizer(b)
	}
	if f := o.typ.spec.Call; f != nil {
		in.enter()
		defer in.leave()
		return in.orNone(f(o, args))
	}
	raise("TypeError", "'%s' object is not callable", o.typ.name)
	return nil
}

// callFunction calls f in a new scope. If moved, the arguments' references pass
// to the parameters.
func (in *Interpreter) callFunction(fn *function, args []*Object, moved bool) *Object {
	if len(fn.params) > 0 && len(args) != len(fn.params) {
		raiseArity(fn, len(args))
	}
	in.enter()
	defer in.leave()
	s := in.scopes[in.depth-1]
	for i, name := range fn.params {
		if moved {
			in.take(args[i])
		} else {
			args[i].refs++
		}
		s.assign(in, name, args[i])
	}
	return in.orNone(fn.f(args))
}

func raiseArity(fn *function, given int) {
	plural, was := "s", "were"
	if len(fn.params) == 1 {
		plural = ""
	}
	if given == 1 {
		was = "was"
	}
	raise("TypeError", "%s() takes %d positional argument%s but %d %s given", fn.name, len(fn.params), plural, given, was)
}

func (in *Interpreter) orNone(result *Object) *Object {
	if result == nil {
		return in.None()
	}
	return result
}

// takeAll takes each reference and returns a slice of the heap's own.
func (in *Interpreter) takeAll(objects []*Object) []*Object {
	if len(objects) == 0 {
		return nil
	}
	taken := make([]*Object, len(objects))
	for i, o := range objects {
		taken[i] = in.take(o)
	}
	return taken
}

// function is the body of a function object.
type function struct {
	Object
	name     string
	f        Func
	params   []string
	captured []*Object
}

func (fn *function) visit(f func(*Object)) {
	for _, o := range fn.captured {
		if o != nil {
			f(o)
		}
	}
}

func (fn *function) drop(in *Interpreter) {
	captured := fn.captured
	fn.captured = nil
	in.dropDetached(captured, true) // the closure is a tuple
}

// method is the body of a bound method.
type method struct {
	Object
	fn, self *Object
}

// bind returns fn bound to self: a new object at each access, which is why a weak
// reference to a bound method is dead at once.
func (in *Interpreter) bind(fn, self *Object) *Object {
	m := &method{}
	in.born(&m.Object, m, &methodType)
	fn.refs++
	self.refs++
	m.fn, m.self = fn, self
	return &m.Object
}

func (m *method) visit(f func(*Object)) {
	if m.fn != nil {
		f(m.fn)
		f(m.self)
	}
}

func (m *method) drop(in *Interpreter) {
	fn, self := m.fn, m.self
	m.fn, m.self = nil, nil
	in.xdecref(fn)
	in.xdecref(self)
}

// cell is the body of a variable that functions share.
type cell struct {
	Object
	value *Object
}

// Cell returns a cell that holds v; nil leaves it empty.
func (in *Interpreter) Cell(v *Object) *Object {
	c := &cell{}
	in.born(&c.Object, c, &cellType)
	if v != nil {
		c.value = in.take(v)
	}
	return &c.Object
}

// CellContents returns what the cell holds. It raises ValueError if it is empty.
func (in *Interpreter) CellContents(o *Object) *Object {
	c := asCell(o)
	if c.value == nil {
		raise("ValueError", "Cell is empty")
	}
	v := in.give(c.value)
	in.Release(o)
	return v
}

// SetCell makes the cell hold v.
func (in *Interpreter) SetCell(o, v *Object) {
	c := asCell(o)
	old := c.value
	c.value = in.take(v)
	in.xdecref(old)
	in.Release(o)
}

func asCell(o *Object) *cell {
	o.check()
	c, ok := o.body.(*cell)
	if !ok {
		raise("TypeError", "expected a cell, not %s", o.typ.name)
	}
	return c
}

func (c *cell) visit(f func(*Object)) {
	if c.value != nil {
		f(c.value)
	}
}

func (c *cell) drop(in *Interpreter) {
	v := c.value
	c.value = nil
	in.xdecref(v)
}
