package realweak_test

import (
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
)

func FuzzSlotTable(f *testing.F) {
	addPrograms(f, 1)
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &slotFuzz{t: t}
		for i := range v.tables {
			v.tables[i], v.models[i] = new(realweak.SlotTable[mortal, byte]), map[*mortal]byte{}
		}
		steps(program, v.step)
		v.dropAll()
		v.step(opCollect, 0, 0)
		v.step(opBury, 0, 0)
		runtime.KeepAlive(v)
	})
}

// slotFuzz is two SlotTables beside two ordinary maps.
type slotFuzz struct {
	cast
	t      *testing.T
	tables [2]*realweak.SlotTable[mortal, byte]
	models [2]map[*mortal]byte
}

func (v *slotFuzz) step(op, a, b byte) {
	which, value := b%2, b/2
	m, model := v.tables[which], v.models[which]
	answer := func(what string, k *mortal, got byte, ok bool) {
		v.t.Helper()
		if want, there := model[k]; got != want || ok != there {
			v.t.Fatalf("%s = %d, %v; want %d, %v", what, got, ok, want, there)
		}
	}
	// orElse puts what was stored into the model if there was nothing.
	orElse := func(k *mortal, loaded bool) bool {
		if _, there := model[k]; there || loaded {
			return loaded
		}
		model[k] = value
		return true
	}
	switch op % (opOwn + 7) {
	case opDrop:
		v.drop(a)
	case opCollect:
		v.collect(byNobody, func(p *mortal) { realweak.KillKey(&p.Slots) })
		for _, p := range v.dead {
			delete(v.models[0], p)
			delete(v.models[1], p)
		}
	case opBury:
		for i, m := range v.tables {
			m.Sweep()
			if n := len(v.models[i]); m.LenApprox() != n || m.Len() != n || realweak.SlotIndexLen(m) != n {
				v.t.Fatalf("LenApprox = %d, Len = %d, index %d, want %d of all", m.LenApprox(), m.Len(), realweak.SlotIndexLen(m), n)
			}
		}
		for _, k := range v.held {
			if k == nil {
				continue
			}
			n := 0
			for _, model := range v.models {
				if _, there := model[k]; there {
					n++
				}
			}
			if got := realweak.SlotsOn(&k.Slots); got != n {
				v.t.Fatalf("%d slots on a key, want %d", got, n)
			}
		}
	case opIterate:
		n := 0
		for k, got := range m.All() {
			answer("All", k, got, true)
			n++
		}
		if n != len(model) {
			v.t.Fatalf("%d entries came up, want %d", n, len(model))
		}
	case opClear:
		if a%4 == 0 {
			m.Clear()
			clear(model)
		}
	case opOwn:
		k := v.get(a)
		m.Store(k, value)
		model[k] = value
	case opOwn + 1:
		k := v.get(a)
		got, ok := m.Load(k)
		answer("Load", k, got, ok)
	case opOwn + 2:
		k := v.get(a)
		got, loaded := m.LoadOrStore(k, value)
		answer("LoadOrStore", k, got, orElse(k, loaded))
	case opOwn + 3:
		k := v.get(a)
		got, ok := m.LoadAndDelete(k)
		answer("LoadAndDelete", k, got, ok)
		delete(model, k)
	case opOwn + 4:
		k := v.get(a)
		got, ok := m.Swap(k, value)
		answer("Swap", k, got, ok)
		model[k] = value
	case opOwn + 5:
		k := v.get(a)
		got, loaded, err := m.LoadOrCompute(k, func() (byte, error) { return value, nil })
		if err != nil {
			v.t.Fatal(err)
		}
		answer("LoadOrCompute", k, got, orElse(k, loaded))
	case opOwn + 6:
		k := v.get(a)
		got, loaded, err := m.LoadOrCompute(k, func() (byte, error) { return value, errFuzz })
		if (err == errFuzz) == loaded {
			v.t.Fatalf("a failing LoadOrCompute = %v, %v", loaded, err)
		}
		answer("LoadOrCompute", k, got, loaded)
	}
}
