package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"unique"
	"unsafe"

	"github.com/josharian/intern"
	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/interning"
	go4 "go4.org/intern"
)

// BenchmarkInterningContest compares lookups with those of unique, of a plain map
// without any lock, and of two libraries, in turns:
//
//	GOMAXPROCS=1 go test ./bench -run '^$' -bench InterningContest -benchtime 15x -large
func BenchmarkInterningContest(b *testing.B) {
	for _, n := range []int{1, 1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) { contestStrings(b, n) })
	}
	b.Run("value", contestValues)
	b.Run("parts", contestParts)
	b.Run("miss", contestMiss)
	b.Run("churn", contestChurn)
	b.Run("once", contestOnce)
	b.Run("footprint", contestFootprint)
}

// sinks keep what is looked up from being optimised away.
var (
	sinkString string
	sinkUnique unique.Handle[string]
)

// contestStrings has hits of n strings of 16 bytes.
func contestStrings(b *testing.B, n int) {
	if n > 100_000 && !*large {
		b.Skip("only with -large")
	}
	names := make([]string, n)
	table, strict := interning.NewTable[string](), interning.NewTable[string](interning.Strict())
	uniques, ours, plain := make([]unique.Handle[string], n), make([]string, n), make(map[string]*string, n)
	handles := make([][2]interning.Handle[string], n)
	go4s := make([]*go4.Value, n)
	for i := range names {
		names[i] = fmt.Sprintf("name-%011d", i)
		uniques[i], ours[i], plain[names[i]] = unique.Make(names[i]), interning.String(names[i]), &names[i]
		handles[i] = [2]interning.Handle[string]{table.Intern(names[i]), strict.Intern(names[i])}
		go4s[i] = go4.GetByString(names[i])
	}
	const ops = 1 << 16
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 1, uint64(n-1))
	for _, d := range []struct {
		name string
		draw func() int
	}{
		{"uniform", func() int { return random.IntN(n) }},
		{"zipf", func() int { return int(zipf.Uint64()) }},
	} {
		if n == 1 && d.name == "zipf" {
			continue
		}
		asked, raw := make([]string, ops), make([][]byte, ops)
		for i := range asked {
			raw[i] = []byte(names[d.draw()])
			asked[i] = string(raw[i])
		}
		b.Run("string/"+d.name, func(b *testing.B) {
			for _, s := range names {
				intern.String(s)
			}
			settle.Collect(b)
			for _, s := range asked { // after the collections so far
				interning.String(s)
				table.Intern(s)
			}
			contest(b, ops, false,
				contender{"unique", func(n int) {
					for i := range n {
						sinkUnique = unique.Make(asked[i])
					}
				}},
				contender{"string", func(n int) {
					for i := range n {
						sinkString = interning.String(asked[i])
					}
				}},
				contender{"table", func(n int) {
					for i := range n {
						table.Intern(asked[i])
					}
				}},
				contender{"strict", func(n int) {
					for i := range n {
						strict.Intern(asked[i])
					}
				}},
				contender{"map", func(n int) {
					for i := range n {
						sinkString = *plain[asked[i]]
					}
				}},
				contender{"go4", func(n int) {
					for i := range n {
						go4.GetByString(asked[i])
					}
				}},
				contender{"josharian", func(n int) {
					for i := range n {
						sinkString = intern.String(asked[i])
					}
				}})
		})
		b.Run("bytes/"+d.name, func(b *testing.B) {
			for _, s := range names {
				intern.String(s)
			}
			settle.Collect(b)
			for _, s := range asked {
				interning.String(s)
			}
			contest(b, ops, false,
				contender{"unique", func(n int) {
					for i := range n {
						sinkUnique = unique.Make(string(raw[i]))
					}
				}},
				contender{"bytes", func(n int) {
					for i := range n {
						sinkString = interning.Bytes(raw[i])
					}
				}},
				contender{"josharian", func(n int) {
					for i := range n {
						sinkString = intern.Bytes(raw[i])
					}
				}})
		})
	}
	runtime.KeepAlive(uniques)
	runtime.KeepAlive(ours)
	runtime.KeepAlive(handles)
	runtime.KeepAlive(go4s)
}

