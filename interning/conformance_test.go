package interning

import (
	"fmt"
	"math"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

type point struct{ x, y int32 }
type labelled struct {
	name string
	tags [2]string
	_    int // blank fields take no part in ==
	any  any
}

// TestTable runs one suite over types of every shape and over good and bad
// hashes.
func TestTable(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		testTable(t, forget, seq(func(i int) string { return fresh("value %d", i) }))
		testTable(t, forget, seq(func(i int) byte { return byte(i) }))
		testTable(t, forget, seq(func(i int) uint64 { return uint64(i) << 40 }))
		testTable(t, forget, seq(func(i int) float64 { return float64(i) / 3 }))
		testTable(t, forget, seq(func(i int) complex128 { return complex(1, float64(i)) }))
		testTable(t, forget, seq(func(i int) point { return point{int32(i), int32(-i)} }))
		testTable(t, forget, seq(func(i int) [3]string { return [3]string{"", fresh("%d", i), "x"} }))
		testTable(t, forget, seq(func(i int) *int { return new(int) }))
		testTable(t, forget, seq(func(i int) any {
			return []any{nil, i, fresh("%d", i), point{int32(i), 0}, float64(i), labelled{name: fresh("%d", i)}}[i%6]
		}))
		testTable(t, forget, seq(func(i int) labelled {
			return labelled{name: fresh("%d", i), tags: [2]string{"", fresh("tag %d", i)}, any: fresh("boxed %d", i)}
		}))
		testTable(t, forget, seq(func(i int) Tuple[string] { return TupleOf("t", fresh("%d", i)) }))
		testTable(t, forget, []struct{}{{}})
		testTable(t, forget, []bool{false, true})
	})
}

// seq returns values of f for enough indexes to make a table grow.
func seq[T comparable](f func(int) T) []T {
	seen := make(map[T]bool)
	var values []T
	for i := range 200 {
		if v := f(i); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

func testTable[T comparable](t *testing.T, forget uint64, values []T) {
	t.Run(fmt.Sprintf("%T", values), func(t *testing.T) {
		table := NewTable[T](forgetting(forget), Named("conformance"))
		t.Run("miss", func(t *testing.T) {
			for _, v := range values {
				if h, ok := table.Lookup(v); ok || !h.IsZero() {
					t.Fatalf("Lookup(%v) in an empty table = %v, %v", v, h, ok)
				}
			}
			if n := table.Len(); n != 0 {
				t.Errorf("looking up made %d entries", n)
			}
		})
		t.Run("hold", func(t *testing.T) { holdAll(t, table, values) })
		t.Run("die", func(t *testing.T) {
			weaktest.AwaitDone(t, func() bool { return table.Len() == 0 && table.Stats().Live == 0 })
			if got, want := table.Stats().Dead, uint64(len(values)); got != want {
				t.Errorf("%d entries removed, want %d", got, want)
			}
		})
		t.Run("again", func(t *testing.T) { holdAll(t, table, values[:1]) })
		t.Run("half", func(t *testing.T) { holdHalf(t, table, values) })
	})
}

//go:noinline
func holdAll[T comparable](t *testing.T, table *Table[T], values []T) {
	held := make(map[Handle[T]]T)
	handles := make([]Handle[T], len(values))
	for i, v := range values {
		h := table.Intern(v)
		if h.IsZero() || h.Value() != v {
			t.Fatalf("Intern(%v) is the handle of %v", v, h.Value())
		}
		if old, ok := held[h]; ok {
			t.Fatalf("%v and %v have one handle", old, v)
		}
		held[h], handles[i] = v, h
	}
	weaktest.Collect(t)
	for i, v := range values {
		if h := table.Intern(v); h != handles[i] {
			t.Fatalf("Intern(%v) changed while its handle was held", v)
		}
		if h, ok := table.Lookup(v); !ok || h != handles[i] {
			t.Fatalf("Lookup(%v) = %v, %v", v, h, ok)
		}
	}
	found := 0
	for h := range table.All() {
		v, ok := held[h]
		if !ok {
			t.Fatalf("All has %v, which nobody holds", h.Value())
		}
		if v != h.Value() {
			t.Fatalf("All has %v as %v", v, h.Value())
		}
		found++
	}
	if found != len(values) || table.Len() != len(values) || table.Stats().Live != len(values) {
		t.Fatalf("All has %d values, Len is %d, Live %d; want %d", found, table.Len(), table.Stats().Live, len(values))
	}
	last := values[len(values)-1]
	expectAllocs(t, "a hit of Intern", 0, func() { table.Intern(last) })
	expectAllocs(t, "a hit of Lookup", 0, func() { table.Lookup(last) })
	held[handles[0]] = last // keeps them all up to here
}

//go:noinline
func holdHalf[T comparable](t *testing.T, table *Table[T], values []T) {
	handles := make([]Handle[T], len(values))
	refs := make([]realweak.Ref[T], len(values))
	func() {
		for i, v := range values {
			handles[i] = table.Intern(v)
			refs[i] = realweak.Make(handles[i].p)
		}
	}()
	kept := 0
	for i := range handles {
		if i%2 == 1 {
			handles[i] = Handle[T]{}
		} else {
			kept++
		}
	}
	weaktest.AwaitDone(t, func() bool { return table.Stats().Live == kept })
	for i, h := range handles {
		if refs[i].Alive() == h.IsZero() {
			t.Fatalf("value %d of %d is alive: %v, held: %v", i, len(handles), refs[i].Alive(), !h.IsZero())
		}
		if !h.IsZero() && table.Intern(values[i]) != h {
			t.Fatalf("Intern(%v) changed while its handle was held", values[i])
		}
	}
}

func TestTableOfZeroes(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		table := NewTable[float64](forgetting(forget))
		negative := math.Copysign(0, -1)
		h := table.Intern(negative)
		if table.Intern(0) != h || !math.Signbit(h.Value()) {
			t.Error("0 and -0 are equal, so the first must be canonical for both")
		}
	})
}

