package sim

// WeakValueDictionary returns weakref.WeakValueDictionary(): entries go when
// their values die. GetItem, SetItem, Keys and the other container methods work
// on it as on a dict.
func (in *Interpreter) WeakValueDictionary() *Object {
	d := &weakValues{}
	in.born(&d.Object, d, &weakValueType)
	d.remove = in.newRemover(&d.Object, "WeakValueDictionary")
	return &d.Object
}

// WeakKeyDictionary returns weakref.WeakKeyDictionary(). Keys are compared by
// value, and an entry goes with the first of several equal keys. A value that
// refers to its key keeps the entry forever.
func (in *Interpreter) WeakKeyDictionary() *Object {
	d := &weakKeys{}
	in.born(&d.Object, d, &weakKeyType)
	d.remove = in.newRemover(&d.Object, "WeakKeyDictionary")
	return &d.Object
}

// WeakSet returns weakref.WeakSet((a, b, …)). It raises TypeError for an element
// that cannot be a referent.
func (in *Interpreter) WeakSet(items ...*Object) *Object {
	s := &weakSet{}
	in.born(&s.Object, s, &weakSetType)
	s.remove = in.newRemover(&s.Object, "WeakSet")
	for _, o := range items {
		in.addWeak(&s.weakTable, o)
	}
	return &s.Object
}

// weakTable is what the weak collections share. While somebody iterates, removals
// wait in pending, as with the _IterationGuard of 3.11 to 3.13.
type weakTable struct {
	data      table
	remove    *Object   // the callback of every weak reference in data
	pending   []*Object // keys of a WeakValueDictionary, else dead weak references
	iterating int
	dirty     bool // pending may name what was removed since (_dirty_len)
}

type weakValues struct { // data: key to KeyedRef
	Object
	weakTable
}

type weakKeys struct { // data: ref to value
	Object
	weakTable
}

type weakSet struct { // data: refs
	Object
	weakTable
}

// remover is the callback: a function that knows its collection weakly.
type remover struct {
	Object
	name  string
	owner *Object // a weak reference
}

func (in *Interpreter) newRemover(collection *Object, name string) *Object {
	m := &remover{name: name}
	in.born(&m.Object, m, &functionType)
	m.owner = in.take(&in.newRef(collection, nil, nil).Object)
	return in.take(&m.Object)
}

// remove is called with a weak reference that just died.
func (m *remover) remove(in *Interpreter, r *ref) {
	owner := in.give(in.deref(m.owner.body.(*ref)))
	switch b := owner.body.(type) {
	case *weakValues:
		if b.iterating > 0 {
			b.postpone(r.key)
		} else {
			b.removeDead(in, r.key)
		}
	case *weakKeys:
		b.died(in, r)
	case *weakSet:
		b.died(in, r)
	}
	in.Release(owner)
}

func (t *weakTable) postpone(o *Object) {
	o.refs++
	t.pending = append(t.pending, o)
}

func (t *weakTable) died(in *Interpreter, r *ref) {
	if t.iterating > 0 {
		t.postpone(&r.Object)
	} else {
		t.removeRef(in, r)
	}
}

// removeRef removes the entry of a weak key, dead or not.
func (t *weakTable) removeRef(in *Interpreter, r *ref) {
	if i := t.data.findExact(r.hash, &r.Object); i >= 0 {
		t.data.remove(i).drop(in)
	}
}

// removeDead removes the entry of a key if its value is dead: another may have
// taken the place (_remove_dead_weakref).
func (b *weakValues) removeDead(in *Interpreter, key *Object) {
	i := b.data.find(in, in.hash(key), key)
	if i >= 0 && !b.data.entries[i].value.body.(*ref).alive() {
		b.data.remove(i).drop(in)
	}
}

// commit carries out the removals that waited, last first.
func (b *weakValues) commit(in *Interpreter) {
	for n := len(b.pending); n > 0; n = len(b.pending) {
		key := b.pending[n-1]
		b.pending = b.pending[:n-1]
		in.lend(key)
		b.removeDead(in, key)
		in.Release(key)
	}
}

