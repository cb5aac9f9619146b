package differential

import (
	"maps"
	"slices"
	"strconv"

	"github.com/referent-go/referent/refcount"
)

// strong and weak are handles of the counted engine. A nil *strong is None.
type (
	strong = refcount.Strong[parts]
	weak   = refcount.Weak[parts]
)

// parts is an object of the counted engine. What it holds it owns.
type parts struct {
	number int
	key    int
	attrs  map[string]*strong
	items  []*strong

	// atDeath is called newest first: refcount has but the destructor.
	atDeath []func()
}

// counted runs programs on refcount: each variable and each place in a container
// owns a handle.
type counted struct {
	born    int
	globals map[string]*strong
	locals  map[string]*strong // nil outside of a function
	shelf   map[string]*strong

	refs    map[string]*weak
	finals  map[string]*countedFinalizer
	values  map[string]*weak
	keys    []*countedEntry
	members []*countedEntry
	log     firedLog
}

func newCounted() *counted {
	return &counted{
		globals: map[string]*strong{},
		shelf:   map[string]*strong{},
		refs:    map[string]*weak{},
		finals:  map[string]*countedFinalizer{},
		values:  map[string]*weak{},
	}
}

// destroy is the destructor: callbacks first, then the parts, a list's from its
// end.
func destroy(o *parts) {
	for _, f := range slices.Backward(o.atDeath) {
		f()
	}
	for _, name := range slices.Sorted(maps.Keys(o.attrs)) {
		release(o.attrs[name])
	}
	for _, h := range slices.Backward(o.items) {
		release(h)
	}
}

func release(h *strong) {
	if h != nil {
		h.Release()
	}
}

// share returns a handle for another owner.
func share(h *strong) *strong {
	if h == nil {
		return nil
	}
	c := h.Clone()
	return &c
}

// put makes the place own the handle. What was there goes afterwards.
func put(place map[string]*strong, name string, h *strong) {
	old := place[name]
	place[name] = h
	release(old)
}

func remove(place map[string]*strong, name string, or exception) {
	h, ok := place[name]
	if !ok {
		panic(or)
	}
	delete(place, name)
	release(h)
}

func empty(place map[string]*strong) {
	for _, name := range slices.Sorted(maps.Keys(place)) {
		remove(place, name, keyError)
	}
}

func (e *counted) do(s statement) (raised exception) {
	defer catch(&raised)
	e.step(s)
	return ""
}

// load returns the name's own handle.
func (e *counted) load(name string) *strong {
	if h, ok := e.locals[name]; ok {
		return h
	}
	h, ok := e.globals[name]
	if !ok {
		panic(nameError)
	}
	return h
}

// value returns the object of a handle and raises the exception for None.
func value(h *strong, or exception) *parts {
	if h == nil {
		panic(or)
	}
	return h.Value()
}

func (e *counted) scope() map[string]*strong {
	if e.locals != nil {
		return e.locals
	}
	return e.globals
}

func (e *counted) store(name string, h *strong) { put(e.scope(), name, h) }

func (e *counted) make(key int, items ...*strong) *strong {
	e.born++
	h := refcount.New(parts{number: e.born, key: key, attrs: map[string]*strong{}, items: items}, destroy)
	return &h
}

func (e *counted) step(s statement) {
	switch s.op {
	case opNode:
		e.store(s.t, e.make(0))
	case opKey:
		n, _ := strconv.Atoi(s.key)
		e.store(s.t, e.make(n))
	case opList:
		a, b := e.load(s.a), e.load(s.b)
		e.store(s.t, e.make(0, share(a), share(b)))
	case opNone:
		e.store(s.t, nil)
	case opBind:
		e.store(s.t, share(e.load(s.a)))
	case opDel:
		remove(e.scope(), s.t, nameError)
	case opSetAttr:
		a, b := e.load(s.a), e.load(s.b)
		put(value(a, attributeError).attrs, s.key, share(b))
	case opGetAttr:
		h, ok := value(e.load(s.a), attributeError).attrs[s.key]
		if !ok {
			panic(attributeError)
		}
		e.store(s.t, share(h))
	case opDelAttr:
		remove(value(e.load(s.a), attributeError).attrs, s.key, attributeError)
	case opAppend:
		a, b := e.load(s.a), e.load(s.b)
		o := value(a, attributeError)
		o.items = append(o.items, share(b))
	case opPop:
		o := value(e.load(s.a), attributeError)
		last := len(o.items) - 1
		if last < 0 {
			panic(indexError)
		}
		h := o.items[last]
		o.items = o.items[:last]
		e.store(s.t, h)
	case opItem:
		o := value(e.load(s.a), typeError)
		if len(o.items) == 0 {
			panic(indexError)
		}
		e.store(s.t, share(o.items[0]))
	case opClear:
		o := value(e.load(s.a), attributeError)
		items := o.items
		o.items = nil
		for _, h := range slices.Backward(items) {
			release(h)
		}
	case opFor:
		list := share(e.load(s.a)) // the loop owns what it goes over
		for _, h := range value(list, typeError).items {
			e.store(s.t, share(h))
		}
		release(list)
	case opPut:
		put(e.shelf, s.key, share(e.load(s.a)))
	case opGet:
		h, ok := e.shelf[s.key]
		found(ok)
		e.store(s.t, share(h))
	case opRemove:
		remove(e.shelf, s.key, keyError)
	case opEmpty:
		empty(e.shelf)
	default:
		e.weakStep(s)
	}
}

func (e *counted) call(s statement, body func()) (raised exception) {
	defer catch(&raised)
	param := share(e.load(s.a))
	e.locals = map[string]*strong{localNames[0]: param}
	body()
	empty(e.locals)
	e.locals = nil
	return ""
}

func (e *counted) settle() {}

func (e *counted) exit() {}

func (e *counted) end() {
	empty(e.globals)
	empty(e.shelf)
	clear(e.values)
	e.clearKeys()
	e.members = nil
}

func (e *counted) close() {}
