package sim

import "github.com/referent-go/referent/realweak/event"

// clearRef makes a weak reference dead and drops its callback uncalled
// (clear_weakref).
func (in *Interpreter) clearRef(r *ref) {
	o, callback := r.referent, r.callback
	r.detach()
	r.callback = nil
	if callback == nil {
		return
	}
	if o != nil && in.listening() && userCallback(callback) {
		in.emit(event.Detached, o)
	}
	in.decref(callback)
}

// userCallback tells a program's own callback from what finalizers and weak
// collections use, whose events are theirs.
func userCallback(callback *Object) bool {
	switch callback.body.(type) {
	case *remover, *finalizer:
		return false
	}
	return true
}

// clearWeakRefs clears all weak references to a dying object and then calls the
// callbacks, newest first (PyObject_ClearWeakRefs).
func (in *Interpreter) clearWeakRefs(o *Object) {
	if in.listening() {
		in.emit(event.Cleared, o)
	}
	if r := shared(o); r != nil {
		r.detach()
	}
	if o.weak == nil {
		return
	}
	if o.weak.next == nil {
		r := o.weak
		callback := r.takeCallback(in)
		in.queueCallback(callback, o)
		in.runTaken(r, callback, o)
		return
	}
	// A callback may free any of the others, so all are held.
	start := len(in.callbacks)
	for o.weak != nil {
		r := o.weak
		in.callbacks = append(in.callbacks, pendingCallback{r, r.takeCallback(in)})
	}
	end := len(in.callbacks)
	for i := start; i < end; i++ {
		in.queueCallback(in.callbacks[i].callback, o)
	}
	for i := start; i < end; i++ {
		p := in.callbacks[i]
		in.runTaken(p.r, p.callback, o)
	}
	clear(in.callbacks[start:end])
	in.callbacks = in.callbacks[:start]
}

// pendingCallback is a callback whose turn will come; both are held.
type pendingCallback struct {
	r        *ref
	callback *Object
}

// takeCallback clears the weak reference and takes its callback from it.
func (r *ref) takeCallback(in *Interpreter) *Object {
	callback := in.lend(r.callback)
	r.callback = nil
	in.give(&r.Object)
	r.detach()
	return callback
}

func (in *Interpreter) runTaken(r *ref, callback, dead *Object) {
	in.runCallback(r, callback, dead)
	in.Release(&r.Object)
	in.Release(callback)
}
