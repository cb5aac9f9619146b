package realweak_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"github.com/referent-go/referent/realweak"
)

// The keys of the benchmarks come in two sizes: the smallest that is useful, and
// one of which a span holds 128.
type (
	key16 struct {
		realweak.Slots
		id int
	}
	key64 struct {
		realweak.Slots
		id int
		_  [48]byte
	}
)

// BenchmarkSlotTableLoad looks up keys in random order: in a SlotTable, in a
// KeyMap, and in a plain map by weak pointer, with no lock.
func BenchmarkSlotTableLoad(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 17} {
		benchSlotLoads(b, n, func(i int) *key16 { return &key16{id: i} })
		benchSlotLoads(b, n, func(i int) *key64 { return &key64{id: i} })
	}
}

func benchSlotLoads[K realweak.Slotted](b *testing.B, n int, fresh func(int) *K) {
	keys := make([]*K, n)
	for i := range keys {
		keys[i] = fresh(i)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	var slots realweak.SlotTable[K, int]
	var byKey realweak.KeyMap[K, int]
	naive := map[weak.Pointer[K]]int{}
	for _, impl := range []struct {
		name  string
		store func(*K, int)
		load  func(*K) (int, bool)
	}{
		{"slots", slots.Store, slots.Load},
		{"keymap", byKey.Store, byKey.Load},
		{"naive", func(k *K, v int) { naive[weak.Make(k)] = v }, func(k *K) (int, bool) { v, ok := naive[weak.Make(k)]; return v, ok }},
	} {
		for i, k := range keys {
			impl.store(k, i)
		}
		b.Run(fmt.Sprintf("impl=%s/key=%d/n=%d", impl.name, unsafe.Sizeof(*keys[0]), n), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if v, ok := impl.load(keys[i]); !ok || v != i {
					b.Fatal("lost")
				}
				if i++; i == n {
					i = 0
				}
			}
		})
	}
	runtime.KeepAlive(keys)
}

// BenchmarkSlotTablesOnOneKey looks up the oldest of many tables' values on a key.
func BenchmarkSlotTablesOnOneKey(b *testing.B) {
	for _, n := range []int{1, 8, 64, 1024} {
		b.Run(fmt.Sprintf("tables=%d", n), func(b *testing.B) {
			k := &key16{}
			tables := make([]realweak.SlotTable[key16, int], n)
			for i := range tables {
				tables[i].Store(k, i)
			}
			for b.Loop() {
				if _, ok := tables[0].Load(k); !ok {
					b.Fatal("lost")
				}
			}
		})
	}
}

// BenchmarkSlotTableStore measures what changes the table. "new" pays for the
// collections that bury the dropped keys too.
func BenchmarkSlotTableStore(b *testing.B) {
	run := func(op string, f func(b *testing.B)) {
		b.Run(op, func(b *testing.B) {
			b.ReportAllocs()
			f(b)
			b.StopTimer()
			runtime.GC()
			runtime.GC()
		})
	}
	benchSlotStores(run, "slots", func() (func(*key16, int), func(*key16)) {
		var m realweak.SlotTable[key16, int]
		return m.Store, m.Delete
	})
	benchSlotStores(run, "keymap", func() (func(*key16, int), func(*key16)) {
		var m realweak.KeyMap[key16, int]
		return m.Store, m.Delete
	})
}

func benchSlotStores(run func(string, func(*testing.B)), impl string, fresh func() (store func(*key16, int), remove func(*key16))) {
	run("impl="+impl+"/op=overwrite", func(b *testing.B) {
		store, _ := fresh()
		k := &key16{}
		for i := 0; b.Loop(); i++ {
			store(k, i)
		}
	})
	run("impl="+impl+"/op=store+delete", func(b *testing.B) {
		store, remove := fresh()
		k := &key16{}
		for i := 0; b.Loop(); i++ {
			store(k, i)
			remove(k)
		}
	})
	run("impl="+impl+"/op=new", func(b *testing.B) {
		store, _ := fresh()
		for i := 0; b.Loop(); i++ {
			store(&key16{id: i}, i)
		}
	})
}

// BenchmarkSlotTableBuild stores into a table of half a million living keys, and
// reports what an entry takes, the runtime's own records included but not the key.
// That figure is right for the first round in a process only: -benchtime=1x.
func BenchmarkSlotTableBuild(b *testing.B) {
	for _, impl := range []string{"slots", "keymap"} {
		b.Run("impl="+impl, func(b *testing.B) {
			const n = 500_000
			for b.Loop() {
				b.StopTimer()
				keys := make([]*key16, n)
				for i := range keys {
					keys[i] = &key16{id: i}
				}
				runtime.GC()
				before := inUse()
				b.StartTimer()
				var slots realweak.SlotTable[key16, int]
				var byKey realweak.KeyMap[key16, int]
				if strings.HasPrefix(impl, "slots") {
					for i, k := range keys {
						slots.Store(k, i)
					}
				} else {
					for i, k := range keys {
						byKey.Store(k, i)
					}
				}
				b.StopTimer()
				runtime.GC()
				b.ReportMetric(float64(inUse()-before)/n, "B/entry")
				began := b.Elapsed()
				b.StartTimer()
				count := slots.Len() + byKey.Len()
				b.StopTimer()
				b.ReportMetric(float64(b.Elapsed()-began)/n, "ns/entry-Len")
				if count != n {
					b.Fatal("lost")
				}
				runtime.KeepAlive(keys)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/n, "ns/entry")
		})
	}
}

func inUse() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.OtherSys + m.GCSys)
}
