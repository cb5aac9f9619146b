package notebook

import (
	"maps"
	"slices"

	"github.com/referent-go/referent/refcount"
)

// counted plays the cells on reference counts, with package refcount. Its fields
// are the notebook's global names. What CPython does when a name goes, Release
// does here.
type counted struct {
	output

	s1, s2 refcount.Strong[Set]
	spam   refcount.Strong[string]
	ender  refcount.Weak[Set]

	stock   map[string]*refcount.Weak[Cheese]
	catalog []refcount.Strong[Cheese]
	cheese  refcount.Strong[Cheese]

	prices map[*Cheese]int
	brie   refcount.Strong[Cheese]

	shops map[*Shop]bool
	north refcount.Strong[Shop]
	south refcount.Strong[Shop]

	cache map[string]*refcount.Weak[Cheese]
	page  refcount.Strong[Cheese]

	tearsDown refcount.Strong[Cheese]

	first, second refcount.Strong[Link]
	weak          refcount.Weak[Link]

	pool map[any]*refcount.Weak[any]
}

func (g *counted) In1() {
	g.s1 = refcount.New(NewSet(1, 2, 3), func(*Set) {
		g.say("Gone with the wind...")
	})
	g.s2 = g.s1.Clone()
	g.ender = g.s1.Downgrade()
}

func (g *counted) In2() {
	set := refcount.New(NewSet(1, 2, 3), func(*Set) {
		g.say("Gone with the wind...")
	})
	g.s1.Release()
	g.s1 = set.Move()
	g.s2.Release()
	g.s2 = g.s1.Clone()
	g.ender.Release()
	g.ender = g.s1.Downgrade()
}

func (g *counted) In3() {
	g.print(g.ender.StrongCount() > 0)
}

func (g *counted) In4() {
	g.s1.Release()
}

func (g *counted) In5() {
	g.print(g.ender.StrongCount() > 0)
}

func (g *counted) In6() {
	g.spam = refcount.New("spam", nil)
	g.s2.Release()
}

func (g *counted) In8() {
	// type Cheese struct{ Kind string }
}

func (g *counted) In9() {
	g.stock = make(map[string]*refcount.Weak[Cheese])
	kinds := []string{"Red Leicester", "Tilsit", "Brie", "Parmesan"}
	for _, kind := range kinds {
		cheese := refcount.New(Cheese{kind}, func(c *Cheese) {
			delete(g.stock, c.Kind)
		})
		cheese.SetLabel(kind)
		g.catalog = append(g.catalog, cheese.Move())
	}
	for i := range g.catalog {
		if g.cheese.Held() {
			g.cheese.Release()
		}
		g.cheese = g.catalog[i].Clone()
		weak := g.cheese.Downgrade()
		g.stock[g.cheese.Value().Kind] = &weak
	}
	g.print(slices.Sorted(maps.Keys(g.stock)))
}

func (g *counted) In10() {
	for i := range g.catalog {
		g.catalog[i].Release()
	}
}

func (g *counted) In11() {
	g.print(slices.Sorted(maps.Keys(g.stock)))
}

func (g *counted) In14() {
	g.cheese.Release()
}

func (g *counted) In15() {
	g.print(slices.Sorted(maps.Keys(g.stock)))
}

func (g *counted) KeyDictionary() {
	g.prices = make(map[*Cheese]int)
	g.brie = refcount.New(Cheese{"Brie"}, func(c *Cheese) {
		delete(g.prices, c)
	})
	g.prices[g.brie.Value()] = 12
	g.print(g.prices[g.brie.Value()], len(g.prices))
}

func (g *counted) KeyDictionaryAfter() {
	g.brie.Release()
	g.print(len(g.prices))
}

func (g *counted) openShop(name string) refcount.Strong[Shop] {
	shop := refcount.New(Shop{name}, func(s *Shop) { delete(g.shops, s) })
	g.shops[shop.Value()] = true
	return shop.Move()
}

