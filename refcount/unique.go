package refcount

import (
	"fmt"
	"unsafe"
)

// TryUnwrap takes the value out of the object if the handle is the only Strong,
// and reports whether it did. The handle then holds nothing, the weak handles are
// dead, and the destructor does not run: what it would have ended is the caller's
// now. An object from [Wrap] is left as it is, and the value is a copy.
//
// If there are other Strong handles, nothing changes. It is Rust's
// Arc::try_unwrap. It panics if the handle holds nothing, or a part of an object
// ([Project]). The caller must be the handle's only user.
func (h *Strong[T]) TryUnwrap() (v T, ok bool) {
	core, gen := h.whole("TryUnwrap")
	f := h.block.front()
	all := core.watch().before(core, f, opUnwrap)
	ok = core.update(gen, func(state int64) (int64, bool) {
		return state - oneStrong + destroyed, strongs(state, gen) == 1
	})
	if !ok {
		f = nil // its handle is still one
	}
	after(all, core, f, opUnwrap)
	if ok {
		v = h.takeOut(core)
	}
	return v, ok
}

// IntoInner releases the handle, and if it was the last Strong returns the value
// instead of having it destroyed: the weak handles are dead, the destructor does
// not run, and what it would have ended is the caller's now. An object from [Wrap]
// is left as it is, and the value is a copy.
//
// When all handles to an object are given to IntoInner, in whatever goroutines,
// exactly one call returns the value; if one is given to Release, at most one. It
// is Rust's Arc::into_inner. It panics if the handle holds nothing, or a part of
// an object ([Project]). The caller must be the handle's only user.
func (h *Strong[T]) IntoInner() (v T, ok bool) {
	core, gen := h.whole("IntoInner")
	f := h.block.front()
	if f != nil && !f.spend() {
		h.look("IntoInner")
	}
	all := core.watch().before(core, f, opUnwrap)
	last, held := core.giveBack(gen)
	after(all, core, f, opUnwrap)
	switch {
	case !held:
		h.look("IntoInner")
	case last:
		return h.takeOut(core), true
	}
	h.value, h.block = nil, &gone
	if f != nil {
		h.gen = f.grave(h.gen)
	}
	return v, false
}

// takeOut ends an object that is marked destroyed, without its destructor.
func (h *Strong[T]) takeOut(core *block) T {
	v := *h.value
	h.value, h.block = nil, &gone
	core.close()
	return v
}

// GetMut returns the object, and whether the caller has it alone: there is no
// other handle, strong or weak, so nobody else can get at it through one as long
// as the caller makes none.
//
// It is Rust's Arc::get_mut, except that Go's [Strong.Value] may be written
// through as well. It panics if the handle holds nothing. The caller must be the
// handle's only user.
func (h *Strong[T]) GetMut() (p *T, alone bool) {
	_, gen, state := h.look("GetMut")
	h.Value() // an access, for observers
	if strongs(state, gen) != 1 || weaks(state) != 0 {
		return nil, false
	}
	return h.value, true
}

// MakeMut returns the handle's object for writing: it sees to it that no other
// handle leads there. If there are other Strong handles, the handle is released
// and then holds a new object of the same kind, with the same destructor and the
// value that clone returns. If there are only weak ones, they are cut off, as if
// the object were destroyed; the object stays where it is.
//
// clone is called with the old object, which others may be using. It returns what
// the new one is to own: a shallow copy whose fields are owned once is wrong. The
// new object has no label.
//
// It is Rust's Arc::make_mut. It panics if the handle holds nothing, or a part of
// an object ([Project]). The caller must be the handle's only user.
func (h *Strong[T]) MakeMut(clone func(*T) T) *T {
	core, gen := h.whole("MakeMut")
	h.Value() // an access, for observers
	next := gen
	alone := core.update(gen, func(state int64) (int64, bool) {
		next = gen
		if weaks(state) > 0 {
			next += firstGen // not the last one, which is for Resurrect
		}
		return state - int64(weaks(state)) + next - gen, strongs(state, gen) == 1 && next < lastGen
	})
	if alone {
		h.gen = next
		if f := h.block.front(); f != nil {
			f.gen = next
		}
		return h.value
	}
	fresh := h.another(core, clone(h.value))
	h.Release()
	h.value, h.block, h.gen = fresh.value, fresh.block, fresh.gen
	return h.value
}

// another returns a handle to a new object of the same kind.
func (h *Strong[T]) another(core *block, v T) Strong[T] {
	switch drop := core.drop.(type) {
	case *Pool[T]:
		return drop.New(v)
	case wrapped[T]:
		return Wrap(&v, drop)
	case *Group[T]:
		return drop.New(v)
	case *wrappedIn[T]:
		return drop.group.Wrap(&v)
	default:
		return New(v, core.drop.(owned[T]))
	}
}

// whole returns the core of the handle's object and its generation. It refuses a
// handle that holds nothing, and one to a part of an object.
func (h *Strong[T]) whole(op string) (*block, int64) {
	core, gen, _ := h.look(op)
	if unsafe.Pointer(h.value) != core.target || !core.drop.holds((*T)(nil)) {
		panic(fmt.Sprintf("refcount: %s of a Strong[%s] that is a part of a %s: use a handle that was not made by Project", op, typeName[T](), core.drop.typ()))
	}
	return core, gen
}
