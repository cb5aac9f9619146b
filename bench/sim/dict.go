package sim

// dict is the body of a dict.
type dict struct {
	Object
	data table
}

// Dict evaluates a dict display, given as keys and values in turn:
// {k1: v1, k2: v2, …}. It raises TypeError for an unhashable key.
func (in *Interpreter) Dict(pairs ...*Object) *Object {
	if len(pairs)%2 != 0 {
		panic(misusef("sim: Dict with %d arguments; pass keys and values in turn", len(pairs)))
	}
	d := &dict{}
	in.born(&d.Object, d, &dictType)
	for i := 0; i < len(pairs); i += 2 {
		in.setDict(d, pairs[i], pairs[i+1])
	}
	return &d.Object
}

// setDict consumes key and value. An equal key that is there stays.
func (in *Interpreter) setDict(d *dict, key, value *Object) {
	h := in.hash(key)
	if i := d.data.find(in, h, key); i >= 0 {
		e := &d.data.entries[i]
		old := e.value
		e.value = in.take(value)
		in.trackDict(d, key, value)
		in.decref(old)
		in.Release(key)
		return
	}
	d.data.insert(h, in.take(key), in.take(value))
	in.trackDict(d, key, value)
}

// trackDict makes the collector look at a dict once it holds what may be part of
// a cycle (MAINTAIN_TRACKING).
func (in *Interpreter) trackDict(d *dict, key, value *Object) {
	if d.flags&tracked == 0 && (mayBeTracked(key) || mayBeTracked(value)) {
		in.track(&d.Object)
	}
}

func (d *dict) visit(f func(*Object)) { d.data.visit(f) }
func (d *dict) drop(in *Interpreter)  { d.data.drop(in) }