// contestValues has hits of a thousand structs and integers.
func contestValues(b *testing.B) {
	type point struct{ x, y int64 }
	type host struct {
		name, zone string
		port       int
	}
	const n, ops = 1 << 10, 1 << 16
	points, hosts := interning.NewTable[point](), interning.NewTable[host]()
	pointOf := func(i int) point { return point{int64(i & (n - 1)), 1} }
	all := make([]host, n)
	for i := range all {
		all[i] = host{fmt.Sprintf("host-%05d", i), "eu-west", 443}
	}
	hostOf := func(i int) host { return all[i&(n-1)] }
	intOf := func(i int) int { return 1000 + i&(n-1) }
	var held []any
	hold := func() {
		for i := range n {
			held = append(held, points.Intern(pointOf(i)), hosts.Intern(hostOf(i)), interning.Int(intOf(i)),
				unique.Make(pointOf(i)), unique.Make(hostOf(i)), unique.Make(intOf(i)))
		}
	}
	hold()
	for _, c := range []struct {
		name         string
		native, ours func(i int)
	}{
		{"struct of integers", func(i int) { unique.Make(pointOf(i)) }, func(i int) { points.Intern(pointOf(i)) }},
		{"struct with strings", func(i int) { unique.Make(hostOf(i)) }, func(i int) { hosts.Intern(hostOf(i)) }},
		{"int", func(i int) { unique.Make(intOf(i)) }, func(i int) { interning.Int(intOf(i)) }},
		{"small int", func(i int) { unique.Make(i & 0xff) }, func(i int) { interning.Int(i & 0xff) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			hold()
			contest(b, ops, false, contender{"unique", times(c.native)}, contender{"table", times(c.ours)})
		})
	}
	runtime.KeepAlive(held)
}

func times(f func(i int)) func(n int) {
	return func(n int) {
		for i := range n {
			f(i)
		}
	}
}

// contestParts has hits of tuples, sets and maps of four strings, beside a string of
// the same bytes and an array, the nearest that unique has. A shuffled set has one order
// that differs from that in which it was made, a reshuffled one a new order each time.
func contestParts(b *testing.B) {
	const n, ops = 64, 1 << 16
	parts, shuffled, reshuffled := make([][]string, n), make([][]string, n), make([][]string, 16*n)
	labels := make([][]interning.Entry[string, string], n)
	whole := make([]string, n)
	var held []any
	random := rand.New(rand.NewPCG(1, 2))
	for i := range parts {
		parts[i] = []string{"GET", fmt.Sprintf("left-%06d", i), "200", fmt.Sprintf("right-%06d", i)}
		shuffled[i] = inAnyOrder(random, parts[i])
		labels[i] = []interning.Entry[string, string]{{Key: parts[i][0], Value: parts[i][1]}, {Key: "POST", Value: parts[i][3]}}
		whole[i] = parts[i][0] + parts[i][1] + parts[i][2] + parts[i][3]
	}
	for i := range reshuffled {
		reshuffled[i] = inAnyOrder(random, parts[i&(n-1)])
	}
	hold := func() {
		for i := range parts {
			held = append(held, interning.String(whole[i]), interning.TupleOf(parts[i]...), interning.FrozenSetOf(parts[i]...),
				interning.MapOf(labels[i]...), unique.Make([4]string(parts[i])))
		}
	}
	hold()
	settle.Collect(b)
	hold()
	contest(b, ops, false,
		contender{"string", times(func(i int) { sinkString = interning.String(whole[i&(n-1)]) })},
		contender{"parts", times(func(i int) { sinkString = interning.Parts(parts[i&(n-1)]...) })},
		contender{"tuple", times(func(i int) { interning.TupleOf(parts[i&(n-1)]...) })},
		contender{"set", times(func(i int) { interning.FrozenSetOf(parts[i&(n-1)]...) })},
		contender{"shuffled-set", times(func(i int) { interning.FrozenSetOf(shuffled[i&(n-1)]...) })},
		contender{"reshuffled-set", times(func(i int) { interning.FrozenSetOf(reshuffled[i&(16*n-1)]...) })},
		contender{"map", times(func(i int) { interning.MapOf(labels[i&(n-1)]...) })},
		contender{"unique-array", times(func(i int) { unique.Make([4]string(parts[i&(n-1)])) })})
	runtime.KeepAlive(held)
}

