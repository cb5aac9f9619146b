package realweak_test

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonGC is GCTests of CPython's test_gc as far as it is about what a
// collector of cycles frees. What only CPython's own collector has, bench/sim
// models; the tests of that are in bench/sim/cpython_gc_test.go.
func TestCPythonGC(t *testing.T) {
	// Each puts a token into a cycle and returns that; it is gone when the token is.
	type token struct {
		name string
		_    *int
	}
	cycles := map[string]func(*token) any{
		"test_list": func(k *token) any {
			list := []any{k, nil}
			list[1] = list
			return list
		},
		"test_dict": func(k *token) any {
			dict := map[any]any{1: k}
			dict[2] = dict
			return dict
		},
		"test_tuple": func(k *token) any { // through an array, which cannot hold itself
			list := []any{nil}
			tuple := [...]any{k, list}
			list[0] = &tuple
			return list
		},
		"test_instance": func(k *token) any {
			type instance struct {
				a *instance
				k *token
			}
			i := &instance{k: k}
			i.a = i
			return i
		},
		"test_method": func(k *token) any {
			type instance struct {
				init func() *token
				k    *token
			}
			i := &instance{k: k}
			i.init = func() *token { return i.k }
			return i
		},
		"test_function": func(k *token) any {
			var f func() (*token, func())
			f = func() (*token, func()) { return k, func() { f() } }
			f()
			return f
		},
	}
	for name, build := range cycles {
		t.Run(name, func(t *testing.T) {
			var ran atomic.Int32
			died(t, func() realweak.Ref[token] {
				k := &token{name: name}
				realweak.Finalize(k, func(int) { ran.Add(1) }, 0)
				runtime.KeepAlive(build(k))
				return realweak.Make(k)
			})
			weaktest.AwaitDone(t, func() bool { return ran.Load() == 1 })
		})
	}
	t.Run("test_del", func(t *testing.T) { checkCallbacksThatAllocate(t) })
	t.Run("test_del_newclass", func(t *testing.T) { checkCallbacksThatAllocate(t) })
	t.Run("test_bug21435", func(t *testing.T) {
		// A cycle of two, one of which has a callback and holds a third.
		type pair struct {
			attr *pair
			x    *node
		}
		var ran atomic.Int32
		died(t, func() realweak.Ref[node] {
			a, b := &pair{}, &pair{x: cyclic(1)}
			a.attr, b.attr = b, a
			realweak.Finalize(b, func(int) { ran.Add(1) }, 0)
			return realweak.Make(b.x)
		})
		weaktest.AwaitDone(t, func() bool { return ran.Load() == 1 })
	})
}

// checkCallbacksThatAllocate: callbacks start collections by what they allocate.
func checkCallbacksThatAllocate(t *testing.T) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	const n = 20
	var ran atomic.Int32
	drop := func() {
		for i := range n {
			realweak.Finalize(cyclic(i), func(i int) {
				garbage := make([]*node, 0, 1000)
				for j := range cap(garbage) {
					garbage = append(garbage, &node{name: strconv.Itoa(j)})
				}
				runtime.KeepAlive(garbage)
				ran.Add(1)
			}, i)
		}
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return ran.Load() >= n })
	if got := ran.Load(); got != n {
		t.Errorf("ran %d times, want %d", got, n)
	}
}
