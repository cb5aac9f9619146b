package realweak_test

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonCallbacks is ReferencesTestCase as far as it is about callbacks, which
// are finalizers here.
func TestCPythonCallbacks(t *testing.T) {
	t.Run("test_basic_callback", func(t *testing.T) {
		checkBasicCallback(t, "struct", func() *node { return &node{name: "n"} })
		checkBasicCallback(t, "field", func() *string { return &(&node{name: "n"}).name })
		checkBasicCallback(t, "element", func() *node { return &make([]node, 9)[4] })
		checkBasicCallback(t, "function", func() *func() int { n := 1; f := func() int { n++; return n }; return &f })
		checkBasicCallback(t, "bound method", func() *func(int) { f := (&form{}).changed; return &f })
		checkBasicCallback(t, "tiny", func() *bool { return realweak.New(true) })
	})
	t.Run("test_multiple_callbacks", func(t *testing.T) {
		var calls atomic.Int32
		var refs [2]realweak.Ref[node]
		died(t, func() realweak.Ref[node] {
			p := &node{}
			for i := range refs {
				refs[i] = realweak.Make(p)
				realweak.Finalize(p, func(int) { calls.Add(1) }, i)
			}
			return refs[0]
		})
		weaktest.AwaitDone(t, func() bool { return calls.Load() == 2 })
		weaktest.Collect(t)
		if refs[0].Alive() || refs[1].Alive() || calls.Load() != 2 {
			t.Errorf("%d calls", calls.Load())
		}
	})
	t.Run("test_multiple_selfref_callbacks", func(t *testing.T) {
		const objects, each = 50, 4
		var alive, ran atomic.Int32
		drop := func() {
			for range objects {
				p := &node{}
				var refs [each]realweak.Ref[node] // all of them seen by each callback
				for i := range refs {
					refs[i] = realweak.Make(p)
				}
				inner := realweak.Make(&p.next)
				for range each {
					realweak.Finalize(p, func(refs []realweak.Ref[node]) {
						for _, r := range refs {
							if r.Value() != nil {
								alive.Add(1)
							}
						}
						if inner.Alive() {
							alive.Add(1)
						}
						ran.Add(1)
					}, refs[:])
				}
			}
		}
		drop()
		weaktest.AwaitDone(t, func() bool { return ran.Load() == objects*each })
		if n := alive.Load(); n > 0 {
			t.Errorf("%d references were alive in a callback", n)
		}
	})
	t.Run("test_callbacks_protected", func(t *testing.T) {
		var reports atomic.Int32
		defer realweak.OnPanic(func(realweak.PanicInfo) { reports.Add(1) })()
		bogus := fmt.Errorf("bogus")
		for round := range 2 {
			var ran atomic.Int32
			func() {
				defer func() {
					if got := recover(); got != bogus {
						t.Errorf("round %d: the panic under way became %v", round, got)
					}
				}()
				// The goroutine unwinds while its object's callbacks fail, one
				// called by itself and one that the collector starts.
				defer func() {
					weaktest.AwaitDone(t, func() bool { return ran.Load() == 2 })
				}()
				func() {
					fail := func(int) { ran.Add(1); panic("callback") }
					z := realweak.Finalize(&node{}, fail, 0)
					defer z.Call()
					realweak.Finalize(&node{}, fail, 0)
					panic(bogus)
				}()
			}()
		}
		if n := reports.Load(); n != 4 {
			t.Errorf("%d reports", n)
		}
	})
	t.Run("test_sf_bug_840829", func(t *testing.T) {
		// Callbacks that collect: of one object, and of one that another holds.
		var calls [3]atomic.Int32
		collect := func(i int) {
			runtime.GC()
			calls[i].Add(1)
			runtime.GC()
		}
		drop := func() {
			realweak.Finalize(&node{}, collect, 0)
			inner := &node{}
			middle := &node{next: inner}
			outer := &node{next: middle}
			realweak.Finalize(inner, collect, 1)
			realweak.Finalize(outer, collect, 2)
		}
		drop()
		weaktest.AwaitDone(t, func() bool {
			return calls[0].Load() > 0 && calls[1].Load() > 0 && calls[2].Load() > 0
		})
		weaktest.Collect(t)
		for i := range calls {
			if n := calls[i].Load(); n != 1 {
				t.Errorf("callback %d ran %d times", i, n)
			}
		}
	})
	t.Run("test_callback_gcs", func(t *testing.T) {
		// An object with a callback that collects and a destructor beside it.
		var l log
		drop := func() {
			p := cyclic(1)
			realweak.Finalize(p, l.add, "destructor")
			realweak.Finalize(p, func(string) { runtime.GC(); l.add("callback") }, "")
		}
		drop()
		weaktest.AwaitDone(t, func() bool { return len(l.all()) == 2 })
		if got := l.all(); !slices.Equal(got, []string{"callback", "destructor"}) {
			t.Errorf("ran %v", got)
		}
	})
	t.Run("test_callback_attribute", func(t *testing.T) {
		p := &node{}
		z := realweak.Finalize(p, func(string) {}, "argument")
		if arg, ok := z.Peek(); arg != "argument" || !ok {
			t.Errorf("Peek = %q, %v", arg, ok)
		}
		z.Detach()
		runtime.KeepAlive(p)
	})
	t.Run("test_callback_attribute_after_deletion", func(t *testing.T) {
		var z *realweak.Finalizer[node, string]
		died(t, func() realweak.Ref[node] {
			p := &node{}
			z = realweak.Finalize(p, func(string) {}, "argument")
			return realweak.Make(p)
		})
		weaktest.AwaitDone(t, func() bool { return !z.Alive() })
		if arg, ok := z.Peek(); arg != "" || ok {
			t.Errorf("Peek = %q, %v", arg, ok)
		}
	})
	t.Run("test_set_callback_attribute", func(t *testing.T) {
		for f := range reflect.TypeFor[realweak.Finalizer[node, string]]().Fields() {
			if f.IsExported() {
				t.Errorf("a program can set %s", f.Name)
			}
		}
	})
}

