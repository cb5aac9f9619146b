package interning

import (
	"math"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestInt(t *testing.T) {
	for _, i := range []int{math.MinInt, -1000, -6, -5, -1, 0, 1, 255, 256, 257, 1 << 30, math.MaxInt} {
		p, q := Int(i), Int(i)
		if *p != i || p != q {
			t.Errorf("Int(%d) = %p to %d, then %p", i, p, *p, q)
		}
		if Int(i/2+7) == p && i/2+7 != i {
			t.Errorf("Int(%d) shares its pointer with %d", i, i/2+7)
		}
		expectAllocs(t, "a hit of Int", 0, func() { _ = Int(i) })
	}
}

//go:noinline
func intAndDrop(i int) realweak.Ref[int] { return realweak.Make(Int(i)) }

func TestLargeIntDies(t *testing.T) {
	neighbour := Int(1_000_001)
	weaktest.AwaitDead(t, intAndDrop(1_000_000))
	if *neighbour != 1_000_001 || *Int(1_000_000) != 1_000_000 {
		t.Error("an integer changed")
	}
}

func TestSmallIntsStay(t *testing.T) {
	first, last := intAndDrop(minSmallInt), intAndDrop(maxSmallInt)
	for range 2 {
		weaktest.Collect(t)
	}
	if !first.Alive() || !last.Alive() || first != realweak.Make(Int(-5)) || last != realweak.Make(Int(256)) {
		t.Error("a small integer did not keep its pointer")
	}
}
