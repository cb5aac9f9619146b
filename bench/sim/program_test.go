package sim

import (
	"fmt"
	"math/rand"
	"regexp"
	"strings"
)

// A program is a random list of statements over a few global names, each wrapped
// in try/except. It can be run here, and printed as Python.
type program []statement

type statement struct {
	op    int
	a, b  string // names
	k     int64  // a small number: key, label, generation
	inner *statement
}

// The statements. Python is the statement's source, in which {a}, {b}, {k} and {i}
// (the inner statement) stand for its parts.
var statements []statementKind

type statementKind struct {
	python string
	weight int
	run    func(m *machine, s statement)
}

// An init, because loops run statements.
func init() {
	statements = []statementKind{
		{"{a} = Node({k})", 10, func(m *machine, s statement) { m.py.Assign(s.a, m.new("Node", s.k)) }},
		{"{a} = Del({k})", 6, func(m *machine, s statement) { m.py.Assign(s.a, m.new("Del", s.k)) }},
		{"{a} = Phoenix({k})", 3, func(m *machine, s statement) { m.py.Assign(s.a, m.new("Phoenix", s.k)) }},
		{"{a} = Key({k})", 5, func(m *machine, s statement) { m.py.Assign(s.a, m.new("Key", s.k)) }},
		{"{a} = []", 4, func(m *machine, s statement) { m.py.Assign(s.a, m.py.List()) }},
		{"{a} = {}", 3, func(m *machine, s statement) { m.py.Assign(s.a, m.py.Dict()) }},
		{"{a} = ({b},)", 2, func(m *machine, s statement) { m.py.Assign(s.a, m.py.Tuple(m.py.Load(s.b))) }},
		{"{a} = {{b}}", 3, func(m *machine, s statement) { m.py.Assign(s.a, m.py.Set(m.py.Load(s.b))) }},
		{"{a} = List()", 2, func(m *machine, s statement) { m.py.Assign(s.a, m.py.Call(m.py.Load("List"))) }},
		{"{a} = {b}", 8, func(m *machine, s statement) { m.py.Assign(s.a, m.py.Load(s.b)) }},
		{"del {a}", 10, func(m *machine, s statement) { m.py.Del(s.a) }},
		{"{a}.f0 = {b}", 10, func(m *machine, s statement) {
			v := m.py.Load(s.b)
			m.py.SetAttr(m.py.Load(s.a), "f0", v)
		}},
		{"{a}.f1 = {b}", 8, func(m *machine, s statement) {
			v := m.py.Load(s.b)
			m.py.SetAttr(m.py.Load(s.a), "f1", v)
		}},
		{"del {a}.f0", 3, func(m *machine, s statement) { m.py.DelAttr(m.py.Load(s.a), "f0") }},
		{"{a} = {b}.f1", 3, func(m *machine, s statement) { m.py.Assign(s.a, m.py.Attr(m.py.Load(s.b), "f1")) }},
		{"{a}.append({b})", 8, func(m *machine, s statement) {
			l := m.py.Load(s.a)
			asList(l, "append")
			m.py.Append(l, m.py.Load(s.b))
		}},
		{"del {a}[-1]", 2, func(m *machine, s statement) { m.py.DelItem(m.py.Load(s.a), m.py.Int(-1)) }},
		{"{a}.clear()", 3, func(m *machine, s statement) { m.py.Clear(m.py.Load(s.a)) }},
		{"{a}[{k}] = {b}", 6, func(m *machine, s statement) {
			v := m.py.Load(s.b)
			m.py.SetItem(m.py.Load(s.a), m.py.Int(s.k), v)
		}},
		{"del {a}[{k}]", 2, func(m *machine, s statement) { m.py.DelItem(m.py.Load(s.a), m.py.Int(s.k)) }},
		{"{a} = {b}[{k}]", 2, func(m *machine, s statement) {
			m.py.Assign(s.a, m.py.GetItem(m.py.Load(s.b), m.py.Int(s.k)))
		}},
		{"{a} = weakref.ref({b})", 5, func(m *machine, s statement) { m.py.Assign(s.a, m.py.WeakRef(m.py.Load(s.b), nil)) }},
		{"{a} = weakref.ref({b}, CB({k}))", 12, func(m *machine, s statement) {
			o := m.py.Load(s.b)
			m.py.Assign(s.a, m.py.WeakRef(o, m.new("CB", s.k)))
		}},
		{"log({a}() is None)", 4, func(m *machine, s statement) {
			none := m.py.Is(m.py.Call(m.py.Load(s.a)), m.py.None())
			m.log(pyBool(none))
		}},
		{"{a} = weakref.finalize({b}, log, 'fin', {k})", 10, func(m *machine, s statement) {
			o := m.py.Load(s.b)
			m.py.Assign(s.a, m.py.Finalize(o, m.py.Load("log"), m.py.Str("fin"), m.py.Int(s.k)))
		}},
		{"f0 = weakref.finalize({b}, hold, 'fin', {k}, {a})", 3, func(m *machine, s statement) {
			o := m.py.Load(s.b)
			fn := m.py.Load("hold")
			m.py.Assign("f0", m.py.Finalize(o, fn, m.py.Str("fin"), m.py.Int(s.k), m.py.Load(s.a)))
		}},
		{"f0()", 2, func(m *machine, s statement) { m.py.Release(m.py.Call(m.py.Load("f0"))) }},
		{"f1()", 2, func(m *machine, s statement) { m.py.Release(m.py.Call(m.py.Load("f1"))) }},
		{"log(f0.alive)", 2, func(m *machine, s statement) { m.logAlive("f0") }},
		{"log(f1.detach() is None)", 3, func(m *machine, s statement) {
			f := m.py.Load("f1")
			if f.TypeName() != "finalize" {
				raise("AttributeError", "'%s' object has no attribute 'detach'", f.typ.name)
			}
			none := m.py.Is(m.py.Detach(f), m.py.None())
			m.log(pyBool(none))
		}},
		{"wvd[{k}] = {a}", 10, func(m *machine, s statement) {
			v := m.py.Load(s.a)
			m.py.SetItem(m.py.Load("wvd"), m.py.Int(s.k), v)
		}},
		{"wvd.pop({k}, None)", 3, func(m *machine, s statement) {
			m.py.Release(m.py.PopOr(m.py.Load("wvd"), m.py.Int(s.k), m.py.None()))
		}},
		{"wvd.setdefault({k}, {a})", 2, func(m *machine, s statement) {
			m.py.Release(m.py.SetDefault(m.py.Load("wvd"), m.py.Int(s.k), m.py.Load(s.a)))
		}},
		{"wkd[{a}] = {b}", 8, func(m *machine, s statement) {
			v := m.py.Load(s.b)
			m.py.SetItem(m.py.Load("wkd"), m.py.Load(s.a), v)
		}},
		{"del wkd[{a}]", 2, func(m *machine, s statement) { m.py.DelItem(m.py.Load("wkd"), m.py.Load(s.a)) }},
		{"log({a} in wkd, {a} in ws)", 2, func(m *machine, s statement) {
			in := m.py.Contains(m.py.Load("wkd"), m.py.Load(s.a))
			m.log(pyBool(in), pyBool(m.py.Contains(m.py.Load("ws"), m.py.Load(s.a))))
		}},
		{"ws.add({a})", 6, func(m *machine, s statement) { m.py.Add(m.py.Load("ws"), m.py.Load(s.a)) }},
		{"ws.discard({a})", 2, func(m *machine, s statement) { m.py.Discard(m.py.Load("ws"), m.py.Load(s.a)) }},
		{"log(len(wvd), len(wkd), len(ws), list(wvd.keys()))", 8, func(m *machine, s statement) {
			n := []string{
				fmt.Sprint(m.py.Len(m.py.Load("wvd"))), fmt.Sprint(m.py.Len(m.py.Load("wkd"))),
				fmt.Sprint(m.py.Len(m.py.Load("ws"))), m.py.Repr(m.py.Keys(m.py.Load("wvd"))),
			}
			m.log(n...)
		}},
		{"log(gc.collect({k} % 3))", 10, func(m *machine, s statement) { m.log(fmt.Sprint(m.py.Collect(int(s.k % 3)))) }},
		{"log(gc.collect())", 6, func(m *machine, s statement) { m.log(fmt.Sprint(m.py.Collect(2))) }},
		{"log(weakref.getweakrefcount({a}), type({a}) is int or sys.getrefcount({a}) - 1)", 8, func(m *machine, s statement) {
			o := m.py.Load(s.a)
			count := "True" // of a small int it says how much of the library is loaded
			if o.TypeName() != "int" {
				count = fmt.Sprint(o.RefCount() - 1)
			}
			m.log(fmt.Sprint(o.WeakRefCount()), count)
			m.py.Release(o)
		}},
		{"fn({a}, {k})", 4, func(m *machine, s statement) {
			f := m.py.Load("fn")
			o := m.py.Load(s.a)
			m.py.Release(m.py.Call(f, o, m.py.Int(s.k)))
		}},
		{"for x in wvd.values(): log('x', type(x).__name__); {i}", 4, func(m *machine, s statement) {
			m.loop(m.py.IterValues(m.py.Load("wvd")), *s.inner)
		}},
		{"for x in wkd.keys(): log('x', type(x).__name__); {i}", 4, func(m *machine, s statement) {
			m.loop(m.py.Iter(m.py.Load("wkd")), *s.inner)
		}},
		{"for x in wvd.keys(): log('x', type(x).__name__); {i}", 2, func(m *machine, s statement) {
			m.loop(m.py.Iter(m.py.Load("wvd")), *s.inner)
		}},
		{"for x in wkd.values(): log('x', type(x).__name__); {i}", 2, func(m *machine, s statement) {
			m.loop(m.py.IterValues(m.py.Load("wkd")), *s.inner)
		}},
		{"gc.freeze()", 1, func(m *machine, s statement) { m.py.Freeze() }},
		{"gc.unfreeze()", 1, func(m *machine, s statement) { m.py.Unfreeze() }},
		{"log(gc.is_tracked({a}))", 2, func(m *machine, s statement) {
			o := m.py.Load(s.a)
			m.log(pyBool(o.Tracked()))
			m.py.Release(o)
		}},
	}
}

