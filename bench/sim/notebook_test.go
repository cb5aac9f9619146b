package sim

import (
	"strings"
	"testing"
)

// TestNotebook replays the notebook's cells one statement at a time and compares
// what each printed with what the notebook recorded.
func TestNotebook(t *testing.T) {
	var stdout strings.Builder
	py := New(Options{Stdout: &stdout})
	cells := []struct {
		source, want string
		run          func(c *Code)
	}{
		{"s1 = {1, 2, 3}", "", func(c *Code) { py.Assign("s1", py.Set(c.Int(1), c.Int(2), c.Int(3))) }},
		{"s2 = s1", "", func(*Code) { py.Assign("s2", py.Load("s1")) }},
		{"def bye(): ...", "", func(c *Code) {
			py.Assign("bye", py.Function("bye", func([]*Object) *Object {
				py.Print(py.Str("Gone with the wind..."))
				return nil
			}))
		}},
		{"ender = weakref.finalize(s1, bye)", "", func(*Code) {
			py.Assign("ender", py.Finalize(py.Load("s1"), py.Load("bye")))
		}},
		{"ender.alive", "True\n", func(*Code) { py.Echo(py.Bool(py.Alive(py.Load("ender")))) }},
		{"del s1", "", func(*Code) { py.Del("s1") }},
		{"ender.alive", "True\n", func(*Code) { py.Echo(py.Bool(py.Alive(py.Load("ender")))) }},
		{"s2 = 'spam'", "Gone with the wind...\n", func(c *Code) { py.Assign("s2", c.Str("spam")) }},
		{"ender.alive", "False\n", func(*Code) { py.Echo(py.Bool(py.Alive(py.Load("ender")))) }},

		{"class Cheese: ...", "", func(*Code) {
			py.Assign("Cheese", py.NewClass("Cheese", Class{
				Init: func(self *Object, args []*Object) {
					py.SetAttr(py.Retain(self), "kind", py.Retain(args[0]))
				},
				Repr: func(self *Object) string {
					return "Cheese(" + py.Repr(py.Attr(py.Retain(self), "kind")) + ")"
				},
			}))
		}},
		{"stock = weakref.WeakValueDictionary()", "", func(*Code) { py.Assign("stock", py.WeakValueDictionary()) }},
		{"catalog = [Cheese('Red Leicester'), …]", "", func(c *Code) {
			list := py.List()
			for _, kind := range []string{"Red Leicester", "Tilsit", "Brie", "Parmesan"} {
				py.Append(py.Retain(list), py.Call(py.Load("Cheese"), c.Str(kind)))
			}
			py.Assign("catalog", list)
		}},
		{"for cheese in catalog: stock[cheese.kind] = cheese", "", func(*Code) {
			py.For("cheese", py.Load("catalog"), func() {
				value := py.Load("cheese")
				py.SetItem(py.Load("stock"), py.Attr(py.Load("cheese"), "kind"), value)
			})
		}},
		{"sorted(stock.keys())", "['Brie', 'Parmesan', 'Red Leicester', 'Tilsit']\n", func(*Code) {
			py.Echo(py.Sorted(py.Keys(py.Load("stock"))))
		}},
		{"del catalog", "", func(*Code) { py.Del("catalog") }},
		{"sorted(stock.keys())", "['Parmesan']\n", func(*Code) { py.Echo(py.Sorted(py.Keys(py.Load("stock")))) }},
		{"del cheese", "", func(*Code) { py.Del("cheese") }},
		{"sorted(stock.keys())", "[]\n", func(*Code) { py.Echo(py.Sorted(py.Keys(py.Load("stock")))) }},
	}
	for _, c := range cells {
		stdout.Reset()
		code := py.Compile(c.source)
		if err := py.Try(func() { c.run(code) }); err != nil {
			t.Fatalf("%s raised %v", c.source, err)
		}
		code.Release()
		if stdout.String() != c.want {
			t.Errorf("%s printed %q, want %q", c.source, stdout.String(), c.want)
		}
		checkClean(t, py)
	}
	py.Exit()
	checkClean(t, py)
	if py.Live() != 0 {
		t.Errorf("%d objects are left", py.Live())
	}
}
