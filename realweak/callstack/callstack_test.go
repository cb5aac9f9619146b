package callstack

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

const packagePath = "github.com/referent-go/referent/realweak/callstack."

// here returns the stack of its caller, as the users of this package do.
//
//go:noinline
func here() *Stack { return Capture() }

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
	var buf [Frames]uintptr
	if _, whole := walk(&buf[0], 0); !whole {
		t.Skip("no way along the frame pointers on this machine")
	}
	check := func(t *testing.T) {
		var walked, called [Frames]uintptr
		n, whole := walk(&walked[0], Frames)
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
			} else if len(logical) < Frames && strings.HasPrefix(name, packagePath) && !strings.Contains(name, "wrap") {
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

func TestEqualStacksAreOne(t *testing.T) {
	var all []*Stack
	for range 3 {
		all = append(all, here())
	}
	other := here()
	if all[0] != all[1] || all[1] != all[2] || !all[0].Equal(all[1]) {
		t.Error("one place has several stacks")
	}
	if all[0] == other || all[0].Equal(other) {
		t.Error("two places have one stack")
	}
	frame, _ := runtime.CallersFrames(all[0].PCs).Next()
	if frame.Function != packagePath+"TestEqualStacksAreOne" {
		t.Errorf("called from %s", frame.Function)
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

func BenchmarkCapture(b *testing.B) {
	recurse(16, func() {
		b.Run("impl=callstack/op=capture", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				here()
			}
		})
		b.Run("impl=runtime/op=callers", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var buf [Frames]uintptr
				runtime.Callers(0, buf[:])
			}
		})
	})
}
