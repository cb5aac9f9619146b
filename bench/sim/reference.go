package sim

// Retain returns o with one more reference: what LOAD_FAST does. It consumes
// nothing.
func (in *Interpreter) Retain(o *Object) *Object {
	o.check()
	return in.give(o)
}

// Release gives a reference back. At the last one the object is freed: its
// destructor and weak callbacks run before Release returns.
func (in *Interpreter) Release(o *Object) {
	in.take(o)
	in.decref(o)
}

// give hands a new reference to the Go program.
func (in *Interpreter) give(o *Object) *Object {
	o.refs++
	o.temps++
	if in.tries > 0 {
		in.note(o, 1)
	}
	return o
}

// take turns a reference that the Go program holds into one that the heap holds.
func (in *Interpreter) take(o *Object) *Object {
	if o == nil || o.temps <= 0 {
		panicNotHeld(o)
	}
	o.temps--
	if in.tries > 0 {
		in.note(o, -1)
	}
	return o
}

// lend is the opposite: a reference that the heap gives up becomes the program's.
func (in *Interpreter) lend(o *Object) *Object {
	o.temps++
	if in.tries > 0 {
		in.note(o, 1)
	}
	return o
}

func panicNotHeld(o *Object) {
	if o == nil || o.refs <= 0 {
		panicFreed(o)
	}
	panic(misusef("sim: %s #%d passed on without a reference to it; each can be passed on once, Retain it first", o.typ.name, o.id))
}

// decref drops a reference that the heap holds.
func (in *Interpreter) decref(o *Object) {
	o.refs--
	if o.refs <= 0 {
		in.dealloc(o)
	}
}

// xdecref is decref for a reference that may be absent.
func (in *Interpreter) xdecref(o *Object) {
	if o != nil {
		in.decref(o)
	}
}

// dropAll gives back the references of a slice, first to last.
func (in *Interpreter) dropAll(items []*Object) {
	for i, o := range items {
		items[i] = nil
		in.xdecref(o)
	}
}

// dropDetached gives back references that no object shows any more, first to last
// or last to first. CheckHeap finds them in in.detached meanwhile.
func (in *Interpreter) dropDetached(items []*Object, backwards bool) {
	if len(items) == 0 {
		return
	}
	level := len(in.detached)
	in.detached = append(in.detached, items)
	if backwards {
		for i := len(items) - 1; i >= 0; i-- {
			o := items[i]
			items[i] = nil
			in.xdecref(o)
		}
	} else {
		in.dropAll(items)
	}
	in.detached[level] = nil
	in.detached = in.detached[:level]
}

// Held returns the objects to which the Go program holds references, in no
// particular order. After a complete program it is empty. It walks the heap.
func (in *Interpreter) Held() []*Object {
	var held []*Object
	in.everyObject(func(o *Object) {
		if o.temps > 0 {
			held = append(held, o)
		}
	})
	return held
}
