package refcount_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/referent-go/referent/refcount"
)

// tally is the sequential behaviour of one object: its two counts. Each operation
// takes effect at one moment, as if it were an addition to them.
type tally struct{ strong, weak int }

var object = porcupine.Model{
	Init: func() any { return tally{strong: 1, weak: 1} },
	Step: func(state, input, output any) (bool, any) {
		now, out := state.(tally), output.(int)
		yes := func(is bool) bool { return (out == 1) == is }
		switch input.(string) {
		case "Clone":
			return now.strong > 0, tally{now.strong + 1, now.weak}
		case "Release", "IntoInner": // says whether it was the last
			return yes(now.strong == 1), tally{now.strong - 1, now.weak}
		case "TryUnwrap":
			if now.strong == 1 {
				return yes(true), tally{0, now.weak}
			}
			return yes(false), now
		case "GetMut":
			return yes(now == tally{strong: 1}), now
		case "StrongCount":
			return out == now.strong, now
		case "Downgrade":
			return now.strong > 0, tally{now.strong, now.weak + 1}
		case "Weak.Release":
			return now.weak > 0, tally{now.strong, now.weak - 1}
		case "Upgrade":
			if now.strong > 0 {
				return yes(true), tally{now.strong + 1, now.weak}
			}
			return yes(false), now
		case "Weak.StrongCount":
			return out == now.strong, now
		}
		panic(input)
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v -> %v", input, output) },
}

// TestLinearizable has four goroutines use handles to one object, and asks whether
// some order of the operations explains all answers.
func TestLinearizable(t *testing.T) {
	const workers, each = 4, 30
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	for round := range rounds {
		var end fate
		first := makeGuarded(round, &end)
		watch := first.Downgrade()
		var clock atomic.Int64
		histories := make([][]porcupine.Operation, workers)
		perform := func(worker int, op string, do func() bool) {
			began, out := clock.Add(1), 0
			if do() {
				out = 1
			}
			histories[worker] = append(histories[worker], porcupine.Operation{ClientId: worker, Input: op, Call: began, Output: out, Return: clock.Add(1)})
		}
		count := func(worker int, op string, do func() int) {
			began := clock.Add(1)
			out := do()
			histories[worker] = append(histories[worker], porcupine.Operation{ClientId: worker, Input: op, Call: began, Output: out, Return: clock.Add(1)})
		}
		starts := make([]refcount.Strong[guarded], workers)
		for i := range starts {
			perform(i, "Clone", func() bool { starts[i] = first.Clone(); return false })
		}
		perform(0, "Release", first.Release)
		var done sync.WaitGroup
		for i := range starts {
			done.Go(func() {
				strongs := []*refcount.Strong[guarded]{&starts[i]}
				var weaks []*refcount.Weak[guarded]
				for range each {
					op := rand.IntN(10)
					if op >= 6 && len(strongs) == 0 || op == 5 && len(weaks) == 0 {
						op = rand.IntN(5)
					}
					switch op {
					case 0, 1, 2, 3:
						perform(i, "Upgrade", func() bool {
							s, ok := watch.Upgrade()
							if ok {
								strongs = append(strongs, &s)
							}
							return ok
						})
					case 4:
						count(i, "Weak.StrongCount", watch.StrongCount)
					case 5:
						perform(i, "Weak.Release", func() bool { weaks[0].Release(); return false })
						weaks = weaks[1:]
					default:
						s := strongs[0]
						switch rand.IntN(8) {
						case 0:
							perform(i, "Clone", func() bool { c := s.Clone(); strongs = append(strongs, &c); return false })
						case 1:
							perform(i, "GetMut", func() bool { _, alone := s.GetMut(); return alone })
						case 2:
							count(i, "StrongCount", s.StrongCount)
						case 3:
							perform(i, "Downgrade", func() bool { w := s.Downgrade(); weaks = append(weaks, &w); return false })
						case 4:
							perform(i, "TryUnwrap", func() bool { _, ok := s.TryUnwrap(); return ok })
							if !s.Held() {
								strongs = strongs[1:]
							}
						case 5:
							perform(i, "IntoInner", func() bool { _, ok := s.IntoInner(); return ok })
							strongs = strongs[1:]
						default:
							perform(i, "Release", s.Release)
							strongs = strongs[1:]
						}
					}
				}
			})
		}
		done.Wait()
		var all []porcupine.Operation
		for _, h := range histories {
			all = append(all, h...)
		}
		if result := porcupine.CheckOperationsTimeout(object, all, 20*time.Second); result != porcupine.Ok {
			t.Fatalf("round %d: no order of these operations explains the answers (%v): %v", round, result, all)
		}
	}
}

// An upgrade after the end is found out.
func TestLinearizabilityCheckCanFail(t *testing.T) {
	history := []porcupine.Operation{
		{ClientId: 0, Input: "Release", Call: 1, Output: 1, Return: 2},
		{ClientId: 1, Input: "Upgrade", Call: 3, Output: 1, Return: 4},
	}
	if porcupine.CheckOperations(object, history) {
		t.Error("an upgrade of a dead object was explained")
	}
}
