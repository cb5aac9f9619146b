package refcount_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/referent-go/referent/refcount"
)

// setting is an object that an Atomic holds in these tests.
type setting struct {
	id   int
	dead *atomic.Int32
}

func (s *setting) end() { s.dead.Add(1) }

func newSetting(id int) (s refcount.Strong[setting], dead *atomic.Int32) {
	dead = new(atomic.Int32)
	return refcount.New(setting{id, dead}, (*setting).end), dead
}

func holds(t *testing.T, a *refcount.Atomic[setting], id int) {
	t.Helper()
	got := 0
	if s := a.Load(); s.Held() {
		got = s.Value().id
		s.Release()
	}
	if got != id {
		t.Errorf("the Atomic holds #%d, want #%d", got, id)
	}
}

func TestAtomic(t *testing.T) {
	var a refcount.Atomic[setting]
	holds(t, &a, 0)
	one, oneDead := newSetting(1)
	two, twoDead := newSetting(2)
	keep := two.Clone()

	a.Store(&one)
	if one.Held() {
		t.Error("Store left the handle to its caller")
	}
	holds(t, &a, 1)
	first, second := a.Load(), a.Load()
	if !first.PtrEq(&second) || first.StrongCount() != 3 {
		t.Errorf("two loads and the Atomic make %d handles", first.StrongCount())
	}
	if second.Release() || first.Release() || oneDead.Load() != 0 {
		t.Error("the Atomic's own handle was released with the readers'")
	}

	before := a.Swap(&two)
	if !before.Held() || before.Value().id != 1 || before.StrongCount() != 1 {
		t.Error("Swap does not return the only handle to what was held")
	}
	if !before.Release() || oneDead.Load() != 1 {
		t.Error("the handle from Swap was not the last")
	}
	holds(t, &a, 2)

	three, threeDead := newSetting(3)
	if a.CompareAndSwap(&three, &three) || a.CompareAndSwap(nil, &three) || !three.Held() {
		t.Error("CompareAndSwap replaced what is not the same, or took the handle all the same")
	}
	if !a.CompareAndSwap(&keep, &three) || three.Held() || !keep.Held() {
		t.Error("CompareAndSwap did not replace the same object")
	}
	holds(t, &a, 3)
	if twoDead.Load() != 0 || !keep.Release() || twoDead.Load() != 1 {
		t.Error("CompareAndSwap did not release what it replaced, or did twice")
	}

	a.Store(nil)
	if threeDead.Load() != 1 {
		t.Error("Store did not release what it replaced")
	}
	holds(t, &a, 0)
	four, fourDead := newSetting(4)
	if !a.CompareAndSwap(new(refcount.Strong[setting]), &four) {
		t.Error("CompareAndSwap did not find the Atomic empty")
	}
	holds(t, &a, 4)
	same := a.Load()
	if !a.CompareAndSwap(&same, nil) || fourDead.Load() != 0 {
		t.Error("CompareAndSwap did not empty the Atomic")
	}
	if nothing := a.Swap(nil); nothing.Held() || !same.Release() || fourDead.Load() != 1 {
		t.Error("an empty Atomic held something")
	}
}

// Two parts of one object are not the same.
func TestAtomicOfParts(t *testing.T) {
	type pair struct{ left, right int }
	drops := 0
	whole := refcount.New(pair{1, 2}, func(*pair) { drops++ })
	left := refcount.Project(&whole, func(p *pair) *int { return &p.left })
	right := refcount.Project(&whole, func(p *pair) *int { return &p.right })
	whole.Release()
	var a refcount.Atomic[int]
	l := left.Clone()
	a.Store(&l)
	r := right.Clone()
	if a.CompareAndSwap(&right, &r) {
		t.Error("one part was taken for the other")
	}
	if !a.CompareAndSwap(&left, &r) {
		t.Error("a part was not found to be the same")
	}
	got := a.Load()
	if *got.Value() != 2 {
		t.Errorf("the Atomic leads to %d", *got.Value())
	}
	got.Release()
	a.Store(nil)
	left.Release()
	if !right.Release() || drops != 1 {
		t.Error("the parts' handles do not add up")
	}
}

