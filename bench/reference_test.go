package bench

import (
	"runtime"
	"testing"
	"weak"

	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

func BenchmarkReference(b *testing.B) { run(b, "Reference") }

var referenceCases = cases{
	"reference-first": {Native: firstNative, Collected: firstCollected, Counted: firstCounted, Sim: firstSim},
	"reference-again": {Native: againNative, Collected: againCollected, Counted: againCounted, Sim: againSim},
	"deref-alive":     {Native: derefNative, Collected: derefCollected, Sim: derefSim},
	"deref-dead":      {Native: deadNative, Collected: deadCollected, Counted: deadCounted, Sim: deadSim},
	"reference-alive": {Native: aliveNative, Collected: aliveCollected, Counted: aliveCounted, Sim: aliveSim},
	"upgrade":         {Native: upgradeNative, Collected: upgradeCollected, Counted: upgradeCounted, Sim: upgradeSim},
}

func nativeRefs(all []*object) []weak.Pointer[object] {
	refs := make([]weak.Pointer[object], len(all))
	for i, p := range all {
		refs[i] = weak.Make(p)
	}
	return refs
}

func collectedRefs(all []*object) []realweak.Ref[object] {
	refs := make([]realweak.Ref[object], len(all))
	for i, p := range all {
		refs[i] = realweak.Make(p)
	}
	return refs
}

func countedRefs(all []refcount.Strong[object]) []refcount.Weak[object] {
	refs := make([]refcount.Weak[object], len(all))
	for i := range all {
		refs[i] = all[i].Downgrade()
	}
	return refs
}

func (py *python) refs(all []*sim.Object) []*sim.Object {
	refs := make([]*sim.Object, len(all))
	for i, o := range all {
		refs[i] = py.WeakRef(py.Retain(o), nil)
	}
	return refs
}

func firstNative(b *testing.B) {
	var last weak.Pointer[object]
	m := start(b)
	for b.Loop() {
		last = weak.Make(&object{})
	}
	m.bury()
	expect(b, "object", last.Value(), nil)
}

func firstCollected(b *testing.B) {
	var last realweak.Ref[object]
	m := start(b)
	for b.Loop() {
		last = realweak.Make(&object{})
	}
	m.bury()
	expect(b, "object", last.Value(), nil)
}

func firstCounted(b *testing.B) {
	dead := 0
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{}, nil)
		w := s.Downgrade()
		if s.Release() {
			dead++
		}
		w.Release()
	}
	m.bury()
	expect(b, "dead", dead, b.N)
}

func firstSim(b *testing.B) {
	py := newPython()
	dead := 0
	m := start(b)
	for b.Loop() {
		o := py.thing()
		r := py.WeakRef(py.Retain(o), nil)
		py.Release(o)
		if o.Freed() {
			dead++
		}
		py.Release(r)
	}
	m.bury()
	expect(b, "dead", dead, b.N)
}

func againNative(b *testing.B) {
	all := newObjects()
	refs := nativeRefs(all)
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if weak.Make(all[i&mask]) == refs[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "equal references", same, b.N)
}

func againCollected(b *testing.B) {
	all := newObjects()
	refs := collectedRefs(all)
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if realweak.Make(all[i&mask]) == refs[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "equal references", same, b.N)
}

func againCounted(b *testing.B) {
	all := newCounted(nil)
	defer release(all)
	refs := countedRefs(all)
	i := 0
	m := start(b)
	for b.Loop() {
		w := all[i&mask].Downgrade()
		w.Release()
		i++
	}
	m.stop()
	expect(b, "weak count", refs[0].WeakCount(), 1)
}

func againSim(b *testing.B) {
	py := newPython()
	all := py.things()
	refs := py.refs(all)
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		r := py.WeakRef(py.Retain(all[i&mask]), nil)
		if r == refs[i&mask] {
			same++
		}
		py.Release(r)
		i++
	}
	m.stop()
	expect(b, "equal references", same, b.N)
}

func derefNative(b *testing.B) {
	all := newObjects()
	refs := nativeRefs(all)
	i, found := 0, 0
	m := start(b)
	for b.Loop() {
		if refs[i&mask].Value() != nil {
			found++
		}
		i++
	}
	m.stop()
	expect(b, "found", found, b.N)
	runtime.KeepAlive(all)
}

