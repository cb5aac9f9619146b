package realweak_test

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// form has the methods that are bound weakly.
type form struct {
	name string
	got  []int
}

func (f *form) changed(i int) { f.got = append(f.got, i) }
func (f *form) closed(i int)  { f.got = append(f.got, -i) }

type shape[E any] struct {
	got []E
}

func (s *shape[E]) add(e E) { s.got = append(s.got, e) }

// CPython: WeakMethodTestCase.test_alive.
func TestMethodAlive(t *testing.T) {
	f := &form{}
	m := realweak.Bind(f, (*form).changed)
	if !m.Alive() || !m.Call(1) {
		t.Error("a method whose receiver is held is dead")
	}
	m.Value()(2)
	if len(f.got) != 2 || f.got[0] != 1 || f.got[1] != 2 {
		t.Errorf("the receiver got %v", f.got)
	}
	if got, want := m.String(), "Method[realweak_test.form](alive)"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	if m.Receiver() != realweak.Make(f) {
		t.Error("Receiver refers to something else")
	}
}

// CPython: WeakMethodTestCase.test_object_dead and test_no_cycles.
func TestMethodDead(t *testing.T) {
	var m realweak.Method[form, int]
	drop := func() realweak.Ref[form] {
		f := &form{}
		m = realweak.Bind(f, (*form).changed)
		m.Call(1)
		m.Value()(2) // a strong one, used and dropped
		return realweak.Make(f)
	}
	weaktest.AwaitDead(t, drop())
	if m.Alive() || m.Call(1) || m.Value() != nil {
		t.Error("a method whose receiver is gone is alive")
	}
	if got, want := m.String(), "Method[realweak_test.form](dead)"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}

// The function that Value returns keeps the receiver.
func TestMethodValueIsStrong(t *testing.T) {
	var strong func(int)
	drop := func() realweak.Ref[form] {
		f := &form{}
		strong = realweak.Bind(f, (*form).changed).Value()
		return realweak.Make(f)
	}
	ref := drop()
	weaktest.Collect(t)
	if !ref.Alive() {
		t.Error("the receiver died")
	}
	runtime.KeepAlive(strong)
	strong = nil
	weaktest.AwaitDead(t, ref)
}

// CPython: WeakMethodTestCase.test_callback_when_object_dead.
func TestMethodReceiverWithFinalizer(t *testing.T) {
	ran := make([]string, 0, 1)
	var m realweak.Method[form, int]
	var z *realweak.Finalizer[form, string]
	drop := func() {
		f := &form{}
		m = realweak.Bind(f, (*form).changed)
		z = realweak.Finalize(f, func(s string) {
			if m.Alive() {
				s += ", but the method is alive"
			}
			ran = append(ran, s)
		}, "once")
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return !z.Alive() })
	weaktest.Collect(t)
	if len(ran) != 1 || ran[0] != "once" {
		t.Errorf("ran %q", ran)
	}
}

// CPython: WeakMethodTestCase.test_equality and test_hashing, as far as Go can.
func TestMethodEqual(t *testing.T) {
	type method = realweak.Method[form, int]
	a, b := &form{name: "same"}, &form{name: "same"}
	m := realweak.Bind(a, (*form).changed)
	for name, c := range map[string]struct {
		other method
		want  bool
	}{
		"the same":         {realweak.Bind(a, (*form).changed), true},
		"another function": {realweak.Bind(a, (*form).closed), false},
		"an equal object":  {realweak.Bind(b, (*form).changed), false},
		"zero":             {method{}, false},
	} {
		if got := m.Equal(c.other); got != c.want {
			t.Errorf("%s: Equal = %v", name, got)
		}
	}
	if zero := (method{}); !zero.Equal(method{}) || zero.Alive() || zero.Call(1) || zero.Value() != nil {
		t.Error("the zero method is not dead, or not equal to itself")
	}
	captured := 0
	closure := func(*form, int) { captured++ }
	if !realweak.Bind(a, closure).Equal(realweak.Bind(a, closure)) {
		t.Error("a closure is not equal to itself")
	}
	var same [2]method
	for i := range same {
		same[i] = realweak.Bind(a, func(*form, int) { captured += i })
	}
	if same[0].Equal(same[1]) {
		t.Error("closures with different captures are equal")
	}
	s := &shape[int]{}
	if m := realweak.Bind(s, (*shape[int]).add); !m.Equal(m) || !m.Call(3) || s.got[0] != 3 {
		t.Error("a method of a generic type")
	}
	runtime.KeepAlive(b)
	runtime.KeepAlive(a)

	// In death as in life.
	var x, y, z method
	drop := func() realweak.Ref[form] {
		f, g := &form{}, &form{}
		x, y, z = realweak.Bind(f, (*form).changed), realweak.Bind(f, (*form).changed), realweak.Bind(g, (*form).changed)
		return realweak.Make(f)
	}
	weaktest.AwaitDead(t, drop())
	weaktest.AwaitDone(t, func() bool { return !z.Alive() })
	if !x.Equal(y) || x.Equal(z) {
		t.Error("death changed what is equal")
	}
}

func TestBindRefuses(t *testing.T) {
	for name, bind := range map[string]func(){
		"nil receiver": func() { realweak.Bind(nil, (*form).changed) },
		"nil function": func() { realweak.Bind[form, int](&form{}, nil) },
		"tiny":         func() { realweak.Bind(new(int32), func(*int32, int) {}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			bind()
		}()
	}
}

func TestMethodCallDoesNotAllocate(t *testing.T) {
	f := &form{}
	m := realweak.Bind(f, func(f *form, i int) { f.name = "" })
	if n := testing.AllocsPerRun(100, func() { m.Call(1) }); n != 0 {
		t.Errorf("Call allocates %v times", n)
	}
	runtime.KeepAlive(f)
}

func BenchmarkMethod(b *testing.B) {
	f := &form{}
	count := func(f *form, i int) { f.name = "" }
	m := realweak.Bind(f, count)
	b.Run("op=call", func(b *testing.B) {
		for b.Loop() {
			m.Call(1)
		}
	})
	b.Run("op=call-strong", func(b *testing.B) {
		for b.Loop() {
			count(f, 1)
		}
	})
	b.Run("op=bind", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			realweak.Bind(f, count)
		}
	})
	runtime.KeepAlive(f)
}
