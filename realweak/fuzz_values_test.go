package realweak_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/referent-go/referent/realweak"
)

func FuzzValueMap(f *testing.F) {
	kinds := []string{"zero", "colliding", "with listener"}
	addPrograms(f, len(kinds))
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &valueFuzz{byKey: byKey{t: t, model: map[byte]*mortal{}}}
		switch kinds[int(program[0])%len(kinds)] {
		case "zero":
			v.m = new(realweak.ValueMap[byte, mortal])
		case "colliding":
			v.m = realweak.CollidingValueMap[byte, mortal]()
		case "with listener":
			v.m = realweak.NewValueMap(realweak.ValueMapOptions[byte, mortal]{OnRemoval: v.told.count})
			v.listening = true
		}
		steps(program, v.step)
		v.dropAll()
		v.step(opCollect, 0, 0)
		v.step(opBury, 0, 0)
		if n := v.m.LenApprox(); n != 0 {
			t.Fatalf("%d entries are left when all values are dead", n)
		}
		runtime.KeepAlive(v)
	})
}

// valueHearings counts what a listener is told, by cause.
type valueHearings struct {
	n       [realweak.Cleared + 1]int
	strange string
}

func (h *valueHearings) count(r realweak.Removal[byte, *mortal]) {
	h.n[r.Cause]++
	if (r.Cause == realweak.Collected) != (r.Value == nil) {
		h.strange = "Collected is told with a value, or another cause without one"
	}
}

// valueFuzz is a ValueMap beside an ordinary map.
type valueFuzz struct {
	byKey
	m         *realweak.ValueMap[byte, mortal]
	listening bool
	told      valueHearings
	want      [realweak.Cleared + 1]int // what must have been told by now
}

// gone is called for what the program takes out of the model.
func (v *valueFuzz) gone(key byte, cause realweak.Cause) {
	p, was := v.model[key]
	if !was {
		return
	}
	if p.dead {
		cause = realweak.Collected
	}
	v.want[cause]++
	delete(v.model, key)
}

func (v *valueFuzz) put(key byte, p *mortal) {
	if v.model[key] != p {
		v.gone(key, realweak.Replaced)
	}
	v.model[key] = p
}

func (v *valueFuzz) step(op, a, b byte) {
	m, key := v.m, a%fuzzKeys
	switch op % (opOwn + 9) {
	case opDrop:
		v.drop(b)
	case opCollect:
		v.collect(byNobody, realweak.Kill)
	case opBury:
		m.Sweep()
		m.Mourn()
		for key, p := range v.model {
			if p.dead {
				v.gone(key, realweak.Collected)
			}
		}
		if m.LenApprox() != len(v.model) || m.Len() != len(v.model) {
			v.t.Fatalf("LenApprox = %d, Len = %d, want %d of both", m.LenApprox(), m.Len(), len(v.model))
		}
		if v.listening && (v.told.n != v.want || v.told.strange != "") {
			v.t.Fatalf("the listener was told %v by cause, want %v; %s", v.told.n, v.want, v.told.strange)
		}
	case opIterate:
		n := v.iterate(m.All())
		for k := range byte(fuzzKeys) {
			p, ok := m.Load(k)
			v.answer("Load", k, p, ok)
		}
		if clone := m.Clone(); clone.Len() != n || clone.LenApprox() != n {
			v.t.Fatalf("the clone has %d entries, want %d", clone.LenApprox(), n)
		}
	case opClear:
		if b%4 != 0 {
			return
		}
		m.Clear()
		for key := range v.model {
			v.gone(key, realweak.Cleared)
		}
	case opOwn:
		p := v.get(b)
		m.Store(key, p)
		v.put(key, p)
	case opOwn + 1:
		p, ok := m.Load(key)
		v.answer("Load", key, p, ok)
	case opOwn + 2:
		p := v.get(b)
		got, loaded := m.LoadOrStore(key, p)
		v.orElse("LoadOrStore", key, p, got, loaded)
	case opOwn + 3:
		p, ok := m.LoadAndDelete(key)
		v.answer("LoadAndDelete", key, p, ok)
		v.gone(key, realweak.Explicit)
	case opOwn + 4:
		p := v.get(b)
		old, ok := m.Swap(key, p)
		v.answer("Swap", key, old, ok)
		v.put(key, p)
	case opOwn + 5:
		old, fresh := v.get(b), v.get(b>>4)
		want := v.living(key) == old
		if got := m.CompareAndSwap(key, old, fresh); got != want {
			v.t.Fatalf("CompareAndSwap(%d) = %v", key, got)
		}
		if want {
			v.put(key, fresh)
		}
	case opOwn + 6:
		old := v.get(b)
		want := v.living(key) == old
		if got := m.CompareAndDelete(key, old); got != want {
			v.t.Fatalf("CompareAndDelete(%d) = %v", key, got)
		}
		if want {
			v.gone(key, realweak.Explicit)
		}
	case opOwn + 7:
		p := v.get(b)
		got, loaded, err := m.LoadOrCompute(key, func() (*mortal, error) { return p, nil })
		if err != nil {
			v.t.Fatal(err)
		}
		v.orElse("LoadOrCompute", key, p, got, loaded)
	case opOwn + 8:
		got, loaded, err := m.LoadOrCompute(key, func() (*mortal, error) { return nil, errFuzz })
		if want := v.living(key); got != want || loaded != (want != nil) || (err == errFuzz) != (want == nil) {
			v.t.Fatalf("a failing LoadOrCompute(%d) = %p, %v, %v; want %p", key, got, loaded, err, want)
		}
	}
}

