package bench

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/bench/internal/settle"
	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

func BenchmarkFinalizer(b *testing.B) { run(b, "Finalizer") }

var finalizerCases = cases{
	"finalizer-detach":     {Native: detachNative, Collected: detachCollected, Sim: detachSim},
	"finalizer-detach-new": {Native: detachNewNative, Collected: detachNewCollected, Sim: detachNewSim},
	"finalizer-runs":       {Native: runsNative, Collected: runsCollected, Counted: runsCounted, Sim: runsSim},
	"finalizer-alive":      {Native: flagNative, Collected: flagCollected, Sim: flagSim},
}

// ring is the callback.
func ring(bell *atomic.Int64) { bell.Add(1) }

// bell returns ring as a function of the simulation.
func (py *python) bell(n *int) *sim.Object {
	return py.Function("ring", func([]*sim.Object) *sim.Object {
		*n++
		return nil
	})
}

func detachNative(b *testing.B) {
	all := newObjects()
	bell := new(atomic.Int64)
	i := 0
	m := start(b)
	for b.Loop() {
		c := runtime.AddCleanup(all[i&mask], ring, bell)
		c.Stop()
		i++
	}
	m.stop()
	clear(all)
	settle.Collect(b)
	expect(b, "rung", bell.Load(), 0)
}

func detachCollected(b *testing.B) {
	all := newObjects()
	bell := new(atomic.Int64)
	i, detached := 0, 0
	m := start(b)
	for b.Loop() {
		if _, ok := realweak.Finalize(all[i&mask], ring, bell).Detach(); ok {
			detached++
		}
		i++
	}
	m.stop()
	clear(all)
	settle.Collect(b)
	expect(b, "detached", detached, b.N)
	expect(b, "rung", bell.Load(), 0)
}

func detachSim(b *testing.B) {
	py := newPython()
	all := py.things()
	n := 0
	bell := py.bell(&n)
	i, detached := 0, 0
	m := start(b)
	for b.Loop() {
		t := py.Detach(py.Finalize(py.Retain(all[i&mask]), py.Retain(bell)))
		if !t.IsNone() {
			detached++
		}
		py.Release(t)
		i++
	}
	m.stop()
	for _, o := range all {
		py.Release(o)
	}
	expect(b, "detached", detached, b.N)
	expect(b, "rung", n, 0)
}

func detachNewNative(b *testing.B) {
	bell := new(atomic.Int64)
	m := start(b)
	for b.Loop() {
		p := &object{}
		c := runtime.AddCleanup(p, ring, bell)
		c.Stop()
		runtime.KeepAlive(p)
	}
	m.bury()
	expect(b, "rung", bell.Load(), 0)
}

func detachNewCollected(b *testing.B) {
	bell := new(atomic.Int64)
	detached := 0
	m := start(b)
	for b.Loop() {
		p := &object{}
		if _, ok := realweak.Finalize(p, ring, bell).Detach(); ok {
			detached++
		}
		runtime.KeepAlive(p)
	}
	m.bury()
	expect(b, "detached", detached, b.N)
	expect(b, "rung", bell.Load(), 0)
}

func detachNewSim(b *testing.B) {
	py := newPython()
	n := 0
	bell := py.bell(&n)
	detached := 0
	m := start(b)
	for b.Loop() {
		o := py.thing()
		t := py.Detach(py.Finalize(py.Retain(o), py.Retain(bell)))
		if !t.IsNone() {
			detached++
		}
		py.Release(t)
		py.Release(o)
	}
	m.bury()
	expect(b, "detached", detached, b.N)
	expect(b, "rung", n, 0)
	py.expectThings(b, 0)
}

func runsNative(b *testing.B) {
	bell := new(atomic.Int64)
	m := start(b)
	for b.Loop() {
		runtime.AddCleanup(&object{}, ring, bell)
	}
	m.bury()
	expect(b, "rung", bell.Load(), int64(b.N))
}

func runsCollected(b *testing.B) {
	bell := new(atomic.Int64)
	m := start(b)
	for b.Loop() {
		realweak.Finalize(&object{}, ring, bell)
	}
	m.bury()
	expect(b, "rung", bell.Load(), int64(b.N))
}

func runsCounted(b *testing.B) {
	bell := new(atomic.Int64)
	drop := func(*object) { ring(bell) }
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{}, drop)
		s.Release()
	}
	m.bury()
	expect(b, "rung", bell.Load(), int64(b.N))
}

func runsSim(b *testing.B) {
	py := newPython()
	n := 0
	bell := py.bell(&n)
	m := start(b)
	for b.Loop() {
		o := py.thing()
		py.Release(py.Finalize(py.Retain(o), py.Retain(bell)))
		py.Release(o)
	}
	m.bury()
	expect(b, "rung", n, b.N)
	py.expectThings(b, 0)
}

func flagNative(b *testing.B) {
	all := newObjects()
	dead := make([]*atomic.Bool, population)
	for i, p := range all {
		dead[i] = new(atomic.Bool)
		runtime.AddCleanup(p, func(dead *atomic.Bool) { dead.Store(true) }, dead[i])
	}
	i, alive := 0, 0
	m := start(b)
	for b.Loop() {
		if !dead[i&mask].Load() {
			alive++
		}
		i++
	}
	m.stop()
	expect(b, "alive", alive, b.N)
	runtime.KeepAlive(all)
}

func flagCollected(b *testing.B) {
	all := newObjects()
	bell := new(atomic.Int64)
	finalizers := make([]*realweak.Finalizer[object, *atomic.Int64], population)
	for i, p := range all {
		finalizers[i] = realweak.Finalize(p, ring, bell)
	}
	i, alive := 0, 0
	m := start(b)
	for b.Loop() {
		if finalizers[i&mask].Alive() {
			alive++
		}
		i++
	}
	m.stop()
	expect(b, "alive", alive, b.N)
	runtime.KeepAlive(all)
}

func flagSim(b *testing.B) {
	py := newPython()
	n := 0
	bell := py.bell(&n)
	all := py.things()
	finalizers := make([]*sim.Object, population)
	for i, o := range all {
		finalizers[i] = py.Finalize(py.Retain(o), py.Retain(bell))
	}
	i, alive := 0, 0
	m := start(b)
	for b.Loop() {
		if py.Alive(py.Retain(finalizers[i&mask])) {
			alive++
		}
		i++
	}
	m.stop()
	expect(b, "alive", alive, b.N)
}
