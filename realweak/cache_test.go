package realweak_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

type page struct {
	text string
	next *page
}

type pages = realweak.Cache[string, page]

// loadPage returns a new page for each key.
func loadPage(_ context.Context, key string) (*page, error) { return &page{text: key}, nil }

func noLoad(context.Context, string) (*page, error) { return nil, errors.New("loaded after all") }

func get(t *testing.T, c *pages, key string) *page {
	t.Helper()
	p, err := c.Get(t.Context(), key, loadPage)
	if err != nil || p == nil || p.text != key {
		t.Fatalf("Get(%q) = %v, %v", key, p, err)
	}
	return p
}

func TestCache(t *testing.T) {
	for name, c := range map[string]*pages{
		"zero":       new(pages),
		"no options": realweak.NewCache[string, page](),
		"recent":     realweak.NewCache[string, page](realweak.KeepRecent(1), realweak.KeepRecent(2)),
	} {
		if _, ok := c.Peek("a"); ok || c.Len() != 0 || c.Stats() != (realweak.CacheStats{}) {
			t.Errorf("%s: a new cache is not empty", name)
		}
		c.Delete("a")
		c.Clear()
		if _, ok := c.Load("a"); ok {
			t.Errorf("%s: Load found something", name)
		}
		a, b := get(t, c, "a"), get(t, c, "b")
		if got, err := c.Get(t.Context(), "a", noLoad); got != a || err != nil {
			t.Errorf("%s: Get = %v, %v", name, got, err)
		}
		if got, ok := c.Load("b"); got != b || !ok {
			t.Errorf("%s: Load = %v, %v", name, got, ok)
		}
		if got, ok := c.Peek("b"); got != b || !ok {
			t.Errorf("%s: Peek = %v, %v", name, got, ok)
		}
		if got := maps.Collect(c.All()); len(got) != 2 || got["a"] != a || got["b"] != b {
			t.Errorf("%s: All = %v", name, got)
		}
		other := &page{text: "a"}
		c.Store("a", other)
		if got := get(t, c, "a"); got != other {
			t.Errorf("%s: after Store: %v", name, got)
		}
		c.Delete("b")
		if _, ok := c.Load("b"); ok {
			t.Errorf("%s: deleted, but found", name)
		}
		stats := c.Stats()
		stats.LoadTime = 0
		want := realweak.CacheStats{Hits: 3, Misses: 4, Loads: 2, Entries: 1}
		if name == "recent" {
			want.Recent = 1
		}
		if stats != want {
			t.Errorf("%s: Stats = %+v, want %+v", name, stats, want)
		}
		c.Clear()
		if s := c.Stats(); c.Len() != 0 || s.Entries != 0 || s.Recent != 0 || s.Hits != 3 {
			t.Errorf("%s: after Clear: %+v", name, s)
		}
		if problem := c.CheckFront(); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
		runtime.KeepAlive([]*page{a, b, other})
	}
}

// Without KeepRecent a value lives as long as others hold it.
func TestCacheIsWeak(t *testing.T) {
	var c pages
	held := get(t, &c, "held")
	drop := func() realweak.Ref[page] { return realweak.Make(get(t, &c, "gone")) }
	weaktest.AwaitDead(t, drop())
	weaktest.AwaitDone(t, func() bool { return c.Stats().Entries == 1 })
	if got, ok := c.Load("held"); got != held || !ok {
		t.Errorf("the value that is held: %v, %v", got, ok)
	}
	get(t, &c, "gone")
	runtime.KeepAlive(held)
}

// A dead hit is a miss that found a dead value. One comes only before the sweep, so
// the sweeper is kept busy.
func TestCacheDeadHits(t *testing.T) {
	free := realweak.OccupySweeper()
	defer free()
	var c pages
	drop := func() realweak.Ref[page] { return realweak.Make(get(t, &c, "k")) }
	gone := drop()
	for range 100 { // weaktest.AwaitDead would wait for the sweeper too
		if runtime.GC(); !gone.Alive() {
			break
		}
	}
	get(t, &c, "k")
	s := c.Stats()
	s.LoadTime = 0
	if want := (realweak.CacheStats{Misses: 2, DeadHits: 1, Loads: 2, Entries: 1}); s != want {
		t.Errorf("Stats = %+v, want %+v", s, want)
	}
}

