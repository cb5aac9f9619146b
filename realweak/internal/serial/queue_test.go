package serial_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/referent-go/referent/realweak/internal/serial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestItemsRunInOrder(t *testing.T) {
	var got []int // written by one goroutine at a time
	q := serial.NewQueue(func(i int) { got = append(got, i) })
	want := make([]int, 3000)
	for i := range want {
		want[i] = i
		q.Put(i)
	}
	if err := q.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d items, want %d in order", len(got), len(want))
	}
	if q.Depth() != 0 {
		t.Errorf("depth %d", q.Depth())
	}
}

func TestGoexitLosesNothing(t *testing.T) {
	var ran []int
	q := serial.NewQueue(func(i int) {
		ran = append(ran, i)
		if i%3 == 0 {
			runtime.Goexit()
		}
	})
	for i := range 10 {
		q.Put(i)
	}
	if err := q.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(ran) != 10 {
		t.Errorf("ran %v", ran)
	}
}

// Wait waits for what was put before it, not for what comes after.
func TestWaitIsNotStarved(t *testing.T) {
	gates := []chan struct{}{make(chan struct{}), make(chan struct{})}
	q := serial.NewQueue(func(i int) { <-gates[i] })
	q.Put(0)
	waited := make(chan error)
	go func() { waited <- q.Wait(context.Background()) }()
	for q.Waiters() == 0 {
		runtime.Gosched()
	}
	q.Put(1)
	close(gates[0])
	if err := <-waited; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := q.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait for an item that runs = %v", err)
	}
	close(gates[1])
	if err := q.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestManyProducers(t *testing.T) {
	sum := 0
	q := serial.NewQueue(func(i int) { sum += i })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				q.Put(1)
			}
			if err := q.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := q.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sum != 8000 {
		t.Errorf("sum %d", sum)
	}
}

// Waiters for different items come and go while items are run and put, and one of them
// ends its goroutine now and then. Each waiter is let through, and not before its items.
func TestManyWaiters(t *testing.T) {
	var ran atomic.Int64
	q := serial.NewQueue(func(i int) {
		ran.Add(1)
		if i%97 == 0 {
			runtime.Goexit()
		}
	})
	var put atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				q.Put(i)
				before := put.Add(1)
				if i%5 != 0 {
					continue
				}
				if err := q.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if now := ran.Load(); now < before {
					t.Errorf("%d items have run, and %d were put before Wait", now, before)
				}
			}
		})
	}
	wg.Wait()
	if err := q.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q.Waiters() != 0 || q.Depth() != 0 {
		t.Errorf("%d waiters and %d items left", q.Waiters(), q.Depth())
	}
}
