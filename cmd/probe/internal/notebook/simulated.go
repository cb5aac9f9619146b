package notebook

import (
	"strings"

	"github.com/referent-go/referent/bench/sim"
	"github.com/referent-go/referent/realweak/event"
)

// simulated plays the cells on the simulation of CPython. A cell is a statement
// for statement rendering of its Python.
type simulated struct {
	output

	py *sim.Interpreter
}

func newSimulated(hub *event.Hub) *simulated {
	g := new(simulated)
	g.py = sim.New(sim.Options{Hub: hub, Stdout: &g.output, Stderr: &g.output, Watch: worthTelling})
	return g
}

// worthTelling leaves out what every statement makes and frees: strings, numbers,
// functions and the like.
func worthTelling(o *sim.Object) bool {
	switch o.TypeName() {
	case "set", "Cheese", "Brie", "Shop", "Knot":
		return true
	}
	return false
}

// Write takes what Python prints, whole lines at a time.
func (o *output) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		o.say(strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

func (g *simulated) ender() {
	py := g.py
	py.Assign("s1", py.Set(py.Int(1), py.Int(2), py.Int(3)))
	py.Assign("s2", py.Load("s1"))
	py.Assign("bye", py.Function("bye", func([]*sim.Object) *sim.Object {
		py.Print(py.Str("Gone with the wind..."))
		return nil
	}))
	py.Assign("ender", py.Finalize(py.Load("s1"), py.Load("bye")))
}

func (g *simulated) In1() { g.ender() }

func (g *simulated) In2() { g.ender() }

func (g *simulated) In3() { g.echoAlive() }

func (g *simulated) In4() { g.py.Del("s1") }

func (g *simulated) In5() { g.echoAlive() }

func (g *simulated) echoAlive() {
	py := g.py
	py.Echo(py.Bool(py.Alive(py.Load("ender"))))
}

func (g *simulated) In6() { g.py.Assign("s2", g.py.Str("spam")) }

func (g *simulated) In8() {
	py := g.py
	py.Assign("Cheese", py.NewClass("Cheese", sim.Class{
		Init: func(self *sim.Object, args []*sim.Object) {
			py.SetAttr(py.Retain(self), "kind", py.Retain(args[0]))
		},
	}))
}

// cheese evaluates Cheese(kind).
func (g *simulated) cheese(kind string) *sim.Object {
	return g.py.Label(g.py.Call(g.py.Load("Cheese"), g.py.Str(kind)), kind)
}

func (g *simulated) In9() {
	py := g.py
	py.Assign("stock", py.WeakValueDictionary())
	py.Assign("catalog", py.List(g.cheese("Red Leicester"), g.cheese("Tilsit"), g.cheese("Brie"), g.cheese("Parmesan")))
	py.For("cheese", py.Load("catalog"), func() {
		py.SetItem(py.Load("stock"), py.Attr(py.Load("cheese"), "kind"), py.Load("cheese"))
	})
	g.echoStock()
}

func (g *simulated) echoStock() {
	py := g.py
	py.Echo(py.Sorted(py.Keys(py.Load("stock"))))
}

func (g *simulated) In10() { g.py.Del("catalog") }

func (g *simulated) In11() { g.echoStock() }

func (g *simulated) In14() { g.py.Del("cheese") }

func (g *simulated) In15() { g.echoStock() }

func (g *simulated) KeyDictionary() {
	py := g.py
	py.Assign("prices", py.WeakKeyDictionary())
	py.Assign("brie", g.cheese("Brie"))
	py.SetItem(py.Load("prices"), py.Load("brie"), py.Int(12))
	py.Print(py.GetItem(py.Load("prices"), py.Load("brie")), py.Int(int64(py.Len(py.Load("prices")))))
}

func (g *simulated) KeyDictionaryAfter() {
	py := g.py
	py.Del("brie")
	py.Print(py.Int(int64(py.Len(py.Load("prices")))))
}

func (g *simulated) Instances() {
	py := g.py
	py.Assign("Shop", py.NewClass("Shop", sim.Class{
		Init: func(self *sim.Object, args []*sim.Object) {
			py.SetAttr(py.Retain(self), "name", py.Retain(args[0]))
			py.Add(py.Attr(py.Load("Shop"), "all"), py.Retain(self))
		},
	}))
	py.SetAttr(py.Load("Shop"), "all", py.WeakSet())
	py.Assign("north", py.Call(py.Load("Shop"), py.Str("north")))
	py.Assign("south", py.Call(py.Load("Shop"), py.Str("south")))
	py.Print(py.Int(int64(py.Len(py.Attr(py.Load("Shop"), "all")))))
}

func (g *simulated) InstancesAfter() {
	py := g.py
	py.Del("north")
	py.For("shop", py.Attr(py.Load("Shop"), "all"), func() {
		py.Print(py.Attr(py.Load("shop"), "name"))
	})
}

func (g *simulated) Cache() {
	py := g.py
	setDefault := func() *sim.Object {
		return py.SetDefault(py.Load("cache"), py.Str("/brie"), g.cheese("Brie"))
	}
	py.Assign("cache", py.WeakValueDictionary())
	py.Assign("page", setDefault())
	py.Print(py.Bool(py.Contains(py.Load("cache"), py.Str("/brie"))), py.Bool(py.Is(setDefault(), py.Load("page"))))
}

func (g *simulated) CacheAfter() {
	py := g.py
	py.Del("page")
	py.Print(py.Bool(py.Contains(py.Load("cache"), py.Str("/brie"))))
}

func (g *simulated) Destructor() {
	py := g.py
	py.Assign("Brie", py.NewClass("Brie", sim.Class{
		Base: py.Load("Cheese"),
		Del:  func(*sim.Object) { py.Print(py.Str("__del__")) },
	}))
	py.Assign("tears_down", py.Call(py.Load("Brie"), py.Str("Brie")))
}

func (g *simulated) DestructorAfter() { g.py.Del("tears_down") }

func (g *simulated) Cycle() {
	py := g.py
	py.Assign("Knot", py.NewClass("Knot", sim.Class{}))
	py.Assign("a", py.Call(py.Load("Knot")))
	py.Assign("b", py.Call(py.Load("Knot")))
	py.SetAttr(py.Load("a"), "other", py.Load("b"))
	py.SetAttr(py.Load("b"), "other", py.Load("a"))
	py.Assign("weak", py.WeakRef(py.Load("a"), nil))
	py.Del("a")
	py.Del("b")
}

func (g *simulated) CycleAfter() {
	py := g.py
	py.Collect(2)
	alive := py.Call(py.Load("weak"))
	py.Print(py.Bool(!alive.IsNone()))
	py.Release(alive)
}

func (g *simulated) Referents() {
	py := g.py
	instance := func(class, base string) func() *sim.Object {
		return func() *sim.Object {
			py.Assign(class, py.NewClass(class, sim.Class{Base: py.Load(base)}))
			return py.Call(py.Load(class))
		}
	}
	for _, object := range []func() *sim.Object{
		func() *sim.Object { return py.List() },
		func() *sim.Object { return py.Dict() },
		func() *sim.Object { return py.Tuple() },
		func() *sim.Object { return py.Int(0) },
		instance("List", "list"),
		instance("Dict", "dict"),
		instance("Tuple", "tuple"),
		instance("Int", "int"),
		func() *sim.Object { return py.Set() },
		func() *sim.Object { return g.cheese("") },
	} {
		v := object()
		err := py.Try(func() { py.Release(py.WeakRef(py.Retain(v), nil)) })
		g.print(v.TypeName(), yes(err == nil))
		py.Release(v)
	}
}

func (g *simulated) Interning() {
	py := g.py
	cell := py.Compile("<cell>")
	defer cell.Release()
	atRunTime := func() *sim.Object { return py.Str(join("sp", "am")) }
	constant := func() *sim.Object { return cell.Tuple(cell.Int(1), cell.Int(2)) }
	frozen := func() *sim.Object { return cell.FrozenSet(cell.Int(1), cell.Int(2)) }

	g.print("small ints", py.Is(cell.Int(256), py.Int(256)))
	g.print("ints made at run time", py.Is(py.Int(257), py.Int(257)))
	g.print("equal names", py.Is(cell.Str("spam"), cell.Str("spam")))
	g.print("strings made at run time", py.Is(atRunTime(), atRunTime()))
	g.print("interned strings", py.Is(py.Intern(atRunTime()), py.Intern(atRunTime())))
	g.print("empty tuples", py.Is(py.Tuple(), py.Tuple()))
	g.print("constant tuples", py.Is(constant(), constant()))
	g.print("constant frozen sets", py.Is(frozen(), frozen()))
}
