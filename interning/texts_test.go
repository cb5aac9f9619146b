package interning

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// lengths are those at which strings begin to be hashed and compared in another way,
// and their neighbours.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100}

// shifted returns a copy of s that begins at some place within a word.
func shifted(random *rand.Rand, s string) string {
	n := random.IntN(9)
	return fresh("%s", strings.Repeat("#", n)+s+"#")[n:][:len(s)]
}

// TestTextsByPlace: hashes and comparisons do not depend on where strings are, and do
// on each byte of each.
func TestTextsByPlace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range lengths {
		for position := range 3 {
			texts := []string{"one", "and two", "three and more"}
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(random.Uint32())
			}
			texts[position] = string(b)
			again := make([]string, len(texts))
			for i, s := range texts {
				again[i] = shifted(random, s)
			}
			hash, size := hashTexts(texts)
			if h, s := hashTexts(again); h != hash || s != size || size != len(strings.Join(texts, "")) {
				t.Errorf("%q has the hashes %#x and %#x and the sizes %d and %d", texts, h, hash, size, s)
			}
			if !sameTexts(&texts[0], again) || !sameTexts(&again[0], texts) {
				t.Errorf("%q is not the same as its copy", texts)
			}
			for i := range b {
				b[i] ^= 1 << random.IntN(8)
				again[position] = string(b)
				if sameTexts(&texts[0], again) {
					t.Errorf("%q and %q are the same", texts, again)
				}
				if h, _ := hashTexts(again); h == hash {
					t.Errorf("%q and %q have one hash", texts, again)
				}
				b[i] = texts[position][i]
			}
			for _, other := range []string{texts[position] + "\x00", texts[position][:max(n-1, 0)], "\x00" + texts[position]} {
				again[position] = other
				if len(other) != n && sameTexts(&texts[0], again) {
					t.Errorf("%q and %q are the same", texts, again)
				}
			}
		}
	}
}

// TestWaysOfHashingTextsAgree: an element has one hash, whichever way leads to it.
func TestWaysOfHashingTextsAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	k := newKind[string]("element", config{})
	for _, n := range lengths {
		texts := []string{"to begin with", shifted(random, strings.Repeat("y", n)), shifted(random, strings.Repeat("z", n)+"z")}
		var halves [few]uint64
		if _, size := halfTexts(&halves, texts, 0); size != 14+2*n {
			t.Errorf("%q has %d bytes, want %d", texts, size, 14+2*n)
		}
		for i, s := range texts {
			if halves[i] != k.half(s) {
				t.Errorf("%q has the halves %#x and %#x", s, halves[i], k.half(s))
			}
		}
	}
}

// TestFewAndPicksAgree: a set has one hash, whichever way leads to it.
func TestFewAndPicksAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts, words := newSets[string](config{}), newSets[int](config{})
	for n := 1; n <= few; n++ {
		var halves, hashes [few]uint64
		names, numbers := make([]string, n), random.Perm(n)
		for i := range names {
			names[i] = fmt.Sprint("member ", i*i*i*i)
		}
		a, _ := halfTexts(&halves, names, 0)
		b := halfWords(&hashes, unsafe.Pointer(&numbers[0]), n, 0)
		slices.Reverse(names)
		slices.Reverse(numbers)
		_, c, _ := texts.pick(append(names, names[0]), nil)
		_, d, _ := words.pick(append(numbers, numbers[0]), nil)
		if a.hash(n) != c || b.hash(n) != d {
			t.Errorf("the sets of %q or %v have two hashes each", names, numbers)
		}
	}
}

// TestRepeatedIsNoMember: elements that are as many as a set's members, all of which
// they are, need not be the set: not if all hashes are the same.
func TestRepeatedIsNoMember(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		in := newSets[string](config{forget: forget})
		abc, ab := newSet(in, "a", "b", "c"), newSet(in, "a", "b")
		for _, elems := range [][]string{{"a", "b", "a"}, {"b", "b", "a"}, {"b", "a", "b"}, {"b", "a", "a", "b"}} {
			if got := newSet(in, elems...); got != ab {
				t.Errorf("the set of %q is %v", elems, got)
			}
		}
		for _, elems := range [][]string{{"c", "b", "a"}, {"b", "c", "a"}, {"a", "c", "b"}, {"a", "b", "c", "c"}} {
			if got := newSet(in, elems...); got != abc {
				t.Errorf("the set of %q is %v", elems, got)
			}
		}
	})
}

// flatWithGap has the size of two words, of which only one counts.
type flatWithGap struct {
	a int64
	_ int64
}

// TestShapesOfElements makes tuples and sets of elements that are hashed and compared
// in different ways.
func TestShapesOfElements(t *testing.T) {
	shape(t, func(i int) bool { return i == 1 }, 2)
	shape(t, func(i int) byte { return byte(i) }, 20)
	shape(t, func(i int) int { return i }, 20)
	shape(t, func(i int) point { return point{int32(i), 1} }, 20)
	shape(t, func(i int) [3]int16 { return [3]int16{1, int16(i), 2} }, 20)
	shape(t, func(i int) flatWithGap { return flatWithGap{a: int64(i)} }, 20)
	shape(t, func(i int) float64 { return float64(i) }, 20)
	shape(t, func(i int) string { return strings.Repeat("s", i) }, 20)
	shape(t, func(i int) [2]string { return [2]string{strings.Repeat("s", i), "x"} }, 20)
	shape(t, func(i int) any { return []any{i, fmt.Sprint(i)}[i%2] }, 20)
	shape(t, func(i int) *int { return &smallInts[i] }, 20)
	shape(t, func(int) struct{} { return struct{}{} }, 1)
}

func shape[E comparable](t *testing.T, elem func(i int) E, n int) {
	withHashes(t, func(t *testing.T, forget uint64) {
		t.Run(fmt.Sprintf("%T", *new(E)), func(t *testing.T) {
			tuples, sets := newTuples[E](config{forget: forget}), newSets[E](config{forget: forget})
			var elems []E
			seenTuples, seenSets := make(map[Tuple[E]]int), make(map[FrozenSet[E]]int)
			for i := range n {
				elems = append(elems, elem(i))
				reversed := slices.Clone(elems)
				slices.Reverse(reversed)
				tuple, set := newTuple(tuples, elems...), newSet(sets, elems...)
				if !slices.Equal(tuple.Slice(), elems) || !slices.Equal(set.Slice(), elems) {
					t.Fatalf("the tuple and the set of %v have %v and %v", elems, tuple, set)
				}
				if other, ok := seenTuples[tuple]; ok {
					t.Fatalf("%v is the tuple of %d elements too", tuple, other)
				}
				if other, ok := seenSets[set]; ok {
					t.Fatalf("%v is the set of %d elements too", set, other)
				}
				seenTuples[tuple], seenSets[set] = len(elems), len(elems)
				if newTuple(tuples, slices.Clone(elems)...) != tuple || newSet(sets, slices.Clone(elems)...) != set || newSet(sets, reversed...) != set ||
					newSet(sets, append(reversed, reversed[0])...) != set {
					t.Fatalf("the tuple or the set of %v is not found again", elems)
				}
				if i > 0 && newTuple(tuples, reversed...) == tuple {
					t.Fatalf("the tuple of %v does not depend on the order", elems)
				}
				for _, e := range elems {
					if !set.Contains(e) {
						t.Fatalf("%v lacks %v", set, e)
					}
				}
			}
		})
	})
}
