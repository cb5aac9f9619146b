package top

import (
	"cmp"
	"slices"
)

// order is what groups are ordered by, in the direction that people look for: the
// most first, and names from A.
type order int

const (
	byRetained order = iota
	byName
	byLive
	byGrowth
	byDeaths
	byAge
	orders // how many there are
)

// orderNames are the names of the orders, for those who choose one in words.
var orderNames = [orders]string{"retained", "name", "live", "growth", "deaths", "age"}

// Orders returns the names that [Options.Order] can have.
func Orders() []string { return orderNames[:] }

// orderOf returns the order of that name, and the first if there is none.
func orderOf(name string) order { return max(order(slices.Index(orderNames[:], name)), 0) }

// sort orders rows in place. Equal ones are ordered by name.
func (o order) sort(rows []Row, reverse bool) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		c := o.compare(a, b)
		if reverse {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.Name, b.Name))
	})
}

func (o order) compare(a, b Row) int {
	switch o {
	case byRetained:
		return cmp.Compare(b.Retained, a.Retained)
	case byLive:
		return cmp.Compare(b.Live, a.Live)
	case byGrowth:
		return cmp.Compare(b.Growth.PerSecond, a.Growth.PerSecond)
	case byDeaths:
		return cmp.Compare(b.Deaths.PerSecond, a.Deaths.PerSecond)
	case byAge:
		return cmp.Compare(b.Since.Ages.Quantile(0.99), a.Since.Ages.Quantile(0.99))
	}
	return cmp.Compare(a.Name, b.Name)
}
