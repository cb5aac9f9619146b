package sim

import (
	"slices"

	"github.com/referent-go/referent/realweak/event"
)

// registry holds the live finalizers in the order of their creation, as
// finalize._registry: strong references to each and to what it needs.
type registry struct {
	root    finalInfo
	running []*finalInfo // no longer registered, their functions under way
	dirty   bool         // one was added
}

// finalInfo is finalize._Info. It is apart from the finalizer, as there: a
// finalizer refers to nothing and so is never part of a cycle.
type finalInfo struct {
	f          *finalizer
	subject    *Object // whom events are about; it may be dead
	ref        *ref
	fn         *Object
	args       []*Object
	atExit     bool
	prev, next *finalInfo
}

// finalizer is the body of a finalize object.
type finalizer struct {
	Object
	leaf
	info *finalInfo // nil once called or detached
}

func (g *registry) init() { g.root.prev, g.root.next = &g.root, &g.root }

func (g *registry) add(i *finalInfo) {
	i.prev, i.next = g.root.prev, &g.root
	i.prev.next, g.root.prev = i, i
	g.dirty = true
}

// selectForExit returns the finalizers to call, oldest first, each held.
func (g *registry) selectForExit(in *Interpreter) []*finalizer {
	var chosen []*finalizer
	for i := g.root.next; i != &g.root; i = i.next {
		if i.atExit {
			in.give(&i.f.Object)
			chosen = append(chosen, i.f)
		}
	}
	return chosen
}

func (in *Interpreter) releaseFinalizers(fs []*finalizer) {
	for _, f := range slices.Backward(fs) {
		in.Release(&f.Object)
	}
}

// unregister makes a finalizer dead. What its info holds stays visible to
// CheckHeap until dropInfo.
func (in *Interpreter) unregister(i *finalInfo) {
	i.prev.next, i.next.prev = i.next, i.prev
	f := i.f
	f.info, i.f = nil, nil
	in.registry.running = append(in.registry.running, i)
	in.decref(&f.Object)
}

// dropInfo gives up what an info holds in the order of its slots: args, func,
// weakref. It must be the one unregistered last.
func (in *Interpreter) dropInfo(i *finalInfo) {
	for k, o := range slices.Backward(i.args) {
		i.args[k] = nil
		in.decref(o)
	}
	fn := i.fn
	i.fn = nil
	in.decref(fn)
	r := i.ref
	i.ref = nil
	in.decref(&r.Object)
	n := len(in.registry.running) - 1
	in.registry.running[n] = nil
	in.registry.running = in.registry.running[:n]
}

// finalizeNow is finalize.__call__: it calls the function, once. The caller holds f.
func (in *Interpreter) finalizeNow(f *finalizer) *Object {
	i := f.info
	if i == nil {
		return in.None()
	}
	in.unregister(i)
	defer in.dropInfo(i)
	if in.exited {
		return in.None()
	}
	return in.call(i.fn, i.args)
}

// callFinalizer is finalizeNow on the program's behalf.
func (in *Interpreter) callFinalizer(f *finalizer) *Object {
	i := f.info
	if i == nil || in.exited {
		return in.finalizeNow(f)
	}
	subject := i.subject
	returned := false
	defer func() {
		if !returned && in.listening() {
			in.emit(event.CallbackPanicked, subject)
		}
	}()
	result := in.finalizeNow(f)
	returned = true
	in.emitFired(nil, subject)
	return result
}

// infoTuple returns (o, fn, args, {}).
func (in *Interpreter) infoTuple(i *finalInfo) *Object {
	o, fn := in.give(i.ref.referent), in.give(i.fn)
	return in.Tuple(o, fn, in.Tuple(in.giveAll(i.args)...), in.Dict())
}

func asFinalizer(o *Object) *finalizer {
	o.check()
	f, ok := o.body.(*finalizer)
	if !ok {
		raise("TypeError", "expected a finalizer, not %s", o.typ.name)
	}
	return f
}

func (g *registry) visit(f func(*Object)) {
	for i := g.root.next; i != &g.root; i = i.next {
		f(&i.f.Object)
		i.visit(f)
	}
	for _, i := range g.running {
		i.visit(f)
	}
}

func (i *finalInfo) visit(f func(*Object)) {
	if i.ref != nil {
		f(&i.ref.Object)
	}
	if i.fn != nil {
		f(i.fn)
	}
	for _, o := range i.args {
		if o != nil {
			f(o)
		}
	}
}
