package figures

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"
	"unsafe"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/realweak"
)

func init() {
	benchmarks["valuemap-hit-1k"] = sides{valueMapHit(thousand), weakHit(thousand)}
	benchmarks["valuemap-hit-1m"] = sides{valueMapHit(1 << 20), weakHit(1 << 20)}
	benchmarks["valuemap-hit-sync"] = sides{valueMapHit(thousand), syncMapHit}
	benchmarks["valuemap-miss"] = sides{valueMapMiss, weakMiss}
	benchmarks["keymap-hit"] = sides{keyMapHit(newObject), addressHit}
	benchmarks["keymap-hit-naive"] = sides{keyMapHit(newSmall), naiveHit(newSmall)}
	benchmarks["set-contains"] = sides{setContains, addressHit}
	benchmarks["slottable-hit-naive"] = sides{slotTableHit, naiveHit(newSlotted)}
	benchmarks["valuemap-overwrite"] = sides{valueMapOverwrite, perEntryOverwrite}
	benchmarks["valuemap-set-delete"] = sides{valueMapSetDelete, perEntrySetDelete}
	benchmarks["valuemap-set-delete-bare"] = sides{valueMapSetDelete, bareSetDelete}
	benchmarks["valuemap-churn"] = sides{valueMapChurn, perEntryChurn}
	benchmarks["valuemap-build-1m"] = sides{valueMapBuild, perEntryBuild}
	benchmarks["valuemap-collect-1m"] = sides{valueMapCollect, perEntryCollect}
	benchmarks["valuemap-sweep-1m"] = sides{valueMapCollect, unsweptCollect}
	benchmarks["valuemap-allocs"] = sides{ours: valueMapAllocs}
	benchmarks["valuemap-memory"] = sides{ours: valueMapMemory}
	benchmarks["valuemap-gone"] = sides{ours: valueMapGone}
}

func newSmall(i int) *small     { return &small{id: i} }
func newSlotted(i int) *slotted { return &slotted{id: i} }

// odd times an index, modulo a power of two, goes round all of them far from order.
const odd = 0x1e3779b1

// hit checks outside of the measurement that hits were hits.
func hit(b *testing.B, misses int) {
	if misses > 0 {
		b.Errorf("%d of %d lookups missed", misses, b.N)
	}
}

func valueMapHit(n int) func(*testing.B) {
	return func(b *testing.B) {
		n := fit(n)
		values, m := many(n, newObject), new(realweak.ValueMap[int, object])
		for i, p := range values {
			m.Store(i, p)
		}
		misses := 0
		from := start(b)
		for i := 0; b.Loop(); i++ {
			if _, ok := m.Load(i * odd & (n - 1)); !ok {
				misses++
			}
		}
		stop(b, from)
		hit(b, misses)
		runtime.KeepAlive(values)
	}
}

func weakHit(n int) func(*testing.B) {
	return func(b *testing.B) {
		n := fit(n)
		values, m := many(n, newObject), xsync.NewMap[int, weak.Pointer[object]]()
		for i, p := range values {
			m.Store(i, weak.Make(p))
		}
		misses := 0
		from := start(b)
		for i := 0; b.Loop(); i++ {
			ref, _ := m.Load(i * odd & (n - 1))
			if ref.Value() == nil {
				misses++
			}
		}
		stop(b, from)
		hit(b, misses)
		runtime.KeepAlive(values)
	}
}

func syncMapHit(b *testing.B) {
	values, m := many(thousand, newObject), new(sync.Map)
	for i, p := range values {
		m.Store(i, p)
	}
	misses := 0
	from := start(b)
	for i := 0; b.Loop(); i++ {
		if p, ok := m.Load(i * 7 & (thousand - 1)); !ok || p.(*object) == nil {
			misses++
		}
	}
	stop(b, from)
	hit(b, misses)
}

func valueMapMiss(b *testing.B) {
	values, m := many(thousand, newObject), new(realweak.ValueMap[int, object])
	for i, p := range values {
		m.Store(i, p)
	}
	hits := 0
	from := start(b)
	for i := 0; b.Loop(); i++ {
		if _, ok := m.Load(i | thousand); ok {
			hits++
		}
	}
	stop(b, from)
	hit(b, hits)
	runtime.KeepAlive(values)
}

