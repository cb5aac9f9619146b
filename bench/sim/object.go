package sim

// Object is one object on an interpreter's heap. Its methods only look at it:
// they neither consume nor create a reference, and panic once it is freed.
type Object struct {
	body body // what it is made of; nil once freed
	typ  *pytype
	id   uint64

	refs   int32 // ob_refcnt
	temps  int32 // how many of refs the Go program holds
	gcRefs int32 // the collector's working copy of refs
	flags  flags

	prev, next *Object // in a generation, or in the list of what is not tracked
	weak       *ref    // its weak references: the shared one, then newest first
	attrs      []*Object
	born       uint64 // collections completed at its birth
}

type flags uint8

const (
	tracked     flags = 1 << iota // in a generation: the collector looks at it
	finalized                     // the destructor has run or is running (PEP 442: once)
	collecting                    // in the generation under collection
	unreachable                   // believed to be, so far
	deferred                      // in the trashcan
	static                        // made with the interpreter and held by it
	labelled                      // has an entry in Interpreter.labels
	interned                      // a string in Interpreter.interned
)

// body is the part of an object that depends on its layout.
type body interface {
	// visit calls f for each counted reference that the body holds, as tp_traverse.
	visit(f func(*Object))
	// drop gives them back in CPython's order, as tp_dealloc and tp_clear do. The
	// body stays valid: user code may look at it meanwhile.
	drop(in *Interpreter)
}

// check panics if o has been freed.
func (o *Object) check() {
	if o.refs <= 0 {
		panicFreed(o)
	}
}

func panicFreed(o *Object) {
	if o == nil {
		panic(misuse("sim: nil object; use None"))
	}
	if o.body != nil {
		// A destructor's object has a count of 1; this is one step later.
		panic(misusef("sim: use of %s #%d, which is being freed", o.typ.name, o.id))
	}
	panic(misusef("sim: use of %s #%d after it was freed; Retain it to keep it", o.typ.name, o.id))
}

// ID returns the object's number: 1 for the first that the program made, never
// used again. Those that come with the interpreter have numbers above 1<<32.
func (o *Object) ID() uint64 { return o.id }

// RefCount returns the object's reference count, as sys.getrefcount but without
// the one that its own argument adds.
func (o *Object) RefCount() int { o.check(); return int(o.refs) }

// Held returns how many of the references the Go program holds.
func (o *Object) Held() int { o.check(); return int(o.temps) }

// WeakRefCount returns the number of weak references to the object, as
// weakref.getweakrefcount. It is 0 for what cannot be a referent.
func (o *Object) WeakRefCount() int {
	o.check()
	n := 0
	for r := o.weak; r != nil; r = r.next {
		n++
	}
	return n
}

// TypeName returns type(o).__name__, such as "Cheese".
func (o *Object) TypeName() string { return o.typ.shortName() }

// Tracked reports whether the collector looks at the object, as gc.is_tracked.
func (o *Object) Tracked() bool { o.check(); return o.flags&tracked != 0 }

// Finalized reports whether the object's destructor has run, as gc.is_finalized.
func (o *Object) Finalized() bool { o.check(); return o.flags&finalized != 0 }

// Freed reports whether the object is gone. It alone may be asked of a freed
// object.
func (o *Object) Freed() bool { return o.body == nil }

// AsInt returns the value of an int or a bool. It panics for anything else.
func (o *Object) AsInt() int64 {
	o.check()
	if b, ok := o.body.(*intObject); ok {
		return b.n
	}
	panic(misusef("sim: AsInt of %s", o.typ.article()))
}

// AsStr returns the value of a str. It panics for anything else.
func (o *Object) AsStr() string {
	o.check()
	if b, ok := o.body.(*strObject); ok {
		return b.s
	}
	panic(misusef("sim: AsStr of %s; use String for any object's repr", o.typ.article()))
}

// IsNone reports whether the object is None.
func (o *Object) IsNone() bool { o.check(); return o.typ == &noneType }

// labelOf returns what Label set, or nothing.
func (in *Interpreter) labelOf(o *Object) string {
	if o.flags&labelled == 0 {
		return ""
	}
	return in.labels[o]
}

// Label names the object in events and returns it: the reference passes through.
func (in *Interpreter) Label(o *Object, label string) *Object {
	o.check()
	if in.labels == nil {
		in.labels = make(map[*Object]string)
	}
	in.labels[o] = label
	o.flags |= labelled
	return o
}
