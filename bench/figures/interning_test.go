package figures

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"unique"
	"unsafe"

	"github.com/josharian/intern"
	go4 "go4.org/intern"

	"github.com/referent-go/referent/bench/internal/cputime"
	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/interning"
)

func init() {
	for name, n := range map[string]int{"1": 1, "1k-uniform": 1_000, "10k-uniform": 10_000, "100k-uniform": 100_000, "1m-uniform": 1_000_000} {
		benchmarks["intern-hit-"+name] = sides{stringHit(uniform(n)), uniqueHit(uniform(n))}
		if name != "100k-uniform" {
			benchmarks["intern-map-"+name] = sides{stringHit(uniform(n)), plainHit(uniform(n))}
		}
	}
	for name, n := range map[string]int{"1k-zipf": 1_000, "10k-zipf": 10_000, "100k-zipf": 100_000, "1m-zipf": 1_000_000} {
		benchmarks["intern-hit-"+name] = sides{stringHit(zipf(n)), uniqueHit(zipf(n))}
	}
	benchmarks["intern-map-100k-zipf"] = sides{stringHit(zipf(100_000)), plainHit(zipf(100_000))}
	for name, d := range map[string]draw{"1": uniform(1), "1k-zipf": zipf(1_000), "100k-uniform": uniform(100_000)} {
		benchmarks["intern-bytes-"+name] = sides{bytesHit(d), uniqueBytesHit(d)}
		benchmarks["intern-strict-"+name] = sides{strictHit(d), uniqueHit(d)}
	}
	for name, d := range map[string]draw{"1": uniform(1), "1k-zipf": zipf(1_000), "100k-uniform": uniform(100_000), "1m-uniform": uniform(1_000_000)} {
		benchmarks["intern-josharian-"+name] = sides{stringHit(d), josharianHit(d)}
	}
	benchmarks["intern-go4-1k-zipf"] = sides{stringHit(zipf(1_000)), go4Hit(zipf(1_000))}

	benchmarks["intern-struct-integers"] = sides{tableHit(newPoint), uniqueValueHit(newPoint)}
	benchmarks["intern-struct-strings"] = sides{tableHit(newHost), uniqueValueHit(newHost)}
	benchmarks["intern-int"] = sides{intHit, uniqueValueHit(newLargeInt)}

	benchmarks["intern-tuple"] = sides{partsHit(fourStrings, interning.TupleOf), wholeHit(fourStrings)}
	benchmarks["intern-set"] = sides{partsHit(fourStrings, interning.FrozenSetOf), wholeHit(fourStrings)}
	benchmarks["intern-set-shuffled"] = sides{shuffledSetHit, wholeHit(fourStrings)}
	benchmarks["intern-tuple-integers"] = sides{partsHit(fourIntegers, interning.TupleOf), longHit(32)}
	benchmarks["intern-set-integers"] = sides{partsHit(fourIntegers, interning.FrozenSetOf), longHit(32)}

	benchmarks["intern-miss"] = sides{miss(internBytes), miss(uniqueBytes)}
	benchmarks["intern-go4-miss"] = sides{miss(internBytes), miss(go4Bytes)}
	benchmarks["intern-miss-allocs"] = sides{ours: missAllocs}
	benchmarks["intern-churn"] = sides{churn(internBytes), churn(uniqueBytes)}
	benchmarks["intern-once"] = sides{askOnce(internString), askOnce(uniqueString)}
	benchmarks["intern-memory"] = sides{holdMillion(internBytes, Memory), holdMillion(uniqueBytes, Memory)}
	benchmarks["intern-collect-1m"] = sides{holdMillion(internBytes, CPU), holdMillion(uniqueBytes, CPU)}
}

// sinks keep what is looked up from being optimised away.
var (
	sinkString string
	sinkUnique unique.Handle[string]
)

// draw returns n different strings, and which of them are asked for, one after the
// other.
type draw func() (names []string, asked []int)

const questions = 1 << 16 // asked for round and round

func uniform(n int) draw {
	return drawn(n, func(r *rand.Rand, n int) func() int { return func() int { return r.IntN(n) } })
}

func zipf(n int) draw {
	return drawn(n, func(r *rand.Rand, n int) func() int {
		z := rand.NewZipf(r, 1.1, 1, uint64(n-1))
		return func() int { return int(z.Uint64()) }
	})
}

