package refcount_test

import (
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
	"github.com/referent-go/referent/refcount"
)

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

// panics collects the panics that are reported while the test runs.
func panics(t *testing.T) *[]realweak.PanicInfo {
	var all []realweak.PanicInfo
	t.Cleanup(realweak.OnPanic(func(p realweak.PanicInfo) { all = append(all, p) }))
	return &all
}