func (g *counted) Instances() {
	g.shops = make(map[*Shop]bool)
	g.north, g.south = g.openShop("north"), g.openShop("south")
	g.print(len(g.shops))
}

func (g *counted) InstancesAfter() {
	g.north.Release()
	for shop := range g.shops {
		g.print(shop.Name)
	}
}

func (g *counted) lookUp(path string) (page refcount.Strong[Cheese], hit bool) {
	if weak, ok := g.cache[path]; ok {
		return weak.Upgrade()
	}
	return refcount.Strong[Cheese]{}, false
}

func (g *counted) Cache() {
	g.cache = make(map[string]*refcount.Weak[Cheese])
	g.page = refcount.New(Cheese{"Brie"}, func(*Cheese) {
		delete(g.cache, "/brie")
	})
	weak := g.page.Downgrade()
	g.cache["/brie"] = &weak
	again, hit := g.lookUp("/brie")
	g.print(hit, again.PtrEq(&g.page))
	again.Release()
}

func (g *counted) CacheAfter() {
	g.page.Release()
	_, hit := g.lookUp("/brie")
	g.print(hit)
}

func (g *counted) Destructor() {
	g.tearsDown = refcount.New(Cheese{"Brie"}, func(*Cheese) {
		g.say("__del__")
	})
}

func (g *counted) DestructorAfter() {
	g.tearsDown.Release()
}

// Link is a Knot whose references are counted.
type Link struct {
	other refcount.Strong[Link]
	back  refcount.Weak[Link]
}

func (l *Link) drop() {
	if l.other.Held() {
		l.other.Release()
	}
}

func (g *counted) Cycle() {
	// Two strong links would keep each other: one way must be weak.
	g.first = refcount.New(Link{}, (*Link).drop)
	g.second = refcount.New(Link{back: g.first.Downgrade()}, (*Link).drop)
	g.first.Value().other = g.second.Move()
	g.weak = g.first.Downgrade()
	g.first.Release()
}

func (g *counted) CycleAfter() {
	g.print(g.weak.StrongCount() > 0)
}

func (g *counted) Referents() {
	g.print("int32", canCount(int32(0)))
	g.print("struct{}", canCount(struct{}{}))
	g.print("slice", canCount([]int{1, 2, 3}))
	g.print("map", canCount(map[int]int{}))
	g.print("struct", canCount(Cheese{}))
}

func (g *counted) Interning() {
	g.pool = make(map[any]*refcount.Weak[any])
	g.print("small ints", g.oneCopy(256))
	g.print("ints made at run time", is(atRunTime(257), atRunTime(257)))
	g.print("equal names", g.oneCopy("spam"))
	a, b := join("sp", "am"), join("sp", "am")
	g.print("strings made at run time", same(a, b))
	g.print("interned strings", g.oneCopy(join("sp", "am")))
	g.print("empty tuples", g.oneCopy([0]int{}))
	g.print("constant tuples", g.oneCopy([2]int{1, 2}))
	g.print("constant frozen sets", g.oneCopy([2]int{1, 2}))
}

// intern returns a handle to the one copy of v, which lives while it is counted.
func (g *counted) intern(v any) refcount.Strong[any] {
	if weak, ok := g.pool[v]; ok {
		h, _ := weak.Upgrade()
		return h.Move()
	}
	h := refcount.New(v, func(*any) { delete(g.pool, v) })
	weak := h.Downgrade()
	g.pool[v] = &weak
	return h.Move()
}

func (g *counted) oneCopy(v any) bool {
	a, b := g.intern(v), g.intern(v)
	one := a.PtrEq(&b)
	a.Release()
	b.Release()
	return one && len(g.pool) == 0 // and it went with its last user
}

// canCount answers whether a count notices the end of v.
func canCount[T any](v T) string {
	dropped := false
	h := refcount.New(v, func(*T) { dropped = true })
	h.Release()
	return yes(dropped)
}
