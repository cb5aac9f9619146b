package realweak_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonMapping is MappingTestCase, each of its tests run on all kinds of map;
// TestCPythonMappingThreads has those with threads.
func TestCPythonMapping(t *testing.T) {
	values, keys := weakValueMaps(), weakKeyMaps()
	t.Run("test_weak_keyed_len_cycles", func(t *testing.T) { each(t, keys, checkLenCycles) })
	t.Run("test_weak_valued_len_cycles", func(t *testing.T) { each(t, values, checkLenCycles) })
	t.Run("test_weak_keyed_len_race", func(t *testing.T) { each(t, keys, checkLenRace) })
	t.Run("test_weak_valued_len_race", func(t *testing.T) { each(t, values, checkLenRace) })
	t.Run("test_weak_values", func(t *testing.T) { each(t, values, checkWeakMap) })
	t.Run("test_weak_keys", func(t *testing.T) { each(t, keys, checkWeakMap) })
	t.Run("test_weak_keyed_iters", func(t *testing.T) { each(t, keys, checkIters) })
	t.Run("test_weak_valued_iters", func(t *testing.T) { each(t, values, checkIters) })
	t.Run("test_weak_keys_destroy_while_iterating", func(t *testing.T) { each(t, keys, checkDestroyWhileIterating) })
	t.Run("test_weak_values_destroy_while_iterating", func(t *testing.T) { each(t, values, checkDestroyWhileIterating) })
	t.Run("test_make_weak_keyed_dict_from_dict", func(t *testing.T) { each(t, keys, checkFromPlain) })
	t.Run("test_make_weak_valued_dict_from_dict", func(t *testing.T) { each(t, values, checkFromPlain) })
	t.Run("test_make_weak_keyed_dict_from_weak_keyed_dict", func(t *testing.T) { each(t, keys, checkFromWeak) })
	t.Run("test_make_weak_valued_dict_from_weak_valued_dict", func(t *testing.T) { each(t, values, checkFromWeak) })
	t.Run("test_weak_keyed_dict_popitem", func(t *testing.T) { each(t, keys, checkPopItem) })
	t.Run("test_weak_valued_dict_popitem", func(t *testing.T) { each(t, values, checkPopItem) })
	t.Run("test_weak_keyed_dict_setdefault", func(t *testing.T) { each(t, keys, checkSetDefault) })
	t.Run("test_weak_valued_dict_setdefault", func(t *testing.T) { each(t, values, checkSetDefault) })
	t.Run("test_weak_keyed_dict_update", func(t *testing.T) { each(t, keys, checkUpdate) })
	t.Run("test_weak_valued_dict_update", func(t *testing.T) { each(t, values, checkUpdate) })
	t.Run("test_weak_keyed_union_operators", func(t *testing.T) { each(t, keys, checkUnion) })
	t.Run("test_weak_valued_union_operators", func(t *testing.T) { each(t, values, checkUnion) })
	t.Run("test_weak_keyed_delitem", func(t *testing.T) { each(t, keys, checkDelItem) })
	t.Run("test_weak_valued_delitem", func(t *testing.T) { each(t, values, checkDelItem) })
	t.Run("test_weak_keyed_bad_delitem", testBadDelItem)
	t.Run("test_weak_keyed_cascading_deletes", testCascadingDeletes)
	t.Run("test_make_weak_keyed_dict_repr", func(t *testing.T) {
		each(t, keys, func(t *testing.T, w weakMap[*node, string]) {
			checkRepr(t, w, "KeyMap[realweak_test.node, string]")
		})
	})
	t.Run("test_make_weak_valued_dict_repr", func(t *testing.T) {
		each(t, values, func(t *testing.T, w weakMap[string, *node]) {
			checkRepr(t, w, "ValueMap[string, realweak_test.node]")
		})
	})
	t.Run("test_weak_valued_consistency", func(t *testing.T) { each(t, values, checkConsistency) })
}

