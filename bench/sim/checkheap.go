package sim

import (
	"errors"
	"fmt"
)

// CheckHeap recounts every reference from the graph: names, containers, the
// interpreter's own, and those that the Go program holds. It returns an error for
// each object whose count differs. It may be called inside callbacks.
func (in *Interpreter) CheckHeap() error {
	counts := make(map[*Object]int, in.live)
	var errs []error
	count := func(o *Object) {
		if o.body == nil {
			errs = append(errs, fmt.Errorf("sim: a reference to freed %s #%d", o.typ.name, o.id))
		}
		counts[o]++
	}
	in.everyObject(func(o *Object) { o.edges(count) })
	in.roots(count)
	live := 0
	in.everyObject(func(o *Object) {
		if o.flags&static == 0 {
			live++
		}
		want := counts[o] + int(o.temps)
		if int(o.refs) != want {
			errs = append(errs, fmt.Errorf("sim: %s #%d has a count of %d, but %d references: %d from the heap, %d held by the program",
				o.typ.name, o.id, o.refs, want, counts[o], o.temps))
		}
		for r := o.weak; r != nil; r = r.next {
			if r.referent != o {
				errs = append(errs, fmt.Errorf("sim: weak reference #%d is listed at %s #%d, to which it does not refer", r.id, o.typ.name, o.id))
			}
		}
		delete(counts, o)
	})
	for o := range counts {
		errs = append(errs, fmt.Errorf("sim: a reference to %s #%d, which is not on the heap", o.typ.name, o.id))
	}
	if live != in.live {
		errs = append(errs, fmt.Errorf("sim: %d objects are on the heap, %d were counted", live, in.live))
	}
	return errors.Join(errs...)
}

// roots calls f for each reference that neither an object nor the Go program holds.
func (in *Interpreter) roots(f func(*Object)) {
	for _, o := range in.statics {
		f(o)
	}
	in.namesRoots(f)
	in.registry.visit(f)
	for _, o := range in.collector.garbage {
		f(o)
	}
	for _, items := range in.detached {
		for _, o := range items {
			if o != nil {
				f(o)
			}
		}
	}
}

func (in *Interpreter) namesRoots(f func(*Object)) {
	scopes := append([]*scope{&in.globals}, in.scopes[:in.depth]...)
	for _, s := range scopes {
		for i := range s.slots {
			if o := s.slots[i].o; o != nil {
				f(o)
			}
		}
	}
}
