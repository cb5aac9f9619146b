package refcount_test

import (
	"log"
	"strings"
	"sync"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

// firstLevel is the leak detector's level at the start of the program.
var firstLevel = refcount.Level()

func TestMain(m *testing.M) {
	// Which objects are tracked is chance. Tests that are not about the leak
	// detector want it out of their way, and the others set a level.
	refcount.SetLeakLevel(refcount.Disabled)
	weaktest.Main(m)
}

// panicText runs f and returns what it panicked with, or "".
func panicText(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text, _ = v.(string)
		}
	}()
	f()
	return ""
}

// expectPanic fails unless f panics with a text that has all of parts in it.
func expectPanic(t *testing.T, f func(), parts ...string) {
	t.Helper()
	got := panicText(f)
	if got == "" {
		t.Error("did not panic with a text")
		return
	}
	for _, part := range append(parts, "refcount: ") {
		if !strings.Contains(got, part) {
			t.Errorf("panic %q does not mention %q", got, part)
		}
	}
}

// captureLog returns what is logged from now on, as the default handler would
// print it.
func captureLog(t *testing.T) (logged func() string) {
	var mu sync.Mutex
	var text strings.Builder
	before, flags := log.Writer(), log.Flags()
	log.SetOutput(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}))
	log.SetFlags(0)
	t.Cleanup(func() {
		log.SetOutput(before)
		log.SetFlags(flags)
	})
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// panics collects the panics that are reported while the test runs.
func panics(t *testing.T) *[]realweak.PanicInfo {
	var all []realweak.PanicInfo
	t.Cleanup(realweak.OnPanic(func(p realweak.PanicInfo) { all = append(all, p) }))
	return &all
}
