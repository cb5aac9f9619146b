package realweak_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// stressFor says how long TestStress runs, as in REALWEAK_STRESS=60s. Unless it is
// set, the runs under all settings together take five seconds.
const stressFor = "REALWEAK_STRESS"

func stressTime(t *testing.T) time.Duration {
	if s := os.Getenv(stressFor); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatalf("%s: %v", stressFor, err)
		}
		return d
	}
	if testing.Short() || os.Getenv("GOGC") == "1" {
		return time.Second / 5
	}
	return time.Second
}

// All collections at once: goroutines insert, read, drop, iterate, clone, compute and
// delete while collections run in a loop. The promises are few, and none is broken: an
// entry whose object is held is found, one that was deleted or has died is not, none
// comes up twice, and two that race for a key have one winner.
func TestStress(t *testing.T) {
	s := &stress{cache: realweak.NewCache[int, stressed](realweak.KeepRecent(stressRecent))}
	s.byName = realweak.NewKeyMapFunc(
		func(p *stressed) uint64 { return uint64(p.id % 7) },
		func(a, b *stressed) bool { return a.id == b.id },
		realweak.KeyMapOptions[stressed, int]{})
	s.shared.Store(newStressed(-1))
	until := time.Now().Add(stressTime(t))
	var stop atomic.Bool
	var collector, wg sync.WaitGroup
	collector.Go(func() {
		for !stop.Load() {
			runtime.GC()
			s.collections++
		}
	})
	for w := range stressWorkers {
		wg.Go(func() {
			for r := 0; r == 0 || time.Now().Before(until); r++ {
				s.round(w, r)
			}
		})
	}
	wg.Wait()
	stop.Store(true)
	collector.Wait()
	t.Logf("%d rounds, %d collections, %d dead found gone", s.rounds.Load(), s.collections, s.died.Load())
	s.settle(t)
	for what, n := range map[string]*atomic.Int64{
		"living entries were lost":               &s.lost,
		"dead or deleted entries were found":     &s.stale,
		"entries came up twice in one iteration": &s.twice,
		"races had two winners":                  &s.winners,
		"entries were wrong":                     &s.wrong,
	} {
		if n.Load() != 0 {
			t.Errorf("%d %s", n.Load(), what)
		}
	}
}

const (
	stressWorkers = 4
	stressItems   = 48 // of each worker in a round
	stressRecent  = 16
)

// stressed is an object of the stress test.
type stressed struct {
	realweak.Slots
	id    int
	check uint64 // follows from id; memory that was freed too early shows here
}

func newStressed(id int) *stressed { return &stressed{id: id, check: checkOf(id)} }

func checkOf(id int) uint64 { return uint64(id)*0x9E3779B97F4A7C15 + 1 }

func (p *stressed) ok(id int) bool { return p.id == id && p.check == checkOf(id) }

// stressTie is a slot's value; it leads back to the key.
type stressTie struct{ key *stressed }

type stress struct {
	values  realweak.ValueMap[int, stressed]
	keys    realweak.KeyMap[stressed, int]
	byName  *realweak.KeyMap[stressed, int]
	members realweak.Set[stressed]
	slots   realweak.SlotTable[stressed, *stressTie]
	cache   *realweak.Cache[int, stressed]

	shared atomic.Pointer[stressed] // what all workers race for; replaced now and then

	rounds, died                       atomic.Int64
	lost, stale, twice, winners, wrong atomic.Int64
	collections                        int

	mu   sync.Mutex
	last map[int]map[int]*stressed // what each worker holds in the end
}

// round is what a worker does over and over. Its ids are its own.
func (s *stress) round(w, r int) {
	s.rounds.Add(1)
	first := w * stressItems
	held := map[int]*stressed{}
	for id := first; id < first+stressItems; id++ {
		if p := s.insert(id); id%3 == r%3 {
			held[id] = p
		}
	}
	s.look(first, held)
	s.iterate(held)
	s.clone(held)
	s.race(w, r)
	s.throwAway(held)
	for id, p := range held {
		if id%2 == 0 {
			s.remove(id, p)
			delete(held, id)
		}
	}
	s.look(first, held)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[int]map[int]*stressed{}
	}
	s.last[w] = held
}

// insert puts a new object into all collections, by different methods.
//
//go:noinline
func (s *stress) insert(id int) *stressed {
	p := newStressed(id)
	s.values.Store(id, p)
	s.members.Add(p)
	// An equal key of an earlier round may be there; the entry would die with it.
	s.byName.Delete(p)
	s.cache.Store(id, p)
	if id%2 == 0 {
		s.keys.Store(p, id)
		s.byName.Store(p, id)
		s.slots.Store(p, &stressTie{p})
	} else {
		s.keys.LoadOrStore(p, id)
		s.byName.LoadOrStore(p, id)
		s.slots.LoadOrStore(p, &stressTie{p})
	}
	return p
}

