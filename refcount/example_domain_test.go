package refcount_test

import (
	"context"
	"fmt"

	"github.com/referent-go/referent/refcount"
)

type shop struct {
	name   string
	wheels []refcount.Strong[wheelOf]
}

type wheelOf struct {
	kind string
	home refcount.Strong[shop] // better a Weak
}

func (s *shop) Trace(visit func(refcount.Edge)) {
	for i := range s.wheels {
		visit(s.wheels[i].Edge("wheels"))
	}
}

func (w *wheelOf) Trace(visit func(refcount.Edge)) { visit(w.home.Edge("home")) }

// A shop holds its wheels, and each of them the shop. Nobody else holds them, but
// only a collection finds out.
func ExampleDomain() {
	ctx := context.Background()
	var domain refcount.Domain

	cheeseShop := refcount.New(shop{name: "Wensleydale's"}, func(s *shop) { fmt.Println(s.name, "closes") })
	refcount.Adopt(&domain, &cheeseShop)
	for _, kind := range []string{"Brie", "Tilsit"} {
		w := refcount.New(wheelOf{kind: kind}, func(w *wheelOf) { fmt.Println(w.kind, "is eaten") })
		refcount.Adopt(&domain, &w)
		domain.Update(func() {
			w.Value().home = cheeseShop.Clone()
			cheeseShop.Value().wheels = append(cheeseShop.Value().wheels, w.Move())
		})
	}
	fmt.Println("last one:", cheeseShop.Release())

	report, _ := domain.Report(ctx)
	for _, cycle := range report {
		for _, i := range cycle.Weaken {
			edge := cycle.Edges[i]
			fmt.Printf("make %s.%s weak\n", cycle.Objects[edge.From].Type, edge.Field)
		}
	}
	collected, _ := domain.Collect(ctx)
	fmt.Println(collected.Destroyed, "destroyed")
	// Output:
	// last one: false
	// make refcount_test.wheelOf.home weak
	// make refcount_test.wheelOf.home weak
	// Tilsit is eaten
	// Brie is eaten
	// Wensleydale's closes
	// 3 destroyed
}

// A callback learns that an object has ended, without a handle to it.
func ExampleWatch() {
	var domain refcount.Domain
	s := refcount.New(shop{name: "Wensleydale's"}, func(s *shop) { fmt.Println(s.name, "closes") })
	refcount.Adopt(&domain, &s)
	refcount.Watch(&s, func() { fmt.Println("looking for another shop") })
	s.Release()
	// Output:
	// Wensleydale's closes
	// looking for another shop
}
