package bench

import (
	"testing"
	"weak"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

func BenchmarkObject(b *testing.B) { run(b, "Object") }

var objectCases = cases{
	"object-new":  {Native: newNative, Collected: newCollected, Counted: newCountedObject, Sim: newSim},
	"strong-copy": {Native: copyNative, Counted: copyCounted, Sim: copySim},
	"cycle":       {Native: cycleNative, Counted: cycleCounted, Sim: cycleSim},
}

// canary makes an object and drops it as the loop to come does, to see that
// objects dropped so do die.
//
//go:noinline
func canary(drop func() *object) weak.Pointer[object] { return weak.Make(drop()) }

func newNative(b *testing.B) {
	drop := func() *object { sink = &object{}; return sink }
	bird := canary(drop)
	m := start(b)
	for b.Loop() {
		sink = &object{}
	}
	sink = nil
	m.bury()
	expect(b, "object", bird.Value(), nil)
}

func newCollected(b *testing.B) {
	drop := func() *object { sink = realweak.New(object{}); return sink }
	bird := canary(drop)
	m := start(b)
	for b.Loop() {
		sink = realweak.New(object{})
	}
	sink = nil
	m.bury()
	expect(b, "object", bird.Value(), nil)
}

func newCountedObject(b *testing.B) {
	n := 0
	drop := func(*object) { n++ }
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{}, drop)
		s.Release()
	}
	m.bury()
	expect(b, "destroyed", n, b.N)
}

func newSim(b *testing.B) {
	py := newPython()
	m := start(b)
	for b.Loop() {
		py.Release(py.thing())
	}
	m.bury()
	py.expectThings(b, 0)
}

func copyNative(b *testing.B) {
	all := newObjects()
	slots := make([]*object, population)
	i := 0
	m := start(b)
	for b.Loop() {
		slots[i&mask] = all[(i+1)&mask] // over what was stored a round ago
		i++
	}
	m.stop()
	expect(b, "last copy", slots[(i-1)&mask], all[i&mask])
}

func copyCounted(b *testing.B) {
	all := newCounted(nil)
	defer release(all)
	i, last := 0, 0
	m := start(b)
	for b.Loop() {
		c := all[i&mask].Clone()
		if c.Release() {
			last++
		}
		i++
	}
	m.stop()
	expect(b, "last releases", last, 0)
	expect(b, "count", all[0].StrongCount(), 1)
}

func copySim(b *testing.B) {
	py := newPython()
	py.Assign("it", py.thing())
	m := start(b)
	for b.Loop() {
		py.Assign("copy", py.Load("it"))
		py.Del("copy")
	}
	m.stop()
	it := py.Load("it")
	expect(b, "count", it.RefCount(), 2) // the name and ours
	py.Release(it)
}

func cycleNative(b *testing.B) {
	pair := func() *object {
		first := &object{}
		first.other = &object{other: first}
		sink = first
		return first.other
	}
	bird := canary(pair)
	m := start(b)
	for b.Loop() {
		first := &object{}
		first.other = &object{other: first}
		sink = first
	}
	sink = nil
	m.bury()
	expect(b, "object in a cycle", bird.Value(), nil)
}

// knot is one of two: the first holds the second and the second looks back.
type knot struct {
	other refcount.Strong[knot]
	back  refcount.Weak[knot]
}

func cycleCounted(b *testing.B) {
	n := 0
	drop := func(k *knot) {
		n++
		if k.other.Held() {
			k.other.Release()
		}
		if k.back.Held() {
			k.back.Release()
		}
	}
	m := start(b)
	for b.Loop() {
		first := refcount.New(knot{}, drop)
		second := refcount.New(knot{back: first.Downgrade()}, drop)
		first.Value().other = second.Move()
		first.Release()
	}
	m.bury()
	expect(b, "destroyed", n, 2*b.N)
}

func cycleSim(b *testing.B) {
	py := newPython()
	m := start(b)
	for b.Loop() {
		first, second := py.thing(), py.thing()
		py.SetAttr(py.Retain(first), "other", py.Retain(second))
		py.SetAttr(second, "other", first)
	}
	m.bury(func() { py.Collect(2) })
	py.expectThings(b, 0)
}
