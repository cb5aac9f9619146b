package interning

import (
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

//go:noinline
func inScope(s *Scope, table *Table[lifeKey]) (strs []realweak.Ref[byte], value realweak.Ref[lifeKey]) {
	strs = append(strs, realweak.Make(data(s.String("kept by the scope"))), realweak.Make(data(s.Bytes([]byte("kept as bytes")))))
	s.String("kept by the scope")
	s.String("x")
	s.String("")
	Pin(s, Tuple[int]{})
	Pin(s, PairOf(1, 2))
	Pin(s, TripleOf(1, 2, 3))
	Pin(s, TupleOf("kept"))
	Pin(s, FrozenSetOf("kept"))
	Pin(s, MapOf(label{"kept", "too"}))
	return strs, realweak.Make(Pin(s, table.Intern(lifeKey{a: 1})).p)
}

func TestScope(t *testing.T) {
	var scope Scope
	var table Table[lifeKey]
	strs, value := inScope(&scope, &table)
	for range 3 {
		weaktest.Collect(t)
	}
	if !strs[0].Alive() || !strs[1].Alive() || !value.Alive() {
		t.Error("a scope did not keep what was interned through it")
	}
	if got := scope.Len(); got != 8 {
		t.Errorf("the scope keeps %d values, want 8", got)
	}
	scope.End()
	if scope.Len() != 0 {
		t.Error("an ended scope keeps something")
	}
	weaktest.AwaitDead(t, strs[0])
	weaktest.AwaitDead(t, strs[1])
	weaktest.AwaitDead(t, value)
	if scope.String("again") != "again" || scope.Len() != 1 {
		t.Error("the scope cannot be used again")
	}
}

//go:noinline
func droppedScope() realweak.Ref[byte] {
	var scope Scope
	return realweak.Make(data(scope.String("in a scope that is dropped")))
}

func TestDroppedScopeKeepsNothing(t *testing.T) { weaktest.AwaitDead(t, droppedScope()) }
