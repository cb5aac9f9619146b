package bench

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

func BenchmarkValueMap(b *testing.B) { run(b, "ValueMap") }

var valueMapCases = cases{
	"valuemap-hit":       {Native: valueHitNative, Collected: valueHitCollected, Counted: valueHitCounted, Sim: valueHitSim},
	"valuemap-miss":      {Native: valueMissNative, Collected: valueMissCollected, Counted: valueMissCounted, Sim: valueMissSim},
	"valuemap-new":       {Native: valueNewNative, Collected: valueNewCollected, Counted: valueNewCounted, Sim: valueNewSim},
	"valuemap-overwrite": {Native: overwriteNative, Collected: overwriteCollected, Counted: overwriteCounted, Sim: overwriteSim},
	"valuemap-delete":    {Native: valueDeleteNative, Collected: valueDeleteCollected, Counted: valueDeleteCounted, Sim: valueDeleteSim},
	"valuemap-len":       {Native: valueLenNative, Collected: valueLenCollected, Counted: valueLenCounted, Sim: valueLenSim},
}

// A full map has an entry for each of keys, and its values live.

func fullNative(keys []string) (*nativeValueMap[string], []*object) {
	m, values := new(nativeValueMap[string]), newObjects()
	for i, k := range keys {
		m.store(k, values[i])
	}
	return m, values
}

func fullCollected(keys []string) (*realweak.ValueMap[string, object], []*object) {
	m, values := new(realweak.ValueMap[string, object]), newObjects()
	for i, k := range keys {
		m.Store(k, values[i])
	}
	return m, values
}

func fullCounted(keys []string) (*countedValueMap[string], []refcount.Strong[object]) {
	m := &countedValueMap[string]{
		entries: make(map[string]*countedEntry),
		keyOf:   func(p *object) string { return keys[p.id] },
	}
	values := newCounted(m.drop)
	for i, k := range keys {
		m.store(k, &values[i])
	}
	return m, values
}

func (py *python) full(keys []*sim.Object) (m *sim.Object, values []*sim.Object) {
	m, values = py.WeakValueDictionary(), py.things()
	for i, k := range keys {
		py.SetItem(py.Retain(m), py.Retain(k), py.Retain(values[i]))
	}
	return m, values
}

func valueHitNative(b *testing.B) {
	keys := newKeys("key")
	full, values := fullNative(keys)
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if full.load(keys[i&mask]) != nil {
			hits++
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
	runtime.KeepAlive(values)
}

func valueHitCollected(b *testing.B) {
	keys := newKeys("key")
	full, values := fullCollected(keys)
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := full.Load(keys[i&mask]); ok {
			hits++
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
	runtime.KeepAlive(values)
}

func valueHitCounted(b *testing.B) {
	keys := newKeys("key")
	full, values := fullCounted(keys)
	defer release(values)
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		if s, ok := full.load(keys[i&mask]); ok {
			hits++
			s.Release()
		}
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
}

func valueHitSim(b *testing.B) {
	py := newPython()
	keys := py.strs(newKeys("key"))
	full, values := py.full(keys)
	i, hits := 0, 0
	m := start(b)
	for b.Loop() {
		v := py.GetItem(py.Retain(full), py.Retain(keys[i&mask]))
		if v == values[i&mask] {
			hits++
		}
		py.Release(v)
		i++
	}
	m.stop()
	expect(b, "hits", hits, b.N)
}

func valueMissNative(b *testing.B) {
	full, values := fullNative(newKeys("key"))
	others := newKeys("other")
	i, misses := 0, 0
	m := start(b)
	for b.Loop() {
		if full.load(others[i&mask]) == nil {
			misses++
		}
		i++
	}
	m.stop()
	expect(b, "misses", misses, b.N)
	runtime.KeepAlive(values)
}

func valueMissCollected(b *testing.B) {
	full, values := fullCollected(newKeys("key"))
	others := newKeys("other")
	i, misses := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := full.Load(others[i&mask]); !ok {
			misses++
		}
		i++
	}
	m.stop()
	expect(b, "misses", misses, b.N)
	runtime.KeepAlive(values)
}

func valueMissCounted(b *testing.B) {
	full, values := fullCounted(newKeys("key"))
	defer release(values)
	others := newKeys("other")
	i, misses := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := full.load(others[i&mask]); !ok {
			misses++
		}
		i++
	}
	m.stop()
	expect(b, "misses", misses, b.N)
}

func valueMissSim(b *testing.B) {
	py := newPython()
	full, _ := py.full(py.strs(newKeys("key")))
	others := py.strs(newKeys("other"))
	i, misses := 0, 0
	m := start(b)
	for b.Loop() {
		v := py.Get(py.Retain(full), py.Retain(others[i&mask]), nil)
		if v.IsNone() {
			misses++
		}
		py.Release(v)
		i++
	}
	m.stop()
	expect(b, "misses", misses, b.N)
}

func valueNewNative(b *testing.B) {
	var all nativeValueMap[int]
	i := 0
	m := start(b)
	for b.Loop() {
		all.store(i, &object{id: i})
		i++
	}
	m.bury()
	left := 0
	all.entries.Range(func(any, any) bool { left++; return true })
	expect(b, "entries left", left, 0)
}