// The most recent ones survive collections that nobody else sees them through, and
// no others.
func TestCacheKeepsRecent(t *testing.T) {
	const n = 10
	c := realweak.NewCache[string, page](realweak.KeepRecent(n))
	fill := func() {
		for i := range 3 * n {
			get(t, c, fmt.Sprint(i))
		}
	}
	fill()
	weaktest.AwaitDone(t, func() bool { return c.Stats().Entries == n })
	for i := range 3 * n {
		if _, ok := c.Peek(fmt.Sprint(i)); ok != (i >= 2*n) {
			t.Errorf("%d: found %v", i, ok)
		}
	}
	if s := c.Stats(); s.Recent != n || s.Evictions != 2*n {
		t.Errorf("%+v", s)
	}
	if problem := c.CheckFront(); problem != "" {
		t.Error(problem)
	}
	drop := func() realweak.Ref[page] {
		p, _ := c.Peek("29")
		c.Delete("29")
		return realweak.Make(p)
	}
	weaktest.AwaitDead(t, drop())
	replace := func() realweak.Ref[page] {
		p, _ := c.Peek("28")
		c.Store("28", &page{})
		return realweak.Make(p)
	}
	weaktest.AwaitDead(t, replace())
	clear := func() realweak.Ref[page] {
		p, _ := c.Peek("27")
		c.Clear()
		return realweak.Make(p)
	}
	weaktest.AwaitDead(t, clear())
	if problem := c.CheckFront(); problem != "" {
		t.Error(problem)
	}
}

