package interning

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"unique"
)

var sizes = []int{1, 1_000, 100_000}

// bench runs f with GC settled before and after, so that the garbage of one
// benchmark is not collected on another's time.
func bench(b *testing.B, impl, op string, n int, f func(i int)) {
	b.Run(fmt.Sprintf("impl=%s/op=%s/n=%d", impl, op, n), func(b *testing.B) {
		runtime.GC()
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			f(i)
			i++
		}
		b.StopTimer()
		runtime.GC()
		runtime.GC()
	})
}

func shuffledKeys(n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("benchmark-%06d", i))
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return keys
}

func BenchmarkString(b *testing.B) {
	for _, n := range sizes {
		keys := shuffledKeys(n)
		raw := make([][]byte, n)
		ours, theirs, plain := make([]string, n), make([]unique.Handle[string], n), make(map[string]*string, n)
		for i, k := range keys {
			raw[i] = []byte(k)
			ours[i], theirs[i], plain[k] = String(k), unique.Make(k), &keys[i]
		}
		bench(b, "interning", "hit", n, func(i int) { String(keys[i%n]) })
		bench(b, "unique", "hit", n, func(i int) { unique.Make(keys[i%n]) })
		bench(b, "map", "hit", n, func(i int) { _ = *plain[keys[i%n]] })
		bench(b, "interning", "bytes-hit", n, func(i int) { Bytes(raw[i%n]) })
		bench(b, "unique", "bytes-hit", n, func(i int) { unique.Make(string(raw[i%n])) })
		bench(b, "map", "bytes-hit", n, func(i int) { _ = *plain[string(raw[i%n])] })
		runtime.KeepAlive(ours)
		runtime.KeepAlive(theirs)
	}
}

// BenchmarkStringMiss interns what nobody holds: it dies, and that is paid for
// here as well. Run it for some seconds.
func BenchmarkStringMiss(b *testing.B) {
	key := make([]byte, 16)
	next := func(i int) []byte {
		for j := range 8 {
			key[j] = byte(i >> (8 * j))
		}
		return key
	}
	bench(b, "interning", "miss", 1, func(i int) { Bytes(next(i)) })
	bench(b, "unique", "miss", 1, func(i int) { unique.Make(string(next(i))) })
	plain := make(map[string]*string)
	bench(b, "map", "miss", 1, func(i int) {
		s := string(next(i))
		plain[s] = &s // never dies; cleared now and then instead
		if len(plain) > 1<<16 {
			clear(plain)
		}
	})
}

func BenchmarkTable(b *testing.B) {
	for _, n := range sizes {
		var table Table[point]
		ours, theirs, plain := make([]Handle[point], n), make([]unique.Handle[point], n), make(map[point]*point, n)
		at := func(i int) point { return point{int32(i % n), int32(i % n)} }
		for i := range n {
			p := at(i)
			ours[i], theirs[i], plain[p] = table.Intern(p), unique.Make(p), &p
		}
		bench(b, "interning", "hit", n, func(i int) { table.Intern(at(i)) })
		bench(b, "unique", "hit", n, func(i int) { unique.Make(at(i)) })
		bench(b, "map", "hit", n, func(i int) { _ = plain[at(i)] })
		runtime.KeepAlive(ours)
		runtime.KeepAlive(theirs)
	}
}

func BenchmarkInt(b *testing.B) {
	keep, theirs := Int(1000), unique.Make(1000)
	bench(b, "interning", "small", 1, func(i int) { Int(i & 0xff) })
	bench(b, "interning", "hit", 1, func(int) { Int(1000) })
	bench(b, "unique", "hit", 1, func(int) { unique.Make(1000) })
	runtime.KeepAlive(keep)
	runtime.KeepAlive(theirs)
}

// BenchmarkTuple and BenchmarkFrozenSet have no counterpart in unique; the nearest
// is an array, whose length is part of its type.
func BenchmarkTuple(b *testing.B) {
	parts := []string{"GET", "/index.html", "200", "eu-west"}
	keep := TupleOf(parts...)
	theirs := unique.Make([4]string(parts))
	bench(b, "interning", "hit", 4, func(int) { TupleOf(parts...) })
	bench(b, "unique", "hit", 4, func(int) { unique.Make([4]string(parts)) })
	runtime.KeepAlive(keep)
	runtime.KeepAlive(theirs)
}

func BenchmarkFrozenSet(b *testing.B) {
	for _, n := range []int{4, 16, 64} {
		parts := shuffledKeys(n)
		keep := FrozenSetOf(parts...)
		bench(b, "interning", "hit", n, func(int) { FrozenSetOf(parts...) })
		bench(b, "interning", "contains", n, func(i int) { keep.Contains(parts[i%n]) })
	}
}

// BenchmarkShort compares hits of what is made of four short strings, or of four
// integers, with that of one string of the same bytes.
func BenchmarkShort(b *testing.B) {
	const n = 64
	random := rand.New(rand.NewPCG(1, 2))
	var whole [n]string
	var parts, shuffled [n][]string
	var labels [n][]Entry[string, string]
	var numbers [n][]int
	var held []any
	for i := range n {
		parts[i] = []string{"GET", fmt.Sprintf("left-%06d", i), "200", fmt.Sprintf("right-%06d", i)}
		shuffled[i] = append(shuffled[i], parts[i]...)
		random.Shuffle(4, func(a, b int) { shuffled[i][a], shuffled[i][b] = shuffled[i][b], shuffled[i][a] })
		labels[i] = []Entry[string, string]{{parts[i][0], parts[i][1]}, {"POST", parts[i][3]}}
		whole[i] = parts[i][0] + parts[i][1] + parts[i][2] + parts[i][3]
		numbers[i] = []int{1, i, 200, i * i}
		held = append(held, String(whole[i]), TupleOf(parts[i]...), FrozenSetOf(parts[i]...), MapOf(labels[i]...),
			TupleOf(numbers[i]...), FrozenSetOf(numbers[i]...))
	}
	hit := func(name string, f func(i int)) {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				f(i & (n - 1))
			}
		})
	}
	hit("string", func(i int) { String(whole[i]) })
	hit("parts", func(i int) { Parts(parts[i]...) })
	hit("tuple", func(i int) { TupleOf(parts[i]...) })
	hit("set", func(i int) { FrozenSetOf(parts[i]...) })
	hit("shuffled", func(i int) { FrozenSetOf(shuffled[i]...) })
	hit("map", func(i int) { MapOf(labels[i]...) })
	hit("int-tuple", func(i int) { TupleOf(numbers[i]...) })
	hit("int-set", func(i int) { FrozenSetOf(numbers[i]...) })
	hit("unique-array", func(i int) { unique.Make([4]string(parts[i])) })
	runtime.KeepAlive(held)
}
