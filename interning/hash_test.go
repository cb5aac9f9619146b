package interning

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

// longest returns the most nodes that there are in one bucket and its spills.
func longest(e *engine) (most int) {
	for i := range e.shards {
		a := e.shards[i].array.Load()
		for j := range a.hot {
			n := 0
			for p := a.at(uint64(j)); ; p = p.next() {
				tags := p.b.tags.Load()
				n += bits.OnesCount64(used(tags))
				if tags&spilled == 0 {
					break
				}
			}
			most = max(most, n)
		}
	}
	return most
}

// mostInBucket is the bound that the package documents for keys that somebody chose
// without knowing the process's seeds.
const mostInBucket = 32

// flood interns keys that have a pattern, as those of somebody who wants all to be
// in one bucket.
func flood[T comparable](t *testing.T, name string, key func(i int) T) {
	t.Run(name, func(t *testing.T) {
		n := 50_000
		if raceEnabled {
			n = 5_000
		}
		table := NewTable[T](Immortal())
		for i := range n {
			table.Intern(key(i))
		}
		if got := table.Len(); got != n {
			t.Fatalf("%d different values, want %d", got, n)
		}
		if got := longest(&table.made.Load().engine); got > mostInBucket {
			t.Errorf("%d of %d values are in one bucket, want at most %d", got, n, mostInBucket)
		}
	})
}

func TestFlooding(t *testing.T) {
	flood(t, "sequence", func(i int) int { return i })
	for _, shift := range []int{8, 16, 32, 47} {
		flood(t, fmt.Sprintf("multiples of 1<<%d", shift), func(i int) uint64 { return uint64(i) << shift })
	}
	flood(t, "bit patterns", func(i int) uint64 { return uint64(i) * 0x1_0001_0001_0001 })
	flood(t, "two halves", func(i int) [2]uint64 { return [2]uint64{uint64(i), ^uint64(i)} })
	flood(t, "low words", func(i int) [2]uint32 { return [2]uint32{uint32(i), 0} })
	flood(t, "high words", func(i int) [2]uint32 { return [2]uint32{0, uint32(i)} })
	flood(t, "structs", func(i int) labelled { return labelled{name: fmt.Sprint(i)} })
	flood(t, "short strings", func(i int) string { return fmt.Sprint(i) })
	flood(t, "long strings", func(i int) string { return strings.Repeat("x", i%100) + fmt.Sprint(i) })
	flood(t, "strings of zeros", func(i int) string { return strings.Repeat("\x00", 8*(i%5)) + fmt.Sprint(i) })
	flood(t, "floats", func(i int) float64 { return float64(i) / 8 })
	flood(t, "pairs", func(i int) two[string, int] { return two[string, int]{fmt.Sprint(i % 100), i / 100} })
}

// floodParts is flood for what is looked up by its parts. intern returns what keeps the
// canonical value.
func floodParts[H comparable](t *testing.T, name string, e *engine, intern func(i int) H) {
	t.Run(name, func(t *testing.T) {
		n := 50_000
		if raceEnabled {
			n = 5_000
		}
		held := make(map[H]bool, n)
		for i := range n {
			held[intern(i)] = true
		}
		if len(held) != n {
			t.Fatalf("%d different values, want %d", len(held), n)
		}
		if got := longest(e); got > mostInBucket {
			t.Errorf("%d of %d values are in one bucket, want at most %d", got, n, mostInBucket)
		}
		runtime.KeepAlive(held)
	})
}

// digits returns the four digits of i in base 16: sequences that are permutations of
// each other, repeat one element, and differ in one place.
func digits(i int) []int { return []int{i & 15, i >> 4 & 15, i >> 8 & 15, i >> 12} }

