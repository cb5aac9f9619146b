package refcount_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/refcount"
)

type Session struct{ user *string }

// greet returns early for guests, and forgets the session.
func greet(user string) {
	s := refcount.New(Session{&user}, func(*Session) { fmt.Println("session closed") })
	s.SetLabel(user)
	s.Touch("greeting " + user)
	if user == "guest" {
		return
	}
	s.Release()
}

// A program takes the reports of leaks into its own hands. They come after a
// collection, and then the object is released.
func ExampleOnLeak() {
	defer refcount.SetLeakLevel(refcount.Paranoid)() // every object
	defer refcount.OnLeak(func(l refcount.Leak) {
		fmt.Printf("lost: %s %q, last seen %s\n", l.Type, l.Label, l.Accesses[0].Hint)
	})()

	inAnotherGoroutine(func() {
		greet("ada")
		greet("guest")
	})
	runtime.GC()
	if err := realweak.Drain(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// session closed
	// lost: refcount_test.Session "guest", last seen greeting guest
	// session closed
}

// What is tracked and not released can be listed at any time, as here at the end
// of a program.
func ExampleLive() {
	defer refcount.SetLeakLevel(refcount.Paranoid)()
	s := refcount.New(Session{}, nil)
	s.SetLabel("idle")
	c := s.Clone()
	for _, info := range refcount.Live() {
		if info.Type == "refcount_test.Session" {
			fmt.Println(info.Label, info.Strong, "handles, created in", strings.Fields(info.Created.String())[0])
		}
	}
	s.Release()
	c.Release()
	// Output: idle 2 handles, created in refcount_test.ExampleLive
}

// A scope lists what was made in it and is left. In tests, weaktest.Scope does.
func ExampleScope() {
	scope := refcount.OpenScope()
	kept := refcount.New(Session{}, nil)
	closed := refcount.New(Session{}, nil)
	closed.Release()
	for _, info := range scope.Close() {
		fmt.Println("left:", info.Type)
	}
	kept.Release()
	// Output: left: refcount_test.Session
}
