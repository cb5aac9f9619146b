package refcount_test

import (
	"context"
	"fmt"

	"github.com/referent-go/referent/refcount"
)

// A server lends its store to those who serve, and the store holds the server.
type cheeseServer struct {
	store refcount.Primary[cheeseStore]
}

type cheeseStore struct {
	server refcount.Strong[cheeseServer]
}

func (s *cheeseServer) Trace(visit func(refcount.Edge)) { visit(s.store.Edge("store")) }

func (s *cheeseStore) Trace(visit func(refcount.Edge)) { visit(s.server.Edge("server")) }

// A cycle that goes through a Primary is found once that is a part of the domain too.
func ExampleAdoptPrimary() {
	ctx := context.Background()
	var domain refcount.Domain

	server := refcount.New(cheeseServer{}, func(*cheeseServer) { fmt.Println("the server ends") })
	refcount.Adopt(&domain, &server)
	domain.Update(func() {
		store := &server.Value().store
		*store = refcount.NewPrimary(cheeseStore{server: server.Clone()}, func(*cheeseStore) { fmt.Println("the store ends") })
		refcount.AdoptPrimary(&domain, store)
	})
	server.Release()

	cycles, _ := domain.Report(ctx)
	for _, e := range cycles[0].Edges {
		from, to := cycles[0].Objects[e.From], cycles[0].Objects[e.To]
		fmt.Println(from.Type, e.Field, "->", to.Type)
	}
	domain.Collect(ctx)

	// Unordered output:
	// refcount_test.cheeseServer store -> refcount.Primary[refcount_test.cheeseStore]
	// refcount.Primary[refcount_test.cheeseStore] object -> refcount_test.cheeseStore
	// refcount_test.cheeseStore server -> refcount_test.cheeseServer
	// the store ends
	// the server ends
}