func checkLenCycles[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(20)
	next, stop := iter.Pull2(m.All()) // holds one entry, if any
	defer stop()
	next()
	clear(objects)
	weaktest.Collect(t)
	if n := m.Len(); n > 1 {
		t.Errorf("%d entries beside a live iterator", n)
	}
	stop()
	becomes(t, m, 0)
}

func checkLenRace[K, V comparable](t *testing.T, w weakMap[K, V]) {
	const n = 20
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer collecting()()
	for percent := range gcPercents {
		debug.SetGCPercent(percent)
		m, objects := w.filled(n)
		clear(objects)
		next, stop := iter.Pull2(m.All())
		next()
		n1 := m.Len()
		stop()
		n2 := m.Len()
		if n1 < 0 || n1 > n || n2 < 0 || n2 > n1 {
			t.Fatalf("GOGC=%d: of %d entries %d and then %d", percent, n, n1, n2)
		}
	}
}

func checkWeakMap[K, V comparable](t *testing.T, w weakMap[K, V]) {
	const n = 10
	m, objects := w.filled(n)
	want := map[K]V{}
	for _, p := range objects {
		k, v := w.entry(p)
		want[k] = v
		if got, ok := m.Load(k); got != v || !ok {
			t.Errorf("Load(%v) = %v, %v", k, got, ok)
		}
	}
	agrees(t, "all alive", m, want)
	agrees(t, "the clone", w.clone(m), want)
	runtime.KeepAlive(objects)
	clear(want)
	absent, _ := w.entry(cyclic(n))
	if _, ok := m.Load(absent); ok {
		t.Error("found what was never stored")
	}
	objects[0] = nil
	becomes(t, m, n-1)
	clear(objects)
	becomes(t, m, 0)
	weaktest.AwaitDone(t, func() bool { return m.LenApprox() == 0 })
}

func checkIters[K, V comparable](t *testing.T, w weakMap[K, V]) {
	const n = 10
	m, objects := w.filled(n)
	for what, view := range w.views(m) {
		for range 2 { // it starts anew each time
			if got := count(view); got != n {
				t.Errorf("%s touch %d of %d", what, got, n)
			}
		}
	}
	left := map[*node]bool{}
	for _, p := range objects {
		left[p] = true
	}
	for r := range w.refs(m) {
		if !left[r.Value()] {
			t.Errorf("%v came up twice, or is no object of the map", r)
		}
		delete(left, r.Value())
	}
	if len(left) > 0 {
		t.Errorf("%d objects have no reference", len(left))
	}
	runtime.KeepAlive(objects)
}

func checkDestroyWhileIterating[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(10)
	for what, view := range w.views(m) {
		n := m.Len()
		next, stop := iter.Pull(view)
		next()
		objects[len(objects)-1] = nil
		objects = objects[:len(objects)-1]
		weaktest.Collect(t)
		rest := 0
		for _, ok := next(); ok; _, ok = next() {
			rest++
		}
		// What died had come up already, or never will.
		if rest != len(objects) && rest != len(objects)-1 {
			t.Errorf("%s: %d more came up, with %d alive", what, rest, len(objects))
		}
		stop()
		becomes(t, m, n-1)
	}
	runtime.KeepAlive(objects)
	t.Run("mutate", func(t *testing.T) { checkMutateWhileIterating(t, w) })
	t.Run("len", func(t *testing.T) { checkLenWhileIterating(t, w) })
}

// whileIterating runs act in the middle of an iteration in which the last object
// that is in the map has just died, and was not the one at hand.
func (w weakMap[K, V]) whileIterating(t *testing.T, m mapping[K, V], objects *[]*node, act func(died string)) {
	t.Helper()
	for len(*objects) > 0 { // what was deleted meanwhile is no victim
		if k, _ := w.entry((*objects)[len(*objects)-1]); has(m, k) {
			break
		}
		*objects = (*objects)[:len(*objects)-1]
	}
	last := len(*objects) - 1
	victim := (*objects)[last].name
	next, stop := iter.Pull2(m.All())
	defer stop()
	if k, v, _ := next(); w.object(k, v).name == victim {
		next()
	}
	(*objects)[last] = nil
	*objects = (*objects)[:last]
	weaktest.Collect(t)
	act(victim)
	stop()
	weaktest.Collect(t)
}

