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

// nodeOf returns the words and the strings of a node that is made of texts.
func nodeOf(texts []string) (all unsafe.Pointer, own []string) {
	n, own, _ := newWithTexts[[3]uintptr](texts)
	return unsafe.Add(unsafe.Pointer(n), unsafe.Sizeof(*n)), own
}

// shifted returns a copy of s that begins at some place within a word.
func shifted(random *rand.Rand, s string) string {
	n := random.IntN(9)
	return fresh("%s", strings.Repeat("#", n)+s+"#")[n:][:len(s)]
}

// at is the address of the first of some strings.
func at(texts []string) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(texts)) }

// textsAreSame reports whether two sequences of strings are the same in every way in which
// nodes of sequences are found: the hashes of few and of many, and the comparisons of both.
func textsAreSame(t *testing.T, a, b []string) bool {
	t.Helper()
	if len(a) != len(b) {
		t.Fatal("of different length")
	}
	var r reading
	few, _ := nodeOf(a)
	all, read := r.read(at(b), len(b), &placeKeys)
	fewHash := all.inOrder()
	manyHash, size := hashTexts(at(b), len(b))
	same := sameTexts(at(a), at(b), len(a))
	if got := bytesOf(at(b), len(b), read); got != size || size != len(strings.Join(b, "")) {
		t.Errorf("%q has %d bytes and %d bytes", b, got, size)
	}
	if got := r.areIn(few, len(b)) && (!hasLong(read) || same); got != same {
		t.Errorf("%q is the same as %q: %t as the node's, %t as two sequences", a, b, got, same)
	}
	if all, _ := r.read(at(a), len(a), &placeKeys); (all.inOrder() == fewHash) != same {
		t.Errorf("%q and %q have the same hash as few: %t, want %t", a, b, all.inOrder() == fewHash, same)
	}
	if hash, _ := hashTexts(at(a), len(a)); (hash == manyHash) != same {
		t.Errorf("%q and %q have the same hash as many: %t, want %t", a, b, hash == manyHash, same)
	}
	return same
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
			if !textsAreSame(t, texts, again) || !textsAreSame(t, again, texts) {
				t.Errorf("%q is not the same as its copy", texts)
			}
			for i := range b {
				b[i] ^= 1 << random.IntN(8)
				again[position] = string(b)
				if textsAreSame(t, texts, again) {
					t.Errorf("%q and %q are the same", texts, again)
				}
				b[i] = texts[position][i]
			}
			for _, other := range []string{texts[position] + "\x00", texts[position][:max(n-1, 0)], "\x00" + texts[position], texts[position] + texts[position][max(n-1, 0):]} {
				again[position] = other
				if len(other) != n && textsAreSame(t, texts, again) {
					t.Errorf("%q and %q are the same", texts, again)
				}
			}
		}
	}
}

// TestReadingIsWordsOf: a string has one pair of words and one hash as an element,
// whichever way leads to it, and those of a short one begin with its bytes.
func TestReadingIsWordsOf(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	k := newKind[string]("element", config{})
	for _, n := range lengths {
		texts := []string{"to begin with", shifted(random, strings.Repeat("y", n)), shifted(random, strings.Repeat("z", n)+"z"),
			strings.Repeat("\xff", n), strings.Repeat("y", n) + "\xf0", strings.Repeat("y", n) + "\xef"}
		var ordered reading
		_, orderedSize := ordered.read(at(texts), len(texts), &placeKeys)
		var r reading
		all, size := r.read(at(texts), len(texts), &elementKeys)
		if r != ordered || size != orderedSize {
			t.Errorf("%q is read as %#x and %#x, and has the sizes %d and %d", texts, r, ordered, size, orderedSize)
		}
		kept, own := nodeOf(texts)
		if !slices.Equal(own, texts) || !r.areIn(kept, len(texts)) {
			t.Errorf("the node of %q has %q, and the same words: %t", texts, own, r.areIn(kept, len(texts)))
		}
		var halves together
		for i, s := range texts {
			if w := wordsOf(s); r[i] != w {
				t.Errorf("%q has the words %#x and %#x", s, r[i], w)
			}
			halves.add(k.half(&s))
			at := unsafe.Add(kept, i*wordsSize)
			if inWords := unsafe.Pointer(unsafe.StringData(own[i])) == at; inWords != isShort(s) {
				t.Errorf("the copy of %q is in its words: %t", s, inWords)
			}
		}
		if halves != all {
			t.Errorf("%q have the halves %#x and %#x", texts, all, halves)
		}
	}
}

