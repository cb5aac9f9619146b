package interning

import (
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/bench/sim"
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

// TestInterningAsInCPython asks the simulation of CPython and this package the same
// questions: whether two equal things, made one after the other, are one.
func TestInterningAsInCPython(t *testing.T) {
	py := sim.New(sim.Options{})
	tuple := TupleOf(1, 2)
	set := FrozenSetOf(1, 2)
	for _, fact := range []struct {
		python string
		there  func() bool
		here   bool
		more   bool // here it is so, in CPython not: one copy of equal things, whatever their size and place
	}{
		{"-5 is -5", func() bool { return py.Is(py.Int(-5), py.Int(-5)) }, is(Int(-5), Int(-5)), false},
		{"256 is 256", func() bool { return py.Is(py.Int(256), py.Int(256)) }, is(Int(256), Int(256)), false},
		{"int('257') is int('257')", func() bool { return py.Is(py.Int(257), py.Int(257)) }, is(Int(257), Int(257)), true},
		{"int('-6') is int('-6')", func() bool { return py.Is(py.Int(-6), py.Int(-6)) }, is(Int(-6), Int(-6)), true},
		{"'' is ''", func() bool { return py.Is(py.Str(""), py.Str("")) }, data(String("")) == data(String(fresh(""))), false},
		{"chr(97) is 'a'", func() bool { return py.Is(py.Str("a"), py.Str("a")) }, data(String("a")) == data(String(fresh("a"))), false},
		{"sys.intern(a) is sys.intern(b)", func() bool { return py.Is(py.Intern(py.Str("ab")), py.Intern(py.Str("ab"))) },
			is(data(String(fresh("ab"))), data(String(fresh("ab")))), false},
		{"sys.intern(a) is sys.intern(c)", func() bool { return py.Is(py.Intern(py.Str("ab")), py.Intern(py.Str("ac"))) },
			data(String("ab")) == data(String("ac")), false},
		{"() is ()", func() bool { return py.Is(py.Tuple(), py.Tuple()) }, is(TupleOf[int](), TupleOf[int]()), false},
		{"tuple([1]) is tuple([1])", func() bool { return py.Is(py.Tuple(py.Int(1)), py.Tuple(py.Int(1))) }, is(TupleOf(1), TupleOf(1)), true},
		{"tuple(t) is t", func() bool {
			o := py.Tuple(py.Int(1), py.Int(2))
			return py.Is(py.TupleOf(py.Retain(o)), o)
		}, TupleOf(tuple.Slice()...) == tuple, false},
		{"t[1:] is t", func() bool {
			o := py.Tuple(py.Int(1), py.Int(2))
			return py.Is(py.Slice(py.Retain(o), 1, 2), o)
		}, TupleOf(tuple.Slice()[1:]...) == tuple, false},
		{"frozenset(f) is f", func() bool {
			o := py.FrozenSet(py.Int(1), py.Int(2))
			return py.Is(py.FrozenSetOf(py.Retain(o)), o)
		}, FrozenSetOf(set.Slice()...) == set, false},
		{"frozenset() is frozenset()", func() bool { return py.Is(py.FrozenSet(), py.FrozenSet()) }, is(FrozenSetOf[int](), FrozenSetOf[int]()), true},
		{"f.copy() is f", func() bool {
			o := py.FrozenSet(py.Int(1))
			return py.Is(py.Copy(py.Retain(o)), o)
		}, set.Union(set) == set, false},
	} {
		if there := fact.there(); there != (fact.here && !fact.more) {
			t.Errorf("%s: %v in CPython, %v here, and more than CPython is expected: %v", fact.python, there, fact.here, fact.more)
		}
	}
}

// is is Python's: whether both are one object.
func is[T comparable](a, b T) bool { return a == b }

// TestInternedStringsDieAsInCPython: in both, an interned string goes when nobody has
// it any more.
func TestInternedStringsDieAsInCPython(t *testing.T) {
	py := sim.New(sim.Options{})
	py.Assign("a", py.Intern(py.Str("no longer wanted")))
	if py.Interned() != 1 {
		t.Errorf("%d strings interned in the simulation", py.Interned())
	}
	py.Del("a")
	if py.Interned() != 0 {
		t.Errorf("%d strings interned in the simulation after the last was deleted", py.Interned())
	}
	weaktest.AwaitDead(t, internAndDrop("no longer wanted"))
}
