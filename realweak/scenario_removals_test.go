package realweak_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// Guava's and Caffeine's removal causes: in whatever order an entry is stored again,
// deleted, compared and deleted, cleared away and collected, the listener is told of
// what really happened, once.

// sibling is a key or a value. Two of one name are equal keys by value.
type sibling struct{ name, who string }

// removalModel says which entries there are and what the listener must have been told.
type removalModel struct {
	byValue bool              // all siblings are one key
	entries map[string]string // values by the sibling that the entry belongs to
	told    []string
}

// owner returns whose entry is found by that sibling.
func (m *removalModel) owner(who string) (string, bool) {
	if m.byValue {
		for owner := range m.entries {
			return owner, true
		}
	}
	_, ok := m.entries[who]
	return who, ok
}

func (m *removalModel) gone(owner string, cause realweak.Cause) {
	told := owner
	if cause == realweak.Collected {
		told = "nil"
	}
	m.told = append(m.told, fmt.Sprint(told, m.entries[owner], cause))
	delete(m.entries, owner)
}

// remover is a map with one of whose keys or values all things happen in some order.
type remover interface {
	// act does one thing and returns what is wrong with the answer. What an object
	// would be needed for that has been dropped is not done.
	act(what string) (wrong string)
	// check returns what is wrong with the map and with what its listener was told.
	check() (wrong string)
	// waits reports whether an object that was dropped is still to die.
	waits() bool
}

// hearsay is what a listener was told, without the objects.
type hearsay struct {
	mu    sync.Mutex
	lines []string
}

func (h *hearsay) add(key, value any, cause realweak.Cause) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprint(key, value, cause))
}

func (h *hearsay) differs(want []string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	// The order within a Clear is the map's.
	got, want := slices.Sorted(slices.Values(h.lines)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		return fmt.Sprintf("told %v, want %v", got, want)
	}
	return ""
}

func nameOf(s *sibling) string {
	if s == nil {
		return "nil"
	}
	return s.who
}

func TestRemovalPermutations(t *testing.T) {
	byKey := func(fresh func(realweak.KeyMapOptions[sibling, string]) *realweak.KeyMap[sibling, string], byValue bool) func() remover {
		return func() remover {
			r := &keyRemover{first: &sibling{"same", "first"}, other: &sibling{"same", "other"}}
			r.ref = realweak.Make(r.first)
			r.model = removalModel{byValue: byValue, entries: map[string]string{}}
			r.m = fresh(realweak.KeyMapOptions[sibling, string]{OnRemoval: func(x realweak.Removal[*sibling, string]) {
				r.told.add(nameOf(x.Key), x.Value, x.Cause)
			}})
			return r
		}
	}
	same := func(a, b *sibling) bool { return a.name == b.name }
	for name, fresh := range map[string]func() remover{
		"ValueMap":        newValueRemover,
		"KeyMap":          byKey(realweak.NewKeyMap[sibling, string], false),
		"KeyMap one hash": byKey(byOneHash(func(a, b *sibling) bool { return a == b }), false),
		"KeyMap by value": byKey(byOneHash(same), true),
	} {
		t.Run(name, func(t *testing.T) { testRemovalPermutations(t, fresh) })
	}
}

func byOneHash(equal func(a, b *sibling) bool) func(realweak.KeyMapOptions[sibling, string]) *realweak.KeyMap[sibling, string] {
	return func(o realweak.KeyMapOptions[sibling, string]) *realweak.KeyMap[sibling, string] {
		return realweak.NewKeyMapFunc(func(*sibling) uint64 { return 42 }, equal, o)
	}
}

// testRemovalPermutations plays all orders side by side; see
// testFinalizerPermutations.
func testRemovalPermutations(t *testing.T, fresh func() remover) {
	type play struct {
		remover
		acts []string
	}
	acts := []string{"Store", "Store other", "Delete", "CompareAndDelete", "Clear", "Drop"}
	var plays []play
	for order := range permutations(acts...) {
		p := play{fresh(), order}
		if wrong := p.act("Store"); wrong != "" {
			t.Fatal(wrong)
		}
		plays = append(plays, p)
	}
	for stage := range acts {
		for _, p := range plays {
			if wrong := p.act(p.acts[stage]); wrong != "" {
				t.Fatalf("%v: %s", p.acts[:stage+1], wrong)
			}
		}
		weaktest.AwaitDone(t, func() bool { return !slices.ContainsFunc(plays, func(p play) bool { return p.waits() }) })
		for _, p := range plays {
			if wrong := p.check(); wrong != "" {
				t.Fatalf("%v: %s", p.acts[:stage+1], wrong)
			}
		}
	}
	weaktest.Collect(t)
	for _, p := range plays {
		if wrong := p.check(); wrong != "" {
			t.Fatalf("%v, and another collection: %s", p.acts, wrong)
		}
	}
}

// valueRemover has two values for the one key of a ValueMap.
type valueRemover struct {
	m            *realweak.ValueMap[string, sibling]
	first, other *sibling
	ref          realweak.Ref[sibling] // of the first
	model        removalModel          // the owner of the entry is its value
	told         hearsay
}

