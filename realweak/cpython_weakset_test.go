package realweak_test

import (
	"iter"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

type nodeSet = realweak.Set[node]

// letters returns an object for each letter. Those of one call are told apart by
// their names, and are others than those of another.
func letters(s string) []*node {
	all := make([]*node, 0, len(s))
	for _, letter := range s {
		all = append(all, &node{name: string(letter)})
	}
	return all
}

// spell returns the names of the members, in order.
func spell(s *nodeSet) string {
	var names []string
	for p := range s.All() {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return strings.Join(names, "")
}

// The operations in place are loops over a set that they change.

func intersectWith(s, t *nodeSet) {
	for p := range s.All() {
		if !t.Contains(p) {
			s.Remove(p)
		}
	}
}

func subtract(s, t *nodeSet) {
	for p := range t.All() {
		s.Remove(p)
	}
}

func exclusiveWith(s, t *nodeSet) {
	for p := range t.All() {
		if !s.Remove(p) {
			s.Add(p)
		}
	}
}

// TestCPythonWeakSet is TestWeakSet.
func TestCPythonWeakSet(t *testing.T) {
	t.Run("test_methods", func(t *testing.T) {
		has := map[string]bool{}
		for m := range reflect.TypeFor[*nodeSet]().Methods() {
			has[m.Name] = true
		}
		for python, here := range map[string]string{
			"add": "Add", "clear": "Clear", "copy": "Clone", "difference": "Difference", "discard": "Remove",
			"intersection": "Intersect", "isdisjoint": "IsDisjoint", "issubset": "IsSubset",
			"issuperset": "IsSuperset", "pop": "Pop", "remove": "Remove",
			"symmetric_difference": "SymmetricDifference", "union": "Union", "update": "Merge",
			"__len__": "Len", "__contains__": "Contains", "__iter__": "All", "__eq__": "Equal", "__repr__": "String",
		} {
			if !has[here] {
				t.Errorf("Set has no %s for %s", here, python)
			}
		}
	})
	t.Run("test_len", func(t *testing.T) {
		items, one := letters("abc"), letters("F")
		s, single := realweak.NewSet(items...), realweak.NewSet(one...)
		if s.Len() != 3 || single.Len() != 1 {
			t.Errorf("Len = %d and %d", s.Len(), single.Len())
		}
		clear(one)
		weaktest.AwaitDone(t, func() bool { return single.Len() == 0 })
		runtime.KeepAlive(items)
	})
	t.Run("test_contains", func(t *testing.T) {
		items, one := letters("abc"), letters("F")
		s, single := realweak.NewSet(items...), realweak.NewSet(one...)
		others := letters("abc")
		for i := range items {
			if !s.Contains(items[i]) || s.Contains(others[i]) || single.Contains(items[i]) {
				t.Errorf("wrong about %s", items[i].name)
			}
		}
		if s.Contains(nil) || !single.Contains(one[0]) {
			t.Error("wrong about nil, or about a single member")
		}
		clear(one)
		weaktest.AwaitDone(t, func() bool { return single.LenApprox() == 0 })
		if single.Contains(&node{name: "F"}) {
			t.Error("an object like a dead one is a member")
		}
	})
	t.Run("test_lt", func(t *testing.T) { checkProperSubset(t) })
	t.Run("test_gt", func(t *testing.T) { checkProperSubset(t) })
	t.Run("test_gc", func(t *testing.T) {
		s := realweak.NewSet[node]()
		died(t, func() realweak.Ref[node] {
			var last *node
			for i := range 1000 {
				last = cyclic(i)
				s.Add(last)
			}
			return realweak.Make(last)
		})
		weaktest.AwaitDone(t, func() bool { return s.LenApprox() == 0 })
		if s.Len() != 0 || spell(s) != "" {
			t.Error("dead members are visible")
		}
	})
	t.Run("test_init", func(t *testing.T) {
		s := realweak.NewSet[node]()
		items, more := letters("abc"), letters("xy")
		s.Merge(slices.Values(items))
		s.Clear()
		s.Merge(slices.Values(more))
		if spell(s) != "xy" {
			t.Errorf("filled anew: %s", spell(s))
		}
		runtime.KeepAlive(more)
	})
	t.Run("test_constructor_identity", func(t *testing.T) {
		items := letters("abc")
		s, u := realweak.NewSet(items...), realweak.NewSet(items...)
		if s == u || !s.Equal(u) {
			t.Error("two sets of the same are one, or differ")
		}
		u.Remove(items[0])
		if spell(s) != "abc" || spell(u) != "bc" {
			t.Errorf("%s and %s", spell(s), spell(u))
		}
		runtime.KeepAlive(items)
	})
	t.Run("test_hash", func(t *testing.T) {
		// Only a set's place can be a key: it has nothing to do with the members.
		items := letters("abc")
		s, same := realweak.NewSet(items...), realweak.NewSet(items...)
		byPlace := map[*nodeSet]string{s: "s", same: "same"}
		s.Clear()
		if len(byPlace) != 2 || byPlace[s] != "s" {
			t.Error("equal sets are one key, or a change made it another")
		}
		runtime.KeepAlive(items)
	})
	t.Run("test_clear", func(t *testing.T) {
		items := letters("abc")
		s := realweak.NewSet(items...)
		s.Clear()
		if spell(s) != "" || s.Len() != 0 || s.LenApprox() != 0 {
			t.Errorf("left %s", spell(s))
		}
		runtime.KeepAlive(items)
	})
	t.Run("test_add", func(t *testing.T) {
		s := realweak.NewSet[node]()
		p := &node{name: "Q"}
		if !s.Add(p) || s.Add(p) || s.Len() != 1 || !s.Contains(p) {
			t.Error("added twice")
		}
		temporary := func() { s.Add(&node{name: "gone"}) }
		temporary()
		weaktest.AwaitDone(t, func() bool { return s.Len() == 1 })
		if !s.Contains(p) {
			t.Error("the wrong one is gone")
		}
		if err := refusal(func() { s.Add(nil) }); err == nil || err.Reason != realweak.Nil {
			t.Errorf("Add(nil) panicked with %v", err)
		}
	})
	t.Run("test_remove", func(t *testing.T) { checkRemove(t) })
	t.Run("test_discard", func(t *testing.T) { checkRemove(t) })
	t.Run("test_pop", func(t *testing.T) {
		items := letters("abc")
		s := realweak.NewSet(items...)
		popped := map[*node]bool{}
		for range items {
			p, ok := s.Pop()
			if !ok || s.Contains(p) || popped[p] || !slices.Contains(items, p) {
				t.Errorf("popped %v, %v", p, ok)
			}
			popped[p] = true
		}
		if p, ok := s.Pop(); p != nil || ok {
			t.Errorf("popped %v of nothing", p)
		}
	})
	// update, |= and the others in place; see TestSetAlgebra for those that are not.
	inPlace := map[string]struct {
		do   func(s, t *nodeSet)
		want string // of abc and cd
	}{
		"test_update":                      {func(s, t *nodeSet) { s.Merge(slices.Values(slices.Collect(t.All()))) }, "abcd"},
		"test_update_set":                  {func(s, t *nodeSet) { s.Merge(t.All()) }, "abcd"},
		"test_ior":                         {func(s, t *nodeSet) { s.Merge(t.All()) }, "abcd"},
		"test_intersection_update":         {intersectWith, "c"},
		"test_iand":                        {intersectWith, "c"},
		"test_difference_update":           {subtract, "ab"},
		"test_isub":                        {subtract, "ab"},
		"test_symmetric_difference_update": {exclusiveWith, "abd"},
		"test_ixor":                        {exclusiveWith, "abd"},
	}
	for name, op := range inPlace {
		t.Run(name, func(t *testing.T) {
			items := letters("abcd")
			s, other := realweak.NewSet(items[:3]...), realweak.NewSet(items[2:]...)
			op.do(s, other)
			if got := spell(s); got != op.want || spell(other) != "cd" {
				t.Errorf("got %q, want %q; the other set is %q", got, op.want, spell(other))
			}
			runtime.KeepAlive(items)
		})
	}
	t.Run("test_inplace_on_self", func(t *testing.T) {
		items := letters("abc")
		for name, op := range inPlace {
			s, want := realweak.NewSet(items...), "abc"
			if op.do(s, s); op.want == "ab" || op.want == "abd" {
				want = "" // less itself
			}
			if got := spell(s); got != want {
				t.Errorf("%s of a set with itself: %q, want %q", name, got, want)
			}
		}
		runtime.KeepAlive(items)
	})
	t.Run("test_weak_destroy_while_iterating", func(t *testing.T) {
		items := letters("abc")
		s := realweak.NewSet(items...)
		next, stop := iter.Pull(s.All())
		defer stop()
		next()
		items[2] = nil
		weaktest.Collect(t)
		rest := 0
		for _, ok := next(); ok; _, ok = next() {
			rest++
		}
		if rest != 2 && rest != 1 {
			t.Errorf("%d more came up", rest)
		}
		stop()
		weaktest.AwaitDone(t, func() bool { return s.Len() == 2 })
		runtime.KeepAlive(items)
	})
	t.Run("test_weak_destroy_and_mutate_while_iterating", testMutateSetWhileIterating)
	t.Run("test_len_cycles", func(t *testing.T) {
		s := realweak.NewSet[node]()
		fill := func() {
			for i := range 20 {
				s.Add(cyclic(i))
			}
		}
		fill()
		next, stop := iter.Pull(s.All())
		defer stop()
		next()
		weaktest.Collect(t)
		if n := s.Len(); n > 1 {
			t.Errorf("%d members beside a live iterator", n)
		}
		stop()
		weaktest.AwaitDone(t, func() bool { return s.Len() == 0 })
	})
	t.Run("test_len_race", func(t *testing.T) {
		const n = 20
		defer debug.SetGCPercent(debug.SetGCPercent(100))
		defer collecting()()
		for percent := range gcPercents {
			debug.SetGCPercent(percent)
			s := realweak.NewSet[node]()
			for i := range n {
				s.Add(cyclic(i))
			}
			next, stop := iter.Pull(s.All())
			next()
			n1 := s.Len()
			stop()
			if n2 := s.Len(); n1 > n || n2 > n1 || n2 < 0 {
				t.Fatalf("GOGC=%d: of %d members %d and then %d", percent, n, n1, n2)
			}
		}
	})
	t.Run("test_repr", func(t *testing.T) {
		items := letters("abc")
		if got, want := realweak.NewSet(items...).String(), "Set[realweak_test.node](3 members)"; got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
		var slots realweak.SlotTable[realweak.Obj[int], string]
		key := realweak.NewObj(1)
		slots.Store(key, "one")
		if got, want := slots.String(), "SlotTable[realweak.Obj[int], string](1 entries)"; got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
		runtime.KeepAlive(items)
		runtime.KeepAlive(key)
	})
	t.Run("test_copying", func(t *testing.T) {
		type named struct { // a set with attributes
			*nodeSet
			x []string
		}
		items := letters("abc")
		s := named{realweak.NewSet(items...), []string{"x"}}
		shallow, deep := named{s.Clone(), s.x}, named{s.Clone(), slices.Clone(s.x)}
		s.x[0] = "changed"
		s.Remove(items[0])
		for _, c := range []named{shallow, deep} {
			if spell(c.nodeSet) != "abc" || !c.Equal(realweak.NewSet(items...)) {
				t.Errorf("the copy has %s", spell(c.nodeSet))
			}
		}
		if shallow.x[0] != "changed" || deep.x[0] != "x" {
			t.Errorf("the copies' attributes: %v, %v", shallow.x, deep.x)
		}
		clear(items)
		weaktest.AwaitDone(t, func() bool { return shallow.Len()+deep.Len() == 0 })
	})
}

func checkProperSubset(t *testing.T) {
	t.Helper()
	less := func(a, b *nodeSet) bool { return a.IsSubset(b) && !a.Equal(b) }
	items := letters("abcdef")
	ab, abcde, def := realweak.NewSet(items[:2]...), realweak.NewSet(items[:5]...), realweak.NewSet(items[3:]...)
	for _, c := range []struct {
		a, b *nodeSet
		want bool
	}{{ab, abcde, true}, {abcde, def, false}, {def, abcde, false}, {abcde, abcde, false}, {abcde, ab, false}} {
		if got := less(c.a, c.b); got != c.want {
			t.Errorf("%s < %s is %v", spell(c.a), spell(c.b), got)
		}
		if got := c.b.IsSuperset(c.a) && !c.b.Equal(c.a); got != c.want {
			t.Errorf("%s > %s is %v", spell(c.b), spell(c.a), got)
		}
	}
	runtime.KeepAlive(items)
}

// checkRemove: one method is both remove, by what it says, and discard.
func checkRemove(t *testing.T) {
	t.Helper()
	items := letters("abc")
	s := realweak.NewSet(items...)
	if !s.Remove(items[0]) || s.Contains(items[0]) || spell(s) != "bc" {
		t.Errorf("left %s", spell(s))
	}
	if s.Remove(items[0]) || s.Remove(&node{name: "b"}) || s.Remove(nil) || spell(s) != "bc" {
		t.Errorf("removed what was no member, left %s", spell(s))
	}
	runtime.KeepAlive(items)
}

func testMutateSetWhileIterating(t *testing.T) {
	items := letters("abcdefghijklmnopqrstuvwxyz")
	s := realweak.NewSet(items...)
	var again []*node // objects like those that died
	during := func(act func(p *node)) {
		last := len(items) - 1
		victim := items[last].name
		next, stop := iter.Pull(s.All())
		defer stop()
		if p, _ := next(); p.name == victim {
			next() // not the one at hand
		}
		items[last] = nil
		items = items[:last]
		weaktest.Collect(t)
		p := &node{name: victim}
		again = append(again, p)
		if strings.Contains(spell(s), victim) {
			t.Errorf("%s outlived its object", victim)
		}
		act(p)
	}
	during(func(p *node) {
		if s.Contains(p) {
			t.Error("contains an object like a dead one")
		}
	})
	during(func(p *node) {
		if s.Remove(p) {
			t.Error("removed an object like a dead one")
		}
	})
	during(func(p *node) {
		if !s.Add(p) || !s.Contains(p) {
			t.Error("not added in the middle of an iteration")
		}
	})
	clone := s.Clone()
	during(func(*node) { s.Merge(clone.All()) })
	if s.Len() != clone.Len() || s.Len() != len(items)+1 {
		t.Errorf("%d members, its clone has %d, want %d", s.Len(), clone.Len(), len(items)+1)
	}
	during(func(*node) { s.Clear() })
	if s.Len() != 0 {
		t.Errorf("%d members after Clear", s.Len())
	}
	runtime.KeepAlive(again)
	runtime.KeepAlive(items)
}