// look reads a worker's own entries, and some of others'.
//
//go:noinline
func (s *stress) look(first int, held map[int]*stressed) {
	for id := first; id < first+stressItems; id++ {
		p := held[id]
		got, ok := s.values.Load(id)
		switch {
		case p == nil && !ok:
			s.died.Add(1)
		case ok && !got.ok(id):
			s.wrong.Add(1)
		case p != nil && got != p:
			s.lost.Add(1)
		}
		if p == nil {
			continue
		}
		key, keyOK := s.keys.Load(p)
		name, nameOK := s.byName.Load(newStressed(id))
		tie, tieOK := s.slots.Load(p)
		cached, cacheOK := s.cache.Peek(id)
		if !keyOK || !nameOK || !tieOK || !cacheOK || !s.members.Contains(p) {
			s.lost.Add(1)
			continue
		}
		if key != id || name != id || tie.key != p || cached != p {
			s.wrong.Add(1)
		}
	}
	for range 16 {
		id := rand.IntN(stressWorkers * stressItems)
		if p, ok := s.values.Load(id); ok && !p.ok(id) {
			s.wrong.Add(1)
		}
		if p, ok := s.cache.Load(id); ok && !p.ok(id) {
			s.wrong.Add(1)
		}
	}
}

// iterate goes over all collections. What is held throughout comes up in each.
func (s *stress) iterate(held map[int]*stressed) {
	byID := map[int]int{}
	for id, p := range s.values.All() {
		s.came(byID, id, p.ok(id))
	}
	s.all(byID, held)
	byID = map[int]int{}
	for id, p := range s.cache.All() {
		s.came(byID, id, p.ok(id))
	}
	s.all(byID, held)

	byObject := map[*stressed]int{}
	for p, id := range s.keys.All() {
		s.cameObject(byObject, p, p.ok(id))
	}
	s.allObjects(byObject, held)
	byObject = map[*stressed]int{}
	for p, id := range s.byName.All() {
		s.cameObject(byObject, p, p.ok(id))
	}
	s.allObjects(byObject, held)
	byObject = map[*stressed]int{}
	for p := range s.members.All() {
		s.cameObject(byObject, p, p.ok(p.id))
	}
	s.allObjects(byObject, held)
	byObject = map[*stressed]int{}
	for p, tie := range s.slots.All() {
		s.cameObject(byObject, p, tie.key == p && p.ok(p.id))
	}
	s.allObjects(byObject, held)
}

func (s *stress) came(seen map[int]int, id int, ok bool) {
	if seen[id]++; seen[id] > 1 {
		s.twice.Add(1)
	}
	if !ok {
		s.wrong.Add(1)
	}
}

func (s *stress) all(seen map[int]int, held map[int]*stressed) {
	for id := range held {
		if seen[id] == 0 {
			s.lost.Add(1)
		}
	}
}

func (s *stress) cameObject(seen map[*stressed]int, p *stressed, ok bool) {
	if seen[p]++; seen[p] > 1 {
		s.twice.Add(1)
	}
	if !ok {
		s.wrong.Add(1)
	}
}

func (s *stress) allObjects(seen map[*stressed]int, held map[int]*stressed) {
	for _, p := range held {
		if seen[p] == 0 {
			s.lost.Add(1)
		}
	}
}

func (s *stress) clone(held map[int]*stressed) {
	values, keys, members := s.values.Clone(), s.keys.Clone(), s.members.Clone()
	byName := s.byName.Clone()
	for id, p := range held {
		got, _ := values.Load(id)
		_, keyOK := keys.Load(p)
		_, nameOK := byName.Load(p)
		if got != p || !keyOK || !nameOK || !members.Contains(p) {
			s.lost.Add(1)
		}
	}
}

