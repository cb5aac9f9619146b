package realweak_test

import (
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonProxies is ReferencesTestCase as far as it is about proxies, which
// pass on what is done to them. Go has none, but a Method calls through a weak
// reference.
func TestCPythonProxies(t *testing.T) {
	t.Run("test_proxy_ref", func(t *testing.T) {
		var l log
		var m [2]realweak.Method[form, int]
		died(t, func() realweak.Ref[form] {
			f := &form{}
			for i := range m {
				m[i] = realweak.Bind(f, (*form).changed)
				realweak.Finalize(f, l.add, "called")
			}
			return realweak.Make(f)
		})
		for i := range m {
			if m[i].Call(1) || m[i].Value() != nil {
				t.Error("a call reached a dead object")
			}
		}
		weaktest.AwaitDone(t, func() bool { return len(l.all()) == 2 })
	})
	t.Run("test_proxy_reuse", func(t *testing.T) {
		f := &form{}
		first := realweak.Bind(f, (*form).changed)
		between := realweak.Make(f)
		if again := realweak.Bind(f, (*form).changed); !again.Equal(first) || again.Receiver() != between {
			t.Error("two of the same differ")
		}
		runtime.KeepAlive(f)
	})
	t.Run("test_shared_proxy_without_callback", func(t *testing.T) {
		f := &form{}
		before := realweak.Bind(f, (*form).changed)
		z := realweak.Finalize(f, func(int) {}, 0)
		with := realweak.Bind(f, (*form).changed)
		z.Detach()
		if !before.Equal(with) || before.Receiver() != with.Receiver() {
			t.Error("whether there is a callback makes a difference")
		}
		runtime.KeepAlive(f)
	})
	t.Run("test_basic_proxy", func(t *testing.T) {
		f := &form{}
		write, rename := realweak.Bind(f, (*form).changed), realweak.Bind(f, func(f *form, s string) { f.name = s })
		read := realweak.Bind(f, func(f *form, to *string) { *to = f.name })
		write.Call(12)
		rename.Call("n")
		if !slices.Equal(f.got, []int{12}) || f.name != "n" {
			t.Errorf("what was written through is %v, %q", f.got, f.name)
		}
		f.name = "m"
		var got string
		if read.Call(&got); got != "m" {
			t.Errorf("what is read through is %q", got)
		}
	})
	t.Run("test_proxy_iter", func(t *testing.T) {
		// The call's own doing removes the last reference to the receiver.
		only := &form{}
		var alive, after bool
		ref := realweak.Make(only)
		m := realweak.Bind(only, func(*form, int) {
			only = nil
			weaktest.Collect(t)
			alive = ref.Alive()
		})
		m.Call(1)
		if !alive {
			t.Error("the receiver died in the middle of a call")
		}
		weaktest.AwaitDead(t, ref)
		if after = m.Call(1); after {
			t.Error("called after death")
		}
		// So does a function that holds the receiver.
		only = &form{}
		ref = realweak.Make(only)
		f := realweak.Bind(only, func(*form, int) {
			only = nil
			weaktest.Collect(t)
			alive = ref.Alive()
		}).Value()
		alive = false
		f(1)
		if !alive {
			t.Error("the receiver died in the middle of a call that holds it")
		}
	})
	t.Run("test_proxy_next", func(t *testing.T) {
		it := &form{got: []int{4, 5, 6}}
		next := realweak.Bind(it, func(f *form, to *[]int) {
			*to = append(*to, f.got[0])
			f.got = f.got[1:]
		})
		var got []int
		for len(got) < 3 && next.Call(&got) {
			runtime.GC()
		}
		if !slices.Equal(got, []int{4, 5, 6}) {
			t.Errorf("got %v", got)
		}
		runtime.KeepAlive(it)
	})
	t.Run("test_proxy_hash", func(t *testing.T) {
		if reflect.TypeFor[realweak.Method[form, int]]().Comparable() {
			t.Error("a Method can be a map's key, but two of the same are not one key")
		}
	})
	t.Run("test_gc_during_proxy_creation", func(t *testing.T) {
		defer collecting()()
		f := &form{}
		m := realweak.Bind(f, (*form).changed)
		for i := range scaled(20_000) {
			p := &form{got: []int{i}} // garbage by the next round
			if again := realweak.Bind(f, (*form).changed); realweak.Bind(p, (*form).closed).Receiver().Value() != p || !again.Equal(m) {
				t.Fatalf("round %d: wrong receiver", i)
			}
		}
		runtime.KeepAlive(f)
	})
}
