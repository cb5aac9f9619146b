package realweak_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

type mourned struct {
	name string
	next *mourned
}

// Java: a reference is enqueued after its object has died, and once.
func TestQueueTellsOfDeaths(t *testing.T) {
	var q realweak.Queue[string]
	if _, ok := q.Poll(); ok || q.Len() != 0 || q.Drain() != nil {
		t.Error("the zero queue is not empty")
	}
	kept := &mourned{name: "kept"}
	realweak.Enqueue(&q, kept, "kept")
	drop := func() realweak.Ref[mourned] {
		p := &mourned{}
		realweak.Enqueue(&q, p, "gone")
		return realweak.Make(p)
	}
	ref := drop()
	weaktest.AwaitDead(t, ref)
	weaktest.AwaitDone(t, func() bool { return q.Len() == 1 })
	if got := q.String(); got != "Queue[string](1)" {
		t.Errorf("String = %q", got)
	}
	if got, ok := q.Poll(); got != "gone" || !ok {
		t.Errorf("Poll = %q, %v", got, ok)
	}
	weaktest.Collect(t)
	if got, ok := q.Poll(); ok {
		t.Errorf("a second Poll = %q", got)
	}
	runtime.KeepAlive(kept)
}

// One object's notices come newest first, and an object may be in several queues.
func TestQueueOrder(t *testing.T) {
	var q, other realweak.Queue[int]
	drop := func() {
		p := &mourned{}
		for i := range 5 {
			realweak.Enqueue(&q, p, i)
		}
		realweak.Enqueue(&other, p, 7)
	}
	drop()
	weaktest.AwaitDone(t, func() bool { return q.Len() == 5 && other.Len() == 1 })
	if got, want := q.Drain(), []int{4, 3, 2, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if q.Len() != 0 {
		t.Error("Drain left some")
	}

	// What dies later is told later.
	chain := mournedChain(&q, 3)
	for i := range chain {
		chain[i] = nil
		weaktest.AwaitDone(t, func() bool { return q.Len() == i+1 })
	}
	if got, want := q.Drain(), []int{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// mournedChain returns n objects of which each refers to the next.
//
//go:noinline
func mournedChain(q *realweak.Queue[int], n int) []*mourned {
	chain := make([]*mourned, n)
	var next *mourned
	for i := n - 1; i >= 0; i-- {
		next = &mourned{next: next}
		realweak.Enqueue(q, next, i)
		chain[i] = next
	}
	return chain
}

// Java: Reference.enqueue and Reference.clear.
func TestQueueRegistration(t *testing.T) {
	var q realweak.Queue[string]
	p := &mourned{}
	now := realweak.Enqueue(&q, p, "now")
	never := realweak.Enqueue(&q, p, "never")
	if !now.Call() || now.Call() || now.Alive() {
		t.Error("Call")
	}
	if a, ok := never.Detach(); a != "never" || !ok {
		t.Errorf("Detach = %q, %v", a, ok)
	}
	if got := q.Drain(); !slices.Equal(got, []string{"now"}) {
		t.Errorf("got %v", got)
	}
	drop := func() realweak.Ref[mourned] { r := realweak.Make(p); p = nil; return r }
	weaktest.AwaitDead(t, drop())
	weaktest.Collect(t)
	if got := q.Drain(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// At exit nothing has died.
func TestQueueIsNotForExit(t *testing.T) {
	var q realweak.Queue[int]
	p := &mourned{}
	z := realweak.Enqueue(&q, p, 1)
	if err := realweak.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if q.Len() != 0 || !z.Alive() {
		t.Error("Shutdown told of the death of a living object")
	}
	runtime.KeepAlive(p)
}

// A dropped queue dies, with its notices and with what was registered with it; it
// holds nothing that is registered.
func TestQueueDropped(t *testing.T) {
	type holder struct {
		q    realweak.Queue[*form]
		name string
	}
	alive := &mourned{}
	var z *realweak.Finalizer[mourned, *form]
	drop := func() (realweak.Ref[holder], [2]realweak.Ref[form]) {
		h := &holder{name: "h"}
		notice, waiting := &form{}, &form{}
		z = realweak.Enqueue(&h.q, alive, notice)
		realweak.Enqueue(&h.q, &mourned{}, waiting)
		weaktest.AwaitDone(t, func() bool { return h.q.Len() == 1 })
		return realweak.Make(h), [2]realweak.Ref[form]{realweak.Make(notice), realweak.Make(waiting)}
	}
	h, notices := drop()
	weaktest.AwaitDead(t, h)
	for _, n := range notices {
		weaktest.AwaitDead(t, n)
	}
	if z.Alive() {
		t.Error("the registration of a dropped queue is in force")
	}
	runtime.KeepAlive(alive)
}

// What is registered does not pile up in the queue.
func TestQueueForgetsRegistrations(t *testing.T) {
	var q realweak.Queue[int]
	p := &mourned{}
	var kept []*realweak.Finalizer[mourned, int]
	for i := range 10_000 {
		z := realweak.Enqueue(&q, p, i)
		if i%100 == 0 {
			kept = append(kept, z)
		} else {
			z.Detach()
		}
	}
	if listed, alive := q.Registered(); listed > 3*alive || alive != len(kept) {
		t.Errorf("%d registrations are listed, %d in force, want %d", listed, alive, len(kept))
	}
	runtime.KeepAlive(p)
}

func TestQueueNext(t *testing.T) {
	var q realweak.Queue[int]
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := q.Next(ctx)
		failed <- err
	}()
	until(func() bool { return q.Waiting() == 1 })
	var wg sync.WaitGroup
	var got atomic.Int64
	for range 3 {
		wg.Go(func() {
			n, err := q.Next(t.Context())
			if err != nil {
				t.Error(err)
			}
			got.Add(int64(n))
		})
	}
	until(func() bool { return q.Waiting() == 4 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("Next = %v", err)
	}
	p := &mourned{}
	for _, n := range []int{1, 10, 100} {
		realweak.Enqueue(&q, p, n).Call()
	}
	wg.Wait()
	if got.Load() != 111 || q.Waiting() != 0 {
		t.Errorf("got %d in all; %d wait", got.Load(), q.Waiting())
	}
	if _, err := q.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Next with a context that has ended = %v", err)
	}
	runtime.KeepAlive(p)
}

// In a bubble, deaths outside of it come in, and the clock stands still meanwhile.
func TestQueueInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var q realweak.Queue[string]
		drop := func(name string) { realweak.Enqueue(&q, &mourned{}, name) }
		drop("first")
		weaktest.AwaitDone(t, func() bool { return q.Len() == 1 })
		if got := q.Drain(); !slices.Equal(got, []string{"first"}) {
			t.Errorf("got %v", got)
		}
		drop("second")
		runtime.GC()
		if got, err := q.Next(t.Context()); got != "second" || err != nil {
			t.Errorf("Next = %q, %v", got, err)
		}
		if now := time.Now(); !now.Equal(began) {
			t.Errorf("the clock went on by %v", now.Sub(began))
		}
	})
}

func TestEnqueueRefuses(t *testing.T) {
	var q realweak.Queue[any]
	p := &mourned{}
	for name, enqueue := range map[string]func(){
		"nil":    func() { realweak.Enqueue(&q, (*mourned)(nil), any(1)) },
		"itself": func() { realweak.Enqueue(&q, p, any(p)) },
		"tiny":   func() { realweak.Enqueue(&q, new(int32), any(1)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			enqueue()
		}()
	}
}

// Every death is told once, whoever takes the notices out.
func TestQueueStress(t *testing.T) {
	var q realweak.Queue[int]
	each := 1500
	if testing.Short() {
		each = 300
	}
	const workers = 4
	ctx, cancel := context.WithCancel(t.Context())
	var seen sync.Map
	var taken atomic.Int64
	take := func(i int) {
		if _, twice := seen.LoadOrStore(i, true); twice {
			t.Errorf("notice %d came twice", i)
		}
		taken.Add(1)
	}
	var makers, takers sync.WaitGroup
	for g := range workers {
		makers.Go(func() {
			for i := range each {
				realweak.Enqueue(&q, &mourned{name: fmt.Sprint(i)}, g*each+i)
				if i%100 == 0 {
					runtime.GC()
				}
			}
		})
		takers.Go(func() {
			for {
				i, err := q.Next(ctx)
				if err != nil {
					return
				}
				take(i)
				for _, i := range q.Drain() {
					take(i)
				}
				impatient, done := context.WithCancel(ctx)
				go done()
				if i, err := q.Next(impatient); err == nil {
					take(i)
				}
			}
		})
	}
	makers.Wait()
	weaktest.AwaitDone(t, func() bool { return taken.Load()+int64(q.Len()) == int64(workers*each) })
	until(func() bool { return q.Len() == 0 && taken.Load() == int64(workers*each) })
	cancel()
	takers.Wait()
}

func BenchmarkQueue(b *testing.B) {
	b.Run("op=enqueue+detach", func(b *testing.B) {
		var q realweak.Queue[int]
		p := &mourned{}
		b.ReportAllocs()
		for b.Loop() {
			realweak.Enqueue(&q, p, 1).Detach()
		}
		runtime.KeepAlive(p)
	})
	b.Run("op=enqueue+die+poll", func(b *testing.B) {
		var q realweak.Queue[int]
		b.ReportAllocs()
		for b.Loop() {
			realweak.Enqueue(&q, &mourned{}, 1)
			q.Poll()
		}
	})
}