func drawn(n int, from func(*rand.Rand, int) func() int) draw {
	return func() (names []string, asked []int) {
		n := fit(n)
		names, asked = make([]string, n), make([]int, questions)
		for i := range names {
			names[i] = fmt.Sprintf("name-%011d", i)
		}
		next := from(rand.New(rand.NewPCG(1, 2)), n)
		for i := range asked {
			asked[i] = next()
		}
		return names, asked
	}
}

// lookups measures hits. hold makes what the names are to be found as, and returns what
// keeps it; look looks for one.
func lookups[Q any](b *testing.B, d draw, question func(name string) Q, hold func(names []string) (held any), look func(Q)) {
	names, asked := d()
	held := hold(names)
	questions := make([]Q, len(asked))
	for i, j := range asked {
		questions[i] = question(names[j])
	}
	start(b)
	// All are there, also in a table that the collection has emptied, and as other copies
	// than those that will be asked for.
	for _, name := range names {
		look(question(name))
	}
	i := 0
	from := cputime.Now()
	for b.Loop() {
		look(questions[i&(len(questions)-1)])
		i++
	}
	stop(b, from)
	runtime.KeepAlive(held)
}

func fresh(name string) string { return string([]byte(name)) }

func raw(name string) []byte { return []byte(name) }

// holding interns all names, and keeps what that returns.
func holding[H any](intern func(string) H) func(names []string) any {
	return func(names []string) any {
		held := make([]H, len(names))
		for i, s := range names {
			held[i] = intern(s)
		}
		return held
	}
}

func stringHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		lookups(b, d, fresh, holding(interning.String), func(s string) { sinkString = interning.String(s) })
	}
}

func bytesHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		lookups(b, d, raw, holding(interning.String), func(s []byte) { sinkString = interning.Bytes(s) })
	}
}

func strictHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		table := interning.NewTable[string](interning.Strict())
		lookups(b, d, fresh, holding(table.Intern), func(s string) { table.Intern(s) })
	}
}

func uniqueHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		lookups(b, d, fresh, holding(unique.Make[string]), func(s string) { sinkUnique = unique.Make(s) })
	}
}

func uniqueBytesHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		lookups(b, d, raw, holding(unique.Make[string]), func(s []byte) { sinkUnique = unique.Make(string(s)) })
	}
}

func plainHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		plain := make(map[string]*string)
		hold := func(names []string) any {
			for i := range names {
				plain[names[i]] = &names[i]
			}
			return plain
		}
		lookups(b, d, fresh, hold, func(s string) { sinkString = *plain[s] })
	}
}

func go4Hit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		lookups(b, d, fresh, holding(go4.GetByString), func(s string) { go4.GetByString(s) })
	}
}

// josharianHit: collections may empty josharian/intern, but lookups asks for everything
// once after the last, so that it has as many strings as the others.
func josharianHit(d draw) func(*testing.B) {
	return func(b *testing.B) {
		lookups(b, d, fresh, holding(intern.String), func(s string) { sinkString = intern.String(s) })
	}
}

type point struct{ x, y int64 }

type host struct {
	name, zone string
	port       int
}

func newPoint(i int) point  { return point{int64(i), 1} }
func newHost(i int) host    { return host{fmt.Sprintf("host-%05d", i), "eu-west", 443} }
func newLargeInt(i int) int { return 1000 + i }

// valueHit measures hits of a thousand values.
func valueHit[T comparable, H any](b *testing.B, value func(int) T, intern func(T) H) {
	values, held := many(thousand, func(i int) *T { v := value(i); return &v }), make([]H, thousand)
	hold := func() {
		for i, v := range values {
			held[i] = intern(*v)
		}
	}
	hold()
	start(b)
	hold()
	i := 0
	from := cputime.Now()
	for b.Loop() {
		intern(*values[i&(thousand-1)])
		i++
	}
	stop(b, from)
	runtime.KeepAlive(held)
}

func tableHit[T comparable](value func(int) T) func(*testing.B) {
	return func(b *testing.B) { valueHit(b, value, new(interning.Table[T]).Intern) }
}

func uniqueValueHit[T comparable](value func(int) T) func(*testing.B) {
	return func(b *testing.B) { valueHit(b, value, unique.Make[T]) }
}

func intHit(b *testing.B) { valueHit(b, newLargeInt, interning.Int) }

const partLists = 64

func fourStrings(i int) []string {
	return []string{"GET", fmt.Sprintf("left-%06d", i), "200", fmt.Sprintf("right-%06d", i)}
}

func fourIntegers(i int) []int { return []int{1, i, 200, 1000 + i*i} }