func weakMiss(b *testing.B) {
	values, m := many(thousand, newObject), xsync.NewMap[int, weak.Pointer[object]]()
	for i, p := range values {
		m.Store(i, weak.Make(p))
	}
	hits := 0
	from := start(b)
	for i := 0; b.Loop(); i++ {
		if _, ok := m.Load(i | thousand); ok {
			hits++
		}
	}
	stop(b, from)
	hit(b, hits)
	runtime.KeepAlive(values)
}

func keyMapHit[K any](fresh func(int) *K) func(*testing.B) {
	return func(b *testing.B) {
		keys, m := shuffled(thousand, fresh), new(realweak.KeyMap[K, int])
		for i, p := range keys {
			m.Store(p, i)
		}
		misses := 0
		from := start(b)
		for i := 0; b.Loop(); i++ {
			if _, ok := m.Load(keys[i&(thousand-1)]); !ok {
				misses++
			}
		}
		stop(b, from)
		hit(b, misses)
	}
}

// addressHit looks an object up by its address and makes sure that it is the one.
func addressHit(b *testing.B) {
	type entry struct {
		ref   weak.Pointer[object]
		value int
	}
	keys, m := shuffled(thousand, newObject), xsync.NewMap[uintptr, entry]()
	for i, p := range keys {
		m.Store(uintptr(unsafe.Pointer(p)), entry{weak.Make(p), i})
	}
	misses := 0
	from := start(b)
	for i := 0; b.Loop(); i++ {
		p := keys[i&(thousand-1)]
		if e, ok := m.Load(uintptr(unsafe.Pointer(p))); !ok || e.ref.Value() != p {
			misses++
		}
	}
	stop(b, from)
	hit(b, misses)
}

func naiveHit[K any](fresh func(int) *K) func(*testing.B) {
	return func(b *testing.B) {
		keys, m := shuffled(thousand, fresh), make(map[weak.Pointer[K]]int)
		for i, p := range keys {
			m[weak.Make(p)] = i
		}
		misses := 0
		from := start(b)
		for i := 0; b.Loop(); i++ {
			if _, ok := m[weak.Make(keys[i&(thousand-1)])]; !ok {
				misses++
			}
		}
		stop(b, from)
		hit(b, misses)
	}
}

func setContains(b *testing.B) {
	members, s := shuffled(thousand, newObject), new(realweak.Set[object])
	for _, p := range members {
		s.Add(p)
	}
	misses := 0
	from := start(b)
	for i := 0; b.Loop(); i++ {
		if !s.Contains(members[i&(thousand-1)]) {
			misses++
		}
	}
	stop(b, from)
	hit(b, misses)
}

func slotTableHit(b *testing.B) {
	keys, m := shuffled(thousand, newSlotted), new(realweak.SlotTable[slotted, int])
	for i, p := range keys {
		m.Store(p, i)
	}
	misses := 0
	from := start(b)
	for i := 0; b.Loop(); i++ {
		if _, ok := m.Load(keys[i&(thousand-1)]); !ok {
			misses++
		}
	}
	stop(b, from)
	hit(b, misses)
}

func valueMapOverwrite(b *testing.B) {
	m := new(realweak.ValueMap[int, object])
	dying(b, func(i int) { m.Store(i&(thousand-1), newObject(i)) })
	empty(b, m.LenApprox())
}

func perEntryOverwrite(b *testing.B) {
	m := newPerEntry()
	dying(b, func(i int) { m.store(i&(thousand-1), newObject(i)) })
	empty(b, m.m.Size())
}

func valueMapSetDelete(b *testing.B) {
	m := new(realweak.ValueMap[int, object])
	dying(b, func(i int) {
		p := newObject(i)
		m.Store(i&(thousand-1), p)
		m.Delete(i & (thousand - 1))
		runtime.KeepAlive(p)
	})
	empty(b, m.LenApprox())
}

func perEntrySetDelete(b *testing.B) {
	m := newPerEntry()
	dying(b, func(i int) {
		p := newObject(i)
		m.store(i&(thousand-1), p)
		m.delete(i & (thousand - 1))
		runtime.KeepAlive(p)
	})
	empty(b, m.m.Size())
}

// bareSetDelete is what no map with weak values can do without.
func bareSetDelete(b *testing.B) {
	m := xsync.NewMap[int, weak.Pointer[object]]()
	dying(b, func(i int) {
		p := newObject(i)
		m.Store(i&(thousand-1), weak.Make(p))
		m.Delete(i & (thousand - 1))
		runtime.KeepAlive(p)
	})
	empty(b, m.Size())
}

