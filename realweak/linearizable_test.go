package realweak_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/referent-go/referent/realweak"
)

// call is one operation on one key. Values are 1, 2, …; 0 is none.
type call struct {
	op         string
	key        int
	old, value int
}

// answer is what the map said.
type answer struct {
	value int
	ok    bool
}

// register is the sequential behaviour of one key.
var register = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, op := range history {
			k := op.Input.(call).key
			byKey[k] = append(byKey[k], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		now, in, out := state.(int), input.(call), output.(answer)
		there := answer{now, now != 0}
		switch in.op {
		case "Load":
			return out == there, now
		case "Store":
			return true, in.value
		case "LoadOrStore":
			if now != 0 {
				return out == there, now
			}
			return out == answer{in.value, false}, in.value
		case "LoadAndDelete":
			return out == there, 0
		case "Swap":
			return out == there, in.value
		case "CompareAndSwap":
			if now == in.old {
				return out.ok, in.value
			}
			return !out.ok, now
		case "CompareAndDelete":
			if now == in.old {
				return out.ok, 0
			}
			return !out.ok, now
		}
		panic(in.op)
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

var calls = []string{"Load", "Load", "Store", "LoadOrStore", "LoadAndDelete", "Swap", "CompareAndSwap", "CompareAndDelete"}

// checkLinearizable has four goroutines use a few keys at once, while collections
// run, and asks whether some order of the operations explains all answers.
func checkLinearizable(t *testing.T, perform func(call) answer) {
	t.Helper()
	const workers, each, keys, values = 4, 50, 2, 3
	var clock atomic.Int64
	var stop atomic.Bool
	var collector, wg sync.WaitGroup
	collector.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	histories := make([][]porcupine.Operation, workers)
	for w := range workers {
		wg.Go(func() {
			for range each {
				in := call{calls[rand.IntN(len(calls))], rand.IntN(keys), 1 + rand.IntN(values), 1 + rand.IntN(values)}
				began := clock.Add(1)
				out := perform(in)
				histories[w] = append(histories[w], porcupine.Operation{ClientId: w, Input: in, Call: began, Output: out, Return: clock.Add(1)})
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	collector.Wait()
	var all []porcupine.Operation
	for _, h := range histories {
		all = append(all, h...)
	}
	if result := porcupine.CheckOperationsTimeout(register, all, 20*time.Second); result != porcupine.Ok {
		t.Fatalf("no order of these operations explains the answers (%v): %v", result, all)
	}
}

const linearizableRounds = 10

func TestValueMapIsLinearizable(t *testing.T) {
	each(t, valueMaps[int, node](), func(t *testing.T, m *realweak.ValueMap[int, node]) {
		objects := []*node{nil, {name: "1"}, {name: "2"}, {name: "3"}}
		index := map[*node]int{nil: 0, objects[1]: 1, objects[2]: 2, objects[3]: 3}
		say := func(p *node, ok bool) answer { return answer{index[p], ok} }
		for range linearizableRounds {
			checkLinearizable(t, func(c call) answer {
				switch c.op {
				case "Load":
					return say(m.Load(c.key))
				case "Store":
					m.Store(c.key, objects[c.value])
					return answer{}
				case "LoadOrStore":
					return say(m.LoadOrStore(c.key, objects[c.value]))
				case "LoadAndDelete":
					return say(m.LoadAndDelete(c.key))
				case "Swap":
					return say(m.Swap(c.key, objects[c.value]))
				case "CompareAndSwap":
					return answer{0, m.CompareAndSwap(c.key, objects[c.old], objects[c.value])}
				}
				return answer{0, m.CompareAndDelete(c.key, objects[c.old])}
			})
			m.Clear()
		}
		runtime.KeepAlive(objects)
	})
}

func TestKeyMapIsLinearizable(t *testing.T) {
	each(t, keyMaps[int](), func(t *testing.T, m *realweak.KeyMap[node, int]) {
		keys := []*node{{name: "0"}, {name: "1"}}
		say := func(value int, ok bool) answer { return answer{value, ok} }
		for range linearizableRounds {
			checkLinearizable(t, func(c call) answer {
				k := keys[c.key]
				switch c.op {
				case "Load":
					return say(m.Load(k))
				case "Store":
					m.Store(k, c.value)
					return answer{}
				case "LoadOrStore":
					return say(m.LoadOrStore(k, c.value))
				case "LoadAndDelete":
					return say(m.LoadAndDelete(k))
				case "Swap":
					return say(m.Swap(k, c.value))
				case "CompareAndSwap":
					return answer{0, m.CompareAndSwap(k, c.old, c.value)}
				}
				return answer{0, m.CompareAndDelete(k, c.old)}
			})
			m.Clear()
		}
		runtime.KeepAlive(keys)
	})
}

// A map that forgets a store now and then is found out.
func TestLinearizabilityCheckCanFail(t *testing.T) {
	history := []porcupine.Operation{
		{ClientId: 0, Input: call{op: "Store", value: 1}, Call: 1, Output: answer{}, Return: 2},
		{ClientId: 1, Input: call{op: "Load"}, Call: 3, Output: answer{0, false}, Return: 4},
	}
	if porcupine.CheckOperations(register, history) {
		t.Error("a lost store was explained")
	}
}