func inAnyOrder(random *rand.Rand, parts []string) []string {
	again := slices.Clone(parts)
	random.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
	return again
}

// numbered writes i into key, which nobody else writes.
func numbered(key []byte, i uint64) []byte {
	binary.BigEndian.PutUint64(key, i)
	return key
}

// contestMiss interns strings of 16 bytes that nobody has and nobody holds: they die,
// and all that this takes is part of it.
func contestMiss(b *testing.B) {
	const ops = 1 << 19
	key, next := make([]byte, 16), newCounter().next
	miss := func(intern func(key []byte)) func(n int) {
		return func(n int) {
			for range n {
				intern(numbered(key, next))
				next++
			}
		}
	}
	contest(b, ops, true,
		contender{"unique", miss(func(key []byte) { unique.Make(string(key)) })},
		contender{"bytes", miss(func(key []byte) { interning.Bytes(key) })},
		contender{"go4", miss(func(key []byte) { go4.GetByString(string(key)) })})
}

// contestChurn is nine hits of 10,000 strings for one that is new and dies.
func contestChurn(b *testing.B) {
	const n, ops = 10_000, 1 << 21
	key, next := make([]byte, 16), newCounter().next
	old := make([][]byte, n)
	var held []any
	for i := range old {
		old[i] = fmt.Appendf(nil, "churn-%010d", i)
		held = append(held, unique.Make(string(old[i])), interning.Bytes(old[i]), go4.GetByString(string(old[i])))
	}
	churn := func(intern func(key []byte)) func(n int) {
		return func(ops int) {
			for i := range ops {
				if i%10 == 0 {
					intern(numbered(key, next))
					next++
					continue
				}
				intern(old[i*7919%n])
			}
		}
	}
	contest(b, ops, true,
		contender{"unique", churn(func(key []byte) { unique.Make(string(key)) })},
		contender{"bytes", churn(func(key []byte) { interning.Bytes(key) })},
		contender{"go4", churn(func(key []byte) { go4.GetByString(string(key)) })})
	runtime.KeepAlive(held)
}

// contestOnce hits each string once between two collections, which is the worst that
// can happen to a table that forgets what it knew at each.
func contestOnce(b *testing.B) {
	const n = 100_000
	names := make([]string, n)
	var held []any
	for i := range names {
		names[i] = fmt.Sprintf("once-%011d", i)
		held = append(held, unique.Make(names[i]), interning.String(names[i]))
	}
	contest(b, n, true,
		contender{"unique", func(n int) {
			for i := range n {
				sinkUnique = unique.Make(names[i])
			}
		}},
		contender{"string", func(n int) {
			for i := range n {
				sinkString = interning.String(names[i])
			}
		}})
	runtime.KeepAlive(held)
}

// contestFootprint reports what a million strings of 16 bytes take, and what a
// collection of them costs.
func contestFootprint(b *testing.B) {
	n := 50_000
	if *large {
		n = 1_000_000
	}
	key := make([]byte, 16)
	base := newCounter().next
	for b.Loop() {
		native := measureFootprint(b, n, func() any {
			all := make([]unique.Handle[string], n)
			for i := range all {
				all[i] = unique.Make(string(numbered(key, base+uint64(i))))
			}
			return all
		})
		ours := measureFootprint(b, n, func() any {
			all := make([]*byte, n)
			for i := range all {
				all[i] = unsafe.StringData(interning.Bytes(numbered(key, base+uint64(i))))
			}
			return all
		})
		b.ReportMetric(native.bytes, "unique-B/entry")
		b.ReportMetric(ours.bytes, "bytes-B/entry")
		b.ReportMetric(ours.bytes/native.bytes, "B/B")
		b.ReportMetric(native.cpu, "unique-gc-ns/entry")
		b.ReportMetric(ours.cpu, "bytes-gc-ns/entry")
		b.ReportMetric(ours.cpu/native.cpu, "gc/gc")
	}
	b.ReportMetric(0, "ns/op")
}
