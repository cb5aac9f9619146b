package interning

import (
	"fmt"
	"testing"

	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(m) }

// hashes are the hash functions that every conformance test is run with: what
// remains of the good one after some of its bits are forgotten.
var hashes = []struct {
	name   string
	forget uint64
}{
	{"good", 0},
	{"4bits", ^uint64(0xf)},
	{"constant", ^uint64(0)},
}

func forgetting(bits uint64) Option { return func(c *config) { c.forget = bits } }

func withHashes(t *testing.T, test func(t *testing.T, forget uint64)) {
	for _, h := range hashes {
		t.Run("hash="+h.name, func(t *testing.T) { test(t, h.forget) })
	}
}

// fresh returns a string that shares its bytes with no other.
//
//go:noinline
func fresh(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// expectPanic runs f and fails unless it panics with exactly that message.
func expectPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != want {
			t.Errorf("panic:\n got %v\nwant %v", got, want)
		}
	}()
	f()
}

// expectAllocs fails unless f allocates at most max objects. The race detector
// has allocations of its own.
func expectAllocs(t *testing.T, what string, max float64, f func()) {
	t.Helper()
	if raceEnabled {
		f()
		return
	}
	if got := testing.AllocsPerRun(200, f); got > max {
		t.Errorf("%s allocates %v objects, want at most %v", what, got, max)
	}
}