func has[K, V comparable](m mapping[K, V], k K) bool {
	_, ok := m.Load(k)
	return ok
}

func checkMutateWhileIterating[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(10)
	var again []*node // objects like those that died
	during := func(act func(k K, v V)) {
		w.whileIterating(t, m, &objects, func(died string) {
			p := &node{name: died}
			again = append(again, p)
			k, v := w.entry(p)
			if has(m, k) {
				t.Errorf("the entry of %s outlived it", died)
			}
			act(k, v)
		})
	}
	during(func(k K, _ V) { m.Delete(k) })
	during(func(k K, _ V) {
		if v, loaded := m.LoadAndDelete(k); loaded {
			t.Errorf("deleted %v of the dead", v)
		}
	})
	var key K
	during(func(k K, v V) {
		m.Store(k, v)
		key = k
	})
	if !has(m, key) {
		t.Error("what was stored in the middle of an iteration is gone")
	}
	clone := w.clone(m)
	during(func(K, V) { m.Merge(clone.All()) })
	if !maps.Equal(maps.Collect(m.All()), maps.Collect(clone.All())) {
		t.Errorf("merged in the middle of an iteration: %v", m)
	}
	during(func(K, V) { m.Clear() })
	agrees(t, "cleared in the middle of an iteration", m, map[K]V{})
	runtime.KeepAlive(again)
	runtime.KeepAlive(objects)
}

func checkLenWhileIterating[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(12)
	more := cyclic(123456)
	n := m.Len()
	during := func(what string, act func(), change int) {
		t.Helper()
		w.whileIterating(t, m, &objects, func(string) {
			if n--; m.Len() != n {
				t.Errorf("before %s: Len = %d, want %d", what, m.Len(), n)
			}
			act()
			if n += change; m.Len() != n {
				t.Errorf("after %s: Len = %d, want %d", what, m.Len(), n)
			}
		})
		if m.Len() != n {
			t.Errorf("after the iteration with %s: Len = %d, want %d", what, m.Len(), n)
		}
	}
	pop := func() {
		for k := range m.Keys() {
			m.LoadAndDelete(k)
			break
		}
	}
	during("pop", pop, -1)
	during("store", func() { m.Store(w.entry(more)) }, +1)
	during("pop", pop, -1)
	during("delete", func() {
		k, _ := w.entry(objects[len(objects)-1]) // perhaps popped already
		if !has(m, k) {
			pop()
		}
		m.Delete(k)
	}, -1)
	during("clear", m.Clear, -(n - 1))
	runtime.KeepAlive(more)
	runtime.KeepAlive(objects)
}

func checkFromPlain[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.fresh(), make([]*node, 10)
	want := map[K]V{}
	for i := range objects {
		objects[i] = cyclic(i)
		k, v := w.entry(objects[i])
		want[k] = v
	}
	m.Merge(maps.All(want))
	agrees(t, "of a map", m, want)
	clear(objects)
	weaktest.Collect(t)
	agrees(t, "while the map lives", m, want)
	clear(want)
	becomes(t, m, 0)
}

func checkFromWeak[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(10)
	a, b := w.clone(m), w.fresh()
	b.Merge(m.All())
	want := maps.Collect(m.All())
	m.Clear()
	agrees(t, "a clone", a, want)
	agrees(t, "a merger", b, want)
	clear(want)
	clear(objects)
	becomes(t, a, 0)
	becomes(t, b, 0)
}

