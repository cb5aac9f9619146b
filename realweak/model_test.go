package realweak_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// step is one operation of a random program on a map with a few keys and objects.
type step struct{ op, key, object byte }

const (
	modelKeys    = 4
	modelObjects = 6
)

// pool has the objects that a program holds. An object that was dropped is
// replaced by a new one when it is next needed.
type pool struct {
	held [modelObjects]*node
	made int
}

func (p *pool) get(i byte) *node {
	if p.held[i] == nil {
		p.made++
		p.held[i] = &node{name: fmt.Sprint("object ", p.made)}
	}
	return p.held[i]
}

// holds reports whether an object of that name is held.
func (p *pool) holds(name string) bool {
	return slices.ContainsFunc(p.held[:], func(n *node) bool { return n != nil && n.name == name })
}

// valueModel is a ValueMap beside a plain map of the names of its values.
type valueModel struct {
	t     testing.TB
	m     *realweak.ValueMap[byte, node]
	names map[byte]string
	pool
}

// agree checks what the map answered for a key, and returns the name that the model
// has from then on: none if the value is dead.
func (v *valueModel) agree(what string, key byte, got *node) string {
	v.t.Helper()
	want := v.names[key]
	switch {
	case got == nil && want != "" && v.holds(want):
		v.t.Fatalf("%s(%d): lost %s, which is held", what, key, want)
	case got == nil:
		delete(v.names, key) // dead, if it was there
		return ""
	case got.name != want:
		v.t.Fatalf("%s(%d): got %s, want %q", what, key, got.name, want)
	}
	return want
}

func (v *valueModel) run(program []step) {
	for _, s := range program {
		v.step(s)
	}
	for i := range v.held {
		v.held[i] = nil
	}
	weaktest.AwaitDone(v.t, func() bool { return v.m.Len() == 0 && v.m.LenApprox() == 0 })
}

//go:noinline
func (v *valueModel) step(s step) {
	m, key := v.m, s.key
	switch s.op % 12 {
	case 0:
		p := v.get(s.object)
		m.Store(key, p)
		v.names[key] = p.name
	case 1:
		got, _ := m.Load(key)
		v.agree("Load", key, got)
	case 2:
		p := v.get(s.object)
		got, loaded := m.LoadOrStore(key, p)
		if loaded {
			v.agree("LoadOrStore", key, got)
			return
		}
		v.agree("LoadOrStore", key, nil)
		if got != p {
			v.t.Fatalf("LoadOrStore(%d) stored and returned something else", key)
		}
		v.names[key] = p.name
	case 3:
		got, _ := m.LoadAndDelete(key)
		v.agree("LoadAndDelete", key, got)
		delete(v.names, key)
	case 4:
		p := v.get(s.object)
		got, _ := m.Swap(key, p)
		v.agree("Swap", key, got)
		v.names[key] = p.name
	case 5, 6:
		old, fresh := v.get(s.object), v.get((s.object+s.op/12)%modelObjects)
		want := v.names[key] == old.name
		if s.op%12 == 5 {
			if got := m.CompareAndSwap(key, old, fresh); got != want {
				v.t.Fatalf("CompareAndSwap(%d) = %v, want %v", key, got, want)
			}
			if want {
				v.names[key] = fresh.name
			}
			return
		}
		if got := m.CompareAndDelete(key, old); got != want {
			v.t.Fatalf("CompareAndDelete(%d) = %v, want %v", key, got, want)
		}
		if want {
			delete(v.names, key)
		}
	case 7:
		v.held[s.object] = nil
	case 8:
		weaktest.Collect(v.t)
	case 9:
		seen := map[byte]*node{}
		for k, got := range m.All() {
			if seen[k] != nil {
				v.t.Fatalf("key %d came up twice", k)
			}
			seen[k] = got
		}
		for k := range byte(modelKeys) {
			v.agree("All", k, seen[k])
		}
	case 10:
		if s.object == 0 {
			m.Clear()
			clear(v.names)
		}
	case 11:
		p := v.get(s.object)
		got, loaded, err := m.LoadOrCompute(key, func() (*node, error) { return p, nil })
		if err != nil {
			v.t.Fatal(err)
		}
		if loaded {
			v.agree("LoadOrCompute", key, got)
			return
		}
		v.agree("LoadOrCompute", key, nil)
		v.names[key] = p.name
	}
}

