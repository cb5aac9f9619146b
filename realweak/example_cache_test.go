package realweak_test

import (
	"context"
	"fmt"
	"runtime"

	"github.com/referent-go/referent/realweak"
)

func ExampleCache() {
	cache := realweak.NewCache[string, Cheese](realweak.KeepRecent(1))
	load := func(_ context.Context, kind string) (*Cheese, error) {
		fmt.Println("loading", kind)
		return &Cheese{Kind: kind}, nil
	}
	ctx := context.Background()
	brie, _ := cache.Get(ctx, "Brie", load)
	cache.Get(ctx, "Tilsit", load) // in Brie's place among the recent ones
	again, _ := cache.Get(ctx, "Brie", load)
	fmt.Println(again == brie) // found while somebody holds it

	runtime.KeepAlive(brie)
	settle()
	fmt.Println(cache)
	// Output:
	// loading Brie
	// loading Tilsit
	// true
	// Cache[string, realweak_test.Cheese](1 entries, 1 recent)
}

func ExampleCache_Stats() {
	var cache realweak.Cache[int, Cheese]
	load := func(context.Context, int) (*Cheese, error) { return &Cheese{Kind: "Brie"}, nil }
	before := cache.Stats()
	brie, _ := cache.Get(context.Background(), 1, load)
	for range 3 {
		cache.Get(context.Background(), 1, load)
	}
	s := cache.Stats().Sub(before)
	fmt.Println(s.Hits, s.Misses, s.Loads, s.HitRatio())
	runtime.KeepAlive(brie)
	// Output: 3 1 1 0.75
}

type Counter struct {
	name  string
	count int
}

func (c *Counter) Add(n int) { c.count += n }

func ExampleBind() {
	tills := &Counter{name: "tills"}
	add := realweak.Bind(tills, (*Counter).Add)
	fmt.Println(add.Call(3), tills.count)

	runtime.KeepAlive(tills) // its last use
	settle()
	fmt.Println(add.Call(3), add)
	// Output:
	// true 3
	// false Method[realweak_test.Counter](dead)
}

func ExampleSignal() {
	var sold realweak.Signal[int]
	tills := &Counter{name: "tills"}
	sold.Connect(realweak.Bind(tills, (*Counter).Add))
	report := sold.ConnectFunc(func(n int) { fmt.Println("sold", n) })
	sold.Emit(2)
	fmt.Println(tills.count)

	report.Disconnect()
	sold.Emit(3)
	fmt.Println(tills.count, sold.Len())

	// Whoever is not used any more is not called any more.
	settle()
	sold.Emit(4)
	fmt.Println(sold.Len())
	// Output:
	// sold 2
	// 2
	// 5 1
	// 0
}

func ExampleQueue() {
	// A pool that takes back what its users have forgotten.
	var free realweak.Queue[int]
	borrowed := &Cheese{Kind: "Brie"}
	realweak.Enqueue(&free, borrowed, 42)
	fmt.Println(free.Len())

	runtime.KeepAlive(borrowed)
	settle()
	for {
		shelf, ok := free.Poll()
		if !ok {
			break
		}
		fmt.Println("shelf", shelf, "is free")
	}
	// Output:
	// 0
	// shelf 42 is free
}

func ExampleQueue_Next() {
	var gone realweak.Queue[string]
	realweak.Enqueue(&gone, &Cheese{Kind: "Brie"}, "Brie")
	runtime.GC()
	kind, err := gone.Next(context.Background())
	fmt.Println(kind, err)
	// Output: Brie <nil>
}
