package refcount_test

import (
	"fmt"
	"slices"

	"github.com/referent-go/referent/refcount"
)

// Two owners of a set; whoever lets go last ends it. In Python: s2 = s1 and
// weakref.finalize(s1, bye), then del s1 and s2 = 'spam'.
func Example() {
	type set map[int]bool
	bye := func(*set) { fmt.Println("Gone with the wind...") }

	s1 := refcount.New(set{1: true, 2: true, 3: true}, bye)
	s2 := s1.Clone()
	ender := s1.Downgrade()
	alive := func() bool { return ender.StrongCount() > 0 }

	fmt.Println(alive())
	s1.Release() // gives up a handle, not the set
	fmt.Println(alive())
	s2.Release()
	fmt.Println(alive())
	// Output:
	// true
	// true
	// Gone with the wind...
	// false
}

// A catalog owns cheeses, a stock only knows them. After the catalog is gone, the
// loop variable still owns the last cheese it was given, as Python's does.
func ExampleWeak() {
	type Cheese struct{ kind string }

	stock := map[string]*refcount.Weak[Cheese]{}
	kinds := func() (list []string) {
		for kind, w := range stock {
			if s, ok := w.Upgrade(); ok {
				list = append(list, kind)
				s.Release()
			}
		}
		slices.Sort(list)
		return list
	}

	var catalog []*refcount.Strong[Cheese]
	for _, kind := range []string{"Red Leicester", "Tilsit", "Brie", "Parmesan"} {
		s := refcount.New(Cheese{kind}, nil)
		catalog = append(catalog, &s)
	}
	var cheese refcount.Strong[Cheese]
	for _, owned := range catalog {
		if cheese.Held() {
			cheese.Release()
		}
		cheese = owned.Clone()
		w := cheese.Downgrade()
		stock[cheese.Value().kind] = &w
	}
	fmt.Println(kinds())

	for _, owned := range catalog { // del catalog
		owned.Release()
	}
	fmt.Println(kinds())

	cheese.Release() // del cheese
	fmt.Println(kinds())
	// Output:
	// [Brie Parmesan Red Leicester Tilsit]
	// [Parmesan]
	// []
}

// A destructor releases what its object owns. Parents end before their children,
// however long the chain is, without nesting.
func ExampleStrong_Release() {
	type node struct {
		name string
		next refcount.Strong[node]
	}
	drop := func(n *node) {
		if n.next.Held() {
			n.next.Release()
		}
		fmt.Println(n.name, "ends")
	}
	tail := refcount.New(node{name: "tail"}, drop)
	middle := refcount.New(node{name: "middle", next: tail.Move()}, drop)
	head := refcount.New(node{name: "head", next: middle.Move()}, drop)
	head.Release()
	// Output:
	// head ends
	// middle ends
	// tail ends
}

// An owner that passes its handle on moves it; nothing is counted.
func ExampleStrong_Move() {
	type shelf struct{ cheese refcount.Strong[string] }

	brie := refcount.New("Brie", func(s *string) { fmt.Println(*s, "is eaten") })
	store := shelf{cheese: brie.Move()}
	fmt.Println(brie.Held(), store.cheese.StrongCount())
	store.cheese.Release()
	// Output:
	// false 1
	// Brie is eaten
}

// Wrap counts the owners of an object that something else has made.
func ExampleWrap() {
	type file struct{ name string }
	f := &file{"stock.txt"} // from a library, say

	reader := refcount.Wrap(f, func(f *file) { fmt.Println("close", f.name) })
	writer := reader.Clone()
	reader.Release()
	fmt.Println("still open for", writer.StrongCount())
	writer.Release()
	// Output:
	// still open for 1
	// close stock.txt
}

type buffer struct {
	refcount.Count
	data []byte
}

func (b *buffer) Close() {
	if b.Release() {
		fmt.Println("back to the pool")
		b.data = nil
	}
}

// A type that embeds a Count ends itself when Release says so.
func ExampleCount() {
	b := &buffer{data: make([]byte, 512)}
	b.Retain() // for a second user
	b.Close()
	fmt.Println(b.Refs(), "left")
	b.Close()
	fmt.Println(b.TryRetain())
	// Output:
	// 1 left
	// back to the pool
	// false
}