func checkPopItem[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(2)
	popped := map[K]V{}
	for n := 1; n >= 0; n-- {
		for k := range m.Keys() {
			v, loaded := m.LoadAndDelete(k)
			if !loaded {
				t.Errorf("%v has gone by itself", k)
			}
			popped[k] = v
			break
		}
		if m.Len() != n {
			t.Errorf("Len = %d, want %d", m.Len(), n)
		}
	}
	for _, p := range objects {
		k, v := w.entry(p)
		if popped[k] != v {
			t.Errorf("%v was popped as %v", v, popped[k])
		}
	}
	if len(popped) != 2 {
		t.Errorf("popped %v", popped)
	}
}

func checkSetDefault[K, V comparable](t *testing.T, w weakMap[K, V]) {
	a, b := cyclic(1), cyclic(2)
	k, v1 := w.entry(a)
	_, v2 := w.entry(b)
	m := w.fresh()
	if got, loaded := m.LoadOrStore(k, v1); got != v1 || loaded {
		t.Errorf("first: %v, %v", got, loaded)
	}
	if got, loaded := m.LoadOrStore(k, v2); got != v1 || !loaded {
		t.Errorf("second: %v, %v", got, loaded)
	}
	agrees(t, "after both", m, map[K]V{k: v1})
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
}

func checkUpdate[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.fresh(), []*node{cyclic(1), cyclic(2), cyclic(3)}
	want := map[K]V{}
	for _, p := range objects {
		k, v := w.entry(p)
		want[k] = v
	}
	m.Merge(maps.All(want))
	agrees(t, "Merge", m, want)
	m.Merge(m.All()) // with itself
	agrees(t, "Merge with itself", m, want)
}

// checkUnion forms unions of four kinds: of weak maps, of a weak map and an
// ordinary one, of a weak map and pairs, and of an ordinary map and a weak one.
func checkUnion[K, V comparable](t *testing.T, w weakMap[K, V]) {
	b, c := cyclic(1), cyclic(2)
	union := func(left, right iter.Seq2[K, V]) mapping[K, V] {
		m, want := w.fresh(), maps.Collect(left)
		m.Merge(left)
		m.Merge(right)
		maps.Insert(want, right)
		agrees(t, "union", m, want)
		return m
	}
	unions := func() (all []mapping[K, V]) {
		a := cyclic(0)
		ka, va := w.entry(a)
		kb, vb := w.entry(b)
		kc, vc := w.entry(c)
		one, two := w.fresh(), w.fresh()
		one.Store(ka, va)
		two.Store(ka, vb)
		two.Store(kb, va)
		three := w.clone(one)
		plain := map[K]V{ka: vc, kc: vb}
		pairs := func(yield func(K, V) bool) { _ = yield(kc, vc) && yield(kb, va) }
		all = append(all,
			union(one.All(), two.All()),
			union(two.All(), maps.All(plain)),
			union(three.All(), pairs),
			union(maps.All(plain), three.All()))
		if one.Len() != 1 || two.Len() != 2 {
			t.Error("a union changed what it is made of")
		}
		runtime.KeepAlive(a)
		return all
	}()
	for i, m := range unions {
		weaktest.AwaitDone(t, func() bool {
			for k, v := range m.All() {
				if p := w.object(k, v); p != b && p != c {
					return false
				}
			}
			return true
		})
		if m.Len() == 0 && i > 0 && i < 3 {
			t.Errorf("union %d lost what is alive", i)
		}
	}
	runtime.KeepAlive(b)
	runtime.KeepAlive(c)
}

func checkDelItem[K, V comparable](t *testing.T, w weakMap[K, V]) {
	m, objects := w.filled(2)
	gone, _ := w.entry(objects[0])
	left, v := w.entry(objects[1])
	m.Delete(gone)
	agrees(t, "after Delete", m, map[K]V{left: v})
	runtime.KeepAlive(objects)
}

