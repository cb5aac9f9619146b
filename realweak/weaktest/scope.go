package weaktest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// mostListed is how many kinds of leftovers a failing Scope shows in full.
const mostListed = 10

// Scope fails the test, when it ends, for each counted object that was made in it
// and is not destroyed, and shows where it was made, where the handles come from
// and what was last done with them. Call it first, so that it looks last, after
// the functions given to [testing.TB.Cleanup] later on:
//
//	func TestPool(t *testing.T) {
//		weaktest.Scope(t)
//		...
//	}
//
// It is strict: it waits for no goroutine and collects nothing, every object
// counts whatever the leak detector's level, and one that a package keeps for
// later is a leftover too.
//
// # Not guaranteed
//
// What belongs to the test is told from what belongs to others as
// [refcount.Scope.Close] says. Of tests that run in parallel it cannot tell apart
// the goroutines that helpers of theirs start: what such a goroutine leaves is held
// against every scope that is open at the time.
func Scope(tb testing.TB) {
	tb.Helper()
	s := refcount.OpenScope()
	tb.Cleanup(func() {
		tb.Helper()
		if left := s.Close(); len(left) > 0 {
			tb.Error(leftovers(left))
		}
	})
}

// leftovers shows objects of the same kind that come from the same place once.
func leftovers(left []refcount.HandleInfo) string {
	type kind struct {
		refcount.HandleInfo
		more int
	}
	var kinds []*kind
	for _, info := range left {
		same := slices.IndexFunc(kinds, func(k *kind) bool {
			return k.Type == info.Type && k.Strong == info.Strong && slices.Equal(k.Created, info.Created)
		})
		if same < 0 {
			kinds = append(kinds, &kind{info, 0})
		} else {
			kinds[same].more++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "weaktest: counted objects that the test leaves: %d\n", len(left))
	for i, k := range kinds {
		if i == mostListed {
			fmt.Fprintf(&b, "and more, from %d other places\n", len(kinds)-i)
			break
		}
		b.WriteString(k.String())
		if k.more > 0 {
			fmt.Fprintf(&b, "  and %d more like it\n", k.more)
		}
	}
	b.WriteString("Release what the test makes, at best with defer or t.Cleanup.")
	return b.String()
}
