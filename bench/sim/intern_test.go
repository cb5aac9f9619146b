package sim

import (
	"math"
	"testing"
)

// TestSmallInts: -5 to 256 are one object each.
func TestSmallInts(t *testing.T) {
	py := newPy(t)
	for _, c := range []struct {
		n    int64
		want bool
	}{{-6, false}, {-5, true}, {0, true}, {256, true}, {257, false}, {1 << 40, false}} {
		if got := py.Is(py.Int(c.n), py.Int(c.n)); got != c.want {
			t.Errorf("%d is %d: %v, want %v", c.n, c.n, got, c.want)
		}
	}
	if !py.Is(py.Bool(true), py.Bool(true)) || py.Is(py.Bool(true), py.Int(1)) || !py.Eq(py.Bool(true), py.Int(1)) {
		t.Error("True")
	}
}

// TestSingletons: characters, bytes, empty things.
func TestSingletons(t *testing.T) {
	py := newPy(t)
	for _, c := range []struct {
		name string
		make func() *Object
		want bool
	}{
		{"''", func() *Object { return py.Str("") }, true},
		{"'a'", func() *Object { return py.Str("a") }, true},
		{"'é'", func() *Object { return py.Str("é") }, true},
		{"'ā'", func() *Object { return py.Str("ā") }, false}, // beyond Latin-1
		{"'ab'", func() *Object { return py.Str("ab") }, false},
		{"b''", func() *Object { return py.Bytes("") }, true},
		{"b'a'", func() *Object { return py.Bytes("a") }, true},
		{"b'ab'", func() *Object { return py.Bytes("ab") }, false},
		{"()", func() *Object { return py.Tuple() }, true},
		{"tuple([])", func() *Object { return py.TupleOf(py.List()) }, true},
		{"(1,)", func() *Object { return py.Tuple(py.Int(1)) }, false},
		{"frozenset()", func() *Object { return py.FrozenSet() }, false},
		{"[]", func() *Object { return py.List() }, false},
		{"None", py.None, true},
		{"1.5", func() *Object { return py.Float(1.5) }, false},
	} {
		if got := py.Is(c.make(), c.make()); got != c.want {
			t.Errorf("%s is itself: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestAliasingCopies: copies of immutable objects are the objects themselves.
func TestAliasingCopies(t *testing.T) {
	py := newPy(t)
	py.Assign("t", py.Tuple(py.Int(1), py.Int(2)))
	py.Assign("s", py.Str("spam"))
	py.Assign("b", py.Bytes("spam"))
	py.Assign("f", py.FrozenSet(py.Int(1)))
	py.Assign("l", py.List(py.Int(1)))
	for _, c := range []struct {
		name, source string
		copy         func(o *Object) *Object
		want         bool
	}{
		{"t", "tuple(t)", py.TupleOf, true},
		{"t", "t[:]", func(o *Object) *Object { return py.Slice(o, 0, math.MaxInt) }, true},
		{"t", "t[1:]", func(o *Object) *Object { return py.Slice(o, 1, math.MaxInt) }, false},
		{"s", "str(s)", py.StrOf, true},
		{"s", "s[:]", func(o *Object) *Object { return py.Slice(o, 0, math.MaxInt) }, true},
		{"b", "bytes(b)", py.BytesOf, true},
		{"f", "frozenset(f)", py.FrozenSetOf, true},
		{"f", "f.copy()", py.Copy, true},
		{"f", "set(f)", py.SetOf, false},
		{"l", "list(l)", py.ListOf, false},
		{"l", "l[:]", func(o *Object) *Object { return py.Slice(o, 0, math.MaxInt) }, false},
		{"l", "l.copy()", py.Copy, false},
	} {
		if got := py.Is(c.copy(py.Load(c.name)), py.Load(c.name)); got != c.want {
			t.Errorf("%s is %s: %v, want %v", c.source, c.name, got, c.want)
		}
	}
}

// TestConstants: equal constants of one code object are one; identifier-like
// strings of all.
func TestConstants(t *testing.T) {
	py := newPy(t)
	a, b := py.Compile("a"), py.Compile("b")
	one := func(c *Code) []*Object {
		return []*Object{
			c.Int(1000), c.Float(1.5), c.Str("not a name"), c.Bytes("bytes"),
			c.Tuple(c.Int(1), c.Str("x y")), c.FrozenSet(c.Int(1), c.Int(2)), c.Tuple(c.Tuple(c.Int(1)), c.Int(2)),
		}
	}
	first, again, other := one(a), one(a), one(b)
	for i := range first {
		same, across := first[i] == again[i], first[i] == other[i]
		if !same || across {
			t.Errorf("%v: in one unit %v, in two %v", first[i], same, across)
		}
		py.Release(first[i])
		py.Release(again[i])
		py.Release(other[i])
	}
	if !py.Is(a.Str("spam_1"), b.Str("spam_1")) || py.Is(a.Str("spam_1"), py.Str("spam_1")) {
		t.Error("identifier-like constants")
	}
	if py.Is(a.Int(1), a.Float(1)) || py.Is(a.Float(0), a.Float(math.Copysign(0, -1))) {
		t.Error("constants of different kinds are one")
	}
	if py.Interned() != 1 {
		t.Errorf("%d interned", py.Interned())
	}
	a.Release()
	b.Release()
	if py.Interned() != 0 || py.Live() != 0 {
		t.Errorf("%d interned, %d live after the code is gone", py.Interned(), py.Live())
	}
}

// TestIntern: one object for equal strings, mortal.
func TestIntern(t *testing.T) {
	py := newPy(t)
	py.Assign("a", py.Intern(py.Str("spam and eggs")))
	if !py.Is(py.Intern(py.Str("spam and eggs")), py.Load("a")) {
		t.Error("not the same object")
	}
	py.Assign("r", py.Intern(py.Str("x")))
	if py.Interned() != 1 {
		t.Errorf("%d interned", py.Interned())
	}
	py.Del("a")
	if py.Interned() != 0 {
		t.Error("an interned string is immortal")
	}
	wantRaise(t, py, "TypeError: intern() argument must be str, not int", func() { py.Release(py.Intern(py.Int(1))) })
	wantRaise(t, py, "TypeError: can't intern Str", func() {
		sub := py.NewClass("Str", Class{Base: py.Load("str")})
		py.Release(py.Intern(py.Call(sub, py.Str("a"))))
	})
	py.Collect(2)
}

// TestRepr compares with what CPython 3.11 prints; ids stand for addresses.
func TestRepr(t *testing.T) {
	py := newPy(t)
	self := py.List(py.Int(1))
	py.Append(py.Retain(self), py.Retain(self))
	sub := func(base string, args ...*Object) *Object {
		return py.Call(py.NewClass("My", Class{Base: py.Load(base)}), args...)
	}
	for _, c := range []struct {
		o    *Object
		want string
	}{
		{py.None(), "None"},
		{py.Bool(true), "True"},
		{py.Int(-7), "-7"},
		{py.Float(1), "1.0"},
		{py.Float(1e16), "1e+16"},
		{py.Float(1e15), "1000000000000000.0"},
		{py.Float(1.5e-5), "1.5e-05"},
		{py.Float(0.0001), "0.0001"},
		{py.Float(math.Inf(-1)), "-inf"},
		{py.Float(math.NaN()), "nan"},
		{py.Float(math.Copysign(0, -1)), "-0.0"},
		{py.Str("it's"), `"it's"`},
		{py.Str(`'"`), `'\'"'`},
		{py.Str("a\n\x01é\u200b"), `'a\n\x01é\u200b'`},
		{py.Bytes("a\x00'"), `b"a\x00'"`},
		{py.Tuple(), "()"},
		{py.Tuple(py.Int(1)), "(1,)"},
		{py.Tuple(py.Int(1), py.Str("a")), "(1, 'a')"},
		{py.List(), "[]"},
		{self, "[1, [...]]"},
		{py.Dict(py.Str("a"), py.List()), "{'a': []}"},
		{py.Set(), "set()"},
		{py.Set(py.Int(1), py.Int(2), py.Int(3)), "{1, 2, 3}"},
		{py.FrozenSet(), "frozenset()"},
		{py.FrozenSet(py.Int(1)), "frozenset({1})"},
		{sub("set", py.List(py.Int(1))), "My({1})"},
		{sub("frozenset"), "My()"},
		{sub("dict", py.Dict(py.Int(1), py.Int(2))), "{1: 2}"},
		{sub("tuple", py.List(py.Int(1))), "(1,)"},
		{sub("str", py.Str("a")), "'a'"},
		{py.Load("int"), "<class 'int'>"},
		{py.Load("deque"), "<class 'collections.deque'>"},
		{node(py), "<class '__main__.Node'>"},
		{py.Call(node(py)), "<__main__.Node object at 0x>"},
		{py.Object(), "<object object at 0x>"},
		{py.Function("f", func([]*Object) *Object { return nil }), "<function f at 0x>"},
		{py.Load("int"), "<class 'int'>"},
		{py.WeakRef(py.Load("int"), nil), "<weakref at 0x; to 'type' at 0x (int)>"},
		{py.WeakRef(py.Set(), nil), "<weakref at 0x; dead>"},
		{py.WeakValueDictionary(), "<WeakValueDictionary at 0x>"},
		{py.WeakSet(), "set()"},
		{py.Finalize(py.Load("int"), py.None()), "<finalize object at 0x; for 'type' at 0x>"},
		{py.Cell(nil), "<cell at 0x: empty>"},
	} {
		if got := address.ReplaceAllString(py.Repr(c.o), "0x"); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	py.Collect(2)
	py.RunExit()
	takeUnraisable(py) // None is not callable
}
