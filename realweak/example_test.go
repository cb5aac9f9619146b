package realweak_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/referent-go/referent/realweak"
)

type Cheese struct{ Kind string }

// settle collects and waits for all that follows. An example has no *testing.T;
// tests use package weaktest, which does this and bounds it.
func settle() {
	runtime.GC()
	if err := realweak.Drain(context.Background()); err != nil {
		panic(err)
	}
}

func Example() {
	stock := new(realweak.ValueMap[string, Cheese])
	catalog := []*Cheese{{Kind: "Brie"}, {Kind: "Parmesan"}}
	for _, cheese := range catalog {
		stock.Store(cheese.Kind, cheese)
		realweak.Finalize(cheese, func(kind string) { fmt.Println("last of the", kind) }, cheese.Kind)
	}
	brie := catalog[0]

	catalog = nil // brie is all that is left
	settle()
	fmt.Println(slices.Collect(stock.Keys()))
	fmt.Println(brie.Kind) // brie's last use: from here on it may be collected
	settle()
	fmt.Println(slices.Collect(stock.Keys()))
	// Output:
	// last of the Parmesan
	// [Brie]
	// Brie
	// last of the Brie
	// []
}

func ExampleRef() {
	cheese := &Cheese{Kind: "Brie"}
	ref := realweak.Make(cheese)
	fmt.Println(ref.Value().Kind, ref == realweak.Make(cheese))
	fmt.Println(ref)

	runtime.KeepAlive(cheese) // its last use: from here on it may be collected
	settle()
	fmt.Println(ref)
	// Output:
	// Brie true
	// Ref[realweak_test.Cheese](alive)
	// Ref[realweak_test.Cheese](dead)
}

// A pass over references that throws away the dead ones keeps none of them alive.
func ExampleRef_Cleared() {
	brie := &Cheese{Kind: "Brie"}
	board := []realweak.Ref[Cheese]{realweak.Make(brie), realweak.Make(&Cheese{Kind: "Parmesan"})}
	settle()
	board = slices.DeleteFunc(board, realweak.Ref[Cheese].Cleared)
	fmt.Println(len(board), board[0].Value().Kind)
	runtime.KeepAlive(brie)
	// Output: 1 Brie
}

func ExampleFinalize() {
	s1 := &Cheese{Kind: "Brie"}
	s2 := s1
	ender := realweak.Finalize(s1, func(text string) { fmt.Println(text) }, "Gone with the wind...")
	fmt.Println(ender.Alive())

	s1 = nil // s2 still refers to it
	settle()
	fmt.Println(ender.Alive())

	runtime.KeepAlive(s2)
	s2 = &Cheese{Kind: "spam"}
	settle()
	fmt.Println(ender.Alive(), s2.Kind)
	// Output:
	// true
	// true
	// Gone with the wind...
	// false spam
}

func ExampleFinalizer_Call() {
	cheese := &Cheese{Kind: "Brie"}
	z := realweak.Finalize(cheese, func(text string) { fmt.Println(text) }, "sold")
	fmt.Println(z.Call())
	fmt.Println(z.Call()) // once is all
	// Output:
	// sold
	// true
	// false
}

func ExampleFinalizer_Detach() {
	cheese := &Cheese{Kind: "Brie"}
	z := realweak.Finalize(cheese, func(text string) { fmt.Println(text) }, "sold")
	arg, ok := z.Detach()
	fmt.Println(arg, ok, z.Alive())
	settle()
	// Output: sold true false
}

func ExampleFinalizer_DetachFrom() {
	cheese := &Cheese{Kind: "Brie"}
	z := realweak.Finalize(cheese, func(text string) { fmt.Println("left over:", text) }, "Brie")
	z.DetachFrom(cheese) // eaten in time
	cheese = nil
	settle()
	// Output:
}

func ExampleFinalizer_Peek() {
	cheese := &Cheese{Kind: "Brie"}
	z := realweak.Finalize(cheese, func(int) {}, 42)
	fmt.Println(z.Peek())
	z.Detach()
	fmt.Println(z.Peek())
	runtime.KeepAlive(cheese)
	// Output:
	// 42 true
	// 0 false
}

