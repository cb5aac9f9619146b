package interning

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestPair(t *testing.T) {
	type pair = Pair[string, int]
	a, b := PairOf(fresh("%s", "x"), 1), PairOf("x", 1)
	if a != b || a == PairOf("x", 2) || a == PairOf("y", 1) {
		t.Errorf("%v and %v are not one pair", a, b)
	}
	if s, i := a.Values(); s != "x" || i != 1 || a.IsZero() {
		t.Errorf("values %v, %v", s, i)
	}
	var zero pair
	if s, i := zero.Values(); s != "" || i != 0 || !zero.IsZero() || zero == PairOf("", 0) {
		t.Error("the zero Pair is not what it should be")
	}
	text, err := json.Marshal(a)
	if got := fmt.Sprintf("%v %s %v %v", a, text, err, a.LogValue()); got != `(x, 1) ["x",1] <nil> (x, 1)` {
		t.Errorf("printed as %s", got)
	}
	expectAllocs(t, "a hit of PairOf", 0, func() { PairOf("x", 1) })
	if s := PairStats[string, int](); s.Hits == 0 || s.Live == 0 {
		t.Errorf("stats %+v", s)
	}
	weaktest.AwaitDead(t, pairAndDrop())
}

//go:noinline
func pairAndDrop() realweak.Ref[two[string, int]] { return realweak.Make(PairOf("dropped", 1).p) }

func TestTriple(t *testing.T) {
	a, b := TripleOf("x", 1, true), TripleOf(fresh("%s", "x"), 1, true)
	if a != b || a == TripleOf("x", 1, false) {
		t.Errorf("%v and %v are not one triple", a, b)
	}
	if s, i, ok := a.Values(); s != "x" || i != 1 || !ok || a.IsZero() {
		t.Errorf("values %v, %v, %v", s, i, ok)
	}
	var zero Triple[string, int, bool]
	if s, i, ok := zero.Values(); s != "" || i != 0 || ok || !zero.IsZero() {
		t.Error("the zero Triple is not what it should be")
	}
	text, err := json.Marshal(a)
	if got := fmt.Sprintf("%v %s %v %v", a, text, err, a.LogValue()); got != `(x, 1, true) ["x",1,true] <nil> (x, 1, true)` {
		t.Errorf("printed as %s", got)
	}
	expectAllocs(t, "a hit of TripleOf", 0, func() { TripleOf("x", 1, true) })
	if s := TripleStats[string, int, bool](); s.Hits == 0 || s.Live == 0 {
		t.Errorf("stats %+v", s)
	}
}
