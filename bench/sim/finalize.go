package sim

// Finalize returns weakref.finalize(o, fn, args...): when o dies, fn(args...) is
// called, once. The finalizer is kept alive by a registry until then, so the
// result may be released. If fn or args refer to o, it never dies. It raises
// TypeError if o cannot be a referent.
func (in *Interpreter) Finalize(o, fn *Object, args ...*Object) *Object {
	o.check()
	fn.check()
	checkReferent(o)
	f := &finalizer{}
	in.born(&f.Object, f, &finalizeType)
	r := in.newRef(o, &f.Object, nil)
	in.take(&r.Object)
	f.info = &finalInfo{f: f, subject: o, ref: r, fn: in.take(fn), args: in.takeAll(args), atExit: true}
	f.refs++
	in.registry.add(f.info)
	in.Release(o)
	return &f.Object
}

// Alive returns f.alive: whether the finalizer has been neither called nor
// detached.
func (in *Interpreter) Alive(f *Object) bool {
	alive := asFinalizer(f).info != nil
	in.Release(f)
	return alive
}

// Peek returns f.peek(): (o, fn, args, {}) while the finalizer is alive, then
// None.
func (in *Interpreter) Peek(f *Object) *Object {
	b := asFinalizer(f)
	t := in.None()
	if b.info != nil && b.info.ref.alive() {
		in.Release(t)
		t = in.infoTuple(b.info)
	}
	in.Release(f)
	return t
}

// Detach returns f.detach(): as Peek, and the finalizer is dead without having
// been called.
func (in *Interpreter) Detach(f *Object) *Object {
	b := asFinalizer(f)
	if b.info == nil || !b.info.ref.alive() {
		in.Release(f)
		return in.None()
	}
	t := in.infoTuple(b.info)
	if info := b.info; info != nil { // the tuple's birth may have run the collector
		in.emitDetached(info.subject)
		in.unregister(info)
		in.dropInfo(info)
	}
	in.Release(f)
	return t
}

// AtExit returns f.atexit: whether RunExit is to call the finalizer. It is false
// for a dead one.
func (in *Interpreter) AtExit(f *Object) bool {
	b := asFinalizer(f)
	on := b.info != nil && b.info.atExit
	in.Release(f)
	return on
}

// SetAtExit executes f.atexit = on. A new finalizer's is true; a dead one's stays
// false.
func (in *Interpreter) SetAtExit(f *Object, on bool) {
	if b := asFinalizer(f); b.info != nil {
		b.info.atExit = on
	}
	in.Release(f)
}

// RunExit does what atexit does for finalizers: it calls those that are alive and
// have AtExit, newest first, and next those that are made meanwhile. What they
// raise is recorded and the rest are called. No finalizer is ever called again.
func (in *Interpreter) RunExit() {
	enabled := in.collector.enabled
	in.collector.enabled = false
	var pending []*finalizer
	in.registry.dirty = true
	for {
		if in.registry.dirty {
			in.releaseFinalizers(pending)
			pending = in.registry.selectForExit(in)
			in.registry.dirty = false
		}
		if len(pending) == 0 {
			break
		}
		f := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if info := f.info; info != nil {
			dead := info.subject
			err := in.guardCall(&f.Object, nil)
			if err != nil {
				in.writeUnraisable(err, "atexit", dead.id)
			}
			in.emitFired(err, dead)
		}
		in.Release(&f.Object)
	}
	in.exited = true
	in.collector.enabled = enabled
}

// Exit ends the program: RunExit, then the globals go in the order of their
// definition, then a full collection.
func (in *Interpreter) Exit() {
	in.RunExit()
	for left := -1; left != len(in.globals.slots); { // a destructor may define or delete some
		left = len(in.globals.slots)
		in.globals.release(in)
	}
	in.Collect(2)
}
