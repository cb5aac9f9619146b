package weaktest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// parcel is the type of these tests alone.
type parcel struct{ _ *int }

// scoped runs test in a scope, on a goroutine like a test's, and returns what the
// scope said at its end.
func scoped(t *testing.T, test func(testing.TB)) string {
	s := &scopeRecorder{TB: t}
	var wg sync.WaitGroup
	wg.Go(func() {
		weaktest.Scope(s)
		test(s)
		for _, f := range s.cleanups {
			f()
		}
	})
	wg.Wait()
	return s.message
}

type scopeRecorder struct {
	testing.TB
	cleanups []func()
	message  string
}

func (s *scopeRecorder) Helper()           {}
func (s *scopeRecorder) Cleanup(f func())  { s.cleanups = append([]func(){f}, s.cleanups...) }
func (s *scopeRecorder) Error(args ...any) { s.message += fmt.Sprint(args...) }

func TestScopeWithNothingLeft(t *testing.T) {
	before := refcount.New(parcel{}, nil)
	defer before.Release()
	if got := scoped(t, func(tb testing.TB) {
		late := refcount.New(parcel{}, nil)
		tb.Cleanup(func() { late.Release() })
		c := before.Clone() // not made in the scope
		defer c.Release()
		s := refcount.New(parcel{}, nil)
		w := s.Downgrade()
		s.Release()
		w.Release()
	}); got != "" {
		t.Error(got)
	}
}

// Nothing is sampled, nothing waited for, and nobody needs to collect.
func TestScopeShowsWhatIsLeft(t *testing.T) {
	var kept []*refcount.Strong[parcel]
	got := scoped(t, func(testing.TB) {
		for range 3 {
			s := refcount.New(parcel{}, nil)
			kept = append(kept, &s)
		}
		s := refcount.New("Brie", nil)
		s.SetLabel("cheese")
		c := s.Clone()
		c.Touch("for the customer")
		s.Release()
		kept[0].Value()
	})
	for _, want := range []string{
		"counted objects that the test leaves: 4\n",
		"weaktest_test.parcel (#", "  and 2 more like it\n",
		`string "cheese" (#`, ": 1 strong handle",
		"TestScopeShowsWhatIsLeft.func1", "scope_test.go:",
		"Another handle was made by Clone at", "#1 Touch: for the customer", "#1 Value\n",
		"Release what the test makes",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, s := range kept {
		s.Release()
	}
}

func TestScopeListsTenPlaces(t *testing.T) {
	var kept []refcount.Strong[parcel]
	keep := func() { kept = append(kept, refcount.New(parcel{}, nil)) }
	var deep func(int)
	deep = func(n int) { // a place of its own for each n
		if n > 0 {
			deep(n - 1)
		}
		keep()
	}
	got := scoped(t, func(testing.TB) { deep(11) })
	if !strings.Contains(got, "leaves: 12\n") || !strings.Contains(got, "and more, from 2 other places\n") {
		t.Error(got)
	}
	for i := range kept {
		kept[i].Release()
	}
}

// Goroutines that the scope's own has started belong to it, as do subtests. Those
// of other scopes and of other tests do not.
func TestScopeTellsGoroutinesApart(t *testing.T) {
	var mu sync.Mutex
	var kept []*refcount.Strong[parcel]
	leave := func() {
		s := refcount.New(parcel{}, nil)
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, &s)
	}
	outside := make(chan struct{})
	left := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() { // from before, and not a test's
		<-outside
		other := scoped(t, func(testing.TB) { leave() })
		if !strings.Contains(other, "leaves: 1\n") {
			t.Errorf("the other scope says %q", other)
		}
		close(left)
	})
	t.Run("scope", func(t *testing.T) {
		s := refcount.OpenScope()
		close(outside)
		<-left
		var wg sync.WaitGroup
		wg.Go(func() {
			leave()
			wg.Go(leave) // started by one that is known
		})
		wg.Wait()
		t.Run("subtest", func(t *testing.T) { leave() })
		got := s.Close()
		if len(got) != 3 {
			t.Errorf("%d are left, want 3: %v", len(got), got)
		}
	})
	others.Wait()
	for _, s := range kept {
		s.Release()
	}
}

// Tests in parallel, some with scopes and some without, are not held against each
// other.
func TestScopesInParallel(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			if i%2 == 0 {
				weaktest.Scope(t)
			}
			for range 200 {
				s := refcount.New(parcel{}, nil)
				c := s.Clone()
				s.Release()
				if i%2 == 0 {
					c.Release()
				} else {
					defer c.Release()
				}
			}
		})
	}
}

func TestScopesNest(t *testing.T) {
	var kept []*refcount.Strong[parcel]
	leave := func() {
		s := refcount.New(parcel{}, nil)
		kept = append(kept, &s)
	}
	outer := refcount.OpenScope()
	leave()
	inner := refcount.OpenScope()
	leave()
	leave()
	if n := len(inner.Close()); n != 2 {
		t.Errorf("%d are left in the inner scope, want 2", n)
	}
	leave()
	if n := len(outer.Close()); n != 2 {
		t.Errorf("%d are left in the outer scope, want 2", n)
	}
	for _, s := range kept {
		s.Release()
	}
}
