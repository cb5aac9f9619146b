package interning

import (
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

type label = Entry[string, string]

func newMap(in *mappings[string, string], entries ...label) Map[string, string] {
	if len(entries) == 0 {
		return Map[string, string]{}
	}
	return Map[string, string]{in.intern(entries)}
}

func TestMap(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		in := newMappings[string, string](config{forget: forget})
		random := rand.New(rand.NewPCG(1, 2))
		contents := []map[string]string{{"": ""}, {"a": ""}, {"": "a"}, {"ab": "c"}, {"a": "bc"}, {"a": "b", "c": "d"}, {"a": "d", "c": "b"},
			{"a": "b", "c": "d", "e": ""}}
		large := make(map[string]string)
		for i := range 100 {
			large[fresh("key %d", i)] = fresh("%d", i)
		}
		contents = append(contents, large)
		var all []Map[string, string]
		for _, c := range contents {
			all = append(all, newMap(in, entriesOf(c)...))
		}
		weaktest.Collect(t)
		for i, m := range all {
			for j, c := range contents {
				entries := entriesOf(c)
				random.Shuffle(len(entries), func(a, b int) { entries[a], entries[b] = entries[b], entries[a] })
				entries = append([]label{{entries[0].Key, "overwritten"}}, entries...)
				before := slices.Clone(entries)
				if again := newMap(in, entries...); (again == m) != (i == j) {
					t.Errorf("the maps of %v and %v are one: %v", contents[i], c, again == m)
				}
				if !slices.Equal(entries, before) {
					t.Error("the entries were changed")
				}
			}
			if m.Len() != len(contents[i]) || !maps.Equal(maps.Collect(m.All()), contents[i]) || m.IsZero() {
				t.Errorf("the map of %v has %v", contents[i], m)
			}
			for k, v := range contents[i] {
				if got, ok := m.Get(k); !ok || got != v {
					t.Errorf("Get(%q) = %q, %v", k, got, ok)
				}
			}
			if _, ok := m.Get("absent"); ok {
				t.Error("an absent key has a value")
			}
			sorted := slices.Sorted(maps.Keys(contents[i]))
			for j, k := range sorted {
				if e := m.At(j); e.Key != k || e.Value != contents[i][k] {
					t.Errorf("entry %d is %v", j, e)
				}
			}
			entries := m.Entries()
			expectAllocs(t, "a hit of a map", 0, func() { newMap(in, entries...) })
			slices.Reverse(entries)
			expectAllocs(t, "a hit of a map, out of order", 0, func() { newMap(in, entries...) })
		}
		all = nil
		weaktest.AwaitDone(t, func() bool { return in.engine.stats().Live == 0 })
	})
}

// entriesOf returns the entries of m, sorted.
func entriesOf(m map[string]string) (entries []label) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		entries = append(entries, label{k, m[k]})
	}
	return entries
}

func TestMapOf(t *testing.T) {
	a := MapOf(label{"job", "api"}, label{"zone", "eu"})
	b := MapFrom(map[string]string{"zone": "eu", "job": "api"})
	if a != b || a.String() != "{job: api, zone: eu}" {
		t.Errorf("%v and %v are not one map", a, b)
	}
	text, err := json.Marshal(a)
	if err != nil || string(text) != `{"job":"api","zone":"eu"}` {
		t.Errorf("JSON %s, %v", text, err)
	}
	if a.LogValue().String() != a.String() {
		t.Errorf("logged as %v", a.LogValue())
	}
	if c := a.With("zone", "us"); c == a || c.Len() != 2 || c.With("zone", "eu") != a {
		t.Errorf("With made %v", c)
	}
	if c := a.With("env", "test"); c.At(0).Key != "env" || c.Without("env") != a {
		t.Errorf("With made %v", c)
	}
	if a.Without("absent") != a || !a.Without("job").Without("zone").IsZero() {
		t.Error("Without left something else")
	}
	for range a.All() {
		break
	}
	var zero Map[string, int]
	if zero != MapOf[string, int]() || zero != MapFrom(map[string]int{}) || !zero.IsZero() || zero.Len() != 0 || zero.Entries() != nil || zero.String() != "{}" {
		t.Error("the zero Map is not the empty one")
	}
	if _, ok := zero.Get("x"); ok {
		t.Error("the empty map has an entry")
	}
	expectPanic(t, "interning: Map.At(2) of a map of 2 entries; indexes begin at 0 and end before Len", func() { a.At(2) })
	expectPanic(t, "interning: a map value of type interface {} cannot be interned: hash of unhashable type []int; "+
		"intern a form of it that == can compare, such as a string or a Tuple", func() { MapOf(Entry[string, any]{"a", []int{1}}) })
}

func TestMapWithNaN(t *testing.T) {
	nan := math.NaN()
	if a, b := MapOf(Entry[int, float64]{1, nan}), MapOf(Entry[int, float64]{1, nan}); a == b || a.Len() != 1 || MapStats[int, float64]().Live != 0 {
		t.Error("a map with a NaN is canonical")
	}
	if a, b := MapOf(Entry[float64, int]{0, 1}), MapOf(Entry[float64, int]{math.Copysign(0, -1), 1}); a != b {
		t.Error("the maps of 0 and -0 differ")
	}
}

// TestMapsShareStrings: names and values that many maps have are there once, and do
// not keep what they were pieces of.
func TestMapsShareStrings(t *testing.T) {
	a := MapOf(label{fresh("%s", "shared name"), fresh("%s", "shared value")})
	b := MapOf(label{fresh("%s", "shared name"), fresh("%s", "shared value")}, label{"x", fresh("%s", "shared value")})
	if data(a.At(0).Key) != data(b.At(0).Key) || data(a.At(0).Value) != data(b.At(1).Value) || data(a.At(0).Key) != data(String("shared name")) {
		t.Error("two maps have copies of one string")
	}
	m, parent := mapOfPieces()
	weaktest.AwaitDead(t, parent)
	if m.At(0).Key != "parent" {
		t.Errorf("the map became %v", m)
	}
	weaktest.AwaitDead(t, mapAndDrop())
}

//go:noinline
func mapOfPieces() (Map[string, string], realweak.Ref[byte]) {
	parent := fresh("%s", strings.Repeat("parent ", 1000))
	return MapOf(label{parent[:6], parent[7:13]}), realweak.Make(data(parent))
}

//go:noinline
func mapAndDrop() realweak.Ref[mapping[string, string]] {
	return realweak.Make(MapOf(label{"these labels", "die"}).n)
}
