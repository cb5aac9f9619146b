package sim_test

import (
	"fmt"
	"os"

	"github.com/referent-go/referent/bench/sim"
)

// newCheese executes the notebook's class statement:
//
//	class Cheese:
//	    def __init__(self, kind):
//	        self.kind = kind
//
//	    def __repr__(self):
//	        return f'Cheese({self.kind!r})'
func newCheese(py *sim.Interpreter) *sim.Object {
	return py.NewClass("Cheese", sim.Class{
		Init: func(self *sim.Object, args []*sim.Object) {
			py.SetAttr(py.Retain(self), "kind", py.Retain(args[0]))
		},
		Repr: func(self *sim.Object) string {
			return fmt.Sprintf("Cheese(%s)", py.Repr(py.Attr(py.Retain(self), "kind")))
		},
	})
}

// The notebook's first cells: del deletes a name, and the object goes with its
// last reference.
func ExampleInterpreter_Finalize() {
	py := sim.New(sim.Options{Stdout: os.Stdout})

	py.Assign("s1", py.Set(py.Int(1), py.Int(2), py.Int(3)))
	py.Assign("s2", py.Load("s1"))
	py.Assign("bye", py.Function("bye", func([]*sim.Object) *sim.Object {
		py.Print(py.Str("Gone with the wind..."))
		return nil
	}))
	py.Assign("ender", py.Finalize(py.Load("s1"), py.Load("bye")))
	py.Echo(py.Bool(py.Alive(py.Load("ender"))))

	py.Del("s1")
	py.Echo(py.Bool(py.Alive(py.Load("ender"))))

	py.Assign("s2", py.Str("spam"))
	py.Echo(py.Bool(py.Alive(py.Load("ender"))))

	// Output:
	// True
	// True
	// Gone with the wind...
	// False
}

// The notebook's stock of cheese: the loop variable outlives its loop.
func ExampleInterpreter_WeakValueDictionary() {
	py := sim.New(sim.Options{Stdout: os.Stdout})
	py.Assign("Cheese", newCheese(py))
	cheese := func(kind string) *sim.Object { return py.Call(py.Load("Cheese"), py.Str(kind)) }

	py.Assign("stock", py.WeakValueDictionary())
	py.Assign("catalog", py.List(cheese("Red Leicester"), cheese("Tilsit"), cheese("Brie"), cheese("Parmesan")))
	py.For("cheese", py.Load("catalog"), func() {
		py.SetItem(py.Load("stock"), py.Attr(py.Load("cheese"), "kind"), py.Load("cheese"))
	})
	py.Echo(py.Sorted(py.Keys(py.Load("stock"))))

	py.Del("catalog")
	py.Echo(py.Sorted(py.Keys(py.Load("stock"))))
	py.Echo(py.Load("cheese"))

	py.Del("cheese")
	py.Echo(py.Sorted(py.Keys(py.Load("stock"))))

	// Output:
	// ['Brie', 'Parmesan', 'Red Leicester', 'Tilsit']
	// ['Parmesan']
	// Cheese('Parmesan')
	// []
}

// A WeakKeyDictionary compares keys by value, and an entry dies with the first of
// several equal keys.
func ExampleInterpreter_WeakKeyDictionary() {
	py := sim.New(sim.Options{Stdout: os.Stdout})
	value := func(o *sim.Object) int64 {
		v := py.Attr(py.Retain(o), "value")
		defer py.Release(v)
		return v.AsInt()
	}
	py.Assign("Key", py.NewClass("Key", sim.Class{
		Init: func(self *sim.Object, args []*sim.Object) {
			py.SetAttr(py.Retain(self), "value", py.Retain(args[0]))
		},
		Eq:   func(self, other *sim.Object) bool { return value(self) == value(other) },
		Hash: func(self *sim.Object) uint64 { return uint64(value(self)) },
	}))

	py.Assign("first", py.Call(py.Load("Key"), py.Int(7)))
	py.Assign("second", py.Call(py.Load("Key"), py.Int(7)))
	py.Assign("notes", py.WeakKeyDictionary())
	py.SetItem(py.Load("notes"), py.Load("first"), py.Str("written"))
	py.SetItem(py.Load("notes"), py.Load("second"), py.Str("overwritten"))
	fmt.Println(py.Len(py.Load("notes")))
	py.Echo(py.GetItem(py.Load("notes"), py.Load("first")))

	py.Del("first")
	fmt.Println(py.Len(py.Load("notes")))

	// Output:
	// 1
	// 'overwritten'
	// 0
}

