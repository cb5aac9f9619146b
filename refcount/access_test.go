package refcount

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The newest access is on the trail and the oldest too, however many there were;
// and there are few.
func TestTrailIsThinned(t *testing.T) {
	at := here()
	for n := 1; n <= 3000; n = n*3/2 + 1 {
		var m more
		for i := range n {
			m.trail.add(opTouch, inWords(i), at)
		}
		all, thinned := m.list()
		if len(all)+thinned != n {
			t.Errorf("%d accesses: %d are kept and %d thinned", n, len(all), thinned)
		}
		if n <= targetAccesses && thinned > 0 {
			t.Errorf("%d of %d are thinned", thinned, n)
		}
		if all[0].Hint != inWords(n-1) {
			t.Errorf("of %d accesses the newest kept is %s", n, all[0].Hint)
		}
		// After 2ᵏ accesses about k have joined; twenty more is a
		// probability of one in a million.
		if len(all) > targetAccesses+32 {
			t.Errorf("of %d accesses %d are kept", n, len(all))
		}
		if n >= targetAccesses && all[len(all)-1].Hint != "0" {
			t.Errorf("of %d accesses the oldest kept is %s", n, all[len(all)-1].Hint)
		}
	}
}

// One more joins a trail that has its target with probability one half, then a
// quarter, and so on.
func TestTrailThinsAsNettyDoes(t *testing.T) {
	at := here()
	const trials = 4000
	for over := range 4 {
		joined := 0
		for range trials {
			var m trail
			m.newest.Store(&access{rank: targetAccesses + over, older: &access{rank: targetAccesses + over - 1}, at: at})
			m.add(opValue, "", at)
			if m.newest.Load().rank > targetAccesses+over {
				joined++
			}
		}
		want := float64(trials) / float64(int(2)<<over)
		if sigma := sigmas(joined, trials, want/trials); sigma > 4.5 {
			t.Errorf("%d over the target, %d of %d joined, want about %.0f: %.1f sigma off", over, joined, trials, want, sigma)
		}
	}
}

func TestTrailFromManyGoroutines(t *testing.T) {
	var m more
	at := here()
	const goroutines, each = 8, 500
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				m.trail.add(opValue, "", at)
			}
		})
	}
	wg.Wait()
	if all, thinned := m.list(); len(all)+thinned != goroutines*each {
		t.Errorf("%d and %d, want %d together", len(all), thinned, goroutines*each)
	}
}

type rude struct{ f func() }

func (r rude) Format(fmt.State, rune) { r.f() }

func TestHintsInWords(t *testing.T) {
	for _, c := range []struct {
		hint any
		want string
	}{
		{"request 17", "request 17"},
		{17, "17"},
		{nil, "<nil>"},
		{errors.New("timeout"), "timeout"},
		{strings.Repeat("x", 300), strings.Repeat("x", longestHint) + "…"},
		{rude{func() { panic("broken") }}, "PANIC=Format method: broken"},
	} {
		if got := inWords(c.hint); !strings.Contains(got, c.want) {
			t.Errorf("%v reads %q, want %q", c.hint, got, c.want)
		}
	}
	ended := true
	var wg sync.WaitGroup
	wg.Go(func() {
		inWords(rude{runtime.Goexit})
		ended = false
	})
	wg.Wait()
	if !ended {
		t.Error("a hint that ends the goroutine did not")
	}
}

type person struct{ at int }

func (p *person) place() *int { return &p.at }

func TestRoster(t *testing.T) {
	var list roster[*person]
	var model []*person
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		if len(model) == 0 || r.IntN(2) == 0 {
			p := new(person)
			list.add(p)
			model = append(model, p)
			continue
		}
		i := r.IntN(len(model))
		list.remove(model[i])
		model = slices.Delete(model, i, i+1)
		if len(list) != len(model) {
			t.Fatalf("%d on the list, want %d", len(list), len(model))
		}
		for _, p := range model {
			if list[p.at] != p {
				t.Fatal("one is not in its place")
			}
		}
	}
}

// sigmas returns by how many standard deviations hits in n trials of probability
// p differ from what is expected.
func sigmas(hits, n int, p float64) float64 {
	return math.Abs(float64(hits)-float64(n)*p) / math.Sqrt(float64(n)*p*(1-p))
}
