package sim

// objectList is a circular list with a sentinel: each object of the heap is in
// one, so that membership costs no memory and removal no search.
type objectList struct{ root Object }

func (l *objectList) init() { l.root.prev, l.root.next = &l.root, &l.root }

func (l *objectList) empty() bool { return l.root.next == &l.root }

// first returns nil for an empty list.
func (l *objectList) first() *Object { return l.after(&l.root) }

// after returns nil at the end.
func (l *objectList) after(o *Object) *Object {
	if o.next == &l.root {
		return nil
	}
	return o.next
}

func (l *objectList) push(o *Object) {
	o.prev, o.next = l.root.prev, &l.root
	o.prev.next, l.root.prev = o, o
}

func unlink(o *Object) {
	o.prev.next, o.next.prev = o.next, o.prev
	o.prev, o.next = nil, nil
}

func (l *objectList) move(o *Object) {
	unlink(o)
	l.push(o)
}

// merge moves all of from to the end of l.
func (l *objectList) merge(from *objectList) {
	if from.empty() {
		return
	}
	head, tail := from.root.next, from.root.prev
	last := l.root.prev
	last.next, head.prev = head, last
	tail.next, l.root.prev = &l.root, tail
	from.init()
}

func (l *objectList) len() int {
	n := 0
	for o := l.root.next; o != &l.root; o = o.next {
		n++
	}
	return n
}

// lists are all lists that objects can be in.
func (in *Interpreter) lists() [9]*objectList {
	c := &in.collector
	return [...]*objectList{&in.untracked, &in.gens[0], &in.gens[1], &in.gens[2], &in.permanent, &c.unreachable, &c.waiting, &c.still, &c.seen}
}

// everyObject calls f for each object of the heap.
func (in *Interpreter) everyObject(f func(*Object)) {
	for _, l := range in.lists() {
		for o := l.first(); o != nil; o = l.after(o) {
			f(o)
		}
	}
}

// track makes the collector look at o, as PyObject_GC_Track.
func (in *Interpreter) track(o *Object) {
	if o.flags&tracked == 0 {
		o.flags |= tracked
		in.gens[0].move(o)
	}
}

func (in *Interpreter) untrack(o *Object) {
	if o.flags&tracked != 0 {
		o.flags &^= tracked | collecting | unreachable
		in.untracked.move(o)
	}
}