// testBadDelItem: where CPython raises, Delete of what is absent does nothing, and
// what cannot be a key is refused by what stores.
func testBadDelItem(t *testing.T) {
	each(t, weakKeyMaps(), func(t *testing.T, w weakMap[*node, string]) {
		m := w.fresh()
		for _, k := range []*node{{}, nil} {
			m.Delete(k)
			if v, loaded := m.LoadAndDelete(k); v != "" || loaded || has(m, k) || m.CompareAndDelete(k, "") {
				t.Errorf("deleted %q, which was never there", v)
			}
		}
		if err := refusal(func() { m.Store(nil, "") }); err == nil || err.Reason != realweak.Nil {
			t.Errorf("Store(nil) panicked with %v", err)
		}
	})
	var m realweak.KeyMap[int32, int]
	m.Delete(new(int32))
	if err := refusal(func() { m.Store(new(int32), 13) }); err == nil || err.Reason != realweak.Shared {
		t.Errorf("Store of a tiny key panicked with %v", err)
	}
	if m.Len() != 0 {
		t.Error("something was stored all the same")
	}
}

// refusal returns the *ReferentError with which f panics.
func refusal(f func()) (refused *realweak.ReferentError) {
	defer func() {
		err, _ := recover().(error)
		errors.As(err, &refused)
	}()
	f()
	return nil
}

// testCascadingDeletes: comparing keys lets go of another key.
func testCascadingDeletes(t *testing.T) {
	var objects []*node
	mutate := false
	m := realweak.NewKeyMapFunc(oneHash, func(a, b *node) bool {
		if mutate && len(objects) > 0 {
			objects[len(objects)-1] = nil
			objects = objects[:len(objects)-1]
			runtime.GC()
		}
		return a.name == b.name
	}, realweakKeyMapOptions{})
	const n = 4
	fill := func() {
		for i := range n {
			objects = append(objects, cyclic(i))
			m.Store(objects[i], i)
		}
		objects = slices.Collect(m.Keys())
		slices.Reverse(objects)
	}
	fill()
	mutate = true
	deleted := 0
	for i := 0; i < len(objects); i++ {
		deleted++
		m.Delete(objects[i])
	}
	mutate = false
	if deleted >= n {
		t.Errorf("deleted %d of %d, so no comparison let go of a key", deleted, n)
	}
	objects = nil
	weaktest.AwaitDone(t, func() bool { return m.Len() == 0 && m.LenApprox() == 0 })
}

func checkRepr[K, V comparable](t *testing.T, w weakMap[K, V], name string) {
	m, objects := w.filled(3)
	for what, got := range map[string]string{"String": m.String(), "%v": fmt.Sprintf("%v", m)} {
		if want := name + "(3 entries)"; got != want {
			t.Errorf("%s = %q, want %q", what, got, want)
		}
	}
	if got, want := w.fresh().String(), name+"(0 entries)"; got != want {
		t.Errorf("of an empty map: %q, want %q", got, want)
	}
	runtime.KeepAlive(objects)
}

// checkConsistency: the death of a value that was replaced leaves the new one.
func checkConsistency(t *testing.T, w weakMap[string, *node]) {
	m := w.fresh()
	ref := died(t, func() realweak.Ref[node] {
		old := cyclic(1)
		m.Store("10", old)
		return realweak.Make(old)
	})
	fresh := cyclic(2)
	m.Store("10", fresh)
	weaktest.Collect(t)
	if got, ok := m.Load("10"); got != fresh || !ok || m.Len() != 1 || ref.Alive() {
		t.Errorf("after the death of its predecessor: %v, %v", got, ok)
	}
	// And so where it is replaced while it still lives.
	died(t, func() realweak.Ref[node] {
		old := cyclic(3)
		m.Store("11", old)
		m.Store("11", fresh)
		return realweak.Make(old)
	})
	if got, ok := m.Load("11"); got != fresh || !ok || m.Len() != 2 {
		t.Errorf("after the death of its predecessor: %v, %v", got, ok)
	}
	runtime.KeepAlive(fresh)
}
