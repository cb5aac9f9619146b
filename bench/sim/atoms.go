package sim

// None returns None.
func (in *Interpreter) None() *Object { return in.give(in.none) }

// Bool returns True or False.
func (in *Interpreter) Bool(b bool) *Object {
	if b {
		return in.give(in.booleans[1])
	}
	return in.give(in.booleans[0])
}

// Float returns a new float.
func (in *Interpreter) Float(f float64) *Object {
	o := &floatObject{f: f}
	return in.born(&o.Object, o, &floatType)
}

// Object returns a new object(), which cannot be weakly referenced; instances of
// a class can.
func (in *Interpreter) Object() *Object {
	o := &plainObject{}
	return in.born(&o.Object, o, &objectType)
}

// leaf is embedded by bodies that refer to nothing.
type leaf struct{}

func (leaf) visit(func(*Object)) {}
func (leaf) drop(*Interpreter)   {}

type noneObject struct {
	Object
	leaf
}

type intObject struct { // and bool
	Object
	leaf
	n int64
}

type floatObject struct {
	Object
	leaf
	f float64
}

// plainObject is object(), an instance of a class, or a built-in type whose
// contents are not modelled.
type plainObject struct {
	Object
	leaf
}

type bytesObject struct {
	Object
	leaf
	s      string
	hash   uint64
	hashed bool
}

type strObject struct {
	Object
	leaf
	s      string
	hash   uint64
	hashed bool
}

// drop takes a dying string out of the intern table: interned strings are mortal.
func (s *strObject) drop(in *Interpreter) {
	if s.flags&interned != 0 {
		s.flags &^= interned
		delete(in.interned, s.s)
	}
}
