package realweak_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/referent-go/referent/realweak"
)

func FuzzKeyMap(f *testing.F) {
	sameName := func(a, b *mortal) bool { return a.name == b.name }
	kinds := []string{"zero", "colliding", "with listener", "by value", "by value, one hash", "by value, with listener"}
	addPrograms(f, len(kinds))
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &keyFuzz{t: t, equal: func(a, b *mortal) bool { return a == b }}
		listener := realweak.KeyMapOptions[mortal, byte]{OnRemoval: func(realweak.Removal[*mortal, byte]) { v.told++ }}
		var none realweak.KeyMapOptions[mortal, byte]
		switch kinds[int(program[0])%len(kinds)] {
		case "zero":
			v.m = new(realweak.KeyMap[mortal, byte])
		case "colliding":
			v.m = realweak.CollidingKeyMap[mortal, byte]()
		case "with listener":
			v.m, v.listening = realweak.NewKeyMap(listener), true
		case "by value":
			v.m, v.equal = realweak.NewKeyMapFunc(func(p *mortal) uint64 { return uint64(p.name) }, sameName, none), sameName
		case "by value, one hash":
			v.m, v.equal = realweak.NewKeyMapFunc(func(*mortal) uint64 { return 42 }, sameName, none), sameName
		case "by value, with listener":
			v.m, v.equal, v.listening = realweak.NewKeyMapFunc(func(p *mortal) uint64 { return uint64(p.name % 2) }, sameName, listener), sameName, true
		}
		v.byValue = v.equal(&mortal{}, &mortal{})
		steps(program, v.step)
		v.dropAll()
		v.step(opCollect, 0, 0)
		v.step(opBury, 0, 0)
		if n := v.m.LenApprox(); n != 0 {
			t.Fatalf("%d entries are left when all keys are dead", n)
		}
		runtime.KeepAlive(v)
	})
}

// keyFuzz is a KeyMap beside a list of what it must hold.
type keyFuzz struct {
	cast
	t         *testing.T
	m         *realweak.KeyMap[mortal, byte]
	equal     func(a, b *mortal) bool
	byValue   bool
	listening bool
	entries   []keyFuzzEntry
	mourned   int                 // how many of cast's dead the map has been told of
	planted   map[*mortal]*mortal // the keys at whose places dead entries were put
	made      int                 // entries there have ever been; each is told of when it is gone
	told      int
}

// keyFuzzEntry is an entry of a living key; those of dead ones are as good as gone.
type keyFuzzEntry struct {
	owner *mortal
	value byte
}

// find returns the place of k's entry, or -1.
func (v *keyFuzz) find(k *mortal) int {
	return slices.IndexFunc(v.entries, func(e keyFuzzEntry) bool { return v.equal(e.owner, k) })
}

func (v *keyFuzz) value(k *mortal) (value byte, ok bool) {
	if i := v.find(k); i >= 0 {
		return v.entries[i].value, true
	}
	return 0, false
}

func (v *keyFuzz) put(k *mortal, value byte) {
	v.made++
	if i := v.find(k); i >= 0 {
		v.entries[i].value = value
		return
	}
	v.entries = append(v.entries, keyFuzzEntry{k, value})
}

func (v *keyFuzz) delete(k *mortal) {
	if i := v.find(k); i >= 0 {
		v.entries = slices.Delete(v.entries, i, i+1)
	}
}

func (v *keyFuzz) answer(what string, k *mortal, got byte, ok bool) {
	v.t.Helper()
	if want, there := v.value(k); got != want || ok != there {
		v.t.Fatalf("%s = %d, %v; want %d, %v", what, got, ok, want, there)
	}
}

func (v *keyFuzz) step(op, a, b byte) {
	m, value := v.m, b%4
	switch op % (opOwn + 8) {
	case opDrop:
		v.drop(a)
	case opCollect:
		v.collect(byNobody, realweak.Kill)
		v.entries = slices.DeleteFunc(v.entries, func(e keyFuzzEntry) bool { return e.owner.dead })
	case opBury:
		m.Sweep()
		for ; v.mourned < len(v.dead); v.mourned++ {
			p := v.dead[v.mourned]
			at := p
			if key := v.planted[p]; key != nil {
				at = key
			}
			m.Mourn(p, at)
		}
		n := len(v.entries)
		if m.LenApprox() != n || m.Len() != n {
			v.t.Fatalf("LenApprox = %d, Len = %d, want %d of both", m.LenApprox(), m.Len(), n)
		}
		if v.listening && v.told != v.made-n {
			v.t.Fatalf("the listener was told of %d removals, want %d", v.told, v.made-n)
		}
	case opIterate:
		n := 0
		for k, got := range m.All() {
			i := slices.IndexFunc(v.entries, func(e keyFuzzEntry) bool { return e.owner == k })
			if i < 0 || v.entries[i].value != got {
				v.t.Fatalf("All has an entry with value %d that is not there", got)
			}
			n++
		}
		if n != len(v.entries) { // so that none came up twice
			v.t.Fatalf("%d entries came up, want %d", n, len(v.entries))
		}
		for _, k := range v.held {
			if k != nil {
				got, ok := m.Load(k)
				v.answer("Load", k, got, ok)
			}
		}
		if clone := m.Clone(); clone.Len() != n || clone.LenApprox() != n {
			v.t.Fatalf("the clone has %d entries, want %d", clone.LenApprox(), n)
		}
	case opClear:
		if b%4 == 0 {
			m.Clear()
			v.entries = nil
		}
	case opOwn:
		k := v.get(a)
		m.Store(k, value)
		v.put(k, value)
	case opOwn + 1:
		k := v.get(a)
		got, ok := m.Load(k)
		v.answer("Load", k, got, ok)
	case opOwn + 2:
		k := v.get(a)
		got, loaded := m.LoadOrStore(k, value)
		if _, there := v.value(k); !there && !loaded {
			v.put(k, value)
			loaded = true
		}
		v.answer("LoadOrStore", k, got, loaded)
	case opOwn + 3:
		k := v.get(a)
		got, ok := m.LoadAndDelete(k)
		v.answer("LoadAndDelete", k, got, ok)
		v.delete(k)
	case opOwn + 4:
		k := v.get(a)
		got, ok := m.Swap(k, value)
		v.answer("Swap", k, got, ok)
		v.put(k, value)
	case opOwn + 5:
		k := v.get(a)
		was, there := v.value(k)
		want := there && was == value
		if got := m.CompareAndSwap(k, value, b>>4); got != want {
			v.t.Fatalf("CompareAndSwap = %v", got)
		}
		if want {
			v.put(k, b>>4)
		}
	case opOwn + 6:
		k := v.get(a)
		was, there := v.value(k)
		want := there && was == value
		if got := m.CompareAndDelete(k, value); got != want {
			v.t.Fatalf("CompareAndDelete = %v", got)
		}
		if want {
			v.delete(k)
		}
	case opOwn + 7:
		// A new object may have the address of one that died.
		if v.byValue {
			return
		}
		k, dead := v.get(a), v.corpse()
		if m.Plant(k, dead, value) {
			v.made++
			if v.planted == nil {
				v.planted = map[*mortal]*mortal{}
			}
			v.planted[dead] = k
		}
	}
}

