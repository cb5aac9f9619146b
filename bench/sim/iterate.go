package sim

import "iter"

// Iter returns a single-use iterator over iter(o): the elements of a list, tuple,
// set or WeakSet, the characters of a str, the keys of a mapping. Each is a new
// reference. It raises TypeError for what cannot be iterated, and RuntimeError if
// a dict or set changes size meanwhile.
//
// While it runs, a weak collection puts removals off, and holds the element it
// yielded last, as generators do there.
func (in *Interpreter) Iter(o *Object) iter.Seq[*Object] { return in.iterate(o, keys) }

// IterValues is Iter over o.values() of a mapping.
func (in *Interpreter) IterValues(o *Object) iter.Seq[*Object] { return in.iterate(o, values) }

// IterItems is Iter over o.items() of a mapping: tuples (k, v).
func (in *Interpreter) IterItems(o *Object) iter.Seq[*Object] { return in.iterate(o, items) }

// For executes a for statement: it assigns each element to name in the current
// scope and runs body. The name stays after the loop.
func (in *Interpreter) For(name string, iterable *Object, body func()) {
	for o := range in.Iter(iterable) {
		in.Assign(name, o)
		body()
	}
}

// Keys returns list(o.keys()).
func (in *Interpreter) Keys(o *Object) *Object {
	needMapping(o, "keys")
	return in.List(in.gather(in.Iter(o))...)
}

// Values returns list(o.values()).
func (in *Interpreter) Values(o *Object) *Object {
	needMapping(o, "values")
	return in.List(in.gather(in.IterValues(o))...)
}

// Items returns list(o.items()).
func (in *Interpreter) Items(o *Object) *Object {
	needMapping(o, "items")
	return in.List(in.gather(in.IterItems(o))...)
}

// Refs returns list(o.valuerefs()) of a WeakValueDictionary and
// list(o.keyrefs()) of a WeakKeyDictionary: weak references, some of them perhaps
// dead.
func (in *Interpreter) Refs(o *Object) *Object {
	o.check()
	var refs []*Object
	switch b := o.body.(type) {
	case *weakValues:
		b.commit(in)
		for _, e := range b.data.entries {
			if e.key != nil {
				refs = append(refs, in.give(e.value))
			}
		}
	case *weakKeys:
		for _, e := range b.data.entries {
			if e.key != nil {
				refs = append(refs, in.give(e.key))
			}
		}
	default:
		noMethod(o, "keyrefs")
	}
	l := in.List(refs...)
	in.Release(o)
	return l
}

func needMapping(o *Object, method string) {
	o.check()
	if !isMapping(o) {
		noMethod(o, method)
	}
}

func (in *Interpreter) gather(seq iter.Seq[*Object]) []*Object {
	var all []*Object
	for o := range seq {
		all = append(all, o)
	}
	return all
}

// collectItems returns new references to the elements of an iterable.
func (in *Interpreter) collectItems(iterable *Object) []*Object {
	return in.gather(in.Iter(iterable))
}

type iterationMode uint8

const (
	keys iterationMode = iota
	values
	items
)

func (in *Interpreter) iterate(o *Object, mode iterationMode) iter.Seq[*Object] {
	o.check()
	if mode != keys && !isMapping(o) {
		noMethod(o, [...]string{values: "values", items: "items"}[mode])
	}
	switch b := o.body.(type) {
	case *list:
		return in.iterateItems(o, &b.items)
	case *tuple:
		return in.iterateItems(o, &b.items)
	case *dict:
		return in.iterateTable(o, &b.data, mode, "dictionary")
	case *set:
		return in.iterateTable(o, &b.data, keys, "Set")
	case *strObject:
		return func(yield func(*Object) bool) {
			defer in.Release(o)
			for _, r := range b.s {
				if !yield(in.Str(string(r))) {
					return
				}
			}
		}
	case *weakValues:
		return in.iterateWeak(o, &b.weakTable, mode)
	case *weakKeys:
		return in.iterateWeak(o, &b.weakTable, mode)
	case *weakSet:
		return in.iterateWeak(o, &b.weakTable, mode)
	}
	raise("TypeError", "'%s' object is not iterable", o.typ.name)
	return nil
}

