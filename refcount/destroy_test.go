package refcount_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// node owns its children and writes its name when it is destroyed, before and
// after it has released them.
type node struct {
	name     string
	children []*refcount.Strong[node]
	log      *[]string
}

func dropNode(n *node) {
	*n.log = append(*n.log, n.name)
	for _, c := range n.children {
		c.Release()
	}
	*n.log = append(*n.log, n.name+".")
}

func tree(log *[]string, name string, children ...*refcount.Strong[node]) *refcount.Strong[node] {
	s := refcount.New(node{name, children, log}, dropNode)
	return &s
}

// Parents before children, depth first, in the order of release; no destructor
// inside another.
func TestOrder(t *testing.T) {
	var log []string
	shared := tree(&log, "s")
	second := shared.Clone()
	root := tree(&log, "r",
		tree(&log, "a", tree(&log, "a1", tree(&log, "a11")), shared, tree(&log, "a2")),
		tree(&log, "b", tree(&log, "b1"), &second),
		tree(&log, "c"))
	root.Release()
	got := strings.Join(log, " ")
	const want = "r r. a a. a1 a1. a11 a11. a2 a2. b b. b1 b1. s s. c c."
	if got != want {
		t.Errorf("destroyed\n%s, want\n%s", got, want)
	}
}

// Release inside a destructor says that the handle was the last, and the weak
// handles are dead, although the object's own destructor is still to run.
func TestReleaseInDestructor(t *testing.T) {
	ran, last, early, upgraded := false, false, true, true
	child := refcount.New(wheel{}, func(*wheel) { ran = true })
	w := child.Downgrade()
	parent := refcount.New(wheel{}, func(*wheel) {
		last = child.Release()
		early = ran
		_, upgraded = w.Upgrade()
	})
	parent.Release()
	if !last || early || upgraded || !ran {
		t.Errorf("last %v, destroyed early %v, upgraded %v, destroyed at all %v", last, early, upgraded, ran)
	}
}

func TestLongChain(t *testing.T) {
	n := 1_000_000
	if slow || testing.Short() {
		n = 100_000
	}
	// Any recursion would need far more stack than this, and end the process.
	defer debug.SetMaxStack(debug.SetMaxStack(256 << 10))
	destroyed, inOrder := 0, true
	type item struct {
		index int
		next  refcount.Strong[item]
	}
	drop := func(i *item) {
		inOrder = inOrder && i.index == destroyed
		destroyed++
		if i.next.Held() {
			i.next.Release()
		}
	}
	head := refcount.New(item{index: n - 1}, drop)
	for i := n - 2; i >= 0; i-- {
		head = refcount.New(item{index: i, next: head.Move()}, drop)
	}
	head.Release()
	if destroyed != n || !inOrder {
		t.Errorf("%d of %d destroyed, in order: %v", destroyed, n, inOrder)
	}
}

func TestWide(t *testing.T) {
	const n = 100_000
	var got []int
	children := make([]refcount.Strong[int], n)
	for i := range children {
		children[i] = refcount.New(i, func(i *int) { got = append(got, *i) })
	}
	parent := refcount.New(wheel{}, func(*wheel) {
		for i := range children {
			children[i].Release()
		}
	})
	parent.Release()
	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%d of %d children destroyed, in order: %v", len(got), n, slices.IsSorted(got))
	}
}

