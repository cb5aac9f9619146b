package sim_test

import (
	"fmt"
	"testing"

	"github.com/referent-go/referent/bench/sim"
)

// The operations that the notebook uses, as each appears in a program: names are
// loaded and bound, temporaries are released.

func newBench(b *testing.B) *sim.Interpreter {
	b.ReportAllocs()
	py := sim.New(sim.Options{})
	py.Assign("Node", py.NewClass("Node", sim.Class{}))
	py.Assign("o", py.Call(py.Load("Node")))
	py.Assign("bye", py.Function("bye", func([]*sim.Object) *sim.Object { return nil }))
	return py
}

func BenchmarkAssignDel(b *testing.B) {
	py := newBench(b)
	for b.Loop() {
		py.Assign("p", py.Load("o"))
		py.Del("p")
	}
}

func BenchmarkRetainRelease(b *testing.B) {
	py := newBench(b)
	o := py.Load("o")
	for b.Loop() {
		py.Release(py.Retain(o))
	}
}

func BenchmarkObject(b *testing.B) {
	py := newBench(b)
	for b.Loop() {
		py.Release(py.Call(py.Load("Node")))
	}
}

func BenchmarkWeakRef(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		py := newBench(b)
		for b.Loop() {
			py.Release(py.WeakRef(py.Call(py.Load("Node")), nil))
		}
	})
	b.Run("again", func(b *testing.B) {
		py := newBench(b)
		py.Assign("r", py.WeakRef(py.Load("o"), nil))
		for b.Loop() {
			py.Release(py.WeakRef(py.Load("o"), nil))
		}
	})
	b.Run("callback", func(b *testing.B) {
		py := newBench(b)
		for b.Loop() {
			o := py.Call(py.Load("Node"))
			r := py.WeakRef(py.Retain(o), py.Load("bye"))
			py.Release(o)
			py.Release(r)
		}
	})
	b.Run("deref", func(b *testing.B) {
		py := newBench(b)
		py.Assign("r", py.WeakRef(py.Load("o"), nil))
		for b.Loop() {
			py.Release(py.Deref(py.Load("r")))
		}
	})
}

func BenchmarkWeakValueDictionary(b *testing.B) {
	const n = 1024
	setup := func(b *testing.B) (*sim.Interpreter, []*sim.Object, []*sim.Object) {
		py := newBench(b)
		py.Assign("d", py.WeakValueDictionary())
		keys, values := make([]*sim.Object, n), make([]*sim.Object, n)
		for i := range keys {
			keys[i] = py.Str(fmt.Sprintf("key %d", i))
			values[i] = py.Call(py.Load("Node"))
			py.SetItem(py.Load("d"), py.Retain(keys[i]), py.Retain(values[i]))
		}
		return py, keys, values
	}
	b.Run("get", func(b *testing.B) {
		py, keys, _ := setup(b)
		i := 0
		for b.Loop() {
			py.Release(py.GetItem(py.Load("d"), py.Retain(keys[i%n])))
			i++
		}
	})
	b.Run("set", func(b *testing.B) {
		py, keys, values := setup(b)
		i := 0
		for b.Loop() {
			py.SetItem(py.Load("d"), py.Retain(keys[i%n]), py.Retain(values[i%n]))
			i++
		}
	})
	b.Run("setdelete", func(b *testing.B) {
		py, _, values := setup(b)
		py.Assign("k", py.Str("another"))
		for b.Loop() {
			py.SetItem(py.Load("d"), py.Load("k"), py.Retain(values[0]))
			py.DelItem(py.Load("d"), py.Load("k"))
		}
	})
	b.Run("die", func(b *testing.B) {
		py, _, _ := setup(b)
		py.Assign("k", py.Str("another"))
		for b.Loop() {
			py.SetItem(py.Load("d"), py.Load("k"), py.Call(py.Load("Node")))
		}
	})
}

func BenchmarkWeakKeyDictionary(b *testing.B) {
	py := newBench(b)
	py.Assign("d", py.WeakKeyDictionary())
	py.SetItem(py.Load("d"), py.Load("o"), py.Int(1))
	for b.Loop() {
		py.Release(py.GetItem(py.Load("d"), py.Load("o")))
	}
}

func BenchmarkWeakSet(b *testing.B) {
	py := newBench(b)
	py.Assign("s", py.WeakSet())
	for b.Loop() {
		py.Add(py.Load("s"), py.Load("o"))
		py.Discard(py.Load("s"), py.Load("o"))
	}
}

func BenchmarkFinalize(b *testing.B) {
	b.Run("detach", func(b *testing.B) {
		py := newBench(b)
		for b.Loop() {
			py.Release(py.Detach(py.Finalize(py.Load("o"), py.Load("bye"))))
		}
	})
	b.Run("fire", func(b *testing.B) {
		py := newBench(b)
		for b.Loop() {
			py.Release(py.Finalize(py.Call(py.Load("Node")), py.Load("bye")))
		}
	})
}

func BenchmarkIntern(b *testing.B) {
	b.Run("hit", func(b *testing.B) {
		py := newBench(b)
		py.Assign("s", py.Intern(py.Str("some identifier")))
		for b.Loop() {
			py.Release(py.Intern(py.Str("some identifier")))
		}
	})
	b.Run("miss", func(b *testing.B) {
		py := newBench(b)
		for b.Loop() {
			py.Release(py.Intern(py.Str("some identifier")))
		}
	})
	b.Run("smallint", func(b *testing.B) {
		py := newBench(b)
		for b.Loop() {
			py.Release(py.Int(7))
		}
	})
}

// BenchmarkCollect collects 10,000 cycles of two objects each.
func BenchmarkCollect(b *testing.B) {
	py := newBench(b)
	py.DisableGC()
	const pairs = 10_000
	for b.Loop() {
		for range pairs {
			x, y := py.Call(py.Load("Node")), py.Call(py.Load("Node"))
			py.SetAttr(py.Retain(x), "peer", py.Retain(y))
			py.SetAttr(y, "peer", x)
		}
		if n := py.Collect(2); n != 2*pairs {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*pairs), "ns/object")
}