// What was used since the hand passed by is given a second chance, and what is used
// again after it had been let go comes back.
func TestCacheSecondChance(t *testing.T) {
	c := realweak.NewCache[string, page](realweak.KeepRecent(3))
	kept := func() (keys []string) {
		weaktest.Collect(t)
		for key := range c.All() {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		return keys
	}
	func() {
		get(t, c, "a")
		get(t, c, "b")
		get(t, c, "c")
		get(t, c, "a")
		get(t, c, "d") // in the place of b
	}()
	if got, want := kept(), []string{"a", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	var held *page
	func() {
		held = get(t, c, "a") // and let go again for others
		for i := range 10 {
			get(t, c, fmt.Sprint(i))
		}
		if s := c.Stats(); s.Recent != 3 {
			t.Errorf("%+v", s)
		}
		if got := get(t, c, "a"); got != held {
			t.Error("a value that was held was lost")
		}
		held = nil
	}()
	if got := kept(); len(got) != 3 || !slices.Contains(got, "a") {
		t.Errorf("kept %v, want a among three", got)
	}
	if problem := c.CheckFront(); problem != "" {
		t.Error(problem)
	}
}

func TestCacheTellsOfEvictions(t *testing.T) {
	type watchedPage struct{ _ *page }
	sub := event.Default.Subscribe(256, event.Created, event.Evicted, event.Cleared)
	defer sub.Close()
	c := realweak.NewCache[string, watchedPage](realweak.KeepRecent(1))
	func() {
		for _, key := range []string{"first", "second"} {
			c.Get(t.Context(), key, func(context.Context, string) (*watchedPage, error) { return &watchedPage{}, nil })
		}
	}()
	weaktest.AwaitDone(t, func() bool { return c.Stats().Entries == 1 })
	var got []string
	for e, ok := sub.Poll(); ok; e, ok = sub.Poll() {
		if e.Type == "realweak_test.watchedPage" {
			got = append(got, fmt.Sprint(e.Kind, " ", e.Label, " by ", e.Actor))
		}
	}
	want := []string{"created first by caller", "created second by caller", "evicted first by caller", "cleared first by collector"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCacheDropped(t *testing.T) {
	type holder struct {
		c    *pages
		name string
	}
	drop := func() (realweak.Ref[pages], realweak.Ref[page]) {
		c := realweak.NewCache[string, page](realweak.KeepRecent(5))
		p := get(t, c, "p")
		c.Store("cycle", &page{})
		h := &holder{c: c}
		p.next = &page{text: h.name}
		return realweak.Make(c), realweak.Make(p)
	}
	c, p := drop()
	weaktest.AwaitDead(t, c)
	weaktest.AwaitDead(t, p)
}

func TestCacheLoadsThatFail(t *testing.T) {
	var c pages
	failure := errors.New("no such page")
	for _, load := range []struct {
		f    func(context.Context, string) (*page, error)
		want error
	}{
		{func(context.Context, string) (*page, error) { return nil, failure }, failure},
		{func(context.Context, string) (*page, error) { return &page{}, failure }, failure},
		{func(context.Context, string) (*page, error) { return nil, nil }, realweak.ErrNothingLoaded},
	} {
		if p, err := c.Get(t.Context(), "k", load.f); p != nil || !errors.Is(err, load.want) {
			t.Errorf("Get = %v, %v; want %v", p, err, load.want)
		}
	}
	func() {
		defer func() {
			if v := recover(); v != "oh" {
				t.Errorf("recovered %v", v)
			}
		}()
		c.Get(t.Context(), "k", func(context.Context, string) (*page, error) { panic("oh") })
	}()
	if s := c.Stats(); s.Loads != 4 || s.LoadErrors != 4 || s.Misses != 4 || s.Entries != 0 {
		t.Errorf("%+v", s)
	}
	get(t, &c, "k") // nothing stands in the way

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(ended, "new", noLoad); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	held := get(t, &c, "k")
	if got, err := c.Get(ended, "k", noLoad); got != held || err != nil {
		t.Errorf("a hit with a context that has ended: %v, %v", got, err)
	}
	for name, wrong := range map[string]func(){
		"negative": func() { realweak.KeepRecent(-1) },
		"nil load": func() { c.Get(t.Context(), "k", nil) },
		"nil":      func() { c.Store("k", nil) },
		"tiny": func() {
			new(realweak.Cache[int, int32]).Get(t.Context(), 1, func(context.Context, int) (*int32, error) { return new(int32), nil })
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wrong()
		}()
	}
}

// Those who ask at once share one load, and the stats say so.
func TestCacheLoadsOnce(t *testing.T) {
	var c pages
	var got [4]*page
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			got[i], _ = c.Get(t.Context(), "k", func(context.Context, string) (*page, error) {
				until(func() bool { return c.Waiting("k") == len(got)-1 })
				return &page{}, nil
			})
		})
	}
	wg.Wait()
	for _, p := range got {
		if p == nil || p != got[0] {
			t.Errorf("got %v", got)
		}
	}
	if s := c.Stats(); s.Loads != 1 || s.Shared != 3 || s.Misses != 4 || s.LoadErrors != 0 || s.LoadTime <= 0 {
		t.Errorf("%+v", s)
	}
	if c.Loading() != 0 {
		t.Error("something of the load is left")
	}
}

// A load that was under way when its key was deleted, stored or cleared away does
// not bring back what was there before.
func TestCacheInvalidatedDuringLoad(t *testing.T) {
	stored := &page{text: "stored"}
	for name, change := range map[string]func(*pages){
		"Delete": func(c *pages) { c.Delete("k") },
		"Clear":  func(c *pages) { c.Clear() },
		"Store":  func(c *pages) { c.Store("k", stored) },
	} {
		c := realweak.NewCache[string, page](realweak.KeepRecent(3))
		release := make(chan struct{})
		stale := &page{text: "stale"}
		var wg sync.WaitGroup
		load := func(context.Context, string) (*page, error) { <-release; return stale, nil }
		wg.Go(func() {
			want := stale
			if name == "Store" {
				want = stored
			}
			if got, err := c.Get(t.Context(), "k", load); got != want || err != nil {
				t.Errorf("%s: who loaded got %v, %v", name, got, err)
			}
		})
		until(func() bool { return c.Loading() == 1 })
		change(c)
		close(release)
		wg.Wait()
		got, ok := c.Peek("k")
		if name == "Store" && got != stored || name != "Store" && ok {
			t.Errorf("%s: afterwards there is %v", name, got)
		}
		if problem := c.CheckFront(); problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
		if c.Loading() != 0 {
			t.Errorf("%s: something of the load is left", name)
		}
		runtime.KeepAlive(stale)
	}
}

func TestCacheInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := realweak.NewCache[string, page](realweak.KeepRecent(1))
		began := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, err := c.Get(t.Context(), "k", func(context.Context, string) (*page, error) {
					time.Sleep(time.Minute)
					return &page{}, nil
				})
				if err != nil || time.Since(began) != time.Minute {
					t.Errorf("%v after %v", err, time.Since(began))
				}
			})
		}
		wg.Wait()
		if s := c.Stats(); s.LoadTime != time.Minute || s.Loads != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// While somebody holds a key's value, everybody gets that one, whatever the
