package realweak_test

import (
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// These are CPython's test_finalization (PEP 442) where nothing is revived: a
// finalizer here never sees its object. Destructors that revive it, or that take a
// cycle apart, are in bench/sim/cpython_finalization_test.go.

func TestCPythonSimpleFinalization(t *testing.T) {
	t.Run("test_simple", func(t *testing.T) { checkFinalization(t, 1, func([]*node) {}) })
}

func TestCPythonSelfCycleFinalization(t *testing.T) {
	t.Run("test_simple", func(t *testing.T) { checkFinalization(t, 1, chainNodes) })
}

func TestCPythonCycleChainFinalization(t *testing.T) {
	t.Run("test_homogenous", func(t *testing.T) {
		for _, n := range []int{3, 500} {
			checkFinalization(t, n, chainNodes)
		}
	})
}

// chainNodes makes a ring of them.
func chainNodes(nodes []*node) {
	for i, p := range nodes {
		p.next = nodes[(i+1)%len(nodes)]
	}
}

// checkFinalization lets n objects die and fails unless each callback runs once,
// with no object to be had any more, and never again.
func checkFinalization(t *testing.T, n int, connect func([]*node)) {
	t.Helper()
	var mu sync.Mutex
	calls, survivors := map[int]int{}, 0
	refs := make([]realweak.Ref[node], n)
	drop := func() {
		nodes := make([]*node, n)
		for i := range nodes {
			nodes[i] = &node{}
			refs[i] = realweak.Make(nodes[i])
			realweak.Finalize(nodes[i], func(i int) {
				mu.Lock()
				defer mu.Unlock()
				calls[i]++
				for _, r := range refs {
					if r.Alive() {
						survivors++
					}
				}
			}, i)
		}
		connect(nodes)
	}
	drop()
	weaktest.AwaitDone(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(calls) == n
	})
	weaktest.Collect(t)
	mu.Lock()
	defer mu.Unlock()
	for i, times := range calls {
		if times != 1 {
			t.Errorf("callback %d ran %d times", i, times)
		}
	}
	if survivors > 0 {
		t.Errorf("%d objects were alive in callbacks", survivors)
	}
}
