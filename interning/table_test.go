package interning

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestZeroTable(t *testing.T) {
	var table Table[string]
	if _, ok := table.Lookup("x"); ok || table.Len() != 0 || table.Stats() != (Stats{}) || table.Name() != "" {
		t.Error("the zero Table is not empty")
	}
	for range table.All() {
		t.Error("the zero Table yields a handle")
	}
	a, b := table.Intern("x"), table.Intern("x")
	if a != b || a.Value() != "x" || table.Len() != 1 {
		t.Errorf("handles of %q and %q", a, b)
	}
}

func TestTablesAreApart(t *testing.T) {
	a, b := NewTable[string](Named("a")), NewTable[string](Named("other"), Named("b"))
	if a.Intern("x") == b.Intern("x") {
		t.Error("two tables share a canonical value")
	}
	if a.Name() != "a" || b.Name() != "b" {
		t.Errorf("names %q and %q", a.Name(), b.Name())
	}
}

func TestAllMayStopAndUseTheTable(t *testing.T) {
	table := NewTable[int]()
	var keep []Handle[int]
	for i := range 100 {
		keep = append(keep, table.Intern(i))
	}
	seen := make(map[Handle[int]]int)
	for h := range table.All() {
		seen[h]++
		if len(seen) < 20 {
			keep = append(keep, table.Intern(h.Value()+1000)) // may rehash under the iteration
		}
	}
	for _, h := range keep[:100] {
		if seen[h] != 1 {
			t.Errorf("%v came %d times", h, seen[h])
		}
	}
	n := 0
	for range table.All() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d rounds after break", n)
	}
}

// holder has strings wherever Go lets one be.
type holder struct {
	plain  string
	array  [2]string
	nested struct{ deep [1]struct{ s string } }
	boxed  any
	named  interface{ String() string }
}

type stringer struct{ s string }

func (s stringer) String() string { return s.s }

//go:noinline
func internHolder(table *Table[holder]) (h Handle[holder], parents []realweak.Ref[byte]) {
	piece := func() string {
		parent := fresh("%s%d", strings.Repeat("parent ", 1000), len(parents))
		parents = append(parents, realweak.Make(data(parent)))
		return parent[:6]
	}
	var v holder
	v.plain, v.array[0], v.array[1] = piece(), piece(), piece()
	v.nested.deep[0].s = piece()
	v.boxed = [1]any{struct{ s string }{piece()}}
	v.named = stringer{piece()}
	return table.Intern(v), parents
}

func TestStringsInsideValuesAreCopied(t *testing.T) {
	var table Table[holder]
	h, parents := internHolder(&table)
	for _, p := range parents {
		weaktest.AwaitDead(t, p)
	}
	want := holder{plain: "parent", array: [2]string{"parent", "parent"}, boxed: [1]any{struct{ s string }{"parent"}}, named: stringer{"parent"}}
	want.nested.deep[0].s = "parent"
	if h.Value() != want || table.Intern(want) != h {
		t.Errorf("the value became %v", h.Value())
	}
}

func TestTableStats(t *testing.T) {
	table := NewTable[string]()
	h := table.Intern("0123456789")
	table.Lookup("absent")
	for range 3 {
		table.Intern("0123456789")
	}
	table.Lookup("0123456789")
	held := uint64(unsafe.Sizeof(boxed[[16]byte]{}))
	want := Stats{Hits: 4, Misses: 2, Live: 1, BytesHeld: held, BytesSaved: 40, Collections: table.Stats().Collections}
	if got := table.Stats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	points := NewTable[point]()
	keep := points.Intern(point{1, 2})
	points.Intern(point{1, 2})
	if got, want := points.Stats().BytesSaved, uint64(unsafe.Sizeof(point{})); got != want {
		t.Errorf("%d bytes saved by a hit of a point, want %d", got, want)
	}
	_, _ = h, keep
}

func TestTally(t *testing.T) {
	var tally tally
	var bytes uint64
	sizes := []int{0, 1, 100, 1 << 24, 1 << 30}
	const n = 1001 // enough for many batches and a rest
	for i := range n {
		tally.add(sizes[i%len(sizes)])
		bytes += uint64(sizes[i%len(sizes)])
	}
	if h, b := tally.sum(); h != n || b != bytes {
		t.Errorf("counted %d hits and %d bytes, want %d and %d", h, b, n, bytes)
	}
}

func TestSizes(t *testing.T) {
	if got := unsafe.Sizeof(Handle[holder]{}); got != unsafe.Sizeof(uintptr(0)) {
		t.Errorf("a Handle has %d bytes", got)
	}
	if got := unsafe.Sizeof(Tuple[holder]{}); got != unsafe.Sizeof(uintptr(0)) {
		t.Errorf("a Tuple has %d bytes", got)
	}
	if got := unsafe.Sizeof(FrozenSet[holder]{}); got != unsafe.Sizeof(uintptr(0)) {
		t.Errorf("a FrozenSet has %d bytes", got)
	}
	if got := unsafe.Sizeof(tally{}); got != 64 {
		t.Errorf("a tally has %d bytes, not a cache line", got)
	}
	if got := unsafe.Sizeof(shard{}); unsafe.Sizeof(uintptr(0)) == 8 && got != 128 {
		t.Errorf("a shard has %d bytes, not two cache lines", got)
	}
	if got := unsafe.Sizeof(bucket{}); unsafe.Sizeof(uintptr(0)) == 8 && got != 64 {
		t.Errorf("a bucket has %d bytes, not a cache line", got)
	}
}
