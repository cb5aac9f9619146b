package realweak_test

import (
	"iter"
	"maps"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// mapping is what weak maps have in common, whichever side of them is weak.
type mapping[K, V comparable] interface {
	Load(K) (V, bool)
	Store(K, V)
	LoadOrStore(K, V) (V, bool)
	Swap(K, V) (V, bool)
	CompareAndSwap(key K, old, fresh V) bool
	CompareAndDelete(K, V) bool
	LoadAndDelete(K) (V, bool)
	Delete(K)
	All() iter.Seq2[K, V]
	Keys() iter.Seq[K]
	Values() iter.Seq[V]
	Merge(iter.Seq2[K, V])
	Clear()
	Len() int
	LenApprox() int
	String() string
}

// weakMap is a kind of weak map under test. Each of its entries dies with a node.
type weakMap[K, V comparable] struct {
	fresh  func() mapping[K, V]
	entry  func(*node) (K, V) // an entry that dies with the node
	object func(K, V) *node   // the node with which an entry dies
	clone  func(mapping[K, V]) mapping[K, V]
	refs   func(mapping[K, V]) iter.Seq[realweak.Ref[node]]
}

// filled returns a map with n entries and the objects with which they die.
func (w weakMap[K, V]) filled(n int) (mapping[K, V], []*node) {
	m, objects := w.fresh(), make([]*node, n)
	for i := range objects {
		objects[i] = cyclic(i)
		m.Store(w.entry(objects[i]))
	}
	return m, objects
}

// views are the ways to go through a map. A reference that is dead does not count.
func (w weakMap[K, V]) views(m mapping[K, V]) map[string]iter.Seq[struct{}] {
	return map[string]iter.Seq[struct{}]{
		"items":  ticks(first2(m.All())),
		"keys":   ticks(m.Keys()),
		"values": ticks(m.Values()),
		"refs": func(yield func(struct{}) bool) {
			for r := range w.refs(m) {
				if r.Alive() && !yield(struct{}{}) {
					return
				}
			}
		},
	}
}

func ticks[T any](seq iter.Seq[T]) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		for range seq {
			if !yield(struct{}{}) {
				return
			}
		}
	}
}

func first2[K, V any](seq iter.Seq2[K, V]) iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range seq {
			if !yield(k) {
				return
			}
		}
	}
}

func second2[K, V any](seq iter.Seq2[K, V]) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range seq {
			if !yield(v) {
				return
			}
		}
	}
}

// weakValueMaps are all kinds of ValueMap.
func weakValueMaps() map[string]func() weakMap[string, *node] {
	kinds := map[string]func() weakMap[string, *node]{}
	for name, fresh := range valueMaps[string, node]() {
		kinds[name] = func() weakMap[string, *node] {
			return weakMap[string, *node]{
				fresh:  func() mapping[string, *node] { return fresh() },
				entry:  func(p *node) (string, *node) { return p.name, p },
				object: func(_ string, p *node) *node { return p },
				clone: func(m mapping[string, *node]) mapping[string, *node] {
					return m.(*realweak.ValueMap[string, node]).Clone()
				},
				refs: func(m mapping[string, *node]) iter.Seq[realweak.Ref[node]] {
					return second2(m.(*realweak.ValueMap[string, node]).Refs())
				},
			}
		}
	}
	return kinds
}

// weakKeyMaps are all kinds of KeyMap.
func weakKeyMaps() map[string]func() weakMap[*node, string] {
	kinds := map[string]func() weakMap[*node, string]{}
	for name, fresh := range keyMaps[string]() {
		kinds[name] = func() weakMap[*node, string] {
			return weakMap[*node, string]{
				fresh:  func() mapping[*node, string] { return fresh() },
				entry:  func(p *node) (*node, string) { return p, p.name },
				object: func(p *node, _ string) *node { return p },
				clone: func(m mapping[*node, string]) mapping[*node, string] {
					return m.(*realweak.KeyMap[node, string]).Clone()
				},
				refs: func(m mapping[*node, string]) iter.Seq[realweak.Ref[node]] {
					return first2(m.(*realweak.KeyMap[node, string]).Refs())
				},
			}
		}
	}
	return kinds
}

// agrees fails unless the map has exactly these entries.
func agrees[K, V comparable](t *testing.T, what string, m mapping[K, V], want map[K]V) {
	t.Helper()
	if got := maps.Collect(m.All()); !maps.Equal(got, want) || m.Len() != len(want) {
		t.Errorf("%s: %v with length %d, want %v", what, got, m.Len(), want)
	}
}

// becomes collects until the map has so many living entries.
func becomes[K, V comparable](t *testing.T, m mapping[K, V], n int) {
	t.Helper()
	weaktest.AwaitDone(t, func() bool { return m.Len() == n })
}
