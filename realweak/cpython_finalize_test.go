package realweak_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonFinalize is FinalizeTestCase.
func TestCPythonFinalize(t *testing.T) {
	t.Run("test_finalize", testFinalize)
	t.Run("test_arg_errors", func(t *testing.T) {
		type args struct{ fun, obj, x, y int } // names are the argument's own affair
		var got args
		p := &node{}
		z := realweak.Finalize(p, func(a args) { got = a }, args{fun: 3, obj: 4, x: 1, y: 2})
		if a, _ := z.Peek(); a != (args{3, 4, 1, 2}) {
			t.Errorf("Peek: %v", a)
		}
		if z.Call(); got != (args{3, 4, 1, 2}) {
			t.Errorf("called with %v", got)
		}
		if err := refusal(func() { realweak.Finalize[node](nil, func(int) {}, 0) }); err == nil || err.Reason != realweak.Nil {
			t.Errorf("nil: %v", err)
		}
		defer func() {
			if recover() == nil {
				t.Error("no function was accepted")
			}
		}()
		realweak.Finalize[node, int](p, nil, 0)
	})
	t.Run("test_order", func(t *testing.T) {
		var l log
		var f [6]*realweak.Finalizer[node, string]
		drop := func() {
			p := &node{}
			for i := 1; i <= 5; i++ {
				f[i] = realweak.Finalize(p, l.add, fmt.Sprint("f", i))
			}
			f[1], f[4] = nil, nil // in force nevertheless
			if !f[2].Alive() || !f[3].Alive() || !f[5].Alive() {
				t.Error("dead from the start")
			}
			if _, ok := f[5].Detach(); !ok || f[5].Alive() {
				t.Error("f5 is not detached")
			}
			f[5].Call() // nothing: detached
			l.add("A")
			f[3].Call()
			if f[3].Alive() {
				t.Error("f3 is alive after its call")
			}
			l.add("B")
			f[3].Call() // nothing: called already
			l.add("C")
			runtime.KeepAlive(p)
		}
		drop()
		weaktest.AwaitDone(t, func() bool { return len(l.all()) == 7 })
		if f[2].Alive() {
			t.Error("f2 is alive after its object")
		}
		l.add("D")
		f[2].Call() // nothing: called by the collector
		if got, want := l.all(), strings.Fields("A f3 B C f4 f2 f1 D"); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("test_all_freed", func(t *testing.T) {
		type callback struct{ results *[]int }
		type finalizer = realweak.Finalizer[node, *callback]
		var results []int
		var object realweak.Ref[node]
		var ofCallback realweak.Ref[callback]
		var ofFinalizer realweak.Ref[finalizer]
		p := &node{}
		register := func() {
			c := &callback{&results}
			z := realweak.Finalize(p, func(c *callback) { *c.results = append(*c.results, 123) }, c)
			object, ofCallback, ofFinalizer = realweak.Make(p), realweak.Make(c), realweak.Make(z)
		}
		register()
		weaktest.Collect(t)
		if !ofCallback.Alive() || !ofFinalizer.Alive() {
			t.Error("what nobody keeps was not kept in force")
		}
		runtime.KeepAlive(p)
		p = nil
		weaktest.AwaitDead(t, object)
		weaktest.AwaitDead(t, ofCallback)
		weaktest.AwaitDead(t, ofFinalizer)
		if !slices.Equal(results, []int{123}) {
			t.Errorf("results %v", results)
		}
	})
	t.Run("test_atexit", func(t *testing.T) {
		if os.Getenv("REALWEAK_CHILD") != "" {
			childThatExits()
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestCPythonFinalize$/^test_atexit$")
		cmd.Env = append(os.Environ(), "REALWEAK_CHILD=1")
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Errorf("the child ended with %v", err)
		}
		if got, want := stdout.String(), "f4 foobar\nf3 error\ng1\nf1 foobar\n"; got != want {
			t.Errorf("the child said %q, want %q", got, want)
		}
		if !strings.Contains(stderr.String(), "divide by zero") {
			t.Errorf("the error was not reported: %q", stderr.String())
		}
	})
}

// testFinalize is the three ways of a finalizer: called, detached, and run after
// its object.
func testFinalize(t *testing.T) {
	sum := func(results *[]int) func([3]int) {
		return func(n [3]int) { *results = append(*results, n[0]+n[1]+n[2]) }
	}
	args := [3]int{67, 43, 89}
	isDead := func(what string, z *realweak.Finalizer[node, [3]int]) {
		t.Helper()
		for range 2 {
			if z.Call() {
				t.Errorf("%s: called again", what)
			}
		}
		if a, ok := z.Peek(); a != [3]int{} || ok {
			t.Errorf("%s: Peek = %v, %v", what, a, ok)
		}
		if a, ok := z.Detach(); a != [3]int{} || ok {
			t.Errorf("%s: Detach = %v, %v", what, a, ok)
		}
		if z.Alive() {
			t.Errorf("%s: alive", what)
		}
	}
	a := &node{}
	var called, detached, ran []int

	z := realweak.Finalize(a, sum(&called), args)
	if got, ok := z.Peek(); got != args || !ok || !z.Alive() {
		t.Errorf("Peek = %v, %v", got, ok)
	}
	if !z.Call() {
		t.Error("Call = false")
	}
	isDead("called", z)

	z = realweak.Finalize(a, sum(&detached), args)
	if got, ok := z.Detach(); got != args || !ok {
		t.Errorf("Detach = %v, %v", got, ok)
	}
	isDead("detached", z)

	z = realweak.Finalize(a, sum(&ran), args)
	runtime.KeepAlive(a)
	a = nil
	weaktest.AwaitDone(t, func() bool { return !z.Alive() })
	weaktest.Collect(t)
	isDead("run", z)

	if !slices.Equal(called, []int{199}) || len(detached) != 0 || !slices.Equal(ran, []int{199}) {
		t.Errorf("called %v, detached %v, run %v", called, detached, ran)
	}
}

func childThatExits() {
	p := &node{}
	say := func(s string) { fmt.Println(s) }
	realweak.Finalize(p, say, "f1 foobar")
	realweak.Finalize(p, say, "f2 foobar").SetAtExit(false)
	realweak.Finalize(p, func(zero int) {
		realweak.Finalize(p, say, "g1") // the next to run
		fmt.Println("f3 error")
		fmt.Println(1 / zero)
	}, 0)
	realweak.Finalize(p, say, "f4 foobar")
	if err := realweak.Shutdown(context.Background()); err != nil {
		fmt.Println(errors.Unwrap(err))
	}
	runtime.KeepAlive(p)
	os.Exit(0)
}

// TestCPythonLibrary has the examples of the library reference that CPython runs as
// tests (libreftest).
func TestCPythonLibrary(t *testing.T) {
	t.Run("libreftest", func(t *testing.T) {
		// A reference that counts how often it was asked.
		type counting struct {
			realweak.Ref[node]
			asked int
		}
		ask := func(r *counting) (*node, int) {
			p := r.Value()
			if p != nil {
				r.asked++
			}
			return p, r.asked
		}
		// Objects by number, without keeping them.
		var objects realweak.ValueMap[uint64, node]
		var last uint64
		remember := func(p *node) uint64 {
			last++
			objects.Store(last, p)
			return last
		}
		var id uint64
		var r *counting
		died(t, func() realweak.Ref[node] {
			a := &node{name: "a"}
			r = &counting{Ref: realweak.Make(a)}
			for want := 1; want <= 2; want++ {
				if p, n := ask(r); p != a || n != want {
					t.Errorf("asked %d times: %v, %d", want, p, n)
				}
			}
			id = remember(a)
			if p, ok := objects.Load(id); p != a || !ok {
				t.Errorf("Load = %v, %v", p, ok)
			}
			return r.Ref
		})
		if p, n := ask(r); p != nil || n != 2 {
			t.Errorf("the dead reference gave %v, %d", p, n)
		}
		if p, ok := objects.Load(id); p != nil || ok {
			t.Errorf("found %v by its number", p)
		}
	})
}