func valueNewCollected(b *testing.B) {
	var all realweak.ValueMap[int, object]
	i := 0
	m := start(b)
	for b.Loop() {
		all.Store(i, &object{id: i})
		i++
	}
	m.bury()
	expect(b, "entries left", all.LenApprox(), 0)
}

func valueNewCounted(b *testing.B) {
	all := &countedValueMap[int]{
		entries: make(map[int]*countedEntry),
		keyOf:   func(p *object) int { return p.id },
	}
	i := 0
	drop := all.drop
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{id: i}, drop)
		all.store(i, &s)
		s.Release()
		i++
	}
	m.bury()
	expect(b, "entries left", all.len(), 0)
}

func valueNewSim(b *testing.B) {
	py := newPython()
	all := py.WeakValueDictionary()
	i := int64(0)
	m := start(b)
	for b.Loop() {
		py.SetItem(py.Retain(all), py.Int(i), py.thing())
		i++
	}
	m.bury()
	expect(b, "entries left", py.Len(all), 0)
	py.expectThings(b, 0)
}

func overwriteNative(b *testing.B) {
	keys := newKeys("key")
	full, values := fullNative(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		values[i&mask] = &object{id: i}
		full.store(keys[i&mask], values[i&mask])
		i++
	}
	m.bury()
	expect(b, "entries", full.len(), population)
	runtime.KeepAlive(values)
}

func overwriteCollected(b *testing.B) {
	keys := newKeys("key")
	full, values := fullCollected(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		values[i&mask] = &object{id: i}
		full.Store(keys[i&mask], values[i&mask])
		i++
	}
	m.bury()
	expect(b, "entries", full.Len(), population)
	runtime.KeepAlive(values)
}

func overwriteCounted(b *testing.B) {
	keys := newKeys("key")
	full, values := fullCounted(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{id: i & mask}, full.drop)
		full.store(keys[i&mask], &s)
		values[i&mask].Release() // finds another object under its key
		values[i&mask] = s.Move()
		i++
	}
	m.bury()
	expect(b, "entries", full.len(), population)
	release(values)
	expect(b, "entries left", full.len(), 0)
}

func overwriteSim(b *testing.B) {
	py := newPython()
	keys := py.strs(newKeys("key"))
	full, values := py.full(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		o := py.thing()
		py.SetItem(py.Retain(full), py.Retain(keys[i&mask]), py.Retain(o))
		py.Release(values[i&mask])
		values[i&mask] = o
		i++
	}
	m.bury()
	expect(b, "entries", py.Len(full), population)
	py.expectThings(b, population)
}

func valueDeleteNative(b *testing.B) {
	keys := newKeys("key")
	full, values := fullNative(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		full.store(keys[i&mask], values[i&mask])
		full.delete(keys[i&mask])
		i++
	}
	m.stop()
	expect(b, "entries left", full.len(), max(0, population-b.N))
	runtime.KeepAlive(values)
}

func valueDeleteCollected(b *testing.B) {
	keys := newKeys("key")
	full, values := fullCollected(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		full.Store(keys[i&mask], values[i&mask])
		full.Delete(keys[i&mask])
		i++
	}
	m.stop()
	expect(b, "entries left", full.Len(), max(0, population-b.N))
	runtime.KeepAlive(values)
}

func valueDeleteCounted(b *testing.B) {
	keys := newKeys("key")
	full, values := fullCounted(keys)
	defer release(values)
	i := 0
	m := start(b)
	for b.Loop() {
		full.store(keys[i&mask], &values[i&mask])
		full.delete(keys[i&mask])
		i++
	}
	m.stop()
	expect(b, "entries left", full.len(), max(0, population-b.N))
}

func valueDeleteSim(b *testing.B) {
	py := newPython()
	keys := py.strs(newKeys("key"))
	full, values := py.full(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		py.SetItem(py.Retain(full), py.Retain(keys[i&mask]), py.Retain(values[i&mask]))
		py.DelItem(py.Retain(full), py.Retain(keys[i&mask]))
		i++
	}
	m.stop()
	expect(b, "entries left", py.Len(full), max(0, population-b.N))
}

func valueLenNative(b *testing.B) {
	full, values := fullNative(newKeys("key"))
	n := 0
	m := start(b)
	for b.Loop() {
		n += full.len()
	}
	m.stop()
	expect(b, "counted", n, b.N*population)
	runtime.KeepAlive(values)
}

func valueLenCollected(b *testing.B) {
	full, values := fullCollected(newKeys("key"))
	n := 0
	m := start(b)
	for b.Loop() {
		n += full.Len()
	}
	m.stop()
	expect(b, "counted", n, b.N*population)
	runtime.KeepAlive(values)
}

func valueLenCounted(b *testing.B) {
	full, values := fullCounted(newKeys("key"))
	defer release(values)
	n := 0
	m := start(b)
	for b.Loop() {
		n += full.len()
	}
	m.stop()
	expect(b, "counted", n, b.N*population)
}

func valueLenSim(b *testing.B) {
	py := newPython()
	full, _ := py.full(py.strs(newKeys("key")))
	n := 0
	m := start(b)
	for b.Loop() {
		n += py.Len(py.Retain(full))
	}
	m.stop()
	expect(b, "counted", n, b.N*population)
}
