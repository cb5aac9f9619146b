package interning

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/anishathalye/porcupine"
)

// asked is a call with one key, and told what came of it. A canonical value is known by
// its address, which nobody else can have while it is held; a pointer in the history
// would keep it alive.
type asked struct {
	op  string
	key int
}

type told struct {
	node uintptr // 0 if there was none
}

// owned is what is known of one key: its canonical value, and how many hold it. While
// nobody does, any call may find it dead.
type owned struct {
	node    uintptr
	holders int
}

// canonical is the sequential behaviour of one key of a table.
var canonical = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, op := range history {
			k := op.Input.(asked).key
			byKey[k] = append(byKey[k], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return owned{} },
	Step: func(state, input, output any) (bool, any) {
		now, out := state.(owned), output.(told)
		switch input.(asked).op {
		case "Intern":
			if now.holders > 0 && out.node != now.node {
				return false, now
			}
			return out.node != 0, owned{out.node, now.holders + 1}
		case "Lookup":
			if now.holders > 0 {
				return out.node == now.node, owned{now.node, now.holders + 1}
			}
			if out.node == 0 {
				return true, now
			}
			return true, owned{out.node, 1}
		}
		return true, owned{now.node, now.holders - 1} // Drop
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// TestTableIsLinearizable has four goroutines intern, look up and drop a few keys while
// collections run, and asks whether some order of the calls explains all answers.
func TestTableIsLinearizable(t *testing.T) {
	withHashes(t, func(t *testing.T, forget uint64) {
		for name, life := range map[string]Option{"mortal": Mortal(), "strict": Strict(), "capacity": Capacity(1)} {
			t.Run(name, func(t *testing.T) {
				for range 5 {
					checkLinearizable(t, NewTable[string](forgetting(forget), life))
				}
			})
		}
	})
}

func checkLinearizable(t *testing.T, table *Table[string]) {
	const workers, each, keys = 4, 60, 2
	names := []string{"the first key", "the second key"}
	var clock atomic.Int64
	var stop atomic.Bool
	var collector, wg sync.WaitGroup
	collector.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	histories := make([][]porcupine.Operation, workers)
	all := make([][keys][]Handle[string], workers) // held until the last goroutine ends
	for w := range workers {
		wg.Go(func() {
			held := &all[w]
			record := func(op string, key int, do func() *string) {
				began := clock.Add(1)
				p := uintptr(unsafe.Pointer(do()))
				histories[w] = append(histories[w], porcupine.Operation{
					ClientId: w, Input: asked{op, key}, Call: began, Output: told{p}, Return: clock.Add(1),
				})
			}
			for range each {
				key := rand.IntN(keys)
				switch n := len(held[key]); {
				case n > 0 && rand.IntN(2) == 0:
					record("Drop", key, func() *string {
						held[key][n-1] = Handle[string]{}
						held[key] = held[key][:n-1]
						return nil
					})
				case rand.IntN(3) == 0:
					record("Lookup", key, func() *string {
						h, ok := table.Lookup(names[key])
						if ok {
							held[key] = append(held[key], h)
						}
						return h.p
					})
				default:
					record("Intern", key, func() *string {
						h := table.Intern(names[key])
						held[key] = append(held[key], h)
						return h.p
					})
				}
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	collector.Wait()
	runtime.KeepAlive(all)
	history := slices.Concat(histories...)
	if result := porcupine.CheckOperationsTimeout(canonical, history, 20*time.Second); result != porcupine.Ok {
		t.Fatalf("no order of these %d calls explains the answers: %v", len(history), result)
	}
}