func newValueRemover() remover {
	r := &valueRemover{first: &sibling{"same", "first"}, other: &sibling{"same", "other"}}
	r.ref = realweak.Make(r.first)
	r.model = removalModel{byValue: true, entries: map[string]string{}}
	r.m = realweak.NewValueMap(realweak.ValueMapOptions[string, sibling]{OnRemoval: func(x realweak.Removal[string, *sibling]) {
		r.told.add(nameOf(x.Value), x.Key, x.Cause)
	}})
	return r
}

//go:noinline
func (r *valueRemover) act(what string) string {
	owner, there := r.model.owner("first")
	store := func(s *sibling) {
		if s == nil {
			return
		}
		if there && owner != s.who {
			r.model.gone(owner, realweak.Replaced)
		}
		r.m.Store("key", s)
		r.model.entries[s.who] = "key"
	}
	switch what {
	case "Store":
		store(r.first)
	case "Store other":
		store(r.other)
	case "Delete":
		r.m.Delete("key")
		if there {
			r.model.gone(owner, realweak.Explicit)
		}
	case "CompareAndDelete":
		want := r.first != nil && there && owner == "first"
		if got := r.m.CompareAndDelete("key", r.first); got != want {
			return fmt.Sprintf("CompareAndDelete = %v", got)
		}
		if want {
			r.model.gone(owner, realweak.Explicit)
		}
	case "Clear":
		r.m.Clear()
		if there {
			r.model.gone(owner, realweak.Cleared)
		}
	case "Drop":
		r.first = nil
		if there && owner == "first" {
			r.model.gone(owner, realweak.Collected)
		}
	}
	return ""
}

func (r *valueRemover) waits() bool { return r.first == nil && r.ref.Alive() }

//go:noinline
func (r *valueRemover) check() string {
	got, ok := r.m.Load("key")
	owner, there := r.model.owner("first")
	if n := len(r.model.entries); ok != there || ok && got.who != owner || r.m.Len() != n || r.m.LenApprox() != n {
		return fmt.Sprintf("Load = %s, %v, Len = %d, LenApprox = %d; want %v", nameOf(got), ok, r.m.Len(), r.m.LenApprox(), r.model.entries)
	}
	return r.told.differs(r.model.told)
}

// keyRemover has two keys of a KeyMap, which may be equal.
type keyRemover struct {
	m            *realweak.KeyMap[sibling, string]
	first, other *sibling
	ref          realweak.Ref[sibling] // of the first
	stored       int
	model        removalModel
	told         hearsay
}

//go:noinline
func (r *keyRemover) act(what string) string {
	if r.first == nil && what != "Store other" && what != "Clear" {
		return ""
	}
	owner, there := r.model.owner("first")
	switch what {
	case "Store":
		r.store(r.first)
	case "Store other":
		r.store(r.other)
	case "Delete":
		r.m.Delete(r.first)
		if there {
			r.model.gone(owner, realweak.Explicit)
		}
	case "CompareAndDelete":
		want := there && r.model.entries[owner] == "value 1"
		if got := r.m.CompareAndDelete(r.first, "value 1"); got != want {
			return fmt.Sprintf("CompareAndDelete = %v", got)
		}
		if want {
			r.model.gone(owner, realweak.Explicit)
		}
	case "Clear":
		r.m.Clear()
		for owner := range r.model.entries {
			r.model.gone(owner, realweak.Cleared)
		}
	case "Drop":
		r.first = nil
		if _, owns := r.model.entries["first"]; owns {
			r.model.gone("first", realweak.Collected)
		}
	}
	return ""
}

func (r *keyRemover) store(s *sibling) {
	r.stored++
	value := fmt.Sprint("value ", r.stored)
	owner, there := r.model.owner(s.who)
	if there {
		r.model.gone(owner, realweak.Replaced)
	}
	r.m.Store(s, value)
	r.model.entries[owner] = value // of the first of equal keys
}

func (r *keyRemover) waits() bool { return r.first == nil && r.ref.Alive() }

//go:noinline
func (r *keyRemover) check() string {
	for _, s := range []*sibling{r.first, r.other} {
		if s == nil {
			continue
		}
		got, ok := r.m.Load(s)
		owner, there := r.model.owner(s.who)
		if ok != there || got != r.model.entries[owner] {
			return fmt.Sprintf("Load of %s = %q, %v; want %v", s.who, got, ok, r.model.entries)
		}
	}
	for k, v := range r.m.All() {
		if r.model.entries[k.who] != v {
			return fmt.Sprintf("All has %q of %s; want %v", v, k.who, r.model.entries)
		}
	}
	if n := len(r.model.entries); r.m.Len() != n || r.m.LenApprox() != n {
		return fmt.Sprintf("Len = %d, LenApprox = %d; want %v", r.m.Len(), r.m.LenApprox(), r.model.entries)
	}
	return r.told.differs(r.model.told)
}
