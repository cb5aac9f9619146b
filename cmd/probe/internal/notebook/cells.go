package notebook

// Cell is one cell of the notebook, or one of its remarks made into a cell.
type Cell struct {
	Name   string // of the engines' method
	Title  string // "In [2]", or what the remark is about
	Python string
	Want   []string // what it prints
	Source string   // where Want is from: recorded, or stated and checked with CPython

	// Looks says that the cell only looks: it may be played again after a
	// collection.
	Looks bool

	// WantCounted and WantCollected replace Want where Go differs by nature;
	// Note says why. Nil means no difference.
	WantCounted   []string
	WantCollected []string
	Note          string
}

// The sources of an expectation.
const (
	recorded = "recorded" // by the notebook
	stated   = "stated"   // by the notebook's text, without output; CPython 3.11 prints it
)

const stockCell = `stock = weakref.WeakValueDictionary()
catalog = [Cheese('Red Leicester'), Cheese('Tilsit'),
           Cheese('Brie'), Cheese('Parmesan')]

for cheese in catalog:
    stock[cheese.kind] = cheese

sorted(stock.keys())`

const enderCell = `s1 = {1, 2, 3}
s2 = s1

def bye():
    print('Gone with the wind...')

ender = weakref.finalize(s1, bye)`

// Cells returns the cells in the order in which they are played.
func Cells() []Cell {
	return []Cell{
		{
			Name: "In1", Title: "In [1]", Source: stated, Python: enderCell,
			Note: "The notebook's numbers start at 2 because this cell had been run once before.",
		},
		{
			Name: "In2", Title: "In [2]", Source: recorded, Python: enderCell,
			Want: []string{"Gone with the wind..."},
			Note: "The names of the first run get new objects, and the first set dies. That is the line that the notebook shows here.",
		},
		{
			Name: "In3", Title: "In [3]", Source: recorded, Looks: true,
			Python: "ender.alive",
			Want:   []string{"True"},
		},
		{
			Name: "In4", Title: "In [4]", Source: recorded,
			Python: "del s1",
		},
		{
			Name: "In5", Title: "In [5]", Source: recorded, Looks: true,
			Python: "ender.alive   # the del just deleted the reference not object",
			Want:   []string{"True"},
		},
		{
			Name: "In6", Title: "In [6]", Source: recorded,
			Python: "s2 = 'spam'   # Boom refcount goes to 0 and callback is triggered",
			Want:   []string{"Gone with the wind..."},
			Note:   "Nothing counts references in Go: the set is as dead as in CPython, but that is found out by the next collection.",
		},
		{
			Name: "In8", Title: "In [8]", Source: recorded,
			Python: "class Cheese:\n    def __init__(self, kind):\n        self.kind = kind\n    def __repr__(self):\n        return f'Cheese({self.kind!r})'",
		},
		{
			Name: "In9", Title: "In [9]", Source: recorded, Python: stockCell,
			Want: []string{"['Brie', 'Parmesan', 'Red Leicester', 'Tilsit']"},
		},
		{
			Name: "In10", Title: "In [10]", Source: recorded,
			Python: "del catalog",
		},
		{
			Name: "In11", Title: "In [11]", Source: recorded, Looks: true,
			Python: "sorted(stock.keys())  # Interestingly Parmesan holds on! something must be referencing it",
			Want:   []string{"['Parmesan']"},
			Note:   "The loop variable holds on in Go only because it is a field here, as global as Python's. A variable of the loop itself is dead after its last use.",
		},
		{
			Name: "In14", Title: "In [14]", Source: recorded,
			Python: "del cheese",
		},
		{
			Name: "In15", Title: "In [15]", Source: recorded, Looks: true,
			Python: "sorted(stock.keys())",
			Want:   []string{"[]"},
		},
		{
			Name: "KeyDictionary", Title: "WeakKeyDictionary", Source: stated,
			Python: "prices = weakref.WeakKeyDictionary()\nbrie = Cheese('Brie')\nprices[brie] = 12\nprint(prices[brie], len(prices))",
			Want:   []string{"12 1"},
			Note:   "What a program knows about objects that it does not own. Keys are compared by value in CPython, by identity here.",
		},
		{
			Name: "KeyDictionaryAfter", Title: "WeakKeyDictionary, without the key", Source: stated, Looks: true,
			Python: "del brie\nprint(len(prices))",
			Want:   []string{"0"},
		},
		{
			Name: "Instances", Title: "A class that knows its instances", Source: stated,
			Python: "class Shop:\n    all = weakref.WeakSet()\n    def __init__(self, name):\n        self.name = name\n        Shop.all.add(self)\n\nnorth, south = Shop('north'), Shop('south')\nprint(len(Shop.all))",
			Want:   []string{"2"},
		},
		{
			Name: "InstancesAfter", Title: "A class that knows its instances, one less", Source: stated, Looks: true,
			Python: "del north\nfor shop in Shop.all: print(shop.name)",
			Want:   []string{"south"},
		},
		{
			Name: "Cache", Title: "A cache", Source: stated,
			Python: "cache = weakref.WeakValueDictionary()\npage = cache.setdefault('/brie', Cheese('Brie'))\nprint('/brie' in cache, cache.setdefault('/brie', Cheese('Brie')) is page)",
			Want:   []string{"True True"},
		},
		{
			Name: "CacheAfter", Title: "A cache does not keep what only it refers to", Source: stated, Looks: true,
			Python: "del page\nprint('/brie' in cache)",
			Want:   []string{"False"},
		},
		{
			Name: "Destructor", Title: "__del__", Source: stated,
			Python: "class Brie(Cheese):\n    def __del__(self):\n        print('__del__')\n\ntears_down = Brie('Brie')",
		},
		{
			Name: "DestructorAfter", Title: "__del__, when the count reaches zero", Source: stated,
			Python: "del tears_down",
			Want:   []string{"__del__"},
			Note:   "Only the counted engine calls it at a known moment, as CPython does. A finalizer has to wait for a collection.",
		},
		{
			Name: "Cycle", Title: "A reference cycle", Source: stated,
			Python: "class Knot: pass\na, b = Knot(), Knot()\na.other, b.other = b, a\nweak = weakref.ref(a)\ndel a, b",
		},
		{
			Name: "CycleAfter", Title: "A reference cycle, collected", Source: stated, Looks: true,
			Python: "gc.collect()\nprint(weak() is not None)",
			Want:   []string{"False"},
			Note:   "A cycle is no obstacle to Go's collector. Counted references must not form one, so one of the two links is weak.",
		},
		{
			Name: "Referents", Title: "What cannot be a referent", Source: stated, Looks: true,
			Python: "for v in [], {}, (), 0, List(), Dict(), Tuple(), Int(), set(), Cheese(''):\n    try: weakref.ref(v); answer = 'yes'\n    except TypeError: answer = 'no'\n    print(type(v).__name__, answer)   # List to Int are subclasses",
			Want:   []string{"list no", "dict no", "tuple no", "int no", "List yes", "Dict yes", "Tuple no", "Int no", "set yes", "Cheese yes"},
			WantCounted: []string{
				"int32 yes", "struct{} yes", "slice yes", "map yes", "struct yes",
			},
			WantCollected: []string{
				"int32 no yes", "struct{} no yes", "package-level variable no yes", "slice no yes", "map no yes", "struct yes",
			},
			Note: "In CPython the type decides, and subclassing helps some. In Go the place decides: the second answer is for the remedy, " +
				"realweak.New for what is small or empty, a heap object for a variable, a struct with the slice or map in it. Anything can be counted.",
		},
		{
			Name: "Interning", Title: "Interning of small immutables", Source: stated, Looks: true,
			Python: "print('small ints', 256 is 256)\nprint('ints made at run time', int('257') is int('257'))\nprint('equal names', 'spam' is 'spam')\n" +
				"a, b = ''.join(['sp', 'am']), ''.join(['sp', 'am'])\nprint('strings made at run time', a is b)\nprint('interned strings', sys.intern(a) is sys.intern(b))\n" +
				"print('empty tuples', tuple() is tuple())\nprint('constant tuples', (1, 2) is (1, 2))\nconstants = compile('x in {1, 2}; y in {1, 2}', '', 'exec').co_consts\nprint('constant frozen sets', sum(type(c) is frozenset for c in constants) == 1)",
			Want: []string{
				"small ints True", "ints made at run time False", "equal names True", "strings made at run time False",
				"interned strings True", "empty tuples True", "constant tuples True", "constant frozen sets True",
			},
			WantCollected: []string{
				"small ints True", "ints made at run time False", "equal names True", "strings made at run time False",
				"interned strings True", "empty tuples True", "constant tuples True", "constant frozen sets True",
				"Go: 255, 256 in interfaces True False", "Go: strings of one byte, two True False", "Go: equal literals True",
			},
			Note: "CPython interns these on its own; Go shares equal constants, single bytes, and integers up to 255 in interfaces, and nothing else. " +
				"Package interning does the rest when asked, and what it keeps dies when nobody uses it.",
		},
	}
}

// want returns what the cell must print on an engine.
func (c Cell) want(engine string) []string {
	switch {
	case engine == Counted && c.WantCounted != nil:
		return c.WantCounted
	case engine == Collected && c.WantCollected != nil:
		return c.WantCollected
	}
	return c.Want
}