// orElse checks the answer of what stores p if there is no value.
func (v *valueFuzz) orElse(what string, key byte, p, got *mortal, loaded bool) {
	v.t.Helper()
	if v.living(key) == nil {
		if got != p || loaded {
			v.t.Fatalf("%s(%d) where there is no value = %p, %v; want %p", what, key, got, loaded, p)
		}
		v.put(key, p)
		return
	}
	v.answer(what, key, got, loaded)
}

func FuzzCache(f *testing.F) {
	const kinds = 4 // how many values are kept
	addPrograms(f, kinds)
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &cacheFuzz{byKey: byKey{t: t, model: map[byte]*mortal{}}}
		v.m = realweak.NewCache[byte, mortal](realweak.KeepRecent(int(program[0]) % kinds))
		steps(program, v.step)
		v.m.Clear() // nothing is kept any more
		clear(v.model)
		v.dropAll()
		v.step(opCollect, 0, 0)
		v.step(opBury, 0, 0)
		runtime.KeepAlive(v)
	})
}

// cacheFuzz is a Cache beside an ordinary map.
type cacheFuzz struct {
	byKey
	m      *realweak.Cache[byte, mortal]
	calls  uint64
	missed uint64
}

// kept reports whether the cache itself holds p.
func (v *cacheFuzz) kept(p *mortal) bool {
	for key, q := range v.model {
		if p == q && v.m.Kept(key) {
			return true
		}
	}
	return false
}

// called is told of each call that counts, before it.
func (v *cacheFuzz) called(key byte) {
	v.calls++
	if v.living(key) == nil {
		v.missed++
	}
}

func (v *cacheFuzz) step(op, a, b byte) {
	m, key := v.m, a%fuzzKeys
	switch op % (opOwn + 7) {
	case opDrop:
		v.drop(b)
	case opCollect:
		v.collect(v.kept, realweak.Kill)
	case opBury:
		m.Sweep()
		living := 0
		for k := range v.model {
			if v.living(k) != nil {
				living++
			} else {
				delete(v.model, k)
			}
		}
		s := m.Stats()
		if m.Len() != living || s.Entries != living || s.Hits+s.Misses != v.calls || s.Misses != v.missed {
			v.t.Fatalf("Len = %d, want %d; after %d calls of which %d missed: %+v", m.Len(), living, v.calls, v.missed, s)
		}
	case opIterate:
		v.iterate(m.All())
	case opClear:
		if b%4 == 0 {
			m.Clear()
			clear(v.model)
		}
	case opOwn, opOwn + 1:
		p := v.get(b)
		m.Store(key, p)
		v.model[key] = p
	case opOwn + 2:
		v.called(key)
		p, ok := m.Load(key)
		v.answer("Load", key, p, ok)
	case opOwn + 3:
		p, ok := m.Peek(key)
		v.answer("Peek", key, p, ok)
	case opOwn + 4:
		v.called(key)
		p := v.get(b)
		got, err := m.Get(context.Background(), key, func(context.Context, byte) (*mortal, error) { return p, nil })
		if err != nil {
			v.t.Fatal(err)
		}
		if v.living(key) == nil {
			v.model[key] = p
		}
		v.answer("Get", key, got, true)
	case opOwn + 5:
		v.called(key)
		got, err := m.Get(context.Background(), key, func(context.Context, byte) (*mortal, error) { return nil, errFuzz })
		v.answer("a failing Get", key, got, err == nil)
	case opOwn + 6:
		m.Delete(key)
		delete(v.model, key)
	}
	if wrong := m.CheckFront(); wrong != "" {
		v.t.Fatal(wrong)
	}
}