func ExampleShutdown() {
	brie, tilsit := &Cheese{Kind: "Brie"}, &Cheese{Kind: "Tilsit"}
	say := func(text string) { fmt.Println(text) }
	realweak.Finalize(brie, say, "made first")
	realweak.Finalize(tilsit, say, "made last")
	other := realweak.Finalize(tilsit, say, "not at exit")
	other.SetAtExit(false)
	if err := realweak.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(other.Alive())
	other.Detach()
	runtime.KeepAlive(brie)
	runtime.KeepAlive(tilsit)
	// Output:
	// made last
	// made first
	// true
}

func ExampleOnPanic() {
	restore := realweak.OnPanic(func(p realweak.PanicInfo) { fmt.Println(p) })
	defer restore()
	z := realweak.Finalize(&Cheese{}, func(int) { panic("no such cheese") }, 0)
	z.Call()
	// Output: finalizer of *realweak_test.Cheese panicked: no such cheese
}

func ExampleOnCollection() {
	var once sync.Once
	done := make(chan struct{})
	stop := realweak.OnCollection(func(c realweak.Collection) {
		once.Do(func() { close(done) })
	})
	defer stop()
	runtime.GC()
	<-done
	fmt.Println("collected")
	// Output: collected
}

func ExampleCheckReferent() {
	fmt.Println(realweak.CheckReferent(&Cheese{}))
	fmt.Println(realweak.CheckReferent(&struct{}{}))
	fmt.Println(realweak.CheckReferent(realweak.New(struct{}{})))
	// Output:
	// <nil>
	// realweak: CheckReferent: *struct {} is not a possible referent: objects of size zero share an address and are never collected; allocate it with realweak.New, or give the type a field
	// <nil>
}

func ExampleNew() {
	// A lone small integer may share a block with others, any of which would
	// keep it alive. New gives it a block of its own.
	answer := realweak.New(int32(42))
	ref := realweak.Make(answer)
	fmt.Println(*answer)
	runtime.KeepAlive(answer)
	settle()
	fmt.Println(ref)
	// Output:
	// 42
	// Ref[int32](dead)
}

func ExampleValueMap() {
	var stock realweak.ValueMap[string, Cheese]
	catalog := []*Cheese{{Kind: "Red Leicester"}, {Kind: "Tilsit"}, {Kind: "Brie"}, {Kind: "Parmesan"}}
	for _, cheese := range catalog {
		stock.Store(cheese.Kind, cheese)
	}
	fmt.Println(slices.Sorted(stock.Keys()))
	runtime.KeepAlive(catalog)

	// In CPython the loop variable would still hold Parmesan. Here it ended with
	// the loop.
	settle()
	fmt.Println(slices.Sorted(stock.Keys()))
	// Output:
	// [Brie Parmesan Red Leicester Tilsit]
	// []
}

func ExampleValueMap_LoadOrStore() {
	var stock realweak.ValueMap[string, Cheese]
	first, loaded := stock.LoadOrStore("Brie", &Cheese{Kind: "Brie"})
	fmt.Println(first.Kind, loaded)
	second, loaded := stock.LoadOrStore("Brie", &Cheese{Kind: "Brie"})
	fmt.Println(second == first, loaded)
	// Output:
	// Brie false
	// true true
}

func ExampleKeyMap() {
	// What a package knows about objects that it does not own.
	var prices realweak.KeyMap[Cheese, int]
	brie := &Cheese{Kind: "Brie"}
	prices.Store(brie, 12)
	price, ok := prices.Load(brie)
	fmt.Println(price, ok, prices.Len())

	runtime.KeepAlive(brie)
	settle()
	fmt.Println(prices.Len())
	// Output:
	// 12 true 1
	// 0
}

// Shop is a type that knows its instances.
type Shop struct {
	name string
}

var shops realweak.Set[Shop]

func NewShop(name string) *Shop {
	s := &Shop{name: name}
	shops.Add(s)
	return s
}

func ExampleSet() {
	north, south := NewShop("north"), NewShop("south")
	fmt.Println(shops.Len())

	runtime.KeepAlive(north)
	settle() // north is not used any more
	for s := range shops.All() {
		fmt.Println(s.name)
	}
	runtime.KeepAlive(south)
	// Output:
	// 2
	// south
}