func FuzzSet(f *testing.F) {
	addPrograms(f, 1)
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &setFuzz{t: t}
		for i := range v.sets {
			v.sets[i], v.models[i] = new(realweak.Set[mortal]), map[*mortal]bool{}
		}
		steps(program, v.step)
		v.dropAll()
		v.step(opCollect, 0, 0)
		v.step(opBury, 0, 0)
		runtime.KeepAlive(v)
	})
}

// setFuzz is two Sets beside two ordinary ones.
type setFuzz struct {
	cast
	t      *testing.T
	sets   [2]*realweak.Set[mortal]
	models [2]map[*mortal]bool
}

// same checks that a set has the members that want says.
func (v *setFuzz) same(what string, s *realweak.Set[mortal], want func(*mortal) bool) {
	v.t.Helper()
	n := 0
	for _, p := range slices.Concat(v.held[:], v.doomed) {
		if p == nil {
			continue
		}
		if s.Contains(p) != want(p) {
			v.t.Fatalf("%s: Contains = %v", what, !want(p))
		}
		if want(p) {
			n++
		}
	}
	if s.Len() != n {
		v.t.Fatalf("%s: Len = %d, want %d", what, s.Len(), n)
	}
}

func (v *setFuzz) step(op, a, b byte) {
	s, model := v.sets[b%2], v.models[b%2]
	other, model2 := v.sets[b/2%2], v.models[b/2%2]
	switch op % (opOwn + 6) {
	case opDrop:
		v.drop(a)
	case opCollect:
		v.collect(byNobody, realweak.Kill)
		for _, p := range v.dead {
			delete(v.models[0], p)
			delete(v.models[1], p)
		}
	case opBury:
		for i, s := range v.sets {
			s.Sweep()
			if n := len(v.models[i]); s.LenApprox() != n || s.Len() != n {
				v.t.Fatalf("LenApprox = %d, Len = %d, want %d of both", s.LenApprox(), s.Len(), n)
			}
		}
	case opIterate:
		seen := map[*mortal]bool{}
		for p := range s.All() {
			if seen[p] || !model[p] {
				v.t.Fatal("a member came up twice, or is none")
			}
			seen[p] = true
		}
		v.same("the set", s, func(p *mortal) bool { return model[p] && seen[p] == model[p] })
	case opClear:
		if a%4 == 0 {
			s.Clear()
			clear(model)
		}
	case opOwn, opOwn + 1:
		p := v.get(a)
		if s.Add(p) == model[p] {
			v.t.Fatalf("Add = %v", model[p])
		}
		model[p] = true
	case opOwn + 2:
		p := v.get(a)
		if s.Remove(p) != model[p] {
			v.t.Fatalf("Remove = %v", !model[p])
		}
		delete(model, p)
	case opOwn + 3:
		p, ok := s.Pop()
		if ok != (len(model) > 0) || ok && !model[p] {
			v.t.Fatalf("Pop = %v", ok)
		}
		delete(model, p)
	case opOwn + 4:
		v.same("union", s.Union(other), func(p *mortal) bool { return model[p] || model2[p] })
		v.same("intersection", s.Intersect(other), func(p *mortal) bool { return model[p] && model2[p] })
		v.same("difference", s.Difference(other), func(p *mortal) bool { return model[p] && !model2[p] })
		v.same("symmetric difference", s.SymmetricDifference(other), func(p *mortal) bool { return model[p] != model2[p] })
	case opOwn + 5:
		subset, disjoint := true, true
		for p := range model {
			subset = subset && model2[p]
			disjoint = disjoint && !model2[p]
		}
		equal := subset && len(model) == len(model2)
		if s.IsSubset(other) != subset || other.IsSuperset(s) != subset || s.IsDisjoint(other) != disjoint || s.Equal(other) != equal {
			v.t.Fatalf("a comparison is not: subset %v, disjoint %v, equal %v", subset, disjoint, equal)
		}
	}
}
