package realweak_test

import (
	"container/list"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/referent-go/referent/realweak"
)

// exactLRU is the yardstick: a list in the exact order of use.
type exactLRU struct {
	limit int
	order *list.List
	byKey map[int]*list.Element
}

func (l *exactLRU) use(key int) (hit bool) {
	if e, ok := l.byKey[key]; ok {
		l.order.MoveToFront(e)
		return true
	}
	if l.order.Len() == l.limit {
		delete(l.byKey, l.order.Remove(l.order.Back()).(int))
	}
	l.byKey[key] = l.order.PushFront(key)
	return false
}

// What is kept serves as many hits as the exact order of use would, give or take
// one in a hundred, on skewed keys, on a loop that does not fit, and on both.
func TestCacheFrontHitRatio(t *testing.T) {
	const limit, keys, uses = 500, 20_000, 100_000
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 4, keys-1)
	for name, next := range map[string]func(i int) int{
		"zipf": func(int) int { return int(zipf.Uint64()) },
		"loop": func(i int) int { return i % (limit + limit/4) },
		"both": func(i int) int {
			if i%4 == 0 {
				return keys + i%(8*limit)
			}
			return int(zipf.Uint64())
		},
	} {
		c := realweak.NewCache[int, page](realweak.KeepRecent(limit))
		exact := &exactLRU{limit, list.New(), map[int]*list.Element{}}
		var hits, exactHits, steady int
		for i := range uses {
			key := next(i)
			// Whether a value that was let go is still to be had is the
			// collector's affair, so only what is kept counts as a hit.
			if c.Kept(key) {
				hits++
			}
			c.Get(t.Context(), key, func(context.Context, int) (*page, error) { return &page{}, nil })
			if exact.use(key) {
				exactHits++
			}
			steady++
		}
		got, want := float64(hits)/float64(steady), float64(exactHits)/float64(steady)
		t.Logf("%s: %.4f, exact order of use: %.4f", name, got, want)
		if got < want-0.01 {
			t.Errorf("%s: hit ratio %.4f, exact order of use has %.4f", name, got, want)
		}
		if problem := c.CheckFront(); problem != "" {
			t.Error(problem)
		}
	}
}

func BenchmarkCache(b *testing.B) {
	load := func(context.Context, int) (*page, error) { return &page{}, nil }
	for _, n := range []int{1_000, 1_000_000} {
		held := make([]*page, n)
		keys := make([]int, 1<<16)
		for i := range keys {
			keys[i] = rand.IntN(n)
		}
		for _, recent := range []int{0, n} {
			c := realweak.NewCache[int, page](realweak.KeepRecent(recent))
			for i := range held {
				held[i], _ = c.Get(b.Context(), i, load)
			}
			ctx := b.Context()
			b.Run(fmt.Sprintf("op=get-hit/n=%d/recent=%d", n, recent), func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					c.Get(ctx, keys[i&(1<<16-1)], load)
					i++
				}
			})
			b.Run(fmt.Sprintf("op=get-hit-parallel/n=%d/recent=%d", n, recent), func(b *testing.B) {
				b.RunParallel(func(pb *testing.PB) {
					i := rand.Int()
					for pb.Next() {
						c.Get(ctx, keys[i&(1<<16-1)], load)
						i++
					}
				})
			})
		}
		var m realweak.ValueMap[int, page]
		for i, p := range held {
			m.Store(i, p)
		}
		b.Run("op=valuemap-load-hit/n="+strconv.Itoa(n), func(b *testing.B) {
			i := 0
			for b.Loop() {
				m.Load(keys[i&(1<<16-1)])
				i++
			}
		})
		runtime.KeepAlive(held)
	}
	for _, recent := range []int{0, 100} {
		b.Run(fmt.Sprintf("op=get-miss/recent=%d", recent), func(b *testing.B) {
			c := realweak.NewCache[int, page](realweak.KeepRecent(recent))
			ctx := b.Context()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				c.Get(ctx, i, load)
				i++
			}
		})
	}
	b.Run("op=get-readmit", func(b *testing.B) { // every hit takes back what was let go
		c := realweak.NewCache[int, page](realweak.KeepRecent(100))
		held := make([]*page, 200)
		ctx := b.Context()
		for i := range held {
			held[i], _ = c.Get(ctx, i, load)
		}
		i := 0
		for b.Loop() {
			c.Get(ctx, i%200, load)
			i++
		}
		runtime.KeepAlive(held)
	})
}