func TestFloodingOfParts(t *testing.T) {
	names := func(i int) (texts []string) {
		for _, d := range digits(i) {
			texts = append(texts, string(rune('a'+d)))
		}
		return texts
	}
	texts, words, loose := newTuples[string](config{}), newTuples[int](config{}), newTuples[any](config{})
	floodParts(t, "tuples of letters", &texts.engine, func(i int) Tuple[string] { return newTuple(texts, names(i)...) })
	floodParts(t, "tuples of digits", &words.engine, func(i int) Tuple[int] { return newTuple(words, digits(i)...) })
	floodParts(t, "tuples of boxed digits", &loose.engine, func(i int) Tuple[any] {
		d := digits(i)
		return newTuple(loose, any(d[0]), any(d[1]), any(d[2]), any(d[3]))
	})
	split := newTuples[string](config{})
	floodParts(t, "one text cut in many ways", &split.engine, func(i int) Tuple[string] {
		const text = 300
		whole := strings.Repeat("x", text)
		a, b := i%(text/2), text/2+i/(text/2)%(text/2)
		return newTuple(split, whole[:a], whole[a:b], whole[b:], strings.Repeat("y", i/(text/2)/(text/2)))
	})
	zeros := newTuples[string](config{})
	floodParts(t, "tuples of zeros", &zeros.engine, func(i int) Tuple[string] {
		elems := make([]string, 4)
		for at, d := range digits(i) {
			elems[at] = strings.Repeat("\x00", d)
		}
		return newTuple(zeros, elems...)
	})
	// word returns a string of eight bytes: x in binary, multiplied by a power of two.
	word := func(x uint64, shift int) string {
		return string(binary.LittleEndian.AppendUint64(nil, x<<shift))
	}
	for _, shift := range []int{0, 16, 32, 47} {
		tuples, sets := newTuples[string](config{}), newSets[string](config{})
		floodParts(t, fmt.Sprintf("tuples of multiples of 1<<%d", shift), &tuples.engine, func(i int) Tuple[string] {
			return newTuple(tuples, word(uint64(i&0xff), shift), word(uint64(i>>8), shift))
		})
		floodParts(t, fmt.Sprintf("sets of multiples of 1<<%d", shift), &sets.engine, func(i int) FrozenSet[string] {
			return newSet(sets, word(uint64(i&0xff), shift), word(uint64(i>>8|0x1000), shift)+"x")
		})
		structs := newTableOf[two[string, int64]](config{})
		floodParts(t, fmt.Sprintf("structs of multiples of 1<<%d", shift), &structs.engine, func(i int) *two[string, int64] {
			return structs.intern(&two[string, int64]{word(uint64(i&0xff), shift), int64(i>>8) << shift})
		})
	}
	long := newTuples[string](config{})
	floodParts(t, "long tuples", &long.engine, func(i int) Tuple[string] {
		elems := make([]string, 40)
		for bit := range 16 {
			elems[2*bit] = "ab"[i>>bit&1:][:1]
		}
		return newTuple(long, elems...)
	})
	// The bits of i say what is in the set.
	set := func(i int) (members []int) {
		for bit := range 17 {
			if i>>bit&1 != 0 {
				members = append(members, bit)
			}
		}
		return append(members, 100)
	}
	sets := newSets[int](config{})
	floodParts(t, "sets of small numbers", &sets.engine, func(i int) FrozenSet[int] { return newSet(sets, set(i)...) })
	letters := newSets[string](config{})
	floodParts(t, "sets of letters", &letters.engine, func(i int) FrozenSet[string] {
		var members []string
		for _, m := range set(i) {
			members = append(members, string(rune('a'+m)))
		}
		return newSet(letters, members...)
	})
	maps := newMappings[string, string](config{})
	floodParts(t, "maps", &maps.engine, func(i int) Map[string, string] {
		d := names(i)
		return newMap(maps, label{"a", d[0]}, label{"b", d[1]}, label{"c", d[2]}, label{"d", d[3]})
	})
}

