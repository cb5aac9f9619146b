package differential

import (
	"fmt"
	"maps"
	"slices"
)

// countedFinalizer is a callback in its object's list.
type countedFinalizer struct {
	subject weak
	arg     *strong
	fire    func() // nil once run or detached
}

func (z *countedFinalizer) detach() {
	z.fire = nil
	arg := z.arg
	z.arg = nil
	release(arg)
}

func (z *countedFinalizer) run() {
	if z.fire != nil {
		z.fire()
		z.detach()
	}
}

// countedEntry is an entry of a weak collection: refcount has none, so the key's
// list of callbacks removes it.
type countedEntry struct {
	key   weak
	value *strong // nil for None and in a set
}

// upgraded returns a handle to what a weak handle leads to, and nil if it is dead.
func upgraded(w *weak) *strong {
	h, ok := w.Upgrade()
	if !ok {
		return nil
	}
	return &h
}

func weakly(h *strong) *weak {
	if h == nil {
		panic(typeError)
	}
	w := h.Downgrade()
	return &w
}

// numberOf returns an object's number, 0 if it is dead or None.
func numberOf(w *weak) int {
	h := upgraded(w)
	if h == nil {
		return 0
	}
	defer release(h)
	return h.Value().number
}

func (e *counted) weakStep(s statement) {
	switch s.op {
	case opRef:
		e.refs[s.w] = weakly(e.load(s.a))
	case opDeref:
		e.store(s.t, upgraded(named(e.refs, s.w)))
	case opFinalize:
		e.finalize(s.w, e.load(s.a), nil)
	case opFinalizeArg:
		a, b := e.load(s.a), e.load(s.b)
		e.finalize(s.w, a, b)
	case opRun:
		named(e.finals, s.w).run()
	case opDetach:
		named(e.finals, s.w).detach()
	case opAtExit:
		named(e.finals, s.w) // no exit
	case opPeek:
		z := named(e.finals, s.w)
		if z.fire == nil {
			panic(typeError)
		}
		e.store(s.t, upgraded(&z.subject))
	case opValuePut:
		e.values[s.key] = weakly(e.load(s.a))
	case opValueGet:
		e.store(s.t, e.stored(s.key))
	case opValueDel:
		release(e.stored(s.key))
		delete(e.values, s.key)
	case opValueFor:
		var all []*strong
		for w := range maps.Values(e.values) {
			all = append(all, upgraded(w))
		}
		e.assignAll(s.t, all)
	case opValueClear, opValueNew:
		clear(e.values)
	case opKeyPut:
		a, b := e.load(s.a), e.load(s.b)
		e.putKey(a, share(b))
	case opKeyGet:
		i := index(e.keys, e.load(s.a))
		found(i >= 0)
		e.store(s.t, share(e.keys[i].value))
	case opKeyDel:
		i := index(e.keys, e.load(s.a))
		found(i >= 0)
		gone := e.keys[i].value
		e.keys = slices.Delete(e.keys, i, i+1)
		release(gone)
	case opKeyNew:
		e.clearKeys()
	case opSetAdd:
		if h := e.load(s.a); index(e.members, h) < 0 {
			e.members = append(e.members, &countedEntry{key: h.Downgrade()})
		}
	case opSetRemove:
		if i := index(e.members, e.load(s.a)); i >= 0 {
			e.members = slices.Delete(e.members, i, i+1)
		}
	case opSetFor:
		var all []*strong
		for _, m := range e.members {
			all = append(all, upgraded(&m.key))
		}
		e.assignAll(s.t, all)
	case opSetNew:
		e.members = nil
	default:
		panic(fmt.Sprintf("no such statement: %v", s))
	}
}

func (e *counted) finalize(name string, h, arg *strong) {
	o := value(h, typeError)
	z := &countedFinalizer{subject: h.Downgrade(), arg: share(arg)}
	number := o.number
	z.fire = func() { e.log.add(name, number) }
	o.atDeath = append(o.atDeath, z.run)
	e.finals[name] = z
}

// stored returns a handle to a value of the weak dictionary.
func (e *counted) stored(key string) *strong {
	w, ok := e.values[key]
	found(ok)
	h := upgraded(w)
	found(h != nil)
	return h
}

// index finds the entry whose key is alive and equal to an object.
func index(entries []*countedEntry, h *strong) int {
	o := value(h, typeError)
	return slices.IndexFunc(entries, func(x *countedEntry) bool {
		k := upgraded(&x.key)
		if k == nil {
			return false
		}
		defer release(k)
		return k.Value() == o || o.key != 0 && k.Value().key == o.key
	})
}

// putKey takes over the value.
func (e *counted) putKey(h, v *strong) {
	if h == nil {
		release(v)
		panic(typeError)
	}
	if i := index(e.keys, h); i >= 0 {
		old := e.keys[i].value
		e.keys[i].value = v
		release(old)
		return
	}
	entry := &countedEntry{key: h.Downgrade(), value: v}
	e.keys = append(e.keys, entry)
	o := h.Value()
	o.atDeath = append(o.atDeath, func() {
		if i := slices.Index(e.keys, entry); i >= 0 {
			e.keys = slices.Delete(e.keys, i, i+1)
			release(entry.value)
		}
	})
}

func (e *counted) clearKeys() {
	gone := e.keys
	e.keys = nil
	for _, entry := range gone {
		release(entry.value)
	}
}

// assignAll is a loop over what lives of the objects in the order of their making.
// It takes the handles over.
func (e *counted) assignAll(name string, all []*strong) {
	all = slices.DeleteFunc(all, func(h *strong) bool { return h == nil })
	slices.SortFunc(all, func(x, y *strong) int { return x.Value().number - y.Value().number })
	for _, h := range all {
		e.store(name, h)
	}
}

func (e *counted) observe() state {
	s := state{refs: map[string]string{}, finalizers: map[string]string{}, fired: e.log.list()}
	name := func(h *strong) string {
		if h == nil {
			return objectName(0)
		}
		return objectName(h.Value().number)
	}
	for at, w := range maps.All(e.refs) {
		s.refs[at] = objectName(numberOf(w))
	}
	for at, z := range maps.All(e.finals) {
		if z.fire != nil {
			s.finalizers[at] = fmt.Sprintf("(%s, %s)", objectName(numberOf(&z.subject)), name(z.arg))
		}
	}
	for k, w := range maps.All(e.values) {
		if n := numberOf(w); n != 0 {
			s.values = append(s.values, fmt.Sprintf("'%s': %s", k, objectName(n)))
		}
	}
	for _, x := range e.keys {
		s.keys = append(s.keys, objectName(numberOf(&x.key))+": "+name(x.value))
	}
	for _, x := range e.members {
		if n := numberOf(&x.key); n != 0 {
			s.members = append(s.members, objectName(n))
		}
	}
	return s
}
