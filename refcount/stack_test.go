package refcount

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// here returns the stack of its caller, as an operation on a handle does.
//
//go:noinline
func here() *stack { return capture() }

// names returns the functions of a stack from the innermost to this test's.
func names(s Stack) []string {
	var all []string
	for f := range s.Frames() {
		all = append(all, shortName(f))
	}
	return all
}

func inner() *stack  { return here() }  // is inlined,
func middle() *stack { return inner() } // and so is this

//go:noinline
func outer() *stack { return middle() }

func TestStackShowsInlinedCalls(t *testing.T) {
	for range 3 { // the second time it is found in the table
		got := names(outer().pcs)
		want := []string{"refcount.inner", "refcount.middle", "refcount.outer", "refcount.TestStackShowsInlinedCalls", "testing.tRunner"}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestStacksAreShared(t *testing.T) {
	var all []*stack
	for range 3 {
		all = append(all, here())
	}
	if all[0] != all[1] || all[1] != all[2] {
		t.Error("one place has several stacks")
	}
	_, _, line, _ := runtime.Caller(0)
	a, b := here(), here()
	c := here()
	if a.pcs.line() != b.pcs.line() || !strings.HasSuffix(a.pcs.line(), fmt.Sprintf("stack_test.go:%d", line+1)) ||
		!strings.HasSuffix(c.pcs.line(), fmt.Sprintf("stack_test.go:%d", line+2)) {
		t.Errorf("the places are %s, %s and %s; the first is on line %d", a.pcs.line(), b.pcs.line(), c.pcs.line(), line+1)
	}
}

// The operations whose frames are smallest, since they must not check the stack,
// do not hide the line that called them.
func TestStackTellsLinesApart(t *testing.T) {
	defer SetLeakLevel(Paranoid)()
	s := New(0, nil)
	_, _, line, _ := runtime.Caller(0)
	a := s.Clone()
	b := s.Clone()
	for i, c := range []*Strong[int]{&a, &b} {
		if at := c.block.front().held.made.pcs.line(); !strings.HasSuffix(at, fmt.Sprintf("stack_test.go:%d", line+1+i)) {
			t.Errorf("the clone of line %d was made at %s", line+1+i, at)
		}
	}
	a.Release()
	b.Release()
	if first, second := releasedFirst(a.block, a.gen).pcs.line(), releasedFirst(b.block, b.gen).pcs.line(); first == second {
		t.Errorf("both were released at %s", first)
	}
	s.Release()
}

// recurse calls f at some depth, on a stack that may have moved by then.
//
//go:noinline
func recurse(depth int, f func()) {
	var frame [128]byte
	if depth == 0 {
		f()
		return
	}
	recurse(depth-1, f)
	frame[depth%128] = 1
}

// physical leaves of a stack the calls that have a frame of their own, as far as
// the frame pointers can be followed from here.
func physical(pcs []uintptr) []string {
	var all []string
	for _, pc := range pcs {
		all = append(all, runtime.FuncForPC(pc-1).Name())
	}
	return all
}

// Where the frame pointers lead, the runtime's own unwinding leads too, in the
// same order.
func TestWalkFindsTheCallers(t *testing.T) {
	var buf [frames]uintptr
	if _, whole := walk(&buf[0], 0); !whole {
		t.Skip("no way along the frame pointers on this machine")
	}
	check := func(t *testing.T) {
		var walked, called [frames]uintptr
		n, whole := walk(&walked[0], frames)
		if !whole {
			t.Error("lost the way")
		}
		logical := called[:runtime.Callers(0, called[:])]
		var all []string
		for cf, more := runtime.CallersFrames(logical), true; more; {
			var f runtime.Frame
			f, more = cf.Next()
			all = append(all, f.Function)
		}
		at, found := 0, 0
		for _, name := range physical(walked[:n]) {
			if i := slices.Index(all[at:], name); i >= 0 {
				at += i + 1
				found++
			} else if len(logical) < frames && strings.HasPrefix(name, packagePath) && !strings.Contains(name, "wrap") {
				// The runtime leaves out wrappers, of defer for example.
				t.Errorf("%s is not a caller, or not in this order: %v", name, all)
			}
		}
		if found < 2 {
			t.Errorf("%d callers", found)
		}
	}
	t.Run("plain", check)
	for _, depth := range []int{1, 10, 100, 10_000} {
		t.Run(fmt.Sprint("depth=", depth), func(t *testing.T) { recurse(depth, func() { check(t) }) })
	}
	t.Run("goroutine", func(t *testing.T) {
		var wg sync.WaitGroup
		wg.Go(func() { check(t) })
		wg.Wait()
	})
	t.Run("panic", func(t *testing.T) {
		defer func() { _ = recover() }()
		defer check(t)
		var p *int
		*p = 1
	})
	t.Run("reflect", func(t *testing.T) {
		reflect.ValueOf(check).Call([]reflect.Value{reflect.ValueOf(t)})
		f := reflect.MakeFunc(reflect.TypeFor[func()](), func([]reflect.Value) []reflect.Value { check(t); return nil })
		f.Interface().(func())()
	})
	t.Run("sort", func(t *testing.T) {
		slices.SortFunc([]int{2, 1}, func(a, b int) int { check(t); return a - b })
	})
}

// Stacks grow, shrink and are looked at by the collector while others walk them.
func TestCaptureWhileStacksMove(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for round := range rounds {
				recurse((i*37+round*13)%300, func() {
					if got := names(here().pcs); got[0] != "refcount.TestCaptureWhileStacksMove.func1.1" {
						t.Errorf("called from %s", got[0])
					}
				})
				if round%20 == 0 {
					runtime.GC()
				}
			}
		})
	}
	wg.Wait()
}

