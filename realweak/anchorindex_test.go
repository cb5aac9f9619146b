package realweak

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The index against a map, with addresses that collide now and then.
func TestAnchorIndexModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x anchorIndex
		model := map[uintptr]*anchor{}
		addr := rapid.Custom(func(t *rapid.T) uintptr {
			return uintptr(rapid.IntRange(1, 40).Draw(t, "slot")) << 4
		})
		t.Repeat(map[string]func(*rapid.T){
			"at": func(t *rapid.T) {
				at := addr.Draw(t, "addr")
				if got := x.at(at); got != model[at] {
					t.Fatalf("at %#x there is %p, want %p", at, got, model[at])
				}
			},
			"replace": func(t *rapid.T) {
				fresh := &anchor{addr: addr.Draw(t, "addr")}
				found := model[fresh.addr]
				if rapid.Bool().Draw(t, "outdated") {
					found = &anchor{addr: fresh.addr}
				}
				want := model[fresh.addr]
				if want == nil || want == found {
					want = fresh
				}
				if got := x.replace(found, fresh); got != want {
					t.Fatalf("replace left %p, want %p", got, want)
				}
				model[fresh.addr] = want
			},
			"remove": func(t *rapid.T) {
				at := addr.Draw(t, "addr")
				if a := model[at]; a != nil {
					x.remove(a)
					delete(model, at)
				}
				x.remove(&anchor{addr: at}) // not there
			},
			"": func(t *rapid.T) {
				n := 0
				for a := range x.all() {
					if n++; model[a.addr] != a {
						t.Fatalf("all yields %p for %#x, want %p", a, a.addr, model[a.addr])
					}
				}
				if n != len(model) {
					t.Fatalf("all yields %d anchors, want %d", n, len(model))
				}
			},
		})
	})
}

// The index grows with what is in it and shrinks again, and spreads addresses whatever
// the size of the objects there.
func TestAnchorIndexSize(t *testing.T) {
	for _, stride := range []uintptr{16, 32, 48, 64, 1 << 10, 9 << 10, 32 << 10, 1 << 20} {
		if stride <= math.MaxUint/2/manyAnchors { // all, unless addresses have 32 bits
			t.Run(fmt.Sprint(stride), func(t *testing.T) { testAnchorIndexSize(t, stride) })
		}
	}
}

const manyAnchors = 100_000

func testAnchorIndexSize(t *testing.T, stride uintptr) {
	const n = manyAnchors
	var x anchorIndex
	all := make([]*anchor, n)
	for i := range all {
		all[i] = &anchor{addr: 0x10000000 + uintptr(i)*stride}
		x.replace(nil, all[i])
	}
	buckets := func() (n int) {
		for i := range x.shards {
			n += len(x.shards[i].buckets)
		}
		return n
	}
	if got := buckets(); got < n/2 || got > 8*n {
		t.Errorf("%d buckets for %d anchors", got, n)
	}
	// What a lookup of an anchor that is there passes on the way, on average.
	passed, longest := 0, 0
	for i := range x.shards {
		for _, a := range x.shards[i].buckets {
			length := 0
			for ; a != nil; a = a.next {
				passed += length
				length++
			}
			longest = max(longest, length)
		}
	}
	t.Logf("a chain of %d, %.2f passed", longest, float64(passed)/n)
	if longest > 16 || passed > 2*n {
		t.Errorf("a chain of %d, %.1f anchors passed on the way to one: the hash does not spread addresses", longest, float64(passed)/n)
	}
	rand.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, a := range all {
		x.remove(a)
	}
	if got, most := buckets(), len(x.shards)*leastBuckets; got > most {
		t.Errorf("%d buckets are left of an empty index, want %d at most", got, most)
	}
	if left := slices.Collect(x.all()); len(left) != 0 {
		t.Errorf("%d anchors left", len(left))
	}
}
