package differential

import (
	"fmt"
	"slices"

	"github.com/referent-go/referent/bench/sim"
)

func (e *simulated) weakStep(s statement) {
	py := e.py
	switch s.op {
	case opRef:
		py.AssignGlobal(s.w, py.WeakRef(py.Load(s.a), nil))
		e.refs = append(e.refs, s.w)
	case opDeref:
		py.Assign(s.t, py.Deref(py.Load(s.w)))
	case opFinalize, opFinalizeArg:
		o, args := py.Load(s.a), []*sim.Object{py.Str(s.w)}
		if s.op == opFinalizeArg {
			args = append(args, py.Load(s.b))
		}
		e.owners[s.w] = e.numbers[o.ID()]
		py.AssignGlobal(s.w, py.Finalize(o, py.Load("fired"), args...))
		e.finals = append(e.finals, s.w)
	case opRun:
		py.Release(py.Call(py.Load(s.w)))
	case opDetach:
		py.Release(py.Detach(py.Load(s.w)))
	case opAtExit:
		py.SetAtExit(py.Load(s.w), false)
	case opPeek:
		py.Assign(s.t, py.GetItem(py.Peek(py.Load(s.w)), py.Int(0)))
	case opValuePut:
		py.SetItem(py.Load("wvd"), py.Str(s.key), py.Load(s.a))
	case opValueGet:
		py.Assign(s.t, py.GetItem(py.Load("wvd"), py.Str(s.key)))
	case opValueDel:
		py.DelItem(py.Load("wvd"), py.Str(s.key))
	case opValueFor:
		e.assignAll(s.t, e.elements(py.Values(py.Load("wvd"))))
	case opValueClear:
		py.Clear(py.Load("wvd"))
	case opValueNew:
		py.AssignGlobal("wvd", py.WeakValueDictionary())
	case opKeyPut:
		py.SetItem(py.Load("wkd"), py.Load(s.a), py.Load(s.b))
	case opKeyGet:
		py.Assign(s.t, py.GetItem(py.Load("wkd"), py.Load(s.a)))
	case opKeyDel:
		py.DelItem(py.Load("wkd"), py.Load(s.a))
	case opKeyNew:
		py.AssignGlobal("wkd", py.WeakKeyDictionary())
	case opSetAdd:
		py.Add(py.Load("ws"), py.Load(s.a))
	case opSetRemove:
		py.Discard(py.Load("ws"), py.Load(s.a))
	case opSetFor:
		e.assignAll(s.t, e.elements(py.Load("ws")))
	case opSetNew:
		py.AssignGlobal("ws", py.WeakSet())
	default:
		panic(fmt.Sprintf("no such statement: %v", s))
	}
}

// assignAll is a loop over the objects in the order of their making.
func (e *simulated) assignAll(name string, objects []*sim.Object) {
	slices.SortFunc(objects, func(x, y *sim.Object) int { return e.numbers[x.ID()] - e.numbers[y.ID()] })
	for _, o := range objects {
		e.py.Assign(name, o)
	}
}

func (e *simulated) observe() state {
	py := e.py
	s := state{refs: map[string]string{}, finalizers: map[string]string{}, fired: e.log.list()}
	for _, name := range e.refs {
		s.refs[name] = objectName(e.number(py.Deref(py.Load(name))))
	}
	for _, name := range e.finals {
		if py.Alive(py.Load(name)) {
			s.finalizers[name] = e.peeked(py.Peek(py.Load(name)))
		}
	}
	for _, item := range e.elements(py.Items(py.Load("wvd"))) {
		k, v := e.pair(item)
		s.values = append(s.values, fmt.Sprintf("%v: %s", k, objectName(e.number(v))))
		py.Release(k)
	}
	for _, item := range e.elements(py.Items(py.Load("wkd"))) {
		k, v := e.pair(item)
		s.keys = append(s.keys, objectName(e.number(k))+": "+objectName(e.number(v)))
	}
	for _, o := range e.elements(py.Load("ws")) {
		s.members = append(s.members, objectName(e.number(o)))
	}
	return s
}

// pair returns the parts of a tuple, which it gives back.
func (e *simulated) pair(tuple *sim.Object) (first, second *sim.Object) {
	py := e.py
	first = py.GetItem(py.Retain(tuple), py.Int(0))
	return first, py.GetItem(tuple, py.Int(1))
}

// peeked writes what a finalizer's peek returned, and gives that back.
func (e *simulated) peeked(t *sim.Object) string {
	py := e.py
	if t.IsNone() {
		py.Release(t)
		return "None"
	}
	o := py.GetItem(py.Retain(t), py.Int(0))
	args := py.GetItem(t, py.Int(2))
	arg := 0
	if py.Len(py.Retain(args)) == 2 {
		arg = e.number(py.GetItem(py.Retain(args), py.Int(1)))
	}
	py.Release(args)
	return "(" + objectName(e.number(o)) + ", " + objectName(arg) + ")"
}