// collector and the front do meanwhile.
func TestCacheStress(t *testing.T) {
	const workers, keys = 4, 40
	rounds := 10_000
	if testing.Short() {
		rounds = 500
	}
	for _, recent := range []int{0, 7} {
		c := realweak.NewCache[string, page](realweak.KeepRecent(recent))
		var stop atomic.Bool
		var collector, wg sync.WaitGroup
		collector.Go(func() {
			for !stop.Load() {
				runtime.GC()
			}
		})
		var loading [keys]atomic.Int32
		for g := range workers {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(recent), uint64(g)))
				held := map[int]*page{}
				for range rounds {
					k := rng.IntN(keys)
					key := fmt.Sprint(k)
					p, err := c.Get(t.Context(), key, func(context.Context, string) (*page, error) {
						if loading[k].Add(1) != 1 {
							t.Error("two loads of one key")
						}
						defer loading[k].Add(-1)
						if rng.IntN(16) == 0 {
							return nil, errors.ErrUnsupported
						}
						return &page{text: key}, nil
					})
					if err != nil {
						if held[k] != nil {
							t.Error("a value that was held was loaded again")
						}
						continue
					}
					if before := held[k]; before != nil && before != p || p.text != key {
						t.Errorf("key %d: got %p %q, held %p", k, p, p.text, before)
					}
					if rng.IntN(2) == 0 {
						held[k] = p
					} else {
						delete(held, k)
					}
				}
				runtime.KeepAlive(held)
			})
		}
		wg.Wait()
		stop.Store(true)
		collector.Wait()
		if problem := c.CheckFront(); problem != "" {
			t.Error(problem)
		}
		s := c.Stats()
		if s.Hits+s.Misses != workers*uint64(rounds) || s.Recent > recent || s.Loads > s.Misses {
			t.Errorf("%+v", s)
		}
		weaktest.AwaitDone(t, func() bool { s := c.Stats(); return s.Entries == s.Recent })
	}
}

// As TestCacheStress, with deletions; the front stays whole.
func TestCacheChurn(t *testing.T) {
	c := realweak.NewCache[string, page](realweak.KeepRecent(16))
	rounds := 5000
	if testing.Short() {
		rounds = 500
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(3, uint64(g)))
			for i := range rounds {
				key := fmt.Sprint(rng.IntN(60))
				switch rng.IntN(8) {
				case 0:
					c.Delete(key)
				case 1:
					c.Store(key, &page{text: key})
				case 2:
					if i%50 == 0 {
						c.Clear()
					}
				case 3:
					if i%50 == 0 {
						runtime.GC()
					}
				default:
					if p, err := c.Get(t.Context(), key, loadPage); err != nil || p.text != key {
						t.Errorf("%v, %v", p, err)
					}
				}
			}
		})
	}
	wg.Wait()
	if problem := c.CheckFront(); problem != "" {
		t.Error(problem)
	}
	if c.Loading() != 0 {
		t.Error("something of a load is left")
	}
	weaktest.AwaitDone(t, func() bool { s := c.Stats(); return s.Entries == s.Recent && c.Len() == s.Recent })
}

func TestCacheHitsDoNotAllocate(t *testing.T) {
	for _, recent := range []int{0, 2} {
		c := realweak.NewCache[string, page](realweak.KeepRecent(recent))
		ctx := t.Context()
		p := get(t, c, "k")
		for name, f := range map[string]func(){
			"Get":  func() { c.Get(ctx, "k", loadPage) },
			"Load": func() { c.Load("k") },
			"miss": func() { c.Load("none") },
			"Peek": func() { c.Peek("k") },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%s with KeepRecent(%d) allocates %v times", name, recent, n)
			}
		}
		runtime.KeepAlive(p)
	}
}

func TestCacheStats(t *testing.T) {
	a := realweak.CacheStats{Hits: 3, Misses: 1, DeadHits: 1, Loads: 1, LoadErrors: 1, Shared: 1, LoadTime: 5, Evictions: 2, Entries: 9, Recent: 4}
	if got, want := a.Sub(a), (realweak.CacheStats{Entries: 9, Recent: 4}); got != want {
		t.Errorf("Sub = %+v", got)
	}
	if a.HitRatio() != 0.75 || (realweak.CacheStats{}).HitRatio() != 0 {
		t.Error("HitRatio")
	}
	var c realweak.Cache[int, page]
	if got, want := fmt.Sprint(&c), "Cache[int, realweak_test.page](0 entries, 0 recent)"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}
