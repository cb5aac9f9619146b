package realweak_test

import (
	"fmt"
	"hash/maphash"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonReferences is ReferencesTestCase as far as it is about references
// alone; see also TestCPythonProxies and TestCPythonCallbacks.
func TestCPythonReferences(t *testing.T) {
	t.Run("test_basic_ref", func(t *testing.T) {
		checkBasicRef(t, "struct", func() *node { return &node{name: "n"} })
		checkBasicRef(t, "field", func() *string { return &(&node{name: "n"}).name })
		checkBasicRef(t, "element", func() *node { return &make([]node, 9)[4] })
		checkBasicRef(t, "function", func() *func() int { n := 1; f := func() int { n++; return n }; return &f })
		checkBasicRef(t, "bound method", func() *func(int) { f := (&form{}).changed; return &f })
		checkBasicRef(t, "map", func() *map[int]int { m := map[int]int{1: 2}; return &m })
		checkBasicRef(t, "tiny", func() *bool { return realweak.New(true) })
		checkBasicRef(t, "empty", func() *struct{} { return realweak.New(struct{}{}) })
	})
	t.Run("test_repr_failure_gh99184", func(t *testing.T) {
		p := &loudmouth{}
		z := realweak.Finalize(p, func(int) {}, 0)
		for _, format := range []string{"%v", "%+v", "%s", "%q"} {
			for _, v := range []any{realweak.Make(p), realweak.Bind(p, func(*loudmouth, int) {}), z} {
				if got := fmt.Sprintf(format, v); len(got) < len("loudmouth") {
					t.Errorf("Sprintf(%q, %T) = %s", format, v, got)
				}
			}
		}
		if p.asked > 0 {
			t.Errorf("the referent's own methods were called %d times", p.asked)
		}
		z.Detach()
	})
	t.Run("test_ref_reuse", func(t *testing.T) {
		p := &node{}
		first := realweak.Make(p)
		between := realweak.Bind(p, func(*node, int) {})
		if again := realweak.Make(p); again != first || again != between.Receiver() {
			t.Error("a reference is not used again")
		}
		if n := testing.AllocsPerRun(100, func() { first = realweak.Make(p) }); n > 0 {
			t.Errorf("making it again allocates %v times", n)
		}
		runtime.KeepAlive(p)
	})
	t.Run("test_shared_ref_without_callback", func(t *testing.T) {
		p := &node{}
		before := realweak.Make(p)
		z := realweak.Finalize(p, func(int) {}, 0)
		with := realweak.Make(p)
		z.Detach()
		if after := realweak.Make(p); before != with || with != after {
			t.Error("whether there is a callback changes the reference")
		}
		runtime.KeepAlive(p)
	})
	t.Run("test_getweakrefs", func(t *testing.T) {
		for dropped := range 2 {
			p := &node{}
			var both [2]*realweak.Finalizer[node, int]
			for i := range both {
				both[i] = realweak.Finalize(p, func(int) {}, i)
			}
			both[dropped].Detach()
			if i, ok := both[1-dropped].Peek(); !ok || i != 1-dropped || both[dropped].Alive() {
				t.Errorf("after the end of callback %d: the other is %d, %v", dropped, i, ok)
			}
			both[1-dropped].Detach()
			if both[1-dropped].Alive() {
				t.Error("a callback is left")
			}
			runtime.KeepAlive(p)
		}
	})
	t.Run("test_ordering", func(t *testing.T) {
		ref := reflect.TypeOf(realweak.Make(&node{}))
		if ref.Kind() != reflect.Struct || !ref.Comparable() {
			t.Errorf("a Ref is a %v, comparable: %v", ref.Kind(), ref.Comparable())
		}
		for m := range ref.Methods() {
			if slices.Contains([]string{"Less", "Compare", "Cmp"}, m.Name) {
				t.Errorf("a Ref has an order: %s", m.Name)
			}
		}
	})
	t.Run("test_hashing", func(t *testing.T) {
		seed := maphash.MakeSeed()
		var hash uint64
		var m map[realweak.Ref[node]]string
		ref := died(t, func() realweak.Ref[node] {
			ref := realweak.Make(&node{name: "same"})
			hash, m = maphash.Comparable(seed, ref), map[realweak.Ref[node]]string{ref: "found"}
			return ref
		})
		if maphash.Comparable(seed, ref) != hash || m[ref] != "found" {
			t.Error("death changed the hash")
		}
		unhashed := died(t, func() realweak.Ref[node] { return realweak.Make(&node{name: "same"}) })
		if _, found := m[unhashed]; found || maphash.Comparable(seed, unhashed) == hash {
			t.Error("a reference to another object is the same key")
		}
	})
	t.Run("test_gc_during_ref_creation", func(t *testing.T) {
		defer collecting()()
		referent := &node{name: "referenced"}
		ref := realweak.Make(referent)
		for i := range scaled(20_000) {
			p := cyclic(i) // garbage by the next round
			if r := realweak.Make(p); r.Value() != p || realweak.Make(referent) != ref {
				t.Fatalf("round %d: wrong reference", i)
			}
			if i%8 == 0 {
				realweak.Finalize(p, func(int) {}, i)
			}
		}
		if ref.Value() != referent {
			t.Error("a reference to what is alive is dead")
		}
	})
	t.Run("test_ref_created_during_del", testRefCreatedDuringDel)
}

func checkBasicRef[T any](t *testing.T, kind string, fresh func() *T) {
	t.Helper()
	p := fresh()
	ref := realweak.Make(p)
	if ref.Value() != p || !ref.Alive() {
		t.Errorf("%s: the reference does not yield the object", kind)
	}
	if got, want := ref.String(), fmt.Sprintf("Ref[%v](alive)", reflect.TypeFor[T]()); got != want {
		t.Errorf("%s: String = %q, want %q", kind, got, want)
	}
	runtime.KeepAlive(p)
	p = nil
	weaktest.AwaitDead(t, ref)
	if ref.Value() != nil {
		t.Errorf("%s: a dead reference has a value", kind)
	}
}

// loudmouth counts who asks it to describe itself.
type loudmouth struct {
	asked int
	_     *int
}

func (l *loudmouth) String() string         { l.asked++; panic("asked for a string") }
func (l *loudmouth) GoString() string       { return l.String() }
func (l *loudmouth) Error() string          { return l.String() }
func (l *loudmouth) Format(fmt.State, rune) { l.asked++ }

// TestCPythonSubclassableWeakref is SubclassableWeakrefTestCase: what derives from
// a reference there is a struct with a reference in it here.
func TestCPythonSubclassableWeakref(t *testing.T) {
	type tagged struct {
		realweak.Ref[node]
		tag string
	}
	t.Run("test_subclass_refs", func(t *testing.T) {
		r := died(t, func() realweak.Ref[node] {
			p := &node{}
			r := tagged{realweak.Make(p), "spam"}
			if r.Value() != p || !r.Alive() || r.tag != "spam" {
				t.Error("not a reference with a tag")
			}
			return r.Ref
		})
		if (tagged{r, "spam"}).Alive() {
			t.Error("alive")
		}
	})
	t.Run("test_subclass_refs_dont_replace_standard_refs", func(t *testing.T) {
		p := &node{}
		plain, a, b := realweak.Make(p), tagged{realweak.Make(p), "a"}, tagged{realweak.Make(p), "b"}
		if a == b || a.Ref != plain || b.Ref != plain {
			t.Error("a tag changes the reference, or the reference swallows the tag")
		}
		if any(a) == any(plain) || realweak.Make(p) != plain {
			t.Error("a tagged reference took the plain one's place")
		}
		runtime.KeepAlive(p)
	})
	t.Run("test_subclass_refs_dont_conflate_callbacks", func(t *testing.T) {
		var l log
		p := &node{}
		a, b := realweak.Finalize(p, l.add, "same"), realweak.Finalize(p, l.add, "same")
		if a == b {
			t.Fatal("two callbacks are one")
		}
		a.Detach()
		if a.Alive() || !b.Alive() {
			t.Error("detaching one changed the other")
		}
		runtime.KeepAlive(p)
		p = nil
		weaktest.AwaitDone(t, func() bool { return !b.Alive() && len(l.all()) > 0 })
		if got := l.all(); len(got) != 1 {
			t.Errorf("called %d times", len(got))
		}
	})
	t.Run("test_subclass_refs_with_cycle", func(t *testing.T) {
		// Who owns both the observer and what it observes lets go of both.
		type owner struct {
			observed *realweak.Signal[int]
			tie      *realweak.Connection[int]
			again    *realweak.Connection[int]
		}
		called := 0
		s := new(realweak.Signal[int])
		died(t, func() realweak.Ref[owner] {
			o := &owner{observed: s}
			o.tie = s.ConnectFunc(func(int) { called++; o.again.Connected() })
			o.again = s.ConnectFunc(func(int) { called++; o.tie.Connected() })
			return realweak.Make(o)
		})
		weaktest.AwaitDone(t, func() bool { return s.Len() == 0 })
		s.Emit(1)
		if called != 0 {
			t.Errorf("what was dropped was called %d times", called)
		}
	})
}