func TestNaNIsEqualToNothing(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		type pair struct{ a, b any }
		nan := math.NaN()
		floats := NewTable[float64](forgetting(forget))
		pairs := NewTable[pair](forgetting(forget))
		a, b := floats.Intern(nan), floats.Intern(nan)
		c, d := pairs.Intern(pair{1, nan}), pairs.Intern(pair{1, nan})
		if a == b || c == d {
			t.Error("two calls with a NaN returned one handle")
		}
		if !math.IsNaN(a.Value()) || c.Value().a != 1 {
			t.Errorf("values %v, %v", a.Value(), c.Value())
		}
		if _, ok := floats.Lookup(nan); ok || floats.Len() != 0 || floats.Stats().Misses != 3 {
			t.Errorf("a NaN entered the table: %+v", floats.Stats())
		}
	})
}

func TestUncomparableValuePanics(t *testing.T) {
	type box struct {
		name string
		any  any
	}
	want := "interning: a value of type interning.box cannot be interned: hash of unhashable type []int; " +
		"intern a form of it that == can compare, such as a string or a Tuple"
	table := NewTable[box]()
	keep := table.Intern(box{"fine", 1})
	expectPanic(t, want, func() { table.Intern(box{"x", []int{1}}) })
	expectPanic(t, want, func() { table.Lookup(box{"x", []int{1}}) })
	if table.Len() != 1 || table.Intern(box{"fine", 1}) != keep {
		t.Error("a panic harmed the table")
	}
	expectPanic(t, "interning: a tuple element of type interface {} cannot be interned: hash of unhashable type map[int]int; "+
		"intern a form of it that == can compare, such as a string or a Tuple", func() { TupleOf[any](1, map[int]int{}) })
	expectPanic(t, "interning: a set element of type interface {} cannot be interned: hash of unhashable type func(); "+
		"intern a form of it that == can compare, such as a string or a Tuple", func() { FrozenSetOf[any](1, func() {}) })
}
