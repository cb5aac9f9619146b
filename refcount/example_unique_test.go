package refcount_test

import (
	"fmt"
	"slices"
	"sync"

	"github.com/referent-go/referent/refcount"
)

// Workers fill a result together; whoever is last gets it.
func ExampleStrong_IntoInner() {
	type result struct {
		mu    sync.Mutex
		parts []int
	}
	shared := refcount.New(&result{}, nil)
	var workers sync.WaitGroup
	for i := range 4 {
		mine := shared.Clone()
		workers.Go(func() {
			r := *mine.Value()
			r.mu.Lock()
			r.parts = append(r.parts, i*i)
			r.mu.Unlock()
			if whole, last := mine.IntoInner(); last {
				slices.Sort(whole.parts)
				fmt.Println(whole.parts)
			}
		})
	}
	if _, last := shared.IntoInner(); last {
		fmt.Println("the workers were faster")
	}
	workers.Wait()
}

// TryUnwrap takes the value if nobody else holds it.
func ExampleStrong_TryUnwrap() {
	a := refcount.New("Brie", func(*string) { fmt.Println("not called") })
	b := a.Clone()
	_, ok := a.TryUnwrap()
	fmt.Println(ok)
	b.Release()
	cheese, ok := a.TryUnwrap()
	fmt.Println(cheese, ok)
	// Output:
	// false
	// Brie true
}

// Copy on write: who has a list alone changes it in place.
func ExampleStrong_MakeMut() {
	clone := func(list *[]string) []string {
		fmt.Println("copied")
		return slices.Clone(*list)
	}
	mine := refcount.New([]string{"Brie"}, nil)
	yours := mine.Clone()

	list := mine.MakeMut(clone) // yours is left alone
	*list = append(*list, "Tilsit")
	list = mine.MakeMut(clone) // nobody else has it now
	*list = append(*list, "Edam")

	fmt.Println(*mine.Value(), *yours.Value())
	mine.Release()
	yours.Release()
	// Output:
	// copied
	// [Brie Tilsit Edam] [Brie]
}

func ExampleStrong_GetMut() {
	s := refcount.New(1, nil)
	w := s.Downgrade()
	_, alone := s.GetMut()
	fmt.Println(alone) // w could be upgraded any time
	w.Release()
	if n, alone := s.GetMut(); alone {
		*n = 2
	}
	fmt.Println(*s.Value())
	// Output:
	// false
	// 2
}

// A node that hands out handles to itself.
func ExampleNewCyclic() {
	type window struct {
		title string
		me    refcount.Weak[window]
	}
	w := refcount.NewCyclic(func(me *refcount.Weak[window]) window {
		return window{title: "main", me: me.Clone()}
	}, func(w *window) { fmt.Println("close", w.title) })

	callback := func(w *window) refcount.Strong[window] {
		s, _ := w.me.Upgrade()
		return s.Move()
	}
	kept := callback(w.Value())
	w.Release()
	fmt.Println("still there:", kept.Value().title)
	kept.Release()
	// Output:
	// still there: main
	// close main
}

// A handle to a field keeps the whole object.
func ExampleProject() {
	type config struct{ name, dir string }
	c := refcount.New(config{"app", "/srv"}, func(*config) { fmt.Println("config ends") })
	dir := refcount.Project(&c, func(c *config) *string { return &c.dir })
	c.Release()
	fmt.Println(*dir.Value())
	dir.Release()
	// Output:
	// /srv
	// config ends
}

// A connection that is healthy goes back to the idle ones instead of ending; but
// only once.
func ExampleResurrect() {
	type conn struct{ name string }
	var idle []refcount.Strong[conn]
	drop := func(c *conn) {
		fmt.Println("save", c.name)
		idle = append(idle, refcount.Resurrect(c))
	}
	c := refcount.New(conn{"db"}, drop)
	c.Release()

	again := idle[0].Move()
	fmt.Println("use", again.Value().name)
	again.Release() // without another call
	fmt.Println(len(idle))
	// Output:
	// save db
	// use db
	// 1
}

// A pool for messages that are made and destroyed all the time.
func ExamplePool() {
	type message struct{ text string }
	messages := refcount.NewPool(func(m *message) { fmt.Println("done with", m.text) })

	first := messages.New(message{"ping"})
	watch := first.Downgrade()
	first.Release()
	second := messages.New(message{"pong"}) // perhaps where the first one was
	_, ok := watch.Upgrade()
	fmt.Println(ok)
	second.Release()
	// Output:
	// done with ping
	// false
	// done with pong
}

// Within one goroutine handles can be counted without atomic operations.
func ExampleLocal() {
	type tree struct{ leaves int }
	shared := refcount.New(tree{3}, func(*tree) { fmt.Println("felled") })

	mine := shared.Local()
	shared.Release()
	for range 3 {
		visitor := mine.Clone()
		visitor.Value().leaves--
		visitor.Release()
	}
	fmt.Println(mine.Value().leaves, mine.Release())
	// Output:
	// felled
	// 0 true
}