func (t *weakTable) commitRefs(in *Interpreter) {
	for n := len(t.pending); n > 0; n = len(t.pending) {
		r := t.pending[n-1]
		t.pending = t.pending[:n-1]
		in.lend(r)
		t.removeRef(in, r.body.(*ref))
		in.Release(r)
	}
}

// live is __len__: entries whose removal waits do not count.
func (t *weakTable) live(in *Interpreter) int {
	if t.dirty && len(t.pending) > 0 {
		t.scrub(in)
	}
	return t.data.used - len(t.pending)
}

// scrub forgets pending removals of what is gone already.
func (t *weakTable) scrub(in *Interpreter) {
	t.dirty = false
	var gone []*Object
	kept := t.pending[:0]
	for _, r := range t.pending {
		if t.data.findExact(r.body.(*ref).hash, r) >= 0 {
			kept = append(kept, r)
		} else {
			gone = append(gone, r)
		}
	}
	clear(t.pending[len(kept):])
	t.pending = kept
	in.dropDetached(gone, false)
}

// setWeakValue consumes key and o.
func (in *Interpreter) setWeakValue(b *weakValues, key, o *Object) {
	b.commit(in)
	checkReferent(o)
	h := in.hash(key)
	r := in.newRef(o, b.remove, key)
	if i := b.data.find(in, h, key); i >= 0 {
		e := &b.data.entries[i]
		old := e.value
		e.value = in.take(&r.Object)
		in.decref(old)
		in.Release(key)
	} else {
		b.data.insert(h, in.take(key), in.take(&r.Object))
	}
	in.Release(o)
}

// findWeak returns the position of a live key equal to o. It raises TypeError if o
// cannot be a referent.
func (t *weakTable) findWeak(in *Interpreter, o *Object) (at int, h uint64) {
	checkReferent(o)
	h = in.hash(o)
	return t.data.findReferent(in, h, o), h
}

// setWeakKey consumes key and value; value is nil in a set. An equal key that is
// there stays, and so does the entry's lifetime.
func (in *Interpreter) setWeakKey(t *weakTable, key, value *Object) {
	i, h := t.findWeak(in, key)
	if i < 0 {
		r := in.newRef(key, t.remove, nil) // may run the collector, and so anything
		if i = t.data.findReferent(in, h, key); i < 0 {
			r.hash, r.hashed = h, true
			if value != nil {
				in.take(value)
			}
			t.data.insert(h, in.take(&r.Object), value)
			in.Release(key)
			return
		}
		in.Release(&r.Object)
	}
	if value != nil {
		e := &t.data.entries[i]
		old := e.value
		e.value = in.take(value)
		in.decref(old)
	}
	in.Release(key)
}

// addWeak is WeakSet.add; it consumes o.
func (in *Interpreter) addWeak(t *weakTable, o *Object) {
	t.commitRefs(in)
	in.setWeakKey(t, o, nil)
}

// raiseWeakKey raises the KeyError of a missing weak key, which names a weak
// reference.
func (in *Interpreter) raiseWeakKey(key *Object) {
	r := in.newRef(key, nil, nil)
	message := in.reprOf(&r.Object)
	in.Release(&r.Object)
	raise("KeyError", "%s", message)
}

func (t *weakTable) visit(f func(*Object)) {
	if t.remove != nil {
		f(t.remove)
	}
	for _, o := range t.pending {
		f(o)
	}
	t.data.visit(f)
}

// dropMembers gives up what the members of __init__ hold, but for data.
func (t *weakTable) dropMembers(in *Interpreter) {
	remove, pending := t.remove, t.pending
	t.remove, t.pending = nil, nil
	in.xdecref(remove)
	in.dropDetached(pending, true)
}

func (b *weakValues) drop(in *Interpreter) {
	b.dropMembers(in)
	b.data.drop(in)
}

func (b *weakKeys) drop(in *Interpreter) {
	b.data.drop(in)
	b.dropMembers(in)
}

func (b *weakSet) drop(in *Interpreter) {
	b.data.drop(in)
	b.dropMembers(in)
}

func (m *remover) visit(f func(*Object)) {
	if m.owner != nil {
		f(m.owner)
	}
}

func (m *remover) drop(in *Interpreter) {
	owner := m.owner
	m.owner = nil
	in.xdecref(owner)
}
