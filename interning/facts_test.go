package interning

import (
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak"
	"github.com/referent-go/referent/realweak/weaktest"
)

// TestCPythonIdentities are the facts about "is" in CPython that hold here too.
func TestCPythonIdentities(t *testing.T) {
	five, big := 5, 256
	s := String("spam and eggs")
	tuple := TupleOf(1, 2, 3)
	set := FrozenSetOf("a", "b")
	for _, fact := range []struct {
		python string
		holds  bool
	}{
		{"all(int(str(i)) is i for i in range(-5, 257))", allSmallIntsAreOne()},
		{"5 is 2 + 3", Int(5) == Int(five)},
		{"256 is 255 + 1", Int(256) == Int(big)},
		{"'' is ''.join([])", String("") == String(strings.Join(nil, "")) && data(String("")) == data(String(string([]byte{})))},
		{"chr(97) is 'a'", data(String(string(rune(97)))) == data(String("a"))},
		{"sys.intern('spam' + ' and eggs') is sys.intern('spam and eggs')", data(String(fresh("spam%s", " and eggs"))) == data(s)},
		{"str(s) is s", data(String(s)) == data(s)},
		{"s[:] is s", data(String(s[:])) == data(s)},
		{"tuple() is ()", TupleOf[int]() == Tuple[int]{}},
		{"tuple(t) is t", TupleOf(tuple.Slice()...) == tuple},
		{"t[:] is t", TupleOf(tuple.Slice()[:]...) == tuple},
		{"copy.copy(t) is t", func() bool { c := tuple; return c == tuple }()},
		{"t + () is t", TupleOf(append(tuple.Slice(), TupleOf[int]().Slice()...)...) == tuple},
		{"frozenset() is frozenset()", FrozenSetOf[string]() == FrozenSet[string]{}},
		{"frozenset(f) is f", FrozenSetOf(slices.Collect(set.All())...) == set},
		{"f.copy() is f", FrozenSetOf(set.Slice()...) == set},
	} {
		if !fact.holds {
			t.Errorf("%s: not so here", fact.python)
		}
	}
}

func allSmallIntsAreOne() bool {
	for i := minSmallInt; i <= maxSmallInt; i++ {
		if Int(i) != &smallInts[i+5] || *Int(i) != i {
			return false
		}
	}
	return true
}

// TestGuavaInterner are the scenarios of Guava's tests of its weak interner.
func TestGuavaInterner(t *testing.T) {
	t.Run("simplistic", func(t *testing.T) {
		var pool Table[string]
		canonical, not := fresh("%s", "a"), fresh("%s", "a")
		h := pool.Intern(canonical)
		if pool.Intern(not) != h || h.Value() != "a" {
			t.Error("equal values are not one")
		}
	})
	t.Run("sample by identity", func(t *testing.T) {
		var pool Table[string]
		a, b := pool.Intern("MyString"), pool.Intern("MyOtherString")
		if a == b || pool.Intern("MyString") != a || pool.Intern("MyOtherString") != b {
			t.Error("identity and equality differ")
		}
	})
	t.Run("zero value", func(t *testing.T) {
		var pool Table[string]
		if h := pool.Intern(""); h.IsZero() || h != pool.Intern("") {
			t.Error("the zero value has no handle of its own")
		}
	})
	t.Run("after gc", func(t *testing.T) {
		var pool Table[string]
		first := internWeakly(&pool, "after gc")
		weaktest.AwaitDead(t, first)
		if h := pool.Intern("after gc"); realweak.Make(h.p) == first || pool.Intern("after gc") != h {
			t.Error("the second life is not canonical")
		}
	})
	t.Run("held over gc", func(t *testing.T) {
		var pool Table[string]
		h := pool.Intern("held")
		for range 3 {
			weaktest.Collect(t)
		}
		if pool.Intern(fresh("%s", "held")) != h {
			t.Error("the canonical value was lost")
		}
	})
}

//go:noinline
func internWeakly(pool *Table[string], s string) realweak.Ref[string] {
	return realweak.Make(pool.Intern(s).p)
}
