package realweak_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// The fuzz targets read a program from bytes, three to a step, and run it on a weak
// collection and on an ordinary one. What the program drops dies when the program
// says so, by realweak.Kill: no target collects, nor waits for anything, and nothing
// that a program has ever used is freed before it ends. So every answer is known.

const (
	fuzzSteps   = 100 // more are not run
	fuzzKeys    = 5
	fuzzObjects = 6
)

// mortal is what the programs use as values, keys and members.
type mortal struct {
	realweak.Slots
	name byte // keys by value are equal if their names are
	dead bool
}

// cast are a program's objects. One that was dropped is replaced by a new one when
// it is next needed.
type cast struct {
	held   [fuzzObjects]*mortal
	doomed []*mortal // dropped, and alive until the program collects
	dead   []*mortal // kept for the program's duration, so that only Kill kills
}

func (c *cast) get(i byte) *mortal {
	i %= fuzzObjects
	if c.held[i] == nil {
		c.held[i] = &mortal{name: i % 3}
	}
	return c.held[i]
}

func (c *cast) drop(i byte) {
	i %= fuzzObjects
	if p := c.held[i]; p != nil {
		c.doomed = append(c.doomed, p)
		c.held[i] = nil
	}
}

func (c *cast) dropAll() {
	for i := range byte(fuzzObjects) {
		c.drop(i)
	}
}

// collect kills all that was dropped, but for what kept says is held elsewhere.
func (c *cast) collect(kept func(*mortal) bool, kill func(*mortal)) {
	left := c.doomed[:0]
	for _, p := range c.doomed {
		if kept(p) {
			left = append(left, p)
			continue
		}
		kill(p)
		p.dead = true
		c.dead = append(c.dead, p)
	}
	c.doomed = left
}

func byNobody(*mortal) bool { return false }

// corpse returns an object that is dead from the start.
func (c *cast) corpse() *mortal {
	p := &mortal{dead: true}
	realweak.Kill(p)
	c.dead = append(c.dead, p)
	return p
}

// addPrograms gives a target programs to begin with, and go test what it runs. The
// engine takes its time to make a program that it likes shorter, so they are short.
func addPrograms(f *testing.F, kinds int) {
	rng := rand.New(rand.NewPCG(uint64(kinds), 7))
	for i := range 50 * kinds {
		program := make([]byte, 1+3*(fuzzKeys+i%fuzzSteps/2))
		for j := range program {
			program[j] = byte(rng.Uint32())
		}
		program[0] = byte(i)
		f.Add(program)
	}
}

// steps calls step for each three bytes of a program but its first, which says what
// kind of collection it is for.
func steps(program []byte, step func(op, a, b byte)) {
	n := 0
	for chunk := range slices.Chunk(program[1:], 3) {
		if n++; len(chunk) < 3 || n > fuzzSteps {
			return
		}
		step(chunk[0], chunk[1], chunk[2])
	}
}

var errFuzz = errors.New("no value")

func FuzzValueMap(f *testing.F) {
	kinds := []string{"zero", "colliding", "with listener"}
	addPrograms(f, len(kinds))
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &valueFuzz{t: t, model: map[byte]*mortal{}}
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

// The operations that the targets have in common have the same number in all.
const (
	opDrop = iota
	opCollect
	opBury
	opIterate
	opClear
	opOwn // the first of the target's own
)

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
	cast
	t         *testing.T
	m         *realweak.ValueMap[byte, mortal]
	model     map[byte]*mortal // dead ones too, until they are replaced or deleted
	listening bool
	told      valueHearings
	want      [realweak.Cleared + 1]int // what must have been told by now
}

// living returns the value that there is for a key, or nil.
func (v *valueFuzz) living(key byte) *mortal {
	if p := v.model[key]; p != nil && !p.dead {
		return p
	}
	return nil
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

func (v *valueFuzz) answer(what string, key byte, got *mortal, ok bool) {
	v.t.Helper()
	if want := v.living(key); got != want || ok != (want != nil) {
		v.t.Fatalf("%s(%d) = %p, %v; want %p", what, key, got, ok, want)
	}
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
		seen := map[byte]*mortal{}
		for k, p := range m.All() {
			if seen[k] != nil {
				v.t.Fatalf("key %d came up twice", k)
			}
			seen[k] = p
		}
		for k := range byte(fuzzKeys) {
			v.answer("All", k, seen[k], seen[k] != nil)
			p, ok := m.Load(k)
			v.answer("Load", k, p, ok)
		}
		if clone := m.Clone(); clone.Len() != len(seen) || clone.LenApprox() != len(seen) {
			v.t.Fatalf("the clone has %d entries, want %d", clone.LenApprox(), len(seen))
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

func FuzzCache(f *testing.F) {
	const kinds = 4 // how many values are kept
	addPrograms(f, kinds)
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		v := &cacheFuzz{t: t, model: map[byte]*mortal{}}
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
	cast
	t      *testing.T
	m      *realweak.Cache[byte, mortal]
	model  map[byte]*mortal // dead ones too
	calls  uint64
	missed uint64
}

func (v *cacheFuzz) living(key byte) *mortal {
	if p := v.model[key]; p != nil && !p.dead {
		return p
	}
	return nil
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

func (v *cacheFuzz) answer(what string, key byte, got *mortal, ok bool) {
	v.t.Helper()
	if want := v.living(key); got != want || ok != (want != nil) {
		v.t.Fatalf("%s(%d) = %p, %v; want %p", what, key, got, ok, want)
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
		seen := map[byte]*mortal{}
		for k, p := range m.All() {
			if seen[k] != nil {
				v.t.Fatalf("key %d came up twice", k)
			}
			seen[k] = p
		}
		for k := range byte(fuzzKeys) {
			v.answer("All", k, seen[k], seen[k] != nil)
		}
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

// What Kill does is what a collection does, but that the object lives.
func TestKillIsLikeDeath(t *testing.T) {
	p := &mortal{}
	before := realweak.Make(p)
	var ran atomic.Int32
	realweak.Finalize(p, func(int) { ran.Add(1) }, 0)
	if !before.Alive() {
		t.Fatal("dead from the start")
	}
	realweak.Kill(p)
	if after := realweak.Make(p); before.Alive() || after.Alive() || after != before {
		t.Errorf("killed, but %v and %v", before, after)
	}
	weaktest.Collect(t)
	if ran.Load() != 0 {
		t.Error("a finalizer ran for an object that is only killed")
	}
	runtime.KeepAlive(p)
	p = nil
	weaktest.AwaitDone(t, func() bool { return ran.Load() == 1 })
}