func checkBasicCallback[T any](t *testing.T, kind string, fresh func() *T) {
	t.Helper()
	var calls, alive atomic.Int32
	drop := func() realweak.Ref[T] {
		p := fresh()
		realweak.Finalize(p, func(r realweak.Ref[T]) {
			if r.Alive() {
				alive.Add(1)
			}
			calls.Add(1)
		}, realweak.Make(p))
		return realweak.Make(p)
	}
	ref := drop()
	weaktest.AwaitDone(t, func() bool { return calls.Load() > 0 })
	weaktest.Collect(t)
	if calls.Load() != 1 || alive.Load() != 0 || ref.Alive() {
		t.Errorf("%s: %d calls, %d of them saw it alive, alive now: %v", kind, calls.Load(), alive.Load(), ref.Alive())
	}
}

// watcher is an object whose method is a callback.
type watcher struct {
	me, other *watcher
	watched   *node
	calls     *atomic.Int32
}

// cb touches all that it can reach, as the callbacks of CPython's tests.
func (w *watcher) cb(int) {
	w.calls.Add(1)
	if w.me != w || w.watched == nil {
		panic("a callback reached what was taken apart")
	}
}

// bound returns the method as a callback that does not keep its receiver.
func (w *watcher) bound() func(int) {
	m := realweak.Bind(w, (*watcher).cb)
	return func(i int) { m.Call(i) }
}

