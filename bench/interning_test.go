package bench

import (
	"encoding/binary"
	"runtime"
	"slices"
	"testing"
	"unique"
	"unsafe"

	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/interning"
)

func BenchmarkInterning(b *testing.B) { run(b, "Interning") }

var interningCases = cases{
	"int-small":     {Native: intNative, Collected: intCollected, Sim: intSim},
	"string-hit":    {Native: stringHitNative, Collected: stringHitCollected, Sim: stringHitSim},
	"string-miss":   {Native: stringMissNative, Collected: stringMissCollected, Sim: stringMissSim},
	"tuple-hit":     {Native: tupleNative, Collected: tupleCollected},
	"frozenset-hit": {Native: frozenNative, Collected: frozenCollected},
}

func intNative(b *testing.B) {
	var held [256]unique.Handle[int]
	for i := range held {
		held[i] = unique.Make(i)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if unique.Make(i&0xff) == held[i&0xff] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func intCollected(b *testing.B) {
	var held [256]*int
	for i := range held {
		held[i] = interning.Int(i)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if interning.Int(i&0xff) == held[i&0xff] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func intSim(b *testing.B) {
	py := newPython()
	var held [256]*sim.Object
	for i := range held {
		held[i] = py.Int(int64(i))
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		o := py.Int(int64(i & 0xff))
		if o == held[i&0xff] {
			same++
		}
		py.Release(o)
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func stringHitNative(b *testing.B) {
	keys := newKeys("key")
	held := make([]unique.Handle[string], population)
	for i, k := range keys {
		held[i] = unique.Make(k)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if unique.Make(keys[i&mask]) == held[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func stringHitCollected(b *testing.B) {
	keys := newKeys("key")
	held := make([]string, population)
	for i, k := range keys {
		held[i] = interning.String(k)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if unsafe.StringData(interning.String(keys[i&mask])) == unsafe.StringData(held[i&mask]) {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func stringHitSim(b *testing.B) {
	py := newPython()
	keys := newKeys("key")
	copies := py.strs(keys)
	held := make([]*sim.Object, population)
	for i, o := range py.strs(keys) {
		held[i] = py.Intern(o)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		o := py.Intern(py.Retain(copies[i&mask]))
		if o == held[i&mask] {
			same++
		}
		py.Release(o)
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

// counter counts in the bytes of a key. It starts where no other one does, since
// the tables behind unique and interning are the process's.
type counter struct {
	key  [8]byte
	next uint64
}

var counters uint64

func newCounter() *counter {
	counters++
	return &counter{next: counters << 40}
}

func (c *counter) bytes() []byte {
	binary.BigEndian.PutUint64(c.key[:], c.next)
	c.next++
	return c.key[:]
}

func stringMissNative(b *testing.B) {
	c := newCounter()
	m := start(b)
	for b.Loop() {
		unique.Make(string(c.bytes()))
	}
	m.bury()
}

func stringMissCollected(b *testing.B) {
	c := newCounter()
	before := interning.StringStats()
	m := start(b)
	for b.Loop() {
		interning.Bytes(c.bytes())
	}
	m.bury(func() {
		// The first collection lets go of them, the next one finds them dead, and
		// each removes no more than so many.
		for i := 0; i < 32 && interning.StringStats().Live > before.Live; i++ {
			settle.Collect(b)
		}
	})
	after := interning.StringStats()
	expect(b, "misses", after.Misses-before.Misses, uint64(b.N))
	expect(b, "strings left", after.Live, before.Live)
}

func stringMissSim(b *testing.B) {
	py := newPython()
	before := py.Interned()
	c := newCounter()
	m := start(b)
	for b.Loop() {
		py.Release(py.Intern(py.Str(string(c.bytes()))))
	}
	m.bury()
	expect(b, "strings left", py.Interned(), before)
}

// newParts returns elements for tuples and sets, four each.
func newParts() [][4]string {
	a, c := newKeys("left"), newKeys("right")
	all := make([][4]string, population)
	for i := range all {
		all[i] = [4]string{"GET", a[i], "200", c[i]}
	}
	return all
}

func tupleNative(b *testing.B) {
	parts := newParts()
	held := make([]unique.Handle[[4]string], population)
	for i := range parts {
		held[i] = unique.Make(parts[i])
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if unique.Make(parts[i&mask]) == held[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func tupleCollected(b *testing.B) {
	parts := newParts()
	held := make([]interning.Tuple[string], population)
	for i := range parts {
		held[i] = interning.TupleOf(parts[i][:]...)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if interning.TupleOf(parts[i&mask][:]...) == held[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func frozenNative(b *testing.B) {
	set := func(parts [4]string) unique.Handle[[4]string] {
		slices.Sort(parts[:])
		return unique.Make(parts)
	}
	parts := newParts()
	held := make([]unique.Handle[[4]string], population)
	for i := range parts {
		held[i] = set(parts[i])
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if set(parts[i&mask]) == held[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
}

func frozenCollected(b *testing.B) {
	parts := newParts()
	held := make([]interning.FrozenSet[string], population)
	for i := range parts {
		held[i] = interning.FrozenSetOf(parts[i][:]...)
	}
	i, same := 0, 0
	m := start(b)
	for b.Loop() {
		if interning.FrozenSetOf(parts[i&mask][:]...) == held[i&mask] {
			same++
		}
		i++
	}
	m.stop()
	expect(b, "same", same, b.N)
	runtime.KeepAlive(held)
}
