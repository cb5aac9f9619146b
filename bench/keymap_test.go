package bench

import (
	"testing"

	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

func BenchmarkKeyMap(b *testing.B) { run(b, "KeyMap") }

var keyMapCases = cases{
	"keymap-get": {Native: keyGetNative, Collected: keyGetCollected, Counted: keyGetCounted, Sim: keyGetSim},
	"keymap-set": {Native: keySetNative, Collected: keySetCollected, Counted: keySetCounted, Sim: keySetSim},
	"keymap-new": {Native: keyNewNative, Collected: keyNewCollected, Counted: keyNewCounted, Sim: keyNewSim},
}

// A priced map has a value of 1 for each of its living keys.

func pricedNative() (*nativeKeyMap[int], []*object) {
	prices, keys := new(nativeKeyMap[int]), newObjects()
	for _, k := range keys {
		prices.store(k, 1)
	}
	return prices, keys
}

func pricedCollected() (*realweak.KeyMap[object, int], []*object) {
	prices, keys := new(realweak.KeyMap[object, int]), newObjects()
	for _, k := range keys {
		prices.Store(k, 1)
	}
	return prices, keys
}

func pricedCounted() (*countedKeyMap[int], []refcount.Strong[object]) {
	prices := &countedKeyMap[int]{entries: make(map[*object]int)}
	keys := newCounted(prices.drop)
	for i := range keys {
		prices.store(keys[i].Value(), 1)
	}
	return prices, keys
}

func (py *python) priced() (prices *sim.Object, keys []*sim.Object) {
	prices, keys = py.WeakKeyDictionary(), py.things()
	for _, k := range keys {
		py.SetItem(py.Retain(prices), py.Retain(k), py.Int(1))
	}
	return prices, keys
}

func keyGetNative(b *testing.B) {
	prices, keys := pricedNative()
	i, sum := 0, 0
	m := start(b)
	for b.Loop() {
		v, _ := prices.load(keys[i&mask])
		sum += v
		i++
	}
	m.stop()
	expect(b, "sum", sum, b.N)
}

func keyGetCollected(b *testing.B) {
	prices, keys := pricedCollected()
	i, sum := 0, 0
	m := start(b)
	for b.Loop() {
		v, _ := prices.Load(keys[i&mask])
		sum += v
		i++
	}
	m.stop()
	expect(b, "sum", sum, b.N)
}

func keyGetCounted(b *testing.B) {
	prices, keys := pricedCounted()
	defer release(keys)
	i, sum := 0, 0
	m := start(b)
	for b.Loop() {
		v, _ := prices.load(keys[i&mask].Value())
		sum += v
		i++
	}
	m.stop()
	expect(b, "sum", sum, b.N)
}

func keyGetSim(b *testing.B) {
	py := newPython()
	prices, keys := py.priced()
	i, sum := 0, 0
	m := start(b)
	for b.Loop() {
		v := py.GetItem(py.Retain(prices), py.Retain(keys[i&mask]))
		sum += int(v.AsInt())
		py.Release(v)
		i++
	}
	m.stop()
	expect(b, "sum", sum, b.N)
}

func keySetNative(b *testing.B) {
	prices, keys := pricedNative()
	i := 0
	m := start(b)
	for b.Loop() {
		prices.store(keys[i&mask], i)
		i++
	}
	m.stop()
	v, _ := prices.load(keys[(i-1)&mask])
	expect(b, "last value", v, i-1)
	expect(b, "entries", prices.len(), population)
}

func keySetCollected(b *testing.B) {
	prices, keys := pricedCollected()
	i := 0
	m := start(b)
	for b.Loop() {
		prices.Store(keys[i&mask], i)
		i++
	}
	m.stop()
	v, _ := prices.Load(keys[(i-1)&mask])
	expect(b, "last value", v, i-1)
	expect(b, "entries", prices.Len(), population)
}

func keySetCounted(b *testing.B) {
	prices, keys := pricedCounted()
	defer release(keys)
	i := 0
	m := start(b)
	for b.Loop() {
		prices.store(keys[i&mask].Value(), i)
		i++
	}
	m.stop()
	v, _ := prices.load(keys[(i-1)&mask].Value())
	expect(b, "last value", v, i-1)
	expect(b, "entries", prices.len(), population)
}

func keySetSim(b *testing.B) {
	py := newPython()
	prices, keys := py.priced()
	i := 0
	m := start(b)
	for b.Loop() {
		py.SetItem(py.Retain(prices), py.Retain(keys[i&mask]), py.Int(int64(i)))
		i++
	}
	m.stop()
	v := py.GetItem(py.Retain(prices), py.Retain(keys[(i-1)&mask]))
	expect(b, "last value", int(v.AsInt()), i-1)
	expect(b, "entries", py.Len(prices), population)
}

func keyNewNative(b *testing.B) {
	var prices nativeKeyMap[int]
	i := 0
	m := start(b)
	for b.Loop() {
		prices.store(&object{id: i}, i)
		i++
	}
	m.bury()
	left := 0
	prices.entries.Range(func(any, any) bool { left++; return true })
	expect(b, "entries left", left, 0)
}

func keyNewCollected(b *testing.B) {
	var prices realweak.KeyMap[object, int]
	i := 0
	m := start(b)
	for b.Loop() {
		prices.Store(&object{id: i}, i)
		i++
	}
	m.bury()
	expect(b, "entries left", prices.LenApprox(), 0)
}

func keyNewCounted(b *testing.B) {
	prices := &countedKeyMap[int]{entries: make(map[*object]int)}
	drop := prices.drop
	i := 0
	m := start(b)
	for b.Loop() {
		s := refcount.New(object{id: i}, drop)
		prices.store(s.Value(), i)
		s.Release()
		i++
	}
	m.bury()
	expect(b, "entries left", prices.len(), 0)
}

func keyNewSim(b *testing.B) {
	py := newPython()
	prices := py.WeakKeyDictionary()
	i := int64(0)
	m := start(b)
	for b.Loop() {
		py.SetItem(py.Retain(prices), py.thing(), py.Int(i))
		i++
	}
	m.bury()
	expect(b, "entries left", py.Len(prices), 0)
	py.expectThings(b, 0)
}
