package sim

import "github.com/referent-go/referent/realweak/event"

// maxNesting is how many deallocs run inside each other before the trashcan
// takes the rest (PyTrash_UNWIND_LEVEL).
const maxNesting = 50

// dealloc frees an object whose count has reached zero. What it held is freed
// inside, up to maxNesting deep; deeper objects wait in the trashcan until the
// outermost dealloc is done, so that a chain of any length needs little stack.
func (in *Interpreter) dealloc(o *Object) {
	if o.refs < 0 || o.body == nil {
		panic(misusef("sim: reference count of %s #%d below zero", o.typ.name, o.id))
	}
	if o.typ.flags&isGC == 0 && o.typ.class == nil {
		in.destroy(o) // holds nothing that could nest
		return
	}
	in.untrack(o)
	if in.nesting >= maxNesting {
		o.flags |= deferred
		in.trash = append(in.trash, o)
		return
	}
	in.nesting++
	in.destroy(o)
	in.nesting--
	if in.nesting == 0 && len(in.trash) > 0 {
		in.emptyTrash()
	}
}

func (in *Interpreter) emptyTrash() {
	in.nesting++
	for n := len(in.trash); n > 0; n = len(in.trash) {
		o := in.trash[n-1]
		in.trash[n-1] = nil
		in.trash = in.trash[:n-1]
		o.flags &^= deferred
		in.destroy(o)
	}
	in.nesting--
}

// destroy is subtype_dealloc: the destructor first, while weak references still
// work; then these are cleared and called back; then the contents go.
func (in *Interpreter) destroy(o *Object) {
	del := o.typ.spec.Del
	if del != nil && o.flags&finalized == 0 && !in.finalizeDying(o, del) {
		return
	}
	watched := in.listening()
	if watched {
		in.emit(event.Released, o)
	}
	if o.weak != nil {
		in.clearWeakRefs(o)
		for o.weak != nil { // made by a callback that found o otherwise
			in.clearRef(o.weak)
		}
	}
	in.empty(o)
	in.free(o)
	if c := o.typ.class; c != nil {
		in.decref(&c.Object)
	}
}

// finalizeDying runs the destructor of an object whose count is zero, and
// reports whether the object is still dying after that.
func (in *Interpreter) finalizeDying(o *Object, del func(*Object)) bool {
	o.refs = 1
	if o.typ.flags&isGC != 0 {
		in.track(o) // the destructor may run the collector
	}
	in.finalize(o, del)
	o.refs--
	if o.refs > 0 {
		if in.listening() {
			in.emit(event.Retained, o)
		}
		return false
	}
	in.untrack(o)
	return true
}

// finalize runs a destructor and records what it raises. It lends a reference of
// the caller's.
func (in *Interpreter) finalize(o *Object, del func(*Object)) {
	o.flags |= finalized
	in.lend(o)
	if err := in.guardScoped(func() { del(o) }); err != nil {
		in.writeUnraisable(err, "<function "+o.typ.shortName()+".__del__>", o.id)
		if in.listening() {
			in.emit(event.CallbackPanicked, o)
		}
	}
	in.take(o)
}

// empty gives up what the object holds, but for its class.
func (in *Interpreter) empty(o *Object) {
	in.dropAttrs(o)
	o.body.drop(in)
}

func (in *Interpreter) dropAttrs(o *Object) {
	if attrs := o.attrs; attrs != nil {
		o.attrs = nil
		in.dropDetached(attrs, false)
	}
}

// free takes an object off the heap. Nothing refers to it any more.
func (in *Interpreter) free(o *Object) {
	if o.typ.flags&isGC != 0 {
		in.collector.freed()
	}
	if o.flags&labelled != 0 {
		delete(in.labels, o)
	}
	unlink(o)
	o.body, o.refs = nil, 0
	in.live--
}
