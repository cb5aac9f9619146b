package realweak_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestDispatch(t *testing.T) {
	var reported []string
	defer realweak.OnPanic(func(p realweak.PanicInfo) { reported = append(reported, p.String()) })()
	var ran []int
	for i := range 5 {
		realweak.Dispatch("errand", 0, func() {
			ran = append(ran, i)
			switch i {
			case 1:
				panic("lost")
			case 2:
				runtime.Goexit()
			}
		})
	}
	weaktest.Drain(t)
	if !slices.Equal(ran, []int{0, 1, 2, 3, 4}) {
		t.Errorf("ran %v", ran)
	}
	if want := []string{"errand panicked: lost", "errand ended its goroutine (runtime.Goexit)"}; !slices.Equal(reported, want) {
		t.Errorf("reported %q, want %q", reported, want)
	}
}

// What a cleanup dispatches sees all that the collection found.
func TestDispatchWaitsForCleanups(t *testing.T) {
	type parcel struct{ _ *parcel }
	const n = 500
	for range 10 {
		found := make(chan int, n)
		seen := -1
		func() {
			var parcels [n]*parcel // found dead together
			for i := range n {
				parcels[i] = new(parcel)
				runtime.AddCleanup(parcels[i], func(i int) {
					found <- i
					if i == n/2 {
						realweak.Dispatch("errand", 0, func() { seen = len(found) })
					}
				}, i)
			}
			runtime.KeepAlive(&parcels)
		}()
		weaktest.AwaitDone(t, func() bool { return len(found) == n })
		if seen < n-1 { // the last may linger in a frame
			t.Fatalf("saw %d of %d", seen, n)
		}
	}
}

func TestDispatchOfNothing(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.HasPrefix(text, "realweak: Dispatch of a nil function") {
			t.Errorf("panic %q", text)
		}
	}()
	realweak.Dispatch("errand", 0, nil)
}
