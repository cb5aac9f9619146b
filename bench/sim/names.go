package sim

// Assign executes name = o in the current scope: the globals, or the locals of
// the function being called. The object that the name referred to is released
// after the new one is bound.
func (in *Interpreter) Assign(name string, o *Object) {
	in.current().assign(in, name, in.take(o))
}

// AssignGlobal is Assign after a global statement.
func (in *Interpreter) AssignGlobal(name string, o *Object) {
	in.globals.assign(in, name, in.take(o))
}

// Load returns the object that a name refers to: a local, else a global, else a
// built-in type such as "list". It raises NameError, or UnboundLocalError for a
// local that was deleted.
func (in *Interpreter) Load(name string) *Object {
	if in.depth > 0 {
		s := in.scopes[in.depth-1]
		if i := s.find(name); i >= 0 {
			if o := s.slots[i].o; o != nil {
				return in.give(o)
			}
			raiseUnbound(name)
		}
	}
	if i := in.globals.find(name); i >= 0 && in.globals.slots[i].o != nil { // nil during Exit
		return in.give(in.globals.slots[i].o)
	}
	if t := builtinNames[name]; t != nil {
		return in.give(in.typeObject(t))
	}
	raise("NameError", "name '%s' is not defined", name)
	return nil
}

// Defined reports whether Load of the name would succeed.
func (in *Interpreter) Defined(name string) bool {
	if in.depth > 0 {
		s := in.scopes[in.depth-1]
		if i := s.find(name); i >= 0 {
			return s.slots[i].o != nil
		}
	}
	i := in.globals.find(name)
	return i >= 0 && in.globals.slots[i].o != nil || builtinNames[name] != nil
}

// Del executes del name. It deletes the name, not the object, which dies only if
// this was the last reference. It raises NameError or UnboundLocalError.
func (in *Interpreter) Del(name string) {
	s := in.current()
	i := s.find(name)
	if i < 0 || s.slots[i].o == nil {
		if in.depth > 0 {
			raiseUnbound(name)
		}
		raise("NameError", "name '%s' is not defined", name)
	}
	o := s.slots[i].o
	if in.depth > 0 {
		s.slots[i].o = nil // a local keeps its place: it is fixed when compiled
	} else {
		s.remove(i)
	}
	in.decref(o)
}

// Names returns the names of the current scope in the order of their definition.
func (in *Interpreter) Names() []string {
	var names []string
	for _, s := range in.current().slots {
		if s.o != nil {
			names = append(names, s.name)
		}
	}
	return names
}

func raiseUnbound(name string) {
	raise("UnboundLocalError", "cannot access local variable '%s' where it is not associated with a value", name)
}