// TestCPythonCallbacksInCycles is ReferencesTestCase where callbacks lie in the
// garbage that starts them. A callback that holds its object keeps it for ever
// here, so these are bound weakly: as in CPython, one that dies together with what
// it watches is not called, and one from outside is called once.
func TestCPythonCallbacksInCycles(t *testing.T) {
	// check builds garbage in another frame; build returns a reference into it and
	// what the callback from outside is to watch.
	check := func(t *testing.T, build func(inside *atomic.Int32) (*watcher, *node)) {
		t.Helper()
		var inside, outside atomic.Int32
		died(t, func() realweak.Ref[watcher] {
			w, watched := build(&inside)
			realweak.Finalize(w, func(int) { outside.Add(1) }, 0)
			realweak.Finalize(watched, func(int) { outside.Add(1) }, 0)
			return realweak.Make(w)
		})
		weaktest.AwaitDone(t, func() bool { return outside.Load() == 2 })
		weaktest.Collect(t)
		if inside.Load() != 0 || outside.Load() != 2 {
			t.Errorf("%d calls from inside the garbage, %d from outside", inside.Load(), outside.Load())
		}
	}
	t.Run("test_callback_in_cycle", func(t *testing.T) {
		check(t, func(calls *atomic.Int32) (*watcher, *node) {
			type both struct { // the watched object leads back to its watcher
				node
				w *watcher
			}
			w := &watcher{calls: calls}
			b := &both{w: w}
			w.me, w.watched = w, &b.node
			realweak.Finalize(&b.node, w.bound(), 0)
			return w, &b.node
		})
	})
	t.Run("test_callback_reachable_one_way", func(t *testing.T) {
		check(t, func(calls *atomic.Int32) (*watcher, *node) {
			w := &watcher{calls: calls, watched: &node{}}
			w.me = w
			realweak.Finalize(w.watched, w.bound(), 0)
			return w, w.watched
		})
	})
	t.Run("test_callback_different_classes", func(t *testing.T) {
		check(t, func(calls *atomic.Int32) (*watcher, *node) {
			w := &watcher{calls: calls, watched: &node{}}
			w.me = w
			var s realweak.Signal[int] // the watched object's type knows nothing of its watcher
			s.Connect(realweak.Bind(w, (*watcher).cb))
			realweak.Finalize(w.watched, s.Emit, 0)
			return w, w.watched
		})
	})
	t.Run("test_callback_in_cycle_resurrection", func(t *testing.T) {
		var saved atomic.Pointer[watcher]
		check(t, func(calls *atomic.Int32) (*watcher, *node) {
			c1, c2 := &watcher{calls: calls, watched: &node{}}, &watcher{calls: calls, watched: &node{}}
			for _, c := range []*watcher{c1, c2} {
				c.me = c
				revive := realweak.Bind(c, func(c *watcher, _ int) { saved.Store(c.other); c.cb(0) })
				c.other = c1
				if c == c1 {
					c.other = c2
				}
				realweak.Finalize(c.other, func(i int) { revive.Call(i) }, 0)
			}
			return c1, c2.watched
		})
		if saved.Load() != nil {
			t.Error("garbage was revived")
		}
	})
	t.Run("test_callbacks_on_callback", func(t *testing.T) {
		check(t, func(calls *atomic.Int32) (*watcher, *node) {
			c, d := &watcher{calls: calls, watched: &node{}}, &watcher{calls: calls, watched: &node{}}
			c.me, c.other, d.me, d.other = c, d, d, c
			callback := realweak.New(realweak.Bind(c, (*watcher).cb)) // an object of its own, inside the garbage
			realweak.Finalize(d, func(r realweak.Ref[realweak.Method[watcher, int]]) {
				if m := r.Value(); m != nil {
					m.Call(0)
				}
			}, realweak.Make(callback))
			realweak.Finalize(callback, d.bound(), 0)
			holder := &node{}
			realweak.Finalize(callback, func(int) {}, 0)
			c.watched, d.watched = holder, holder
			return c, holder
		})
	})
	t.Run("test_bug1055820b", func(t *testing.T) { // of GCTests
		const n = 2
		var got atomic.Int32
		var refs [n]realweak.Ref[node]
		var called atomic.Int32
		drop := func() {
			for i := range n {
				refs[i] = realweak.Make(cyclic(i))
			}
			for i := range n {
				if p := refs[i].Value(); p != nil {
					realweak.Finalize(p, func(int) {
						called.Add(1)
						for _, r := range refs {
							if r.Value() != nil {
								got.Add(1)
							}
						}
					}, i)
				}
			}
		}
		drop()
		weaktest.AwaitDone(t, func() bool { return called.Load() == n })
		if got.Load() != 0 {
			t.Error("a callback got hold of garbage")
		}
	})
}
