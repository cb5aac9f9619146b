package figures

import (
	"math/rand/v2"
	"runtime"
	"weak"

	"github.com/puzpuzpuz/xsync/v4"

	"github.com/referent-go/referent/realweak"
)

const thousand = 1 << 10

// million is fewer with -short, for those who only want to see all benchmarks run.
var million = 1 << 20

// fit returns n, or fewer with -short.
func fit(n int) int { return min(n, million) }

// object is 64 bytes with a pointer.
type object struct {
	id    int
	other *object
	_     [6]int
}

// small is 16 bytes with a pointer: 512 lie in one span, and their weak handles in
// one list.
type small struct {
	id int
	_  *small
}

// slotted is small with room for what hangs off it.
type slotted struct {
	realweak.Slots
	id int
}

// many returns objects in the order of their making, which is that of a program that
// fills a map, and mostly that of their addresses. A weak handle or a cleanup in random
// order costs several times as much where a million objects have one, on either side.
func many[T any](n int, fresh func(int) *T) []*T {
	all := make([]*T, n)
	for i := range all {
		all[i] = fresh(i)
	}
	return all
}

// shuffled returns objects in random order, for lookups.
func shuffled[T any](n int, fresh func(int) *T) []*T {
	all := many(n, fresh)
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func newObject(i int) *object { return &object{id: i} }

// perEntry is a map with weak values as it is made without a sweep: each entry has
// a cleanup that removes this very entry.
type perEntry struct{ m *xsync.Map[int, *entry] }

type entry struct {
	ref     weak.Pointer[object]
	cleanup runtime.Cleanup
}

type death struct {
	home weak.Pointer[perEntry]
	key  int
	e    *entry
}

func newPerEntry() *perEntry { return &perEntry{xsync.NewMap[int, *entry]()} }

func (d death) remove() {
	if m := d.home.Value(); m != nil {
		m.m.Compute(d.key, func(now *entry, ok bool) (*entry, xsync.ComputeOp) {
			if ok && now == d.e {
				return nil, xsync.DeleteOp
			}
			return now, xsync.CancelOp
		})
	}
}

func (m *perEntry) store(key int, p *object) {
	e := &entry{ref: weak.Make(p)}
	e.cleanup = runtime.AddCleanup(p, death.remove, death{weak.Make(m), key, e})
	m.m.Store(key, e)
	runtime.KeepAlive(p)
}

// delete stops the cleanup, or one would be left for each time that a value was
// stored. The caller holds the value.
func (m *perEntry) delete(key int) {
	if e, ok := m.m.LoadAndDelete(key); ok {
		e.cleanup.Stop()
	}
}
