package weaktest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// Session is what the program under test opens.
type Session struct{ user *string }

// open returns a session and drops it, in a frame of its own.
func open() realweak.Ref[Session] {
	user := "ada"
	return realweak.Make(&Session{&user})
}

func ExampleAwaitDead() {
	// In a real test this is func TestSession(t *testing.T).
	test := func(t testing.TB) {
		ref := open()
		weaktest.AwaitDead(t, ref)
		fmt.Println(ref)
	}
	fmt.Println(runTest(test))
	// Output:
	// Ref[weaktest_test.Session](dead)
	// passed
}

func runTest(test func(testing.TB)) string {
	r := &recorder{TB: new(testing.T)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	if r.message != "" {
		return r.message
	}
	return "passed"
}

// A test that leaves a handle behind fails, and says where it came from.
func ExampleScope() {
	// In a real test this is func TestSession(t *testing.T).
	test := func(t testing.TB) {
		weaktest.Scope(t)
		first := refcount.New(Session{}, nil)
		second := first.Clone()
		first.Release()
		second.Touch("greeting") // and forgotten
	}
	first, _, _ := strings.Cut(scopedTest(test), "\n")
	fmt.Println(first)
	// Output: weaktest: counted objects that the test leaves: 1
}

func scopedTest(test func(testing.TB)) string {
	s := &scopeRecorder{TB: new(testing.T)}
	test(s)
	for _, f := range s.cleanups {
		f()
	}
	return s.message
}