// fork has two calls at each depth, and so makes a stack for each number.
//
//go:noinline
func fork(depth, number int, f func()) {
	switch {
	case depth == 0:
		f()
	case number&1 == 0:
		fork(depth-1, number>>1, f)
	default:
		fork(depth-1, number>>1, f)
	}
}

func TestTableOfStacksIsBounded(t *testing.T) {
	const bits = 16
	for number := range 1 << bits {
		fork(bits, number, func() {
			if s := here(); s.length > longestChain {
				t.Fatalf("a chain of %d stacks", s.length)
			}
		})
	}
	for i := range stacks {
		n := 0
		for s := stacks[i].Load(); s != nil; s = s.next {
			n++
		}
		if n > longestChain {
			t.Fatalf("chain %d has %d stacks", i, n)
		}
		stacks[i].Store(nil) // let go of what this test has put there
	}
}

func TestStackText(t *testing.T) {
	if got := Stack(nil).String(); got != "" {
		t.Errorf("no stack reads %q", got)
	}
	for f := range outer().pcs.Frames() {
		if f.Function != packagePath+"inner" {
			t.Errorf("the innermost call is %s", f.Function)
		}
		break
	}
	for name, want := range map[string]string{
		"main.open":                         "main.open",
		"example.com/shop/db.(*Pool).Get":   "db.(*Pool).Get",
		"example.com/db.New[example.com/a]": "db.New[example.com/a]",
		"":                                  "(unknown)",
	} {
		if got := shortName(runtime.Frame{Function: name}); got != want {
			t.Errorf("%s is called %s, want %s", name, got, want)
		}
	}
	trunk := here().pcs
	var branch Stack
	func() { branch = here().pcs }()
	if got := branch.branch(trunk, "> "); strings.Count(got, "\n") != 2 && !strings.Contains(got, "TestStackText") {
		t.Errorf("got %s", got)
	}
}

func BenchmarkCapture(b *testing.B) {
	recurse(16, func() {
		b.Run("impl=refcount/op=capture", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				here()
			}
		})
		b.Run("impl=runtime/op=callers", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var buf [frames]uintptr
				runtime.Callers(0, buf[:])
			}
		})
	})
}