// prelude defines what the statements use.
const prelude = `
import gc, weakref, sys, re
gc.disable(); gc.collect(); gc.freeze()
out = []
def log(*args): out.append(' '.join(map(str, args)))
def hold(what, k, o): log(what, k)
class Node:
    def __init__(self, n): self.n = n
class Del:
    def __init__(self, n): self.n = n
    def __del__(self):
        log('del', self.n, weakref.getweakrefcount(self))
class Phoenix:
    def __init__(self, n): self.n = n
    def __del__(self):
        global keep
        log('phoenix', self.n)
        keep = self
class Key:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return isinstance(other, Key) and self.n % 3 == other.n % 3
    def __hash__(self): return self.n % 3
class List(list): __slots__ = ('f0', 'f1', '__weakref__')
class CB:
    __slots__ = ('k',)
    def __init__(self, k): self.k = k
    def __call__(self, r):
        log('cb', self.k, r() is None, len(wvd), len(wkd), len(ws))
def fn(p, k):
    d = Del(k + 10)
    p.f0 = d
    q = p
wvd = weakref.WeakValueDictionary()
wkd = weakref.WeakKeyDictionary()
ws = weakref.WeakSet()
gc.collect(); gc.freeze()
for i in range(5): globals()[f'v{i}'] = Node(i)
del i
`

