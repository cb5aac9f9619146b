package sim

import "slices"

// table is the hash table of dicts, sets and weak collections: entries in the
// order of insertion, and an index into them once there are more than a few, as
// CPython's compact dict.
type table struct {
	entries []entry
	index   []int32 // open addressing: entry + 1, 0 for free, -1 for deleted
	used    int     // entries that are not deleted
	filled  int     // slots of index that are not free
	head    int     // no entry before it is left
	version uint64  // of the layout: changes when a position may have
}

type entry struct {
	hash       uint64
	key, value *Object // key is nil once deleted; a set has no values
}

// small is the number of entries up to which a scan beats an index.
const small = 8

const deleted = -1

// find returns the position of an equal key, or -1. A user's __eq__ may change
// the table; then the search starts again, as in CPython.
func (t *table) find(in *Interpreter, h uint64, key *Object) int {
again:
	version := t.version
	for p := t.probe(h); p.next(); {
		e := &t.entries[p.at]
		if e.key == key {
			return p.at
		}
		if e.hash != h || e.key == nil {
			continue
		}
		if e.key.typ == &strType && key.typ == &strType {
			if e.key.body.(*strObject).s == key.body.(*strObject).s {
				return p.at
			}
			continue
		}
		eq := in.equalHeld(e.key, key)
		if t.version != version {
			goto again
		}
		if eq {
			return p.at
		}
	}
	return -1
}

// findReferent returns the position of a weak reference to an object that is
// live and equal to o: what a lookup of ref(o) finds.
func (t *table) findReferent(in *Interpreter, h uint64, o *Object) int {
again:
	version := t.version
	for p := t.probe(h); p.next(); {
		e := &t.entries[p.at]
		if e.hash != h || e.key == nil {
			continue
		}
		r := e.key.body.(*ref)
		if r.referent == o {
			return p.at
		}
		if !r.alive() {
			continue
		}
		eq := in.equalHeld(r.referent, o)
		if t.version != version {
			goto again
		}
		if eq {
			return p.at
		}
	}
	return -1
}

// findExact returns the position of that very key, or -1. It runs no user code.
func (t *table) findExact(h uint64, key *Object) int {
	for p := t.probe(h); p.next(); {
		if t.entries[p.at].key == key {
			return p.at
		}
	}
	return -1
}

// probe visits the entries that may have a hash.
type probe struct {
	t    *table
	at   int // position of the current entry
	slot uint64
	mask uint64
}

func (t *table) probe(h uint64) probe {
	if t.index == nil {
		return probe{t: t, at: -1}
	}
	mask := uint64(len(t.index) - 1)
	return probe{t: t, slot: h&mask - 1, mask: mask}
}

func (p *probe) next() bool {
	if p.t.index == nil {
		p.at++
		return p.at < len(p.t.entries)
	}
	for {
		p.slot = (p.slot + 1) & p.mask
		switch i := p.t.index[p.slot]; i {
		case 0:
			return false
		case deleted:
		default:
			p.at = int(i - 1)
			return true
		}
	}
}

// insert adds a key that is not in the table. The references are the table's.
func (t *table) insert(h uint64, key, value *Object) {
	if n := len(t.entries); t.used < n && (t.index == nil && n >= small || n == cap(t.entries) && t.used < n*3/4) {
		t.compact()
	}
	t.entries = append(t.entries, entry{h, key, value})
	t.used++
	t.version++
	if t.index == nil && len(t.entries) <= small {
		return
	}
	if t.filled*3 >= len(t.index)*2 { // also the first time
		t.reindex()
		return
	}
	t.place(h, len(t.entries)-1)
}

func (t *table) place(h uint64, at int) {
	mask := uint64(len(t.index) - 1)
	slot := h & mask
	for t.index[slot] > 0 {
		slot = (slot + 1) & mask
	}
	if t.index[slot] == 0 {
		t.filled++
	}
	t.index[slot] = int32(at + 1)
}

func (t *table) reindex() {
	size := 4 * small
	for size < 3*t.used {
		size *= 2
	}
	if len(t.index) == size {
		clear(t.index)
	} else {
		t.index = make([]int32, size)
	}
	t.filled = 0
	for i := range t.entries {
		if t.entries[i].key != nil {
			t.place(t.entries[i].hash, i)
		}
	}
}

func (t *table) compact() {
	t.entries = slices.DeleteFunc(t.entries, func(e entry) bool { return e.key == nil })
	t.head = 0
	if t.index != nil {
		t.reindex()
	}
}

// remove deletes an entry and returns it; its references are the caller's.
func (t *table) remove(at int) entry {
	e := t.entries[at]
	if t.index != nil {
		mask := uint64(len(t.index) - 1)
		slot := e.hash & mask
		for t.index[slot] != int32(at+1) {
			slot = (slot + 1) & mask
		}
		t.index[slot] = deleted
	}
	t.entries[at] = entry{}
	t.used--
	t.version++
	return e
}

// removeLast deletes the newest entry, if there is one. Unlike remove it takes
// back the place, so that emptying a table entry by entry is linear.
func (t *table) removeLast() (e entry, ok bool) {
	for n := len(t.entries); n > 0; n-- {
		if t.entries[n-1].key != nil {
			e = t.remove(n - 1)
			t.entries = t.entries[:n-1]
			t.head = min(t.head, n-1)
			return e, true
		}
		t.entries = t.entries[:n-1]
		t.head = min(t.head, n-1)
	}
	return entry{}, false
}

// first returns the position of the oldest entry; -1 for an empty table.
func (t *table) first() int {
	for ; t.head < len(t.entries); t.head++ {
		if t.entries[t.head].key != nil {
			return t.head
		}
	}
	return -1
}

// steal empties the table and returns what was in it.
func (t *table) steal() []entry {
	entries := t.entries
	*t = table{version: t.version + 1}
	return entries
}

// visit calls f for the references of the table.
func (t *table) visit(f func(*Object)) {
	for i := range t.entries {
		if e := &t.entries[i]; e.key != nil {
			f(e.key)
			if e.value != nil {
				f(e.value)
			}
		}
	}
}

// drop empties the table first and then gives up what was in it, from the start:
// key, then value.
func (t *table) drop(in *Interpreter) {
	if t.used == 0 {
		t.steal()
		return
	}
	items := make([]*Object, 0, 2*t.used)
	for _, e := range t.steal() {
		if e.key != nil {
			items = append(items, e.key)
			if e.value != nil {
				items = append(items, e.value)
			}
		}
	}
	in.dropDetached(items, false)
}

// drop gives up the references of one removed entry.
func (e entry) drop(in *Interpreter) {
	in.decref(e.key)
	in.xdecref(e.value)
}