// TestSetHashOfPatterns: the hashes of a set's members are added up, so those of
// small integers must not make the same sum in several ways.
func TestSetHashOfPatterns(t *testing.T) {
	in := newSets[int](config{})
	seen := make(map[uint64][]int)
	for a := range 60 {
		for b := range a {
			for c := range b {
				_, hash, _ := in.pick([]int{a, b, c}, nil)
				if other, ok := seen[hash]; ok {
					t.Fatalf("%v and %v have one hash", []int{a, b, c}, other)
				}
				seen[hash] = []int{a, b, c}
			}
		}
	}
}

// TestHashOfGaps: what == ignores must not be hashed.
func TestHashOfGaps(t *testing.T) {
	type gaps struct {
		a int8
		_ int16
		b int32
		c int8
		s string
		_ float64
	}
	k := newKind[gaps]("value", config{})
	if k.hashing != byParts {
		t.Fatalf("hashed in way %d", k.hashing)
	}
	// The same value in memory that had something else in it before.
	dirty := func(fill byte) gaps {
		var g gaps
		bytes := unsafe.Slice((*byte)(unsafe.Pointer(&g)), unsafe.Offsetof(g.s))
		for i := range bytes {
			bytes[i] = fill
		}
		g.a, g.b, g.c, g.s = 1, 2, 3, "s"
		return g
	}
	if a, b := dirty(0), dirty(0xff); a != b || k.hash(&a) != k.hash(&b) {
		t.Error("equal values have different hashes")
	}
	if a, b := dirty(0), dirty(0); k.hash(&a) == func() uint64 { b.c++; return k.hash(&b) }() {
		t.Error("the hash does not depend on all of the value")
	}
}

func TestWaysOfHashing(t *testing.T) {
	type floats [2]float32
	type text string
	for _, c := range []struct {
		typ  string
		got  hashing
		want hashing
	}{
		{"string", newKind[string]("", config{}).hashing, byText},
		{"named string", newKind[text]("", config{}).hashing, byText},
		{"int", newKind[uint64]("", config{}).hashing, byWord},
		{"point", newKind[point]("", config{}).hashing, byWord},
		{"byte", newKind[byte]("", config{}).hashing, byParts},
		{"array of strings", newKind[[3]string]("", config{}).hashing, byParts},
		{"long array of strings", newKind[[100]string]("", config{}).hashing, byMap},
		{"long array of ints", newKind[[100]int]("", config{}).hashing, byParts},
		{"floats", newKind[floats]("", config{}).hashing, byMap},
		{"interface", newKind[any]("", config{}).hashing, loosely},
		{"struct with interface", newKind[labelled]("", config{}).hashing, loosely},
		{"empty", newKind[struct{}]("", config{}).hashing, byParts},
	} {
		if c.got != c.want {
			t.Errorf("%s is hashed in way %d, want %d", c.typ, c.got, c.want)
		}
	}
}

func TestSizeCode(t *testing.T) {
	for n := range 1 << 20 {
		got := sizeOf(sizeCode(n))
		if got < n || got > n+n/8 {
			t.Fatalf("the size %d is kept as %d", n, got)
		}
	}
	for _, class := range []int{16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512} {
		if got := sizeOf(sizeCode(class)); got != class {
			t.Errorf("the size %d is kept as %d", class, got)
		}
	}
	if got := sizeOf(sizeCode(1 << 30)); got != 1<<30 {
		t.Errorf("1 GB are kept as %d", got)
	}
}

// What is written out for lookups agrees with what it stands for.
func TestTwoWordsAreHashedAsAnyText(t *testing.T) {
	for n := range 3 * twoWords {
		s := strings.Repeat("0123456789abcdef", 3)[:n]
		if isTwoWords(n) != (8 <= n && n <= 16) {
			t.Errorf("isTwoWords(%d) = %t", n, isTwoWords(n))
		}
		if isTwoWords(n) && halfTwoWords(s) != halfText(s) {
			t.Errorf("a text of %d bytes has two hashes", n)
		}
	}
}
