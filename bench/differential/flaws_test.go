package differential

import (
	"slices"

	"github.com/referent-go/referent/realweak"
)

// The engines here are broken, each in one way.

// oldestFirst runs an object's callbacks in the order of their registration.
type oldestFirst struct {
	*collected
	order map[int][]string // by object, as registered with realweak
}

func (e *oldestFirst) do(s statement) exception {
	raised := e.collected.do(s)
	if raised != "" || !s.op.has("f") {
		return raised
	}
	// All others of the object go and come back, so that they are newer.
	o, newest, _ := e.finals[s.w].peek()
	others := e.order[newest.object]
	for _, label := range others {
		if c, ok := e.finals[label].Detach(); ok {
			e.finals[label] = finalize(o, c)
		}
	}
	e.order[newest.object] = slices.Insert(others, 0, s.w)
	return ""
}

// leaky remembers what it takes out of attributes.
type leaky struct {
	*collected
	taken []*object
}

func (e *leaky) do(s statement) exception {
	if s.op == opSetAttr || s.op == opDelAttr {
		if o, _ := e.globals.get(s.a); o != nil {
			e.taken = append(e.taken, o.attrs[s.key])
		}
	}
	return e.collected.do(s)
}

// looping keeps the last element of a loop in a variable of its own.
type looping struct {
	*collected
	last *object
}

func (e *looping) do(s statement) exception {
	raised := e.collected.do(s)
	if raised == "" && s.op == opFor {
		e.last, _ = e.scope().get(s.t) // not there if the list is empty
	}
	return raised
}

// byKey deletes an entry of the weak dictionary when the value dies that was
// stored under the key, whatever is there by then.
type byKey struct{ *collected }

func (e *byKey) do(s statement) exception {
	raised := e.collected.do(s)
	if raised == "" && s.op == opValuePut {
		values := e.values
		realweak.Finalize(e.load(s.a), func(key string) { values.Delete(key) }, s.key).SetAtExit(false)
	}
	return raised
}

// twice leaves a callback that was called in force.
type twice struct{ *collected }

func (e *twice) do(s statement) exception {
	if s.op == opRun {
		if z := e.finals[s.w]; z != nil {
			if _, c, ok := z.peek(); ok {
				c.fire()
			}
			return ""
		}
	}
	return e.collected.do(s)
}

// impatient does not hold the argument of a callback.
type impatient struct{ *collected }

func (e *impatient) do(s statement) exception {
	raised := e.collected.do(s)
	if raised == "" && s.op == opFinalizeArg {
		z := e.finals[s.w]
		o, c, _ := z.peek()
		z.Detach()
		c.arg = nil
		e.finals[s.w] = finalize(o, c)
	}
	return raised
}

// deaf ignores atexit.
type deaf struct{ *collected }

func (e *deaf) do(s statement) exception {
	if s.op == opAtExit && e.finals[s.w] != nil {
		return ""
	}
	return e.collected.do(s)
}

// forgetful loses what it holds weakly when the collector runs.
type forgetful struct{ *collected }

func (e *forgetful) settle() {
	e.members.Clear()
	e.collected.settle()
}

// careless does not release the handle that a name held before.
type careless struct{ *counted }

func (e *careless) do(s statement) exception {
	if s.op == opNone {
		e.scope()[s.t] = nil
		return ""
	}
	return e.counted.do(s)
}
