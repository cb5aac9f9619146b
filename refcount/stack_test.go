package refcount

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak/callstack"
)

// here returns the stack of its caller, as an operation on a handle does.
//
//go:noinline
func here() *stack { return callstack.Capture() }

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
		got := names(outer().PCs)
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
	if Stack(a.PCs).line() != Stack(b.PCs).line() || !strings.HasSuffix(Stack(a.PCs).line(), fmt.Sprintf("stack_test.go:%d", line+1)) ||
		!strings.HasSuffix(Stack(c.PCs).line(), fmt.Sprintf("stack_test.go:%d", line+2)) {
		t.Errorf("the places are %s, %s and %s; the first is on line %d", Stack(a.PCs).line(), Stack(b.PCs).line(), Stack(c.PCs).line(), line+1)
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
		if at := Stack(c.block.front().held.made.PCs).line(); !strings.HasSuffix(at, fmt.Sprintf("stack_test.go:%d", line+1+i)) {
			t.Errorf("the clone of line %d was made at %s", line+1+i, at)
		}
	}
	a.Release()
	b.Release()
	if first, second := Stack(releasedFirst(a.block, a.gen).PCs).line(), Stack(releasedFirst(b.block, b.gen).PCs).line(); first == second {
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
					if got := names(here().PCs); got[0] != "refcount.TestCaptureWhileStacksMove.func1.1" {
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

func TestStackText(t *testing.T) {
	if got := Stack(nil).String(); got != "" {
		t.Errorf("no stack reads %q", got)
	}
	for f := range Stack(outer().PCs).Frames() {
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
	trunk := here().PCs
	var branch Stack
	func() { branch = here().PCs }()
	if got := branch.branch(trunk, "> "); strings.Count(got, "\n") != 2 && !strings.Contains(got, "TestStackText") {
		t.Errorf("got %s", got)
	}
}
