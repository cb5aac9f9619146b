package differential

import (
	"errors"
	"slices"
	"strconv"

	"github.com/referent-go/referent/bench/sim"
)

// simulated runs programs on the simulation.
type simulated struct {
	py      *sim.Interpreter
	model   differences
	cycles  bool           // the cycle collector works
	exits   bool           // finalizers run at exit
	held    []*sim.Object  // by exit, until the end
	numbers map[uint64]int // of objects, by id
	keys    map[uint64]int // the numbers of Keys, by id
	refs    []string       // defined weak references
	finals  []string
	owners  map[string]int // of finalizers: the objects' numbers
	log     firedLog
}

func newSimulated(c comparison) *simulated {
	e := &simulated{
		py:      sim.New(sim.Options{}),
		model:   c.model,
		cycles:  c.cycles,
		exits:   c.exit,
		numbers: map[uint64]int{},
		keys:    map[uint64]int{},
		owners:  map[string]int{},
	}
	py := e.py
	py.DisableGC() // no collection but where the program says so
	py.Assign("Node", py.NewClass("Node", sim.Class{
		Base: py.Load("list"),
		Eq:   func(self, other *sim.Object) bool { return self == other },
		Hash: func(self *sim.Object) uint64 { return self.ID() },
	}))
	py.Assign("Key", py.NewClass("Key", sim.Class{
		Base: py.Load("Node"),
		Eq: func(self, other *sim.Object) bool {
			return e.keys[self.ID()] == e.keys[other.ID()]
		},
		Hash: func(self *sim.Object) uint64 { return uint64(e.keys[self.ID()]) },
	}))
	py.Assign("fired", py.Function("fired", func(args []*sim.Object) *sim.Object {
		label := args[0].AsStr()
		e.log.add(label, e.owners[label])
		return nil
	}))
	py.Assign("shelf", py.Dict())
	py.Assign("wvd", py.WeakValueDictionary())
	py.Assign("wkd", py.WeakKeyDictionary())
	py.Assign("ws", py.WeakSet())
	return e
}

// born numbers a new object.
func (e *simulated) born(o *sim.Object) *sim.Object {
	e.numbers[o.ID()] = len(e.numbers) + 1
	return o
}

func (e *simulated) do(s statement) exception {
	return e.try(func() { e.step(s) })
}

func (e *simulated) try(f func()) exception {
	var raised *sim.Exception
	if errors.As(e.py.Try(f), &raised) {
		if raised.Type == "UnboundLocalError" {
			return nameError // of which it is a kind
		}
		return exception(raised.Type)
	}
	return ""
}

func (e *simulated) step(s statement) {
	py := e.py
	switch s.op {
	case opNode:
		py.Assign(s.t, e.born(py.Call(py.Load("Node"))))
	case opKey:
		n, _ := strconv.Atoi(s.key)
		o := e.born(py.Call(py.Load("Key")))
		e.keys[o.ID()] = n
		py.Assign(s.t, o)
	case opList:
		a, b := py.Load(s.a), py.Load(s.b)
		py.Assign(s.t, e.born(py.Call(py.Load("Node"), py.List(a, b))))
	case opNone:
		py.Assign(s.t, py.None())
	case opBind:
		py.Assign(s.t, py.Load(s.a))
	case opDel:
		py.Del(s.t)
	case opLastUse:
		if e.model.has(lastUse) && py.Defined(s.t) {
			py.Del(s.t)
		}
	case opSetAttr:
		py.SetAttr(py.Load(s.a), s.key, py.Load(s.b))
	case opGetAttr:
		py.Assign(s.t, py.Attr(py.Load(s.a), s.key))
	case opDelAttr:
		py.DelAttr(py.Load(s.a), s.key)
	case opAppend:
		py.Append(py.Load(s.a), py.Load(s.b))
	case opPop:
		py.Assign(s.t, py.PopAt(py.Load(s.a), -1))
	case opItem:
		py.Assign(s.t, py.GetItem(py.Load(s.a), py.Int(0)))
	case opClear:
		py.Clear(py.Load(s.a))
	case opFor:
		py.For(s.t, py.Load(s.a), func() {})
	case opPut:
		py.SetItem(py.Load("shelf"), py.Str(s.key), py.Load(s.a))
	case opGet:
		py.Assign(s.t, py.GetItem(py.Load("shelf"), py.Str(s.key)))
	case opRemove:
		py.DelItem(py.Load("shelf"), py.Str(s.key))
	case opEmpty:
		py.Clear(py.Load("shelf"))
	default:
		e.weakStep(s)
	}
}

// call defines the function and calls it.
func (e *simulated) call(s statement, body func()) exception {
	py := e.py
	return e.try(func() {
		f := py.Function("f", func([]*sim.Object) *sim.Object { body(); return nil }, localNames[0])
		py.Release(py.Call(f, py.Load(s.a)))
	})
}

func (e *simulated) settle() {
	for e.cycles && e.py.Collect(2) > 0 {
		continue // what was freed may have held the next cycle
	}
}

// exit runs the finalizers of those that live.
func (e *simulated) exit() {
	if !e.exits {
		return
	}
	py := e.py
	if e.model.has(exitDelaysDeath) {
		for _, name := range e.finals {
			e.held = append(e.held, py.Peek(py.Load(name)))
		}
	}
	e.log.exiting(true)
	py.RunExit()
	e.log.exiting(false)
}

func (e *simulated) end() {
	py := e.py
	for _, o := range e.held {
		py.Release(o)
	}
	for _, name := range globalNames {
		if py.Defined(name) {
			py.Del(name)
		}
	}
	py.Clear(py.Load("shelf"))
	py.Assign("wvd", py.WeakValueDictionary())
	py.Assign("wkd", py.WeakKeyDictionary())
	py.Assign("ws", py.WeakSet())
	e.settle()
}

func (e *simulated) close() {}

// check returns what is wrong with the simulation itself.
func (e *simulated) check() error {
	err := e.py.CheckHeap()
	for _, o := range e.py.Held() {
		err = errors.Join(err, errors.New("the program still holds "+o.String()))
	}
	for _, u := range e.py.Unraisable() {
		err = errors.Join(err, u.Err)
	}
	return err
}

// number returns the number of an object and gives the object back.
func (e *simulated) number(o *sim.Object) int {
	n := e.numbers[o.ID()]
	e.py.Release(o)
	return n
}

// elements returns those of a list, which it gives back.
func (e *simulated) elements(list *sim.Object) []*sim.Object {
	return slices.Collect(e.py.Iter(list))
}
