package differential

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// object is an object of the collected engine.
type object struct {
	number int
	key    int // what a Key is compared by; 0 for a Node
	attrs  map[string]*object
	items  []*object
}

// variables is a scope: where names lead, nil for None.
type variables interface {
	get(name string) (o *object, defined bool)
	set(name string, o *object)
	remove(name string) // del
	lastUse(name string)
	leave()
}

// namespace holds variables on the heap, where they live until they are deleted,
// as in Python.
type namespace map[string]*object

func (n namespace) get(name string) (o *object, defined bool) { o, defined = n[name]; return }
func (n namespace) set(name string, o *object)                { n[name] = o }
func (n namespace) remove(name string)                        { delete(n, name) }
func (n namespace) lastUse(string)                            {}
func (n namespace) leave()                                    { clear(n) }

// collected runs programs on Go's collector and realweak. Its loads and stores
// have no local variables that live on when the collector runs.
type collected struct {
	tb      testing.TB
	model   differences
	enter   func() variables // makes a function's scope
	born    int
	globals variables
	locals  variables // nil outside of a function
	shelf   map[string]*object

	refs    map[string]realweak.Ref[object]
	finals  map[string]*finalized
	values  *realweak.ValueMap[string, object]
	keys    *realweak.KeyMap[object, *object]
	members *realweak.Set[object]
	log     *firedLog
	restore func() // the setting of the collector
}

// callback is a finalizer's argument. It must not lead to the engine.
type callback struct {
	log    *firedLog
	label  string
	object int
	arg    *object
}

func (c callback) fire() { c.log.add(c.label, c.object) }

// newCollected returns an engine whose variables all live in namespaces.
func newCollected(tb testing.TB, model differences) *collected {
	return &collected{
		tb:      tb,
		model:   model,
		enter:   func() variables { return namespace{} },
		globals: namespace{},
		shelf:   map[string]*object{},
		refs:    map[string]realweak.Ref[object]{},
		finals:  map[string]*finalized{},
		values:  new(realweak.ValueMap[string, object]),
		keys:    new(realweak.KeyMap[object, *object]),
		members: new(realweak.Set[object]),
		log:     new(firedLog),
		restore: func() {},
	}
}

func (e *collected) do(s statement) (raised exception) {
	defer catch(&raised)
	e.step(s)
	return ""
}

// load returns the object that a name leads to, nil for None.
func (e *collected) load(name string) *object {
	if e.locals != nil {
		if o, ok := e.locals.get(name); ok {
			return o
		}
	}
	o, ok := e.globals.get(name)
	if !ok {
		panic(nameError)
	}
	return o
}

// some returns o and raises the exception if it is None.
func some(o *object, or exception) *object {
	if o == nil {
		panic(or)
	}
	return o
}

func (e *collected) scope() variables {
	if e.locals != nil {
		return e.locals
	}
	return e.globals
}

func (e *collected) store(name string, o *object) { e.scope().set(name, o) }

func (e *collected) make(key int, items ...*object) *object {
	e.born++
	return &object{number: e.born, key: key, attrs: map[string]*object{}, items: items}
}

func (e *collected) step(s statement) {
	switch s.op {
	case opNode:
		e.store(s.t, e.make(0))
	case opKey:
		n, _ := strconv.Atoi(s.key)
		e.store(s.t, e.make(n))
	case opList:
		a, b := e.load(s.a), e.load(s.b)
		e.store(s.t, e.make(0, a, b))
	case opNone:
		e.store(s.t, nil)
	case opBind:
		e.store(s.t, e.load(s.a))
	case opDel:
		if _, ok := e.scope().get(s.t); !ok {
			panic(nameError)
		}
		e.scope().remove(s.t)
	case opLastUse:
		e.scope().lastUse(s.t)
	case opSetAttr:
		a, b := e.load(s.a), e.load(s.b)
		some(a, attributeError).attrs[s.key] = b
	case opGetAttr:
		e.store(s.t, e.attr(s))
	case opDelAttr:
		e.attr(s)
		delete(e.load(s.a).attrs, s.key)
	case opAppend:
		a, b := e.load(s.a), e.load(s.b)
		a = some(a, attributeError)
		a.items = append(a.items, b)
	case opPop:
		a := some(e.load(s.a), attributeError)
		last := len(a.items) - 1
		if last < 0 {
			panic(indexError)
		}
		o := a.items[last]
		a.items = slices.Delete(a.items, last, last+1)
		e.store(s.t, o)
	case opItem:
		a := some(e.load(s.a), typeError)
		if len(a.items) == 0 {
			panic(indexError)
		}
		e.store(s.t, a.items[0])
	case opClear:
		some(e.load(s.a), attributeError).items = nil
	case opFor:
		e.assignAll(s.t, some(e.load(s.a), typeError).items)
	case opPut:
		e.shelf[s.key] = e.load(s.a)
	case opGet:
		e.onShelf(s.key)
		e.store(s.t, e.shelf[s.key])
	case opRemove:
		e.onShelf(s.key)
		delete(e.shelf, s.key)
	case opEmpty:
		clear(e.shelf)
	default:
		e.weakStep(s)
	}
}

func (e *collected) attr(s statement) *object {
	o, ok := some(e.load(s.a), attributeError).attrs[s.key]
	if !ok {
		panic(attributeError)
	}
	return o
}

func (e *collected) onShelf(key string) {
	if _, ok := e.shelf[key]; !ok {
		panic(keyError)
	}
}

// assignAll is a loop over the objects.
func (e *collected) assignAll(name string, objects []*object) {
	for _, o := range objects {
		e.store(name, o)
	}
}

func (e *collected) call(s statement, body func()) (raised exception) {
	defer catch(&raised)
	param := e.load(s.a)
	e.locals = e.enter()
	e.locals.set(localNames[0], param)
	body()
	e.leave()
	return ""
}

func (e *collected) leave() {
	if e.locals != nil {
		e.locals.leave()
		e.locals = nil
	}
}

func (e *collected) settle() { weaktest.Collect(e.tb) }

func (e *collected) end() {
	e.leave()
	e.globals.leave()
	clear(e.shelf)
	e.values = new(realweak.ValueMap[string, object])
	e.keys = new(realweak.KeyMap[object, *object])
	e.members = new(realweak.Set[object])
}

// close keeps this program's finalizers out of the exit of the next.
func (e *collected) close() {
	e.end()
	for z := range maps.Values(e.finals) {
		z.Detach()
	}
	e.restore()
}
