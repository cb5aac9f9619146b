package refcount_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/referent-go/referent/refcount"
)

// A service's configuration that is replaced while requests are served. Each
// request goes on with the one it began with, and the last to let go of it ends it.
func ExampleAtomic() {
	type config struct{ greeting string }
	end := func(c *config) { fmt.Printf("%q is over\n", c.greeting) }

	var current refcount.Atomic[config]
	hello := refcount.New(config{"hello"}, end)
	current.Store(&hello)

	request := current.Load()
	goodDay := refcount.New(config{"good day"}, end)
	current.Store(&goodDay)
	fmt.Println("an old request says", request.Value().greeting)
	request.Release()

	request = current.Load()
	fmt.Println("a new request says", request.Value().greeting)
	request.Release()
	current.Store(nil)
	// Output:
	// an old request says hello
	// "hello" is over
	// a new request says good day
	// "good day" is over
}

// Of several who make a new version out of the same old one, one gets it in; the
// others find out and start over.
func ExampleAtomic_CompareAndSwap() {
	var total refcount.Atomic[int]
	zero := refcount.New(0, nil)
	total.Store(&zero)
	defer total.Store(nil)

	add := func() {
		for {
			old := total.Load()
			next := refcount.New(*old.Value()+1, nil)
			swapped := total.CompareAndSwap(&old, &next)
			old.Release()
			if swapped {
				return
			}
			next.Release()
		}
	}
	var done sync.WaitGroup
	for range 3 {
		done.Go(add)
	}
	done.Wait()
	sum := total.Load()
	defer sum.Release()
	fmt.Println(*sum.Value())
	// Output:
	// 3
}

// A pool of connections is used by many and closed by one, who wants to know when
// that has happened.
func ExamplePrimary() {
	type pool struct{ name string }
	p := refcount.NewPrimary(pool{"cheese"}, func(p *pool) { fmt.Println("close", p.name) })

	request, _ := p.Lock()

	impatient, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := p.Join(impatient)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	_, ok := p.Lock()
	fmt.Println("lends:", ok)

	request.Release()
	fmt.Println("joining")
	fmt.Println(p.Join(context.Background()))
	// Output:
	// true
	// lends: false
	// joining
	// close cheese
	// <nil>
}

// The last user closes what somebody closed under it, and whoever cares about the
// outcome waits for that.
func ExampleHandle_CloseWait() {
	door := refcount.NewHandle("door", func(name string) error {
		fmt.Println(name, "shuts")
		return errors.New("it squeaks")
	})
	_ = door.Use(func(name string) error {
		fmt.Println("Close:", door.Close())
		fmt.Println("through the", name)
		return nil
	})
	fmt.Println("CloseWait:", door.CloseWait(context.Background()))
	// Output:
	// Close: <nil>
	// through the door
	// door shuts
	// CloseWait: it squeaks
}