func derefCollected(b *testing.B) {
	all := newObjects()
	refs := collectedRefs(all)
	i, found := 0, 0
	m := start(b)
	for b.Loop() {
		if refs[i&mask].Value() != nil {
			found++
		}
		i++
	}
	m.stop()
	expect(b, "found", found, b.N)
	runtime.KeepAlive(all)
}

func derefSim(b *testing.B) {
	py := newPython()
	all := py.things()
	refs := py.refs(all)
	i, found := 0, 0
	m := start(b)
	for b.Loop() {
		o := py.Deref(py.Retain(refs[i&mask]))
		if !o.IsNone() {
			found++
		}
		py.Release(o)
		i++
	}
	m.stop()
	expect(b, "found", found, b.N)
}

func deadNative(b *testing.B) {
	refs := nativeRefs(newObjects())
	i, dead := 0, 0
	m := start(b) // collects
	for b.Loop() {
		if refs[i&mask].Value() == nil {
			dead++
		}
		i++
	}
	m.stop()
	expect(b, "dead", dead, b.N)
}

func deadCollected(b *testing.B) {
	refs := collectedRefs(newObjects())
	i, dead := 0, 0
	m := start(b) // collects
	for b.Loop() {
		if refs[i&mask].Value() == nil {
			dead++
		}
		i++
	}
	m.stop()
	expect(b, "dead", dead, b.N)
}

func deadCounted(b *testing.B) {
	all := newCounted(nil)
	refs := countedRefs(all)
	release(all)
	i, dead := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := refs[i&mask].Upgrade(); !ok {
			dead++
		}
		i++
	}
	m.stop()
	expect(b, "dead", dead, b.N)
}

func deadSim(b *testing.B) {
	py := newPython()
	all := py.things()
	refs := py.refs(all)
	for _, o := range all {
		py.Release(o)
	}
	i, dead := 0, 0
	m := start(b)
	for b.Loop() {
		o := py.Deref(py.Retain(refs[i&mask]))
		if o.IsNone() {
			dead++
		}
		py.Release(o)
		i++
	}
	m.stop()
	expect(b, "dead", dead, b.N)
}

func aliveNative(b *testing.B) { derefNative(b) }

func aliveCollected(b *testing.B) {
	all := newObjects()
	refs := collectedRefs(all)
	i, alive := 0, 0
	m := start(b)
	for b.Loop() {
		if refs[i&mask].Alive() {
			alive++
		}
		i++
	}
	m.stop()
	expect(b, "alive", alive, b.N)
	runtime.KeepAlive(all)
}

func aliveCounted(b *testing.B) {
	all := newCounted(nil)
	defer release(all)
	refs := countedRefs(all)
	i, alive := 0, 0
	m := start(b)
	for b.Loop() {
		if refs[i&mask].StrongCount() > 0 {
			alive++
		}
		i++
	}
	m.stop()
	expect(b, "alive", alive, b.N)
}

func aliveSim(b *testing.B) { derefSim(b) }

func upgradeNative(b *testing.B) {
	all := newObjects()
	refs := nativeRefs(all)
	slots := make([]*object, population)
	i := 0
	m := start(b)
	for b.Loop() {
		slots[i&mask] = refs[i&mask].Value() // over what was stored a round ago
		i++
	}
	m.stop()
	expect(b, "last", slots[(i-1)&mask], all[(i-1)&mask])
}

func upgradeCollected(b *testing.B) {
	all := newObjects()
	refs := collectedRefs(all)
	slots := make([]*object, population)
	i := 0
	m := start(b)
	for b.Loop() {
		slots[i&mask] = refs[i&mask].Value()
		i++
	}
	m.stop()
	expect(b, "last", slots[(i-1)&mask], all[(i-1)&mask])
}

func upgradeCounted(b *testing.B) {
	all := newCounted(nil)
	defer release(all)
	refs := countedRefs(all)
	i, found := 0, 0
	m := start(b)
	for b.Loop() {
		s, ok := refs[i&mask].Upgrade()
		if ok {
			found++
		}
		s.Release()
		i++
	}
	m.stop()
	expect(b, "found", found, b.N)
	expect(b, "count", all[0].StrongCount(), 1)
}

func upgradeSim(b *testing.B) {
	py := newPython()
	all := py.things()
	refs := py.refs(all)
	i := 0
	m := start(b)
	for b.Loop() {
		py.Assign("it", py.Deref(py.Retain(refs[i&mask])))
		py.Del("it")
		i++
	}
	m.stop()
	expect(b, "count", all[(i-1)&mask].RefCount(), 1)
}