// keyModel is a KeyMap beside a plain map from the names of its keys.
type keyModel struct {
	t      testing.TB
	m      *realweak.KeyMap[node, byte]
	values map[string]byte
	pool
}

func (v *keyModel) run(program []step) {
	for _, s := range program {
		v.step(s)
	}
	for i := range v.held {
		v.held[i] = nil
	}
	weaktest.AwaitDone(v.t, func() bool { return v.m.Len() == 0 && v.m.LenApprox() == 0 })
}

func (v *keyModel) agree(what string, k *node, got byte, ok bool) {
	v.t.Helper()
	if want, has := v.values[k.name]; ok != has || ok && got != want {
		v.t.Fatalf("%s(%s) = %d, %v; want %d, %v", what, k.name, got, ok, want, has)
	}
}

//go:noinline
func (v *keyModel) step(s step) {
	m, value := v.m, s.key
	if s.op%9 == 7 {
		v.held[s.object] = nil
		return
	}
	k := v.get(s.object)
	switch s.op % 9 {
	case 0:
		m.Store(k, value)
		v.values[k.name] = value
	case 1:
		got, ok := m.Load(k)
		v.agree("Load", k, got, ok)
	case 2:
		got, loaded := m.LoadOrStore(k, value)
		if _, has := v.values[k.name]; !has && !loaded {
			v.values[k.name] = value
			loaded = true
		}
		v.agree("LoadOrStore", k, got, loaded)
	case 3:
		got, ok := m.LoadAndDelete(k)
		v.agree("LoadAndDelete", k, got, ok)
		delete(v.values, k.name)
	case 4:
		got, ok := m.Swap(k, value)
		v.agree("Swap", k, got, ok)
		v.values[k.name] = value
	case 5:
		was, has := v.values[k.name]
		want := has && was == value
		if got := m.CompareAndSwap(k, value, value+1); got != want {
			v.t.Fatalf("CompareAndSwap(%s) = %v, want %v", k.name, got, want)
		}
		if want {
			v.values[k.name] = value + 1
		}
	case 6:
		was, has := v.values[k.name]
		want := has && was == value
		if got := m.CompareAndDelete(k, value); got != want {
			v.t.Fatalf("CompareAndDelete(%s) = %v, want %v", k.name, got, want)
		}
		if want {
			delete(v.values, k.name)
		}
	case 8:
		weaktest.Collect(v.t)
		seen := map[string]byte{}
		for key, got := range m.All() {
			if _, twice := seen[key.name]; twice {
				v.t.Fatalf("%s came up twice", key.name)
			}
			seen[key.name] = got
		}
		for _, key := range v.held {
			if key != nil {
				got, ok := seen[key.name]
				v.agree("All", key, got, ok)
			}
		}
	}
	runtime.KeepAlive(k)
}

var programs = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{
		op:     rapid.Byte().Draw(t, "op"),
		key:    rapid.ByteMax(modelKeys-1).Draw(t, "key"),
		object: rapid.ByteMax(modelObjects-1).Draw(t, "object"),
	}
}), 1, 60)

func TestValueMapAgainstModel(t *testing.T) {
	for name, fresh := range valueMaps[byte, node]() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				v := &valueModel{t: fatal{t, r}, m: fresh(), names: map[byte]string{}}
				v.run(programs.Draw(r, "program"))
			})
		})
	}
}

func TestKeyMapAgainstModel(t *testing.T) {
	for name, fresh := range keyMaps[byte]() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				v := &keyModel{t: fatal{t, r}, m: fresh(), values: map[string]byte{}}
				v.run(programs.Draw(r, "program"))
			})
		})
	}
}

// fatal is a test whose failures go to rapid, which then looks for a smaller program.
type fatal struct {
	testing.TB
	r *rapid.T
}

func (f fatal) Helper()                           {}
func (f fatal) Fatal(args ...any)                 { f.r.Fatal(args...) }
func (f fatal) Fatalf(format string, args ...any) { f.r.Fatalf(format, args...) }
