package differential

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/referent-go/referent/realweak"
)

func (e *collected) weakStep(s statement) {
	switch s.op {
	case opRef:
		e.refs[s.w] = realweak.Make(some(e.load(s.a), typeError))
	case opDeref:
		e.store(s.t, named(e.refs, s.w).Value())
	case opFinalize:
		e.finalize(s.w, some(e.load(s.a), typeError), nil)
	case opFinalizeArg:
		a, b := e.load(s.a), e.load(s.b)
		e.finalize(s.w, some(a, typeError), b)
	case opRun:
		named(e.finals, s.w).Call()
	case opDetach:
		named(e.finals, s.w).Detach()
	case opAtExit:
		named(e.finals, s.w).SetAtExit(false)
	case opPeek:
		o, _, _ := named(e.finals, s.w).peek()
		e.store(s.t, some(o, typeError))
	case opValuePut:
		e.values.Store(s.key, some(e.load(s.a), typeError))
	case opValueGet:
		o, ok := e.values.Load(s.key)
		found(ok)
		e.store(s.t, o)
	case opValueDel:
		_, ok := e.values.LoadAndDelete(s.key)
		found(ok)
	case opValueFor:
		e.assignAll(s.t, byAge(slices.Collect(e.values.Values())))
	case opValueClear:
		e.values.Clear()
	case opValueNew:
		e.values = new(realweak.ValueMap[string, object])
	case opKeyPut:
		a, b := e.load(s.a), e.load(s.b)
		e.keys.Store(e.equal(e.keys.Keys(), some(a, typeError)), b)
	case opKeyGet:
		o, ok := e.keys.Load(e.equal(e.keys.Keys(), some(e.load(s.a), typeError)))
		found(ok)
		e.store(s.t, o)
	case opKeyDel:
		_, ok := e.keys.LoadAndDelete(e.equal(e.keys.Keys(), some(e.load(s.a), typeError)))
		found(ok)
	case opKeyNew:
		e.keys = new(realweak.KeyMap[object, *object])
	case opSetAdd:
		e.members.Add(e.equal(e.members.All(), some(e.load(s.a), typeError)))
	case opSetRemove:
		e.members.Remove(e.equal(e.members.All(), some(e.load(s.a), typeError)))
	case opSetFor:
		e.assignAll(s.t, byAge(slices.Collect(e.members.All())))
	case opSetNew:
		e.members = new(realweak.Set[object])
	default:
		panic(fmt.Sprintf("no such statement: %v", s))
	}
}

func (e *collected) finalize(name string, o, arg *object) {
	e.finals[name] = finalize(o, callback{e.log, name, o.number, arg})
}

// named returns what a name that a statement defined leads to.
func named[V any](m map[string]V, name string) V {
	v, ok := m[name]
	if !ok {
		panic(nameError)
	}
	return v
}

func found(ok bool) {
	if !ok {
		panic(keyError)
	}
}

// equal returns the first key that Python would take for o, or else o itself.
func (e *collected) equal(keys func(func(*object) bool), o *object) *object {
	if e.model.has(keysAreObjects) && o.key != 0 {
		for k := range keys {
			if k.key == o.key {
				return k
			}
		}
	}
	return o
}

// byAge sorts objects by the order of their making.
func byAge(objects []*object) []*object {
	slices.SortFunc(objects, func(x, y *object) int { return x.number - y.number })
	return objects
}

// exit has no collection come between it and the comparison, which is strict.
func (e *collected) exit() {
	percent := debug.SetGCPercent(-1)
	e.restore = func() { debug.SetGCPercent(percent) }
	e.log.exiting(true)
	defer e.log.exiting(false)
	if err := realweak.Shutdown(context.Background()); err != nil {
		e.tb.Fatal(err)
	}
}

func (o *object) String() string {
	if o == nil {
		return objectName(0)
	}
	return objectName(o.number)
}

func (e *collected) observe() state {
	s := state{refs: map[string]string{}, finalizers: map[string]string{}, fired: e.log.list()}
	for name, r := range maps.All(e.refs) {
		s.refs[name] = r.Value().String()
	}
	for name, z := range maps.All(e.finals) {
		if !z.Alive() {
			continue
		}
		s.finalizers[name] = objectName(0)
		if o, c, ok := z.peek(); ok {
			s.finalizers[name] = fmt.Sprintf("(%v, %v)", o, c.arg)
		}
	}
	for k, o := range e.values.All() {
		s.values = append(s.values, fmt.Sprintf("'%s': %v", k, o))
	}
	for k, o := range e.keys.All() {
		s.keys = append(s.keys, fmt.Sprintf("%v: %v", k, o))
	}
	for o := range e.members.All() {
		s.members = append(s.members, o.String())
	}
	return s
}

// finalized is a finalizer with the weak reference that CPython's has.
type finalized struct {
	*realweak.Finalizer[object, callback]
	of realweak.Ref[object]
}

func finalize(o *object, c callback) *finalized {
	return &finalized{realweak.Finalize(o, callback.fire, c), realweak.Make(o)}
}

// peek is CPython's: it fails once the object is dead, callback or not.
func (z *finalized) peek() (o *object, c callback, ok bool) {
	c, ok = z.Peek()
	if o = z.of.Value(); o == nil || !ok {
		return nil, callback{}, false
	}
	return o, c, true
}
