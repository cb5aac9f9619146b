package sim

import "slices"

// scope is a namespace in the order of definition: module globals, or the fast
// locals of one call.
type scope struct {
	slots []slot
	index map[string]int // once there are more than a few names
	holes int            // slots of deleted globals, with an index only
}

type slot struct {
	name string
	o    *Object // nil for a local that was deleted
}

// scanned is the number of names up to which a scan beats a map.
const scanned = 8

func (s *scope) find(name string) int {
	if s.index != nil {
		if i, ok := s.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range s.slots {
		if s.slots[i].name == name {
			return i
		}
	}
	return -1
}

// assign stores a reference that the heap already holds.
func (s *scope) assign(in *Interpreter, name string, o *Object) {
	if i := s.find(name); i >= 0 {
		old := s.slots[i].o
		s.slots[i].o = o
		in.xdecref(old)
		return
	}
	s.slots = append(s.slots, slot{name, o})
	if s.index != nil {
		s.index[name] = len(s.slots) - 1
	} else if len(s.slots) > scanned {
		s.reindex()
	}
}

func (s *scope) reindex() {
	s.index = make(map[string]int, 2*len(s.slots))
	for i := range s.slots {
		s.index[s.slots[i].name] = i
	}
}

// remove deletes a global: defined again, it comes last.
func (s *scope) remove(i int) {
	if s.index == nil {
		last := len(s.slots) - 1
		copy(s.slots[i:], s.slots[i+1:])
		s.slots[last] = slot{}
		s.slots = s.slots[:last]
		return
	}
	delete(s.index, s.slots[i].name)
	s.slots[i] = slot{}
	if s.holes++; s.holes > len(s.slots)/2 {
		s.slots = slices.DeleteFunc(s.slots, func(s slot) bool { return s.o == nil })
		s.holes = 0
		s.reindex()
	}
}

// release gives up all names, first defined first, as frame_dealloc does. Names
// that a destructor defines meanwhile stay: only globals can be, at exit.
func (s *scope) release(in *Interpreter) {
	for i := 0; i < len(s.slots); i++ {
		o := s.slots[i].o
		s.slots[i].o = nil
		in.xdecref(o)
	}
	s.slots = slices.DeleteFunc(s.slots, func(s slot) bool { return s.o == nil })
	s.index, s.holes = nil, 0
	if len(s.slots) > scanned {
		s.reindex()
	}
}

func (in *Interpreter) current() *scope {
	if in.depth > 0 {
		return in.scopes[in.depth-1]
	}
	return &in.globals
}

// enter begins a function's scope. The structs are used again.
func (in *Interpreter) enter() {
	if in.depth == len(in.scopes) {
		in.scopes = append(in.scopes, new(scope))
	}
	in.depth++
}

// leave ends it. The scope counts as current until its locals are gone: what
// their destructors call has scopes of its own.
func (in *Interpreter) leave() {
	in.scopes[in.depth-1].release(in)
	in.depth--
}