func TestPanicInDestructor(t *testing.T) {
	reported := panics(t)
	var log []string
	bad := refcount.New(node{name: "bad", log: &log, children: []*refcount.Strong[node]{tree(&log, "child")}}, func(n *node) {
		dropNode(n)
		panic("sour")
	})
	bad.SetLabel("the bad one")
	w := bad.Downgrade()
	root := tree(&log, "r", &bad, tree(&log, "sibling"))
	if !root.Release() {
		t.Error("Release does not say that it was the last")
	}
	if got, want := strings.Join(log, " "), "r r. bad bad. child child. sibling sibling."; got != want {
		t.Errorf("destroyed %s, want %s", got, want)
	}
	if w.StrongCount() != 0 {
		t.Error("the object whose destructor panicked still has a count")
	}
	if len(*reported) != 1 {
		t.Fatalf("%d panics reported, want 1", len(*reported))
	}
	p := (*reported)[0]
	if p.String() != `destructor of refcount_test.node "the bad one" panicked: sour` {
		t.Errorf("reported %q", p)
	}
	if !strings.Contains(string(p.Stack), "TestPanicInDestructor") {
		t.Errorf("the stack does not show the destructor:\n%s", p.Stack)
	}
	// The next destruction on this goroutine is an ordinary one.
	log = nil
	tree(&log, "after").Release()
	if len(log) != 2 {
		t.Errorf("after a panic, destroyed %q", log)
	}
}

// A destructor that ends its goroutine, as t.FailNow does, loses nothing either.
func TestGoexitInDestructor(t *testing.T) {
	reported := panics(t)
	var log []string
	exit := func(n *node) {
		dropNode(n)
		runtime.Goexit()
	}
	var done sync.WaitGroup
	done.Go(func() {
		bad := refcount.New(node{name: "bad", log: &log, children: []*refcount.Strong[node]{tree(&log, "child")}}, exit)
		worse := refcount.New(node{name: "worse", log: &log}, exit)
		tree(&log, "r", &bad, &worse, tree(&log, "sibling")).Release()
		log = append(log, "not reached")
	})
	done.Wait()
	if got, want := strings.Join(log, " "), "r r. bad bad. child child. worse worse. sibling sibling."; got != want {
		t.Errorf("destroyed %s, want %s", got, want)
	}
	if len(*reported) != 2 || (*reported)[0].Value != nil {
		t.Errorf("reported %v, want two panics without a value", *reported)
	}
}

// The destructor runs in the goroutine whose Release took the count to zero: each
// of many that wait inside a destructor for all the others.
func TestConcurrentDestructors(t *testing.T) {
	const goroutines = 300 // more than there are shards
	var inside, done sync.WaitGroup
	inside.Add(goroutines)
	logs := make([][]string, goroutines)
	for i := range goroutines {
		done.Go(func() {
			s := refcount.New(node{
				name:     "p",
				log:      &logs[i],
				children: []*refcount.Strong[node]{tree(&logs[i], "c", tree(&logs[i], "g")), tree(&logs[i], "d")},
			}, func(n *node) {
				inside.Done()
				inside.Wait()
				dropNode(n)
			})
			s.Release()
			logs[i] = append(logs[i], "end") // a data race, were the children destroyed elsewhere
		})
	}
	done.Wait()
	for i, log := range logs {
		if got := strings.Join(log, " "); got != "p p. c c. g g. d d. end" {
			t.Errorf("goroutine %d: %s", i, got)
		}
	}
}

// A destructor may hand work to another goroutine and wait for it: what that one
// releases is destroyed there and then.
func TestReleaseElsewhereDuringDestructor(t *testing.T) {
	var log []string
	child := tree(&log, "child")
	parent := refcount.New(wheel{}, func(*wheel) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			child.Release()
		}()
		<-done
		log = append(log, "parent")
	})
	parent.Release()
	if got := fmt.Sprint(log); got != "[child child. parent]" {
		t.Errorf("got %s", got)
	}
}

// A destructor that puts the object's pointer under count again makes a new
// count with a destructor of its own.
func TestRewrapInDestructor(t *testing.T) {
	var again refcount.Strong[wheel]
	n := 0
	p := &wheel{kind: "Brie"}
	s := refcount.Wrap(p, func(v *wheel) { again = refcount.Wrap(v, func(*wheel) { n++ }) })
	s.Release()
	if again.Value() != p || !again.Release() || n != 1 {
		t.Error("the object cannot be counted again")
	}
}