// listHits measures hits of lists of parts.
func listHits[L, H any](b *testing.B, hold, ask func(i int) L, intern func(L) H) {
	asked, held := make([]L, partLists), make([]H, partLists)
	for i := range held {
		asked[i], held[i] = ask(i), intern(hold(i))
	}
	start(b)
	for _, l := range asked {
		intern(l)
	}
	i := 0
	from := cputime.Now()
	for b.Loop() {
		intern(asked[i&(partLists-1)])
		i++
	}
	stop(b, from)
	runtime.KeepAlive(held)
}

func partsHit[E comparable, H any](parts func(i int) []E, intern func(...E) H) func(*testing.B) {
	return func(b *testing.B) { listHits(b, parts, parts, func(l []E) H { return intern(l...) }) }
}

func shuffledSetHit(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	ask := func(i int) []string {
		parts := fourStrings(i)
		random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return parts
	}
	listHits(b, fourStrings, ask, func(l []string) interning.FrozenSet[string] { return interning.FrozenSetOf(l...) })
}

func wholeHit(parts func(i int) []string) func(*testing.B) {
	return func(b *testing.B) {
		whole := func(i int) (s string) {
			for _, p := range parts(i) {
				s += p
			}
			return s
		}
		listHits(b, whole, whole, stringOf)
	}
}

// stringOf is String, called in the same way as what it is beside: TupleOf cannot be
// asked for a list without a function in between.
func stringOf(s string) string { return interning.String(s) }

func longHit(n int) func(*testing.B) {
	return func(b *testing.B) {
		whole := func(i int) string { return fmt.Sprintf("%0*d", n, i) }
		listHits(b, whole, whole, stringOf)
	}
}

// How a string with the contents of key is interned.
func internBytes(key []byte) any { return unsafe.StringData(interning.Bytes(key)) }
func uniqueBytes(key []byte) any { return unique.Make(string(key)) }
func go4Bytes(key []byte) any    { return go4.GetByString(string(key)) }
func internString(s string) any  { return unsafe.StringData(interning.String(s)) }
func uniqueString(s string) any  { return unique.Make(s) }
func numbered(key []byte, i int) { binary.BigEndian.PutUint64(key, uint64(i)) }

func miss(intern func([]byte) any) func(*testing.B) {
	return func(b *testing.B) {
		key := make([]byte, 16)
		dying(b, func(i int) {
			numbered(key, i)
			intern(key)
		})
	}
}

func missAllocs(b *testing.B) {
	key := make([]byte, 16)
	for b.Loop() {
		settle.Collect(b)
		before := mallocs()
		for i := range million {
			numbered(key, i)
			sinkString = interning.Bytes(key)
		}
		b.ReportMetric(float64(mallocs()-before)/float64(million), Allocs)
	}
}

func churn(intern func([]byte) any) func(*testing.B) {
	return func(b *testing.B) {
		const n = 10_000
		old, held := make([][]byte, n), make([]any, n)
		for i := range old {
			old[i] = fmt.Appendf(nil, "churn-%010d", i)
			held[i] = intern(old[i])
		}
		key := make([]byte, 16)
		dying(b, func(i int) {
			if i%10 == 0 {
				numbered(key, i)
				intern(key)
				return
			}
			intern(old[i*7919%n])
		})
		runtime.KeepAlive(held)
	}
}

func askOnce(intern func(string) any) func(*testing.B) {
	return func(b *testing.B) {
		names, _ := uniform(100_000)()
		held := make([]any, len(names))
		for i, s := range names {
			held[i] = intern(s)
		}
		settle.Collect(b)
		settle.Collect(b)
		once(b, len(names), func() {
			for _, s := range names {
				intern(s)
			}
			settle.Collect(b)
		})
		runtime.KeepAlive(held)
	}
}

// holdMillion measures what a million strings take, or a collection of them.
func holdMillion(intern func([]byte) any, unit string) func(*testing.B) {
	return func(b *testing.B) {
		key, held := make([]byte, 16), make([]any, million)
		settle.Collect(b)
		before := used()
		for i := range held {
			numbered(key, i)
			held[i] = intern(key)
		}
		for range 3 { // what was strong becomes weak, and then what that took is garbage
			settle.Collect(b)
		}
		if unit == CPU {
			once(b, million, func() { settle.Collect(b) })
		} else {
			for b.Loop() {
				b.ReportMetric(float64(used()-before)/float64(million), Memory)
			}
		}
		runtime.KeepAlive(held)
	}
}
