package realweak_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Scenarios of JavaScript's WeakRef and FinalizationRegistry, and of Rust's weak-table.
// A registry is a Queue here: it hands out held values, and dies like any object.

// target is what is registered.
type target struct {
	name string
	self *target
}

// register(target, held, token) and unregister(token): the held value comes once, unless
// it was unregistered.
func TestRegistryHeldValuesAndTokens(t *testing.T) {
	var registry realweak.Queue[string]
	register := func(held string) *realweak.Finalizer[target, string] {
		p := &target{}
		p.self = p // a cycle is no obstacle
		return realweak.Enqueue(&registry, p, held)
	}
	register("first")
	token := register("unregistered")
	register("first") // held values need not differ
	if held, ok := token.Detach(); held != "unregistered" || !ok {
		t.Errorf("unregister = %q, %v", held, ok)
	}
	if _, ok := token.Detach(); ok {
		t.Error("unregistered twice")
	}
	weaktest.AwaitDone(t, func() bool { return registry.Len() == 2 })
	weaktest.Collect(t)
	if got := registry.Drain(); !slices.Equal(got, []string{"first", "first"}) {
		t.Errorf("held values %v", got)
	}
}

// One target may be registered often, and its tokens unregister one registration each.
func TestRegistryOfOneTarget(t *testing.T) {
	var registry realweak.Queue[int]
	fill := func() (tokens []*realweak.Finalizer[target, int]) {
		p := &target{}
		for held := range 6 {
			tokens = append(tokens, realweak.Enqueue(&registry, p, held))
		}
		return tokens
	}
	for i, token := range fill() {
		if i%2 == 1 {
			token.Detach()
		}
	}
	weaktest.AwaitDone(t, func() bool { return registry.Len() == 3 })
	got := registry.Drain()
	slices.Sort(got)
	if !slices.Equal(got, []int{0, 2, 4}) {
		t.Errorf("held values %v", got)
	}
}

// A registry is collected although its targets live; then nobody is told of them.
func TestRegistryIsCollectable(t *testing.T) {
	p := &target{}
	var token *realweak.Finalizer[target, *target]
	drop := func() (realweak.Ref[realweak.Queue[*target]], realweak.Ref[target]) {
		registry, held := new(realweak.Queue[*target]), &target{name: "held"}
		token = realweak.Enqueue(registry, p, held)
		return realweak.Make(registry), realweak.Make(held)
	}
	registry, held := drop()
	weaktest.AwaitDead(t, registry)
	weaktest.AwaitDead(t, held) // the registration went with the registry
	if token.Alive() {
		t.Error("a registration outlived its registry")
	}
	runtime.KeepAlive(p)
}

// A target as its own held value is a TypeError.
func TestRegistryRefusesTheTarget(t *testing.T) {
	var registry realweak.Queue[*target]
	p := &target{}
	defer func() {
		if recover() == nil {
			t.Error("the target was accepted as its own held value")
		}
	}()
	realweak.Enqueue(&registry, p, p)
}

// deref does not change its mind while a job runs: what it returned is held by whoever
// has it, through any collection.
func TestDerefIsStable(t *testing.T) {
	p := &target{name: "x"}
	ref := realweak.Make(p)
	runtime.KeepAlive(p)
	job := func() {
		p := ref.Value()
		if p == nil {
			return // collected already
		}
		for range 5 {
			weaktest.Collect(t)
			if ref.Value() != p || p.name != "x" {
				t.Error("a referent that is held was collected")
			}
		}
		runtime.KeepAlive(p)
	}
	job()
	weaktest.AwaitDead(t, ref)
	for range 3 {
		weaktest.Collect(t)
		if ref.Alive() {
			t.Fatal("a dead reference came to life")
		}
	}
}

// The reference is dead by the time the held value comes.
func TestRegistryComesAfterTheReference(t *testing.T) {
	var registry realweak.Queue[realweak.Ref[target]]
	fill := func() {
		for range 50 {
			p := &target{}
			realweak.Enqueue(&registry, p, realweak.Make(p))
		}
	}
	fill()
	seen := 0
	weaktest.AwaitDone(t, func() bool {
		for ref, ok := registry.Poll(); ok; ref, ok = registry.Poll() {
			if seen++; ref.Alive() {
				t.Fatal("told of a death before it")
			}
		}
		return seen == 50
	})
}

// weak-table's retain is a loop that deletes.
func TestRetain(t *testing.T) {
	objects := newReclaimables(100)
	var values realweak.ValueMap[int, reclaimable]
	var keys realweak.KeyMap[reclaimable, int]
	for i, p := range objects {
		values.Store(i, p)
		keys.Store(p, i)
	}
	for k, p := range values.All() {
		if k%3 != 0 {
			values.CompareAndDelete(k, p)
		}
	}
	for p, v := range keys.All() {
		if v%3 != 0 {
			keys.CompareAndDelete(p, v)
		}
	}
	for i, p := range objects {
		_, inValues := values.Load(i)
		_, inKeys := keys.Load(p)
		if want := i%3 == 0; inValues != want || inKeys != want {
			t.Errorf("%d: %v, %v", i, inValues, inKeys)
		}
	}
	runtime.KeepAlive(objects)
}

// weak-table's remove_expired is a collection and what follows it. Before, the capacity
// is that of all entries, and is_submap and domain_is_subset see the living only.
func TestExpiredEntriesInComparisons(t *testing.T) {
	objects := newReclaimables(40)
	small, large := realweak.NewSet(objects[:20]...), realweak.NewSet(objects[10:]...)
	if small.IsSubset(large) || large.IsSuperset(small) {
		t.Error("a subset, though a member is not in the other")
	}
	for _, p := range objects[:10] {
		realweak.Kill(p)
	}
	if !small.IsSubset(large) || !large.IsSuperset(small) || small.Equal(large) {
		t.Error("the dead take part in comparisons")
	}
	for _, p := range objects[20:] {
		realweak.Kill(p)
	}
	if !small.Equal(large) || small.Len() != 10 {
		t.Errorf("not equal: %d and %d members", small.Len(), large.Len())
	}
	runtime.KeepAlive(objects)
}

// weak-table's WeakWeak map is a KeyMap to references: an entry is gone with its key,
// and useless once its value is dead.
func TestWeakKeysToWeakValues(t *testing.T) {
	var m realweak.KeyMap[target, realweak.Ref[reclaimable]]
	k, v := &target{}, &reclaimable{}
	m.Store(k, realweak.Make(v))
	fill := func() (realweak.Ref[reclaimable], realweak.Ref[target]) {
		dying := &target{}
		m.Store(dying, realweak.Make(v))
		lost := &reclaimable{}
		m.Store(k, realweak.Make(lost))
		return realweak.Make(lost), realweak.Make(dying)
	}
	lost, dying := fill()
	weaktest.AwaitDead(t, lost)
	weaktest.AwaitDead(t, dying)
	if got, ok := m.Load(k); !ok || got.Alive() || m.Len() != 1 {
		t.Errorf("%v, %v, %d entries", got, ok, m.Len())
	}
	runtime.KeepAlive(k)
	runtime.KeepAlive(v)
}