// race has all workers want one thing at a time. Nobody deletes it, so whoever holds
// what it got finds that and nothing else.
func (s *stress) race(w, r int) {
	if r%5 == 0 {
		s.shared.Store(newStressed(-1))
	}
	id := -2 - r%3
	a, _ := s.values.LoadOrStore(id, newStressed(id))
	again, ok := s.values.Load(id)
	s.won(ok && a == again)
	b, _, err := s.values.LoadOrCompute(id-3, func() (*stressed, error) { return newStressed(id - 3), nil })
	again, ok = s.values.Load(id - 3)
	s.won(err == nil && ok && b == again)
	c, err := s.cache.Get(context.Background(), id, func(_ context.Context, id int) (*stressed, error) { return newStressed(id), nil })
	again, ok = s.cache.Load(id)
	s.won(err == nil && ok && c == again)
	key := s.shared.Load()
	n, _ := s.keys.LoadOrStore(key, -1)
	m, ok := s.keys.Load(key)
	s.won(ok && n == m)
	tie, _ := s.slots.LoadOrStore(key, &stressTie{key})
	tie2, ok := s.slots.Load(key)
	s.won(ok && tie == tie2)
	tie3, _, err := s.slots.LoadOrCompute(key, func() (*stressTie, error) { return &stressTie{key}, nil })
	s.won(err == nil && tie3 == tie)
	runtime.KeepAlive([]*stressed{a, b, c, key})
}

func (s *stress) won(one bool) {
	if !one {
		s.winners.Add(1)
	}
}

// throwAway fills collections that nobody else knows, clears some, and drops them.
func (s *stress) throwAway(held map[int]*stressed) {
	values, keys, slots := new(realweak.ValueMap[int, stressed]), new(realweak.KeyMap[stressed, int]), new(realweak.SlotTable[stressed, int])
	for id, p := range held {
		values.Store(id, p)
		keys.Store(p, id)
		slots.Store(p, id)
	}
	if values.Len() != len(held) || keys.Len() != len(held) || slots.Len() != len(held) {
		s.lost.Add(1)
	}
	if rand.IntN(2) == 0 {
		values.Clear()
		keys.Clear()
		slots.Clear()
		if values.Len()+keys.Len()+slots.Len() != 0 {
			s.stale.Add(1)
		}
	}
	runtime.KeepAlive(held)
}

// remove deletes what the worker holds from all collections.
func (s *stress) remove(id int, p *stressed) {
	got, ok := s.values.LoadAndDelete(id)
	if !ok || got != p || !s.keys.CompareAndDelete(p, id) || !s.members.Remove(p) {
		s.lost.Add(1)
	}
	s.byName.Delete(p)
	s.slots.Delete(p)
	s.cache.Delete(id)
	_, inValues := s.values.Load(id)
	_, inKeys := s.keys.Load(p)
	_, inNames := s.byName.Load(p)
	_, inSlots := s.slots.Load(p)
	_, inCache := s.cache.Load(id)
	if inValues || inKeys || inNames || inSlots || inCache || s.members.Contains(p) {
		s.stale.Add(1)
	}
}

// settle checks that nothing is left but what somebody holds.
func (s *stress) settle(t *testing.T) {
	s.shared.Store(nil)
	held := map[int]*stressed{}
	for w := range stressWorkers {
		for id, p := range s.last[w] {
			held[id] = p
		}
		s.look(w*stressItems, s.last[w])
	}
	s.iterate(held)
	s.cache.Clear() // what it keeps is in the maps too
	n := len(held)
	weaktest.AwaitDone(t, func() bool {
		return s.values.LenApprox() == n && s.keys.LenApprox() == n && s.byName.LenApprox() == n &&
			s.members.LenApprox() == n && s.slots.LenApprox() == n && realweak.SlotIndexLen(&s.slots) == n
	})
	if s.values.Len() != n || s.keys.Len() != n || s.byName.Len() != n || s.members.Len() != n || s.slots.Len() != n {
		t.Errorf("lengths are not %d", n)
	}
	for id, p := range held {
		s.cache.Store(id, p)
	}
	runtime.KeepAlive(held)
	clear(held)
	s.last = nil
	weaktest.AwaitDone(t, func() bool {
		return s.values.LenApprox()+s.keys.LenApprox()+s.byName.LenApprox()+s.slots.LenApprox()+s.members.LenApprox() <= 5*stressRecent &&
			s.cache.Stats().Entries == stressRecent && s.cache.Len() == stressRecent
	})
}

// The runtime can be told to collect all the time, to check its own marking, and to
// overwrite what it frees, so that a pointer to it is found out. Each takes a process
// of its own.
func TestStressUnderSettings(t *testing.T) {
	if os.Getenv("REALWEAK_CHILD") != "" || os.Getenv("GOGC") == "1" {
		t.Skip("under a setting already")
	}
	for _, setting := range []string{"GOGC=1", "GOGC=100", "GODEBUG=gccheckmark=1", "GODEBUG=clobberfree=1"} {
		t.Run(setting, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStress$", "-test.v")
			cmd.Env = append(os.Environ(), setting, "REALWEAK_CHILD=1", fmt.Sprintf("%s=%v", stressFor, stressTime(t)))
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestStress") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