// What is loaded from an Atomic may be taken out by one.
func TestAtomicAndIntoInner(t *testing.T) {
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		var a refcount.Atomic[setting]
		s, dead := newSetting(1)
		a.Store(&s)
		var winners atomic.Int32
		var done sync.WaitGroup
		for i := range 3 {
			done.Go(func() {
				h := a.Load()
				if i == 0 {
					a.Store(nil)
				}
				if h.Held() {
					if _, ok := h.IntoInner(); ok {
						winners.Add(1)
					}
				}
			})
		}
		done.Wait()
		// The Atomic's own handle is released, which may be the last.
		if winners.Load()+dead.Load() != 1 {
			t.Fatalf("%d took the value and it was destroyed %d times", winners.Load(), dead.Load())
		}
	}
}

func TestAtomicMisuse(t *testing.T) {
	var a refcount.Atomic[wheel]
	for _, h := range []struct {
		make func() *strong
		says string
	}{
		{releasedStrong, "that was released or moved away before"},
		{movedStrong, "that was released or moved away before"},
		{copiedStrong, "whose object is destroyed"},
	} {
		expectPanic(t, func() { a.Store(h.make()) }, "Store of a Strong[refcount_test.wheel] "+h.says)
		expectPanic(t, func() { a.Swap(h.make()) }, "Swap of a Strong[refcount_test.wheel] "+h.says)
		expectPanic(t, func() { a.CompareAndSwap(h.make(), nil) }, "CompareAndSwap of a Strong[refcount_test.wheel] "+h.says)
		expectPanic(t, func() { a.CompareAndSwap(nil, h.make()) }, "CompareAndSwap of a Strong[refcount_test.wheel] "+h.says)
	}
	if s := a.Load(); s.Held() {
		t.Error("a refused handle is in the Atomic")
	}
	// A copy took the count that the Atomic has.
	s := refcount.New(wheel{}, nil)
	c := copyOf(&s)
	a.Store(&s)
	c.Release()
	expectPanic(t, func() { a.Load() }, "Load from an Atomic", "a copy of this handle was released in its place")
	expectPanic(t, func() { a.Store(nil) }, "Release of a ", "a copy of this handle was released in its place")
}

func TestAtomicAllocations(t *testing.T) {
	var a refcount.Atomic[payload]
	s := refcount.New(payload{}, nil)
	other := s.Clone()
	a.Store(&s)
	for _, op := range []struct {
		name string
		want float64
		run  func()
	}{
		{"Load+Release", 0, func() { s := a.Load(); s.Release() }},
		{"Swap+Swap", 2, func() { b := a.Swap(&other); other = a.Swap(&b) }},
	} {
		if got := testing.AllocsPerRun(100, op.run); got != op.want {
			t.Errorf("%s allocates %v times, want %v", op.name, got, op.want)
		}
	}
	other.Release()
	a.Store(nil)
}

// Readers and writers of one Atomic: what is read lives, what is replaced dies
// once, and never by a Load.
func TestAtomicHammer(t *testing.T) {
	const writers, readers, steps = 3, 3, 150
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	for round := range rounds {
		var a refcount.Atomic[setting]
		drop := func(s *setting) {
			if s.dead.Add(1) == 1 && strings.Contains(string(debug.Stack()), "Load(") {
				t.Error("a Load ran a destructor")
			}
		}
		pool := refcount.NewPool(drop)
		var made atomic.Int32
		var mu sync.Mutex
		var all []*atomic.Int32
		next := func() refcount.Strong[setting] {
			dead := new(atomic.Int32)
			mu.Lock()
			all = append(all, dead)
			mu.Unlock()
			v := setting{int(made.Add(1)), dead}
			switch round % 4 {
			case 0:
				return pool.New(v)
			case 1:
				s := refcount.New(v, drop)
				return refcount.Watched(&s, v.id%2 == 0)
			default:
				return refcount.New(v, drop)
			}
		}
		use := func(s *refcount.Strong[setting]) {
			if s.Value().dead.Load() != 0 || s.Value().id == 0 {
				t.Error("a handle leads to a destroyed object")
			}
			s.Release()
		}
		var done sync.WaitGroup
		for w := range writers {
			done.Go(func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(w)))
				for range steps {
					s := next()
					switch r.IntN(4) {
					case 0:
						a.Store(&s)
					case 1:
						if before := a.Swap(&s); before.Held() {
							use(&before)
						}
					case 2:
						old := a.Load()
						if !a.CompareAndSwap(&old, &s) {
							use(&s)
						}
						if old.Held() {
							use(&old)
						}
					case 3:
						a.Store(nil)
						use(&s)
					}
				}
			})
		}
		for range readers {
			done.Go(func() {
				for range 4 * steps {
					if s := a.Load(); s.Held() {
						use(&s)
					}
				}
			})
		}
		done.Wait()
		a.Store(nil)
		for i, dead := range all {
			if n := dead.Load(); n != 1 {
				t.Fatalf("round %d: object %d of %d was destroyed %d times", round, i, len(all), n)
			}
		}
	}
}

