package notebook

import (
	"slices"

	"github.com/referent-go/referent/interning"
	"github.com/referent-go/referent/realweak"
)

// collected plays the cells on Go's collector, with package realweak. Its fields
// are the notebook's global names: like those they keep what they refer to until
// they are set to something else.
type collected struct {
	output

	s1, s2 any
	ender  *realweak.Finalizer[Set, string]

	stock   *realweak.ValueMap[string, Cheese]
	catalog []*Cheese
	cheese  *Cheese

	prices *realweak.KeyMap[Cheese, int]
	brie   *Cheese

	shops *realweak.Set[Shop]
	north *Shop
	south *Shop

	cache *realweak.ValueMap[string, Cheese]
	page  *Cheese

	tearsDown *Cheese

	knot *Knot
	weak realweak.Ref[Knot]
}

func (g *collected) In1() {
	set := NewSet(1, 2, 3)
	g.s1 = &set
	g.s2 = g.s1
	g.ender = realweak.Finalize(&set, g.say, "Gone with the wind...")
	g.ender.SetLabel("bye")
}

func (g *collected) In2() {
	set := NewSet(1, 2, 3)
	g.s1 = &set
	g.s2 = g.s1
	g.ender = realweak.Finalize(&set, g.say, "Gone with the wind...")
	g.ender.SetLabel("bye")
}

func (g *collected) In3() {
	g.print(g.ender.Alive())
}

func (g *collected) In4() {
	g.s1 = nil
}

func (g *collected) In5() {
	g.print(g.ender.Alive())
}

func (g *collected) In6() {
	g.s2 = "spam"
}

func (g *collected) In8() {
	// type Cheese struct{ Kind string }
}

func (g *collected) In9() {
	g.stock = new(realweak.ValueMap[string, Cheese])
	g.catalog = []*Cheese{{"Red Leicester"}, {"Tilsit"}, {"Brie"}, {"Parmesan"}}
	for _, g.cheese = range g.catalog { // g.cheese stays, as a global does
		g.stock.Store(g.cheese.Kind, g.cheese)
	}
	g.print(slices.Sorted(g.stock.Keys()))
}

func (g *collected) In10() {
	g.catalog = nil
}

func (g *collected) In11() {
	g.print(slices.Sorted(g.stock.Keys()))
}

func (g *collected) In14() {
	g.cheese = nil
}

func (g *collected) In15() {
	g.print(slices.Sorted(g.stock.Keys()))
}

func (g *collected) KeyDictionary() {
	g.prices = new(realweak.KeyMap[Cheese, int])
	g.brie = &Cheese{"Brie"}
	g.prices.Store(g.brie, 12)
	price, _ := g.prices.Load(g.brie)
	g.print(price, g.prices.Len())
}

func (g *collected) KeyDictionaryAfter() {
	g.brie = nil
	g.print(g.prices.Len())
}

// Shop is a class that knows its instances.
type Shop struct {
	Name string
}

func (g *collected) openShop(name string) *Shop {
	shop := &Shop{name}
	g.shops.Add(shop)
	return shop
}

func (g *collected) Instances() {
	g.shops = new(realweak.Set[Shop])
	g.north, g.south = g.openShop("north"), g.openShop("south")
	g.print(g.shops.Len())
}

func (g *collected) InstancesAfter() {
	g.north = nil
	for shop := range g.shops.All() {
		g.print(shop.Name)
	}
}

func (g *collected) Cache() {
	g.cache = new(realweak.ValueMap[string, Cheese])
	g.page, _ = g.cache.LoadOrStore("/brie", &Cheese{"Brie"})
	again, hit := g.cache.LoadOrStore("/brie", &Cheese{"Brie"})
	g.print(hit, again == g.page)
}

func (g *collected) CacheAfter() {
	g.page = nil
	_, hit := g.cache.Load("/brie")
	g.print(hit)
}

func (g *collected) Destructor() {
	g.tearsDown = &Cheese{"Brie"}
	realweak.Finalize(g.tearsDown, g.say, "__del__")
}

func (g *collected) DestructorAfter() {
	g.tearsDown = nil
}

func (g *collected) Cycle() {
	g.knot = &Knot{}
	g.knot.other = &Knot{other: g.knot}
	g.weak = realweak.Make(g.knot)
	g.knot = nil
}

func (g *collected) CycleAfter() {
	g.print(g.weak.Alive())
}

func (g *collected) Referents() {
	var empty struct{}
	tiny := new(int32)
	g.print("int32", canRefer(tiny), canRefer(realweak.New[int32](0)))
	g.print("struct{}", canRefer(&empty), canRefer(realweak.New(empty)))
	g.print("package-level variable",
		canRefer(&packageLevel), canRefer(&Cheese{}))
	g.print("slice", sliceSurvivesItsReference(),
		canRefer(&struct{ items []int }{}))
	g.print("map", mapSurvivesItsReference(),
		canRefer(&struct{ items map[int]int }{}))
	g.print("struct", canRefer(&Cheese{}))
}

func (g *collected) Interning() {
	g.print("small ints", is(interning.Int(256), interning.Int(256)))
	g.print("ints made at run time", is(atRunTime(257), atRunTime(257)))
	g.print("equal names", same("spam", "spam"))
	a, b := join("sp", "am"), join("sp", "am")
	g.print("strings made at run time", same(a, b))
	a, b = interning.String(a), interning.String(b)
	g.print("interned strings", same(a, b))
	g.print("empty tuples",
		is(interning.TupleOf[int](), interning.TupleOf[int]()))
	g.print("constant tuples",
		is(interning.TupleOf(1, 2), interning.TupleOf(1, 2)))
	g.print("constant frozen sets",
		is(interning.FrozenSetOf(1, 2), interning.FrozenSetOf(2, 1)))
	// What Go does by itself.
	g.print("Go: 255, 256 in interfaces", is(boxed(255), boxed(255)),
		is(boxed(256), boxed(256)))
	g.print("Go: strings of one byte, two", same(text(1), text(1)),
		same(text(2), text(2)))
	g.print("Go: equal literals", same("spam", "spam"))
}