// names are what statements work on; x and keep are set by loops and Phoenix.
var programNames = []string{"v0", "v1", "v2", "v3", "v4", "r0", "r1", "f0", "f1", "x", "keep"}

func randomProgram(rnd *rand.Rand, length int) program {
	total := 0
	for _, s := range statements {
		total += s.weight
	}
	pick := func() int {
		n := rnd.Intn(total)
		for i, s := range statements {
			if n -= s.weight; n < 0 {
				return i
			}
		}
		panic("unreachable")
	}
	name := func(op int) string {
		switch {
		case strings.HasPrefix(statements[op].python, "{a} = weakref.ref"):
			return []string{"r0", "r1"}[rnd.Intn(2)]
		case strings.HasPrefix(statements[op].python, "{a} = weakref.finalize"):
			return []string{"f0", "f1"}[rnd.Intn(2)]
		case rnd.Intn(5) > 0:
			return programNames[rnd.Intn(5)]
		}
		return programNames[rnd.Intn(len(programNames))]
	}
	one := func() statement {
		s := statement{op: pick(), k: int64(rnd.Intn(5))}
		s.a = name(s.op)
		if s.b = programNames[rnd.Intn(5)]; rnd.Intn(5) == 0 {
			s.b = programNames[rnd.Intn(len(programNames))]
		}
		return s
	}
	p := make(program, 0, length)
	for range length {
		s := one()
		if strings.Contains(statements[s.op].python, "{i}") {
			inner := one()
			for strings.Contains(statements[inner.op].python, "{i}") || strings.Contains(statements[inner.op].python, "getrefcount") {
				inner = one()
			}
			s.inner = &inner
		}
		p = append(p, s)
	}
	return p
}

// String returns the statement as Python.
func (s statement) String() string {
	inner := ""
	if s.inner != nil {
		inner = s.inner.String()
	}
	return strings.NewReplacer("{a}", s.a, "{b}", s.b, "{k}", fmt.Sprint(s.k), "{i}", inner).Replace(statements[s.op].python)
}

// String lists the statements.
func (p program) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

func (p program) python() string {
	var b strings.Builder
	for _, s := range p {
		fmt.Fprintf(&b, "err = None\ntry:\n    %s\nexcept Exception as e: err = type(e).__name__ + ': ' + str(e)\nif err: log(err)\n", s)
	}
	return b.String()
}