// TestLongTextsOfOneHash: strings that are not short are compared as a whole.
func TestLongTextsOfOneHash(t *testing.T) {
	long := func(s string) string { return s + strings.Repeat("-", longText) }
	a, b, c := long("a"), long("b"), long("c")
	if hasLongOf(at([]string{a, b}), at([]string{"short", c}), 2) || !hasLongOf(at([]string{a, b}), at([]string{b, a}), 2) {
		t.Error("hasLongOf does not tell long strings apart")
	}
	in, tuples := newSets[string](config{}), newTuples[string](config{})
	set, tuple := newSet(in, a, "x", b), newTuple(tuples, a, "x", b)
	if newSet(in, b, a, "x") != set || newSet(in, strings.Clone(a), "x", strings.Clone(b)) != set || newSet(in, c, a, "x") == set {
		t.Errorf("the set of %q is not found by its members alone", []string{a, "x", b})
	}
	if newTuple(tuples, strings.Clone(a), "x", b) != tuple || newTuple(tuples, b, "x", a) == tuple || newTuple(tuples, a, "x", c) == tuple {
		t.Errorf("the tuple of %q is not found by its elements alone", []string{a, "x", b})
	}
}

// TestWhereabouts: each string has a place of its own, from which its words are found.
func TestWhereabouts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		texts := make([]string, 1+random.IntN(few))
		base, step := random.IntN(1<<20), 1<<random.IntN(20)
		for i := range texts {
			texts[i] = fmt.Sprintf("%0*d", 1+random.IntN(2*wordsSize), base+i*step)
		}
		var w whereabouts
		w.settle(texts)
		for i, s := range texts {
			of := wordsOf(s)
			if got := int(w.offsets[w.place(&of)]); got != i*wordsSize {
				t.Fatalf("%q of %q is at %d, want %d", s, texts, got, i*wordsSize)
			}
		}
	}
	var w whereabouts
	w.settle(make([]string, few))
	var none words
	if got := w.offsets[w.place(&none)]; got >= few*uint8(wordsSize) {
		t.Errorf("one of %d equal strings is at %d", few, got)
	}
}

// TestOrders asks for sets in all orders, of which one is known and one is learned, and for
// as many strings of which two are the same.
func TestOrders(t *testing.T) {
	long := strings.Repeat("long ", 10)
	withHashes(t, func(t *testing.T, forget uint64) {
		random := rand.New(rand.NewPCG(1, 2))
		in := newSets[string](config{forget: forget})
		for n := 2; n <= few; n++ {
			members := []string{"", "a", "b", "GET", "sixteen bytes 16", "sixteen bytes \xf0\xff", long + "1", long + "2"}
			random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
			members = members[:n]
			set := newSet(in, members...)
			for range 100 {
				asked := slices.Clone(members)
				random.Shuffle(n, func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
				if got := newSet(in, asked...); got != set {
					t.Fatalf("the set of %q is not found as %q", members, asked)
				}
				i, j := random.IntN(n), random.IntN(n-1)
				if j >= i {
					j++
				}
				asked[i] = strings.Clone(asked[j])
				if got := newSet(in, asked...); got == set || got.Len() != n-1 {
					t.Fatalf("%v, not the set of %q, is found as %q", got, members, asked)
				}
			}
		}
	})
}

// TestManyBeforeFew: what is found for few strings may be of many, and then has another
// form, which the compiler's checks of pointers (-race) look at.
func TestManyBeforeFew(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		tuples, sets := newTuples[string](config{forget: forget}), newSets[string](config{forget: forget})
		var names []string
		for i := range 3 * few {
			names = append(names, fmt.Sprint("name ", i))
		}
		tuple, set := newTuple(tuples, names...), newSet(sets, names...)
		for n := few + 1; n > 0; n-- {
			a, b := newTuple(tuples, names[:n]...), newSet(sets, names[:n]...)
			if a == tuple || b == set || a.Len() != n || b.Len() != n {
				t.Errorf("%d strings are found as %v and %v", n, a, b)
			}
			if newTuple(tuples, names[:n]...) != a || newSet(sets, names[:n]...) != b {
				t.Errorf("%v and %v are not found again", a, b)
			}
		}
	})
}

// TestFewAndPicksAgree: a set has one hash, whichever way leads to it.
func TestFewAndPicksAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts, words := newSets[string](config{}), newSets[int64](config{})
	for n := 1; n <= few; n++ {
		var r reading
		var hashes [few]uint64
		names, numbers := make([]string, n), make([]int64, n)
		for i := range names {
			names[i] = fmt.Sprint("member ", i*i*i*i)
			numbers[i] = random.Int64()
		}
		a, _ := r.read(at(names), n, &elementKeys)
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
