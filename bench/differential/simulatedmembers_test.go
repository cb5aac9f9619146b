package differential

import (
	"fmt"
	"slices"
	"strings"

	"github.com/referent-go/referent/bench/sim"
)

// simulatedMembers runs programs of members on the simulation.
type simulatedMembers struct {
	py      *sim.Interpreter
	numbers map[uint64]int
	does    map[int]string
	// In CPython a weak reference survives the resurrection of its object by
	// the last release; in refcount it does not. An object's deaths are
	// counted here, and a reference from before one counts as dead.
	deaths map[int]int
	before map[string]int // by weak reference
	log    []int
}

func newSimulatedMembers() *simulatedMembers {
	e := &simulatedMembers{
		py:      sim.New(sim.Options{}),
		numbers: map[uint64]int{},
		does:    map[int]string{},
		deaths:  map[int]int{},
		before:  map[string]int{},
	}
	py := e.py
	py.DisableGC() // no collection but where the program says so
	py.Assign("D", py.NewClass("D", sim.Class{Del: e.del}))
	py.Assign("shelf", py.Dict())
	py.Assign("box", py.None())
	return e
}

func (e *simulatedMembers) del(self *sim.Object) {
	py := e.py
	n := e.numbers[self.ID()]
	e.log = append(e.log, n)
	e.deaths[n]++
	switch e.does[n] {
	case "rise":
		py.SetItem(py.Load("shelf"), py.Int(int64(n)), py.Retain(self))
	case "save":
		if py.HasAttr(py.Retain(self), "left") {
			py.SetItem(py.Load("shelf"), py.Int(int64(n)), py.Attr(py.Retain(self), "left"))
		}
	case "open":
		py.AssignGlobal("box", py.None())
	case "drop":
		if py.HasAttr(py.Retain(self), "left") {
			py.DelAttr(py.Retain(self), "left")
		}
	}
}

func (e *simulatedMembers) do(s memberStatement) bool {
	py := e.py
	return py.Try(func() {
		switch s.op {
		case memberNew:
			o := py.Call(py.Load("D"))
			n := len(e.numbers) + 1
			e.numbers[o.ID()], e.does[n] = n, s.does
			py.Assign(s.t, o)
		case memberBind:
			py.Assign(s.t, py.Load(s.a))
		case memberDel:
			py.Del(s.t)
		case memberSet:
			py.SetAttr(py.Load(s.a), s.attr, py.Load(s.b))
		case memberGet:
			py.Assign(s.t, py.Attr(py.Load(s.a), s.attr))
		case memberUnset:
			py.DelAttr(py.Load(s.a), s.attr)
		case memberRef:
			e.before[s.w] = e.deaths[e.number(py.Load(s.a))]
			py.Assign(s.w, py.WeakRef(py.Load(s.a), nil))
		case memberDeref:
			if e.referent(s.w) == 0 {
				py.Raise("TypeError", "dead")
			}
			py.Assign(s.t, py.Deref(py.Load(s.w)))
		case memberBox:
			py.Assign("box", py.Load(s.a))
		case memberUnbox:
			if e.number(py.Load("box")) == 0 {
				py.Raise("TypeError", "empty")
			}
			py.Assign(s.t, py.Load("box"))
		case memberEmptyBox:
			py.Assign("box", py.None())
		case memberUnshelve:
			py.Clear(py.Load("shelf"))
		case memberCollect:
			py.Collect(2)
		}
	}) == nil
}

// number returns an object's number, 0 for None, and gives the object back.
func (e *simulatedMembers) number(o *sim.Object) int {
	n := e.numbers[o.ID()]
	e.py.Release(o)
	return n
}

// referent returns the number of what a weak reference leads to.
func (e *simulatedMembers) referent(w string) int {
	if !e.py.Defined(w) {
		return 0
	}
	n := e.number(e.py.Deref(e.py.Load(w)))
	if e.deaths[n] != e.before[w] {
		return 0
	}
	return n
}

func (e *simulatedMembers) observe() (s memberState) {
	py := e.py
	for _, name := range memberNames {
		if py.Defined(name) {
			s.names += fmt.Sprintf("%s=%d ", name, e.number(py.Load(name)))
		}
	}
	for _, w := range memberRefs {
		s.refs += fmt.Sprintf("%s=%d ", w, e.referent(w))
	}
	var shelf []string
	for n := range e.does {
		if py.Contains(py.Load("shelf"), py.Int(int64(n))) {
			shelf = append(shelf, fmt.Sprintf("%d=%d", n, e.number(py.GetItem(py.Load("shelf"), py.Int(int64(n))))))
		}
	}
	slices.Sort(shelf)
	s.shelf = strings.Join(shelf, " ")
	s.box = fmt.Sprint(e.number(py.Load("box")))
	s.alive = py.LiveOf("D")
	return s
}

func (e *simulatedMembers) ended() []int {
	log := e.log
	e.log = nil
	return log
}

func (e *simulatedMembers) check() error {
	for _, o := range e.py.Held() {
		return fmt.Errorf("the program still holds %v", o)
	}
	for _, u := range e.py.Unraisable() {
		return u.Err
	}
	return e.py.CheckHeap()
}
