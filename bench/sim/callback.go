package sim

import "github.com/referent-go/referent/realweak/event"

// runCallback calls the callback of a dead object's weak reference. Both are held
// by the caller.
func (in *Interpreter) runCallback(r *ref, callback, dead *Object) {
	if m, ok := callback.body.(*remover); ok {
		if err := in.guardRemove(m, r); err != nil {
			in.writeUnraisable(err, in.reprOf(callback), dead.id)
		}
		return
	}
	err := in.guardCall(callback, &r.Object)
	if err != nil {
		in.writeUnraisable(err, in.reprOf(callback), dead.id)
	}
	in.emitFired(err, dead)
}

// emitFired says that a callback of a dead object has run.
func (in *Interpreter) emitFired(err error, dead *Object) {
	in.fired++
	if !in.listening() {
		return
	}
	if err != nil {
		in.emit(event.CallbackPanicked, dead)
	} else {
		in.emit(event.CallbackRun, dead)
	}
}

// queueCallback says that a callback is about to have its turn.
func (in *Interpreter) queueCallback(callback, dead *Object) {
	if _, ok := callback.body.(*remover); ok {
		return
	}
	in.queued++
	if in.listening() {
		in.emit(event.CallbackQueued, dead)
	}
}

// guardCall calls f(arg) and returns what it raised; its result is dropped.
func (in *Interpreter) guardCall(f, arg *Object) (err error) {
	start, top := in.enterTry(), len(in.args)
	defer func() {
		if p := recover(); p != nil {
			err = unraisableError(p)
			in.unwind()
		}
		clear(in.args[top:])
		in.args = in.args[:top]
		in.leaveTry(start)
	}()
	if fin, ok := f.body.(*finalizer); ok {
		in.Release(in.finalizeNow(fin))
		return nil
	}
	in.args = append(in.args, arg)
	in.Release(in.call(f, in.args[top:len(in.args):len(in.args)]))
	return nil
}

// guardRemove is guard for a weak collection's removal, which raises only if a
// key's __hash__ or __eq__ does.
func (in *Interpreter) guardRemove(m *remover, r *ref) error {
	if r.key == nil || r.key.typ.class == nil && r.key.typ.flags&isGC == 0 {
		m.remove(in, r)
		return nil
	}
	return in.guard(func() { m.remove(in, r) })
}

// guardScoped is guard in a scope of its own.
func (in *Interpreter) guardScoped(f func()) error {
	return in.guard(func() {
		in.enter()
		defer in.leave()
		f()
	})
}

// guard runs f and returns what it raised.
func (in *Interpreter) guard(f func()) (err error) {
	start := in.enterTry()
	defer func() {
		if p := recover(); p != nil {
			err = unraisableError(p)
			in.unwind()
		}
		in.leaveTry(start)
	}()
	f()
	return nil
}