// iterateItems looks at the sequence anew at each step, as a list's iterator.
func (in *Interpreter) iterateItems(o *Object, items *[]*Object) iter.Seq[*Object] {
	return func(yield func(*Object) bool) {
		defer in.Release(o)
		for i := 0; i < len(*items); i++ {
			if !yield(in.give((*items)[i])) {
				return
			}
		}
	}
}

func (in *Interpreter) iterateTable(o *Object, t *table, mode iterationMode, kind string) iter.Seq[*Object] {
	return func(yield func(*Object) bool) {
		defer in.Release(o)
		it := t.iterator(kind)
		for it.next() {
			if e := it.entry; !yield(in.element(e.key, e.value, mode)) {
				return
			}
		}
	}
}

// tableIterator visits the entries of a table. It raises RuntimeError if the table
// is changed so that it can tell.
type tableIterator struct {
	t     *table
	kind  string // "Set" or "dictionary"
	used  int
	left  int
	at    int
	entry entry
}

func (t *table) iterator(kind string) tableIterator {
	return tableIterator{t: t, kind: kind, used: t.used, left: t.used}
}

func (it *tableIterator) next() bool {
	if it.t.used != it.used {
		raise("RuntimeError", "%s changed size during iteration", it.kind)
	}
	for ; it.at < len(it.t.entries); it.at++ {
		if e := it.t.entries[it.at]; e.key != nil {
			if it.left == 0 && it.kind != "Set" {
				raise("RuntimeError", "dictionary keys changed during iteration")
			}
			it.left--
			it.at++
			it.entry = e
			return true
		}
	}
	return false
}

// element returns what an iteration in that mode yields for an entry.
func (in *Interpreter) element(key, value *Object, mode iterationMode) *Object {
	switch mode {
	case values:
		return in.give(value)
	case items:
		return in.Tuple(in.give(key), in.give(value))
	}
	return in.give(key)
}

// iterateWeak is the generator of a weak collection's keys, values or items. Like
// the real ones it has local variables, which hold what it looked at last until it
// is resumed.
func (in *Interpreter) iterateWeak(o *Object, w *weakTable, mode iterationMode) iter.Seq[*Object] {
	return func(yield func(*Object) bool) {
		b, weakValued := o.body.(*weakValues)
		if weakValued {
			b.commit(in)
		}
		var key, value, referent *Object
		w.iterating++
		defer func() {
			w.iterating--
			if w.iterating == 0 {
				if weakValued {
					b.commit(in)
				} else {
					w.commitRefs(in)
				}
			}
			in.Release(o)
			in.bindLocal(&key, nil)
			in.bindLocal(&value, nil)
			in.bindLocal(&referent, nil)
		}()
		it := w.data.iterator(weakKind(o))
		for it.next() {
			e := it.entry
			// Which of these a generator has differs from method to method.
			if !weakValued || mode != values {
				in.bindLocal(&key, e.key)
			}
			if e.value != nil && (weakValued || mode != keys) {
				in.bindLocal(&value, e.value)
			}
			r, _ := e.key.body.(*ref)
			if weakValued {
				r = e.value.body.(*ref)
			}
			yielded, second := e.key, e.value
			switch {
			case weakValued && mode == keys, !weakValued && mode == values:
				if !r.alive() {
					continue // it tests, but keeps nothing
				}
			case r.alive():
				in.bindLocal(&referent, r.referent)
				if weakValued {
					second = referent
				} else {
					yielded = referent
				}
			default:
				in.bindLocal(&referent, in.none)
				continue
			}
			if !yield(in.element(yielded, second, mode)) {
				return
			}
		}
	}
}

// bindLocal makes a generator's variable refer to o; what it referred to is
// released after that.
func (in *Interpreter) bindLocal(p **Object, o *Object) {
	last := *p
	if o != nil {
		in.give(o)
	}
	*p = o
	if last != nil {
		in.Release(last)
	}
}

func weakKind(o *Object) string {
	if o.typ == &weakSetType {
		return "Set"
	}
	return "dictionary"
}