// A class that knows its instances, without keeping them.
func ExampleInterpreter_WeakSet() {
	py := sim.New(sim.Options{Stdout: os.Stdout})
	py.Assign("Spam", py.NewClass("Spam", sim.Class{
		Init: func(self *sim.Object, args []*sim.Object) {
			py.SetAttr(py.Retain(self), "name", py.Retain(args[0]))
			py.Add(py.Attr(py.Load("Spam"), "instances"), py.Retain(self))
		},
	}))
	py.SetAttr(py.Load("Spam"), "instances", py.WeakSet())
	names := func() {
		list := py.List()
		for o := range py.Iter(py.Attr(py.Load("Spam"), "instances")) {
			py.Append(py.Retain(list), py.Attr(o, "name"))
		}
		py.Echo(py.Sorted(list))
	}

	py.Assign("a", py.Call(py.Load("Spam"), py.Str("ham")))
	py.Assign("b", py.Call(py.Load("Spam"), py.Str("eggs")))
	names()
	py.Del("a")
	names()

	// Output:
	// ['eggs', 'ham']
	// ['eggs']
}

// What cannot be a referent, and the workaround.
func ExampleInterpreter_WeakRef() {
	py := sim.New(sim.Options{Stdout: os.Stdout})
	py.Assign("numbers", py.List(py.Int(1), py.Int(2)))
	fmt.Println(py.Try(func() { py.Release(py.WeakRef(py.Load("numbers"), nil)) }))

	py.Assign("List", py.NewClass("List", sim.Class{Base: py.Load("list")}))
	py.Assign("numbers", py.Call(py.Load("List"), py.Load("numbers")))
	py.Assign("r", py.WeakRef(py.Load("numbers"), nil))
	py.Echo(py.Deref(py.Load("r")))
	py.Del("numbers")
	py.Print(py.Deref(py.Load("r")))

	// Output:
	// TypeError: cannot create weak reference to 'list' object
	// [1, 2]
	// None
}

// Two objects that refer to each other die by the collector only.
func ExampleInterpreter_Collect() {
	py := sim.New(sim.Options{Stdout: os.Stdout})
	py.Assign("Node", py.NewClass("Node", sim.Class{}))
	py.Assign("a", py.Call(py.Load("Node")))
	py.Assign("b", py.Call(py.Load("Node")))
	py.SetAttr(py.Load("a"), "peer", py.Load("b"))
	py.SetAttr(py.Load("b"), "peer", py.Load("a"))
	py.Assign("r", py.WeakRef(py.Load("a"), nil))
	py.Del("a")
	py.Del("b")
	fmt.Println(py.LiveOf("Node"))
	fmt.Println(py.Collect(2))
	fmt.Println(py.LiveOf("Node"))
	py.Print(py.Deref(py.Load("r")))

	// Output:
	// 2
	// 2
	// 0
	// None
}

// One copy of equal things, where CPython keeps one.
func ExampleCode() {
	py := sim.New(sim.Options{})
	cell1, cell2 := py.Compile("cell 1"), py.Compile("cell 2")

	fmt.Println("256 is 256:", py.Is(py.Int(256), py.Int(256)))
	fmt.Println("257 at run time:", py.Is(py.Int(257), py.Int(257)))
	fmt.Println("257 in one cell:", py.Is(cell1.Int(257), cell1.Int(257)))
	fmt.Println("257 in two cells:", py.Is(cell1.Int(257), cell2.Int(257)))
	fmt.Println("'spam' in two cells:", py.Is(cell1.Str("spam"), cell2.Str("spam")))
	fmt.Println("'spam!' in two cells:", py.Is(cell1.Str("spam!"), cell2.Str("spam!")))
	fmt.Println("() is ():", py.Is(py.Tuple(), py.Tuple()))
	fmt.Println("frozenset() is frozenset():", py.Is(py.FrozenSet(), py.FrozenSet()))

	// Output:
	// 256 is 256: true
	// 257 at run time: false
	// 257 in one cell: true
	// 257 in two cells: false
	// 'spam' in two cells: true
	// 'spam!' in two cells: false
	// () is (): true
	// frozenset() is frozenset(): false
}
