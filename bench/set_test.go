package bench

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

func BenchmarkSet(b *testing.B) { run(b, "Set") }

var setCases = cases{
	"set-add":      {Native: addNative, Collected: addCollected, Counted: addCounted, Sim: addSim},
	"set-contains": {Native: containsNative, Collected: containsCollected, Counted: containsCounted, Sim: containsSim},
	"set-iterate":  {Native: iterateNative, Collected: iterateCollected, Counted: iterateCounted, Sim: iterateSim},
}

type none = struct{}

// A crowd is a set of living members.

func crowdNative() (*nativeKeyMap[none], []*object) {
	crowd, members := new(nativeKeyMap[none]), newObjects()
	for _, p := range members {
		crowd.store(p, none{})
	}
	return crowd, members
}

func crowdCollected() (*realweak.Set[object], []*object) {
	crowd, members := new(realweak.Set[object]), newObjects()
	for _, p := range members {
		crowd.Add(p)
	}
	return crowd, members
}

func crowdCounted() (*countedKeyMap[none], []refcount.Strong[object]) {
	crowd := &countedKeyMap[none]{entries: make(map[*object]none)}
	members := newCounted(crowd.drop)
	for i := range members {
		crowd.store(members[i].Value(), none{})
	}
	return crowd, members
}

func (py *python) crowd() (crowd *sim.Object, members []*sim.Object) {
	crowd, members = py.WeakSet(), py.things()
	for _, o := range members {
		py.Add(py.Retain(crowd), py.Retain(o))
	}
	return crowd, members
}

func addNative(b *testing.B) {
	var crowd nativeKeyMap[none]
	i := 0
	m := start(b)
	for b.Loop() {
		crowd.store(&object{id: i}, none{})
		i++
	}
	m.bury()
	left := 0
	crowd.entries.Range(func(any, any) bool { left++; return true })
	expect(b, "members left", left, 0)
}

func addCollected(b *testing.B) {
	var crowd realweak.Set[object]
	i, added := 0, 0
	m := start(b)
	for b.Loop() {
		if crowd.Add(&object{id: i}) {
			added++
		}
		i++
	}
	m.bury()
	expect(b, "added", added, b.N)
	expect(b, "members left", crowd.LenApprox(), 0)
}

func addCounted(b *testing.B) {
	crowd := &countedKeyMap[none]{entries: make(map[*object]none)}
	drop := crowd.drop
	i := 0
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{id: i}, drop)
		crowd.store(s.Value(), none{})
		s.Release()
		i++
	}
	m.bury()
	expect(b, "members left", crowd.len(), 0)
}

func addSim(b *testing.B) {
	py := newPython()
	crowd := py.WeakSet()
	m := start(b)
	for b.Loop() {
		py.Add(py.Retain(crowd), py.thing())
	}
	m.bury()
	expect(b, "members left", py.Len(crowd), 0)
	py.expectThings(b, 0)
}

func containsNative(b *testing.B) {
	crowd, members := crowdNative()
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := crowd.load(members[i&mask]); ok {
			hits++
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
}

func containsCollected(b *testing.B) {
	crowd, members := crowdCollected()
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if crowd.Contains(members[i&mask]) {
			hits++
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
}

func containsCounted(b *testing.B) {
	crowd, members := crowdCounted()
	defer release(members)
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := crowd.load(members[i&mask].Value()); ok {
			hits++
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
}

func containsSim(b *testing.B) {
	py := newPython()
	crowd, members := py.crowd()
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if py.Contains(py.Retain(crowd), py.Retain(members[i&mask])) {
			hits++
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
}

// idSum is the sum of the ids of newObjects and newCounted.
const idSum = population * (population - 1) / 2

func iterateNative(b *testing.B) {
	crowd, members := crowdNative()
	sum := 0
	add := func(p *object) { sum += p.id }
	m := start(b)
	for b.Loop() {
		crowd.all(add)
	}
	m.stop()
	expect(b, "sum of ids", sum, b.N*idSum)
	runtime.KeepAlive(members)
}

func iterateCollected(b *testing.B) {
	crowd, members := crowdCollected()
	sum := 0
	m := start(b)
	for b.Loop() {
		for p := range crowd.All() {
			sum += p.id
		}
	}
	m.stop()
	expect(b, "sum of ids", sum, b.N*idSum)
	runtime.KeepAlive(members)
}

func iterateCounted(b *testing.B) {
	crowd, members := crowdCounted()
	defer release(members)
	sum := 0
	add := func(p *object) { sum += p.id }
	m := start(b)
	for b.Loop() {
		crowd.all(add)
	}
	m.stop()
	expect(b, "sum of ids", sum, b.N*idSum)
}

func iterateSim(b *testing.B) {
	py := newPython()
	crowd, _ := py.crowd()
	n := 0
	m := start(b)
	for b.Loop() {
		for o := range py.Iter(py.Retain(crowd)) {
			n++
			py.Release(o)
		}
	}
	m.stop()
	expect(b, "members", n, b.N*population)
}