func valueMapChurn(b *testing.B) {
	m := new(realweak.ValueMap[int, object])
	dying(b, func(i int) { m.Store(i, newObject(i)) })
	empty(b, m.LenApprox())
}

func perEntryChurn(b *testing.B) {
	m := newPerEntry()
	dying(b, func(i int) { m.store(i, newObject(i)) })
	empty(b, m.m.Size())
}

// empty makes sure that the deaths were paid for. The last object may be in a
// register still.
func empty(b *testing.B, left int) {
	if left > 1 {
		b.Errorf("%d entries are left", left)
	}
}

func valueMapBuild(b *testing.B) {
	values := many(million, newObject)
	var m *realweak.ValueMap[int, object]
	once(b, million, func() {
		m = new(realweak.ValueMap[int, object])
		for i, p := range values {
			m.Store(i, p)
		}
	})
	runtime.KeepAlive(m)
}

func perEntryBuild(b *testing.B) {
	values := many(million, newObject)
	var m *perEntry
	once(b, million, func() {
		m = newPerEntry()
		for i, p := range values {
			m.store(i, p)
		}
	})
	runtime.KeepAlive(m)
}

func valueMapCollect(b *testing.B) {
	values, m := many(million, newObject), new(realweak.ValueMap[int, object])
	for i, p := range values {
		m.Store(i, p)
	}
	once(b, 1, func() { settle.Collect(b) })
	runtime.KeepAlive(values)
	runtime.KeepAlive(m)
}

func perEntryCollect(b *testing.B) {
	values, m := many(million, newObject), newPerEntry()
	for i, p := range values {
		m.store(i, p)
	}
	once(b, 1, func() { settle.Collect(b) })
	runtime.KeepAlive(values)
	runtime.KeepAlive(m)
}

// unsweptCollect is a collection with the entries of a ValueMap and nobody who looks at
// them afterwards.
func unsweptCollect(b *testing.B) {
	values, m := many(million, newObject), xsync.NewMap[int, weak.Pointer[object]]()
	for i, p := range values {
		m.Store(i, weak.Make(p))
	}
	once(b, 1, func() { settle.Collect(b) })
	runtime.KeepAlive(values)
	runtime.KeepAlive(m)
}

func valueMapAllocs(b *testing.B) {
	values := many(million, newObject)
	for b.Loop() {
		m := new(realweak.ValueMap[int, object])
		settle.Collect(b)
		before := mallocs()
		for i, p := range values {
			m.Store(i, p)
		}
		b.ReportMetric(float64(mallocs()-before)/float64(million), Allocs)
		runtime.KeepAlive(m)
	}
}

func mallocs() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.Mallocs
}

// valueMapMemory counts what the process has of the system's memory beyond the free
// parts of the heap: the runtime keeps its records of weak pointers off the heap.
func valueMapMemory(b *testing.B) {
	values := many(million, newObject)
	for b.Loop() {
		m := new(realweak.ValueMap[int, object])
		settle.Collect(b)
		before := used()
		for i, p := range values {
			m.Store(i, p)
		}
		settle.Collect(b)
		b.ReportMetric(float64(used()-before)/float64(million), Memory)
		runtime.KeepAlive(m)
	}
	runtime.KeepAlive(values)
}

func used() (n int64) {
	names := []string{
		"/memory/classes/heap/objects:bytes",
		"/memory/classes/metadata/other:bytes",
		"/memory/classes/other:bytes",
		"/memory/classes/metadata/mspan/inuse:bytes",
	}
	samples := make([]metrics.Sample, len(names))
	for i := range samples {
		samples[i].Name = names[i]
	}
	metrics.Read(samples)
	for _, s := range samples {
		n += int64(s.Value.Uint64())
	}
	return n
}

func valueMapGone(b *testing.B) {
	for b.Loop() {
		values, m := many(million, newObject), new(realweak.ValueMap[int, object])
		for i, p := range values {
			m.Store(i, p)
		}
		settle.Collect(b)
		clear(values)
		runtime.GC()
		from := time.Now()
		settle.Drain(b)
		b.ReportMetric(time.Since(from).Seconds(), Gone)
		empty(b, m.LenApprox())
	}
}