// register is what an Atomic is to one who uses it alone. 0 is nothing.
var register = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		now, in, out := state.(int), input.(atomicCall), output.(int)
		switch in.op {
		case "Load":
			return out == now, now
		case "Store":
			return true, in.value
		case "Swap":
			return out == now, in.value
		case "CompareAndSwap":
			if now == in.old {
				return out == 1, in.value
			}
			return out == 0, now
		}
		panic(in.op)
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %v", input, output) },
}

type atomicCall struct {
	op         string
	old, value int
}

func TestAtomicIsLinearizable(t *testing.T) {
	const workers, each, values = 4, 40, 3
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for range rounds {
		var a refcount.Atomic[setting]
		objects := make([]refcount.Strong[setting], values+1) // the first is zero
		deads := make([]*atomic.Int32, values+1)
		for i := 1; i <= values; i++ {
			objects[i], deads[i] = newSetting(i)
		}
		handle := func(id int) *refcount.Strong[setting] {
			if id == 0 {
				return nil
			}
			c := objects[id].Clone()
			return &c
		}
		end := func(s *refcount.Strong[setting]) (id int) {
			if s == nil || !s.Held() {
				return 0
			}
			id = s.Value().id
			s.Release()
			return id
		}
		var clock atomic.Int64
		var wg sync.WaitGroup
		histories := make([][]porcupine.Operation, workers)
		for w := range workers {
			wg.Go(func() {
				for range each {
					in := atomicCall{[]string{"Load", "Load", "Store", "Swap", "CompareAndSwap"}[rand.IntN(5)], rand.IntN(values + 1), rand.IntN(values + 1)}
					h := handle(in.value)
					out := 0
					began := clock.Add(1)
					switch in.op {
					case "Load":
						s := a.Load()
						out = end(&s)
					case "Store":
						a.Store(h)
					case "Swap":
						s := a.Swap(h)
						out = end(&s)
					case "CompareAndSwap":
						if a.CompareAndSwap(&objects[in.old], h) {
							out = 1
						}
					}
					returned := clock.Add(1)
					end(h)
					histories[w] = append(histories[w], porcupine.Operation{ClientId: w, Input: in, Call: began, Output: out, Return: returned})
					if rand.IntN(8) == 0 {
						runtime.Gosched()
					}
				}
			})
		}
		wg.Wait()
		var all []porcupine.Operation
		for _, h := range histories {
			all = append(all, h...)
		}
		if result := porcupine.CheckOperationsTimeout(register, all, 20*time.Second); result != porcupine.Ok {
			t.Fatalf("no order of these operations explains the answers (%v): %v", result, all)
		}
		a.Store(nil)
		for i := 1; i <= values; i++ {
			if n := objects[i].StrongCount(); n != 1 || deads[i].Load() != 0 {
				t.Errorf("#%d is left with %d handles", i, n)
			}
			if !objects[i].Release() || deads[i].Load() != 1 {
				t.Errorf("#%d was destroyed %d times", i, deads[i].Load())
			}
		}
	}
}

// An Atomic that forgets a store is found out.
func TestAtomicCheckCanFail(t *testing.T) {
	history := []porcupine.Operation{
		{ClientId: 0, Input: atomicCall{op: "Store", value: 1}, Call: 1, Output: 0, Return: 2},
		{ClientId: 1, Input: atomicCall{op: "Load"}, Call: 3, Output: 0, Return: 4},
	}
	if porcupine.CheckOperations(register, history) {
		t.Error("a lost store was explained")
	}
}