// machine runs a program here.
type machine struct {
	py  *Interpreter
	out []string
}

var address = regexp.MustCompile(`0x[0-9a-f]+`)

func (m *machine) log(words ...string) {
	m.out = append(m.out, address.ReplaceAllString(strings.Join(words, " "), "0x"))
}

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// new returns class(k).
func (m *machine) new(class string, k int64) *Object {
	c := m.py.Load(class)
	return m.py.Call(c, m.py.Int(k))
}

// n returns int(o.attr); o is borrowed.
func (m *machine) n(o *Object, attr string) int64 {
	v := m.py.Attr(m.py.Retain(o), attr)
	defer m.py.Release(v)
	return v.AsInt()
}

func (m *machine) logAlive(name string) {
	f := m.py.Load(name)
	if f.TypeName() != "finalize" {
		raise("AttributeError", "'%s' object has no attribute 'alive'", f.typ.name)
	}
	m.log(pyBool(m.py.Alive(f)))
}

func (m *machine) loop(seq func(func(*Object) bool), inner statement) {
	for o := range seq {
		m.py.Assign("x", o)
		x := m.py.Load("x")
		m.log("x", x.TypeName())
		m.py.Release(x)
		statements[inner.op].run(m, inner)
	}
}

func newMachine() *machine {
	m := &machine{py: New(Options{})}
	m.define()
	return m
}

// define runs the prelude.
func (m *machine) define() {
	py := m.py
	py.DisableGC()
	py.Assign("log", py.Function("log", func(args []*Object) *Object {
		var words []string
		for _, o := range args {
			words = append(words, py.text(o))
		}
		m.log(words...)
		return nil
	}))
	py.Assign("hold", py.Function("hold", func(args []*Object) *Object {
		m.log(py.text(args[0]), py.text(args[1]))
		return nil
	}, "what", "k", "o"))
	set := func(self *Object, args []*Object) {
		py.SetAttr(py.Retain(self), "n", py.Retain(args[0]))
	}
	py.Assign("Node", py.NewClass("Node", Class{Init: set}))
	py.Assign("Del", py.NewClass("Del", Class{Init: set, Del: func(self *Object) {
		m.log("del", fmt.Sprint(m.n(self, "n")), fmt.Sprint(self.WeakRefCount()))
	}}))
	py.Assign("Phoenix", py.NewClass("Phoenix", Class{Init: set, Del: func(self *Object) {
		m.log("phoenix", fmt.Sprint(m.n(self, "n")))
		py.AssignGlobal("keep", py.Retain(self))
	}}))
	py.Assign("Key", py.NewClass("Key", Class{
		Init: set,
		Eq: func(self, other *Object) bool {
			return other.TypeName() == "Key" && m.n(self, "n")%3 == m.n(other, "n")%3
		},
		Hash: func(self *Object) uint64 { return uint64(m.n(self, "n") % 3) },
	}))
	py.Assign("List", py.NewClass("List", Class{Base: py.Load("list"), Slots: []string{"f0", "f1", "__weakref__"}}))
	py.Assign("CB", py.NewClass("CB", Class{
		Slots: []string{"k"},
		Init: func(self *Object, args []*Object) {
			py.SetAttr(py.Retain(self), "k", py.Retain(args[0]))
		},
		Call: func(self *Object, args []*Object) *Object {
			dead := py.Is(py.Deref(py.Retain(args[0])), py.None())
			m.log("cb", fmt.Sprint(m.n(self, "k")), pyBool(dead),
				fmt.Sprint(py.Len(py.Load("wvd"))), fmt.Sprint(py.Len(py.Load("wkd"))), fmt.Sprint(py.Len(py.Load("ws"))))
			return nil
		},
	}))
	py.Assign("fn", py.Function("fn", func(args []*Object) *Object {
		k := py.Load("k")
		py.Assign("d", m.new("Del", k.AsInt()+10))
		py.Release(k)
		v := py.Load("d")
		py.SetAttr(py.Load("p"), "f0", v)
		py.Assign("q", py.Load("p"))
		return nil
	}, "p", "k"))
	py.Assign("wvd", py.WeakValueDictionary())
	py.Assign("wkd", py.WeakKeyDictionary())
	py.Assign("ws", py.WeakSet())
	py.Collect(2)
	py.Freeze()
	for i := range int64(5) {
		py.Assign(fmt.Sprintf("v%d", i), m.new("Node", i))
	}
}

// step runs one statement and logs what it raised.
func (m *machine) step(s statement) {
	if err := m.py.Try(func() { statements[s.op].run(m, s) }); err != nil {
		m.log(err.Error())
	}
}
