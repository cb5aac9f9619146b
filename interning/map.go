package interning

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"unsafe"
)

// Map is an immutable map of which there is one canonical copy while anybody holds
// it, such as the labels of a time series or the attributes of a span. It is one
// word, and two maps are equal by == if and only if they have the same keys with
// the same values, in one step; so a Map is a key of a Go map, and an element of
// tuples and sets. The zero Map is the empty one.
//
// Keys are sorted. Keys and values that are strings are canonical as those of
// [String], so what many maps have in common is there once. Values are compared by
// ==; a map with a NaN in it is equal to no other.
//
// A Map cannot be changed, so its methods are safe for concurrent use.
type Map[K cmp.Ordered, V comparable] struct {
	n *mapping[K, V]
}

// Entry is a key and its value in a [Map].
type Entry[K cmp.Ordered, V comparable] struct {
	Key   K
	Value V
}

// MapOf returns the map with the given entries, in whatever order they come; of a
// slice's, if called as MapOf(s...). Of several entries with one key the last
// counts. The slice is neither kept nor changed. A call that finds the map allocates
// nothing, apart from scratch memory that is used again by later calls, and is
// fastest if the entries are in the order of their keys. MapOf is safe for
// concurrent use.
//
// It panics if a value has an interface whose dynamic type is not comparable.
func MapOf[K cmp.Ordered, V comparable](entries ...Entry[K, V]) Map[K, V] {
	if len(entries) == 0 {
		return Map[K, V]{}
	}
	return Map[K, V]{mappingsOf[K, V]().intern(entries)}
}

// MapFrom returns the map with the entries of m.
func MapFrom[K cmp.Ordered, V comparable](m map[K]V) Map[K, V] {
	t := mappingsOf[K, V]()
	scratch := t.scratch.Get().(*[]Entry[K, V])
	defer t.release(scratch)
	for k, v := range m {
		*scratch = append(*scratch, Entry[K, V]{k, v})
	}
	return MapOf(*scratch...)
}

// Len returns the number of entries.
func (m Map[K, V]) Len() int { return len(m.entries()) }

// Get returns the value of a key, and whether there is one.
func (m Map[K, V]) Get(key K) (value V, ok bool) {
	if i, ok := search(m.entries(), key); ok {
		return m.n.entries[i].Value, true
	}
	return value, false
}

func search[K cmp.Ordered, V comparable](entries []Entry[K, V], key K) (at int, ok bool) {
	return slices.BinarySearchFunc(entries, key, func(e Entry[K, V], key K) int { return cmp.Compare(e.Key, key) })
}

// At returns the entry at index i, from 0, in the order of keys. It panics if there
// is none.
func (m Map[K, V]) At(i int) Entry[K, V] {
	entries := m.entries()
	if i < 0 || i >= len(entries) {
		panic(fmt.Sprintf("interning: Map.At(%d) of a map of %d entries; indexes begin at 0 and end before Len", i, len(entries)))
	}
	return entries[i]
}

// All returns an iterator over keys and values, in the order of keys.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, e := range m.entries() {
			if !yield(e.Key, e.Value) {
				return
			}
		}
	}
}

// Entries returns a new slice with the entries, in the order of keys, and nil for
// the empty map.
func (m Map[K, V]) Entries() []Entry[K, V] { return slices.Clone(m.entries()) }

// With returns the map with the same entries, but that of key, which has value.
func (m Map[K, V]) With(key K, value V) Map[K, V] {
	return MapOf(append(m.Entries(), Entry[K, V]{key, value})...)
}

// Without returns the map with the same entries, but none for key.
func (m Map[K, V]) Without(key K) Map[K, V] {
	i, ok := search(m.entries(), key)
	if !ok {
		return m
	}
	return MapOf(slices.Delete(m.Entries(), i, i+1)...)
}

// IsZero reports whether m is the empty map.
func (m Map[K, V]) IsZero() bool { return m.n == nil }

// String returns the entries as fmt prints them: "{a: 1, b: 2}".
func (m Map[K, V]) String() string {
	return join("{", m.entries(), "}")
}

// String returns the entry as fmt prints its parts: "a: 1".
func (e Entry[K, V]) String() string { return fmt.Sprintf("%v: %v", e.Key, e.Value) }

// LogValue returns the map's text.
func (m Map[K, V]) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON returns the entries as a JSON object.
func (m Map[K, V]) MarshalJSON() ([]byte, error) {
	plain := make(map[K]V, m.Len())
	for k, v := range m.All() {
		plain[k] = v
	}
	return json.Marshal(plain)
}

func (m Map[K, V]) entries() []Entry[K, V] {
	if m.n == nil {
		return nil
	}
	return m.n.entries
}

func (m Map[K, V]) pin() unsafe.Pointer { return unsafe.Pointer(m.n) }

// MapStats returns the counts of the table behind all maps from K to V. It is safe
// for concurrent use.
func MapStats[K cmp.Ordered, V comparable]() Stats { return mappingsOf[K, V]().engine.stats() }
