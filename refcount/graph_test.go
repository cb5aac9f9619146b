package refcount

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// graphOf makes a graph of an adjacency matrix, row by row.
func graphOf(n int, adjacent func(from, to int) bool) *graph {
	g := new(graph)
	g.reset()
	for from := range n {
		for to := range n {
			if adjacent(from, to) {
				g.extend(1)[0] = uint32(to)
			}
		}
		g.endNode(len(g.to))
	}
	return g
}

// closure is Warshall's: closure[a][b] says whether a path leads from a to b.
func closure(n int, adjacent func(from, to int) bool) [][]bool {
	leads := make([][]bool, n)
	for from := range n {
		leads[from] = make([]bool, n)
		for to := range n {
			leads[from][to] = adjacent(from, to)
		}
	}
	for via := range n {
		for from := range n {
			for to := range n {
				leads[from][to] = leads[from][to] || leads[from][via] && leads[via][to]
			}
		}
	}
	return leads
}

func checkComponents(t *testing.T, c *components, n int, wanted int, adjacent func(from, to int) bool) {
	t.Helper()
	is := func(node int) bool { return wanted&(1<<node) != 0 }
	among := func(from, to int) bool { return is(from) && is(to) && adjacent(from, to) }
	c.find(graphOf(n, adjacent), func(node uint32) bool { return is(int(node)) })
	leads := closure(n, among)
	component := make([]int, n)
	seen := 0
	for i := range c.count() {
		if len(c.component(i)) == 0 {
			t.Fatal("an empty component")
		}
		for _, node := range c.component(i) {
			if !is(int(node)) || seen&(1<<node) != 0 {
				t.Fatalf("node %d is unwanted or in two components", node)
			}
			seen |= 1 << node
			component[node] = i
		}
	}
	if seen != wanted {
		t.Fatalf("nodes %b are in components, want %b", seen, wanted)
	}
	for a := range n {
		for b := range n {
			if !is(a) || !is(b) || a == b {
				continue
			}
			if together := leads[a][b] && leads[b][a]; together != (component[a] == component[b]) {
				t.Fatalf("%d and %d: in components %d and %d, on a common cycle: %v", a, b, component[a], component[b], together)
			}
			if leads[a][b] && component[a] > component[b] {
				t.Fatalf("%d leads to %d and comes after it", a, b)
			}
		}
	}
}

func TestComponents(t *testing.T) {
	var c components
	for n := range 4 {
		for matrix := range 1 << (n * n) {
			for wanted := range 1 << n {
				checkComponents(t, &c, n, wanted, func(from, to int) bool { return matrix&(1<<(from*n+to)) != 0 })
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 1 + r.IntN(30)
		density := r.Float64() * 0.2
		var rows [30]int
		for i := range rows {
			for j := range n {
				if r.Float64() < density {
					rows[i] |= 1 << j
				}
			}
		}
		checkComponents(t, &c, n, r.IntN(1<<n), func(from, to int) bool { return rows[from]&(1<<to) != 0 })
	}
}

func acyclic(n int, arcs []arc, cut []int) bool {
	adjacent := make([][]bool, n)
	for i := range adjacent {
		adjacent[i] = make([]bool, n)
	}
	for i, a := range arcs {
		if !slices.Contains(cut, i) {
			adjacent[a.from][a.to] = true
		}
	}
	leads := closure(n, func(from, to int) bool { return adjacent[from][to] })
	for node := range n {
		if leads[node][node] {
			return false
		}
	}
	return true
}

// cheapestCut tries all subsets.
func cheapestCut(n int, arcs []arc) int {
	best := 1 << 30
	for set := range 1 << len(arcs) {
		price := 0
		var cut []int
		for rest := set; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros(uint(rest))
			price += arcs[i].price
			cut = append(cut, i)
		}
		if price < best && acyclic(n, arcs, cut) {
			best = price
		}
	}
	return best
}

func randomArcs(r *rand.Rand, n, m int) []arc {
	arcs := make([]arc, m)
	for i := range arcs {
		arcs[i] = arc{r.IntN(n), r.IntN(n), 8 + r.IntN(3)}
	}
	return arcs
}

func TestFeedbackIsCheapest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n := 1 + r.IntN(5)
		arcs := randomArcs(r, n, r.IntN(9))
		cut, cheapest := feedback(n, arcs)
		price := 0
		for _, i := range cut {
			price += arcs[i].price
		}
		if !cheapest || !acyclic(n, arcs, cut) || price != cheapestCut(n, arcs) {
			t.Fatalf("%d nodes, arcs %v: cut %v for %d (cheapest: %v), want %d", n, arcs, cut, price, cheapest, cheapestCut(n, arcs))
		}
	}
}

func TestFeedbackOfLargeComponents(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		n := exactFeedback + 1 + r.IntN(30)
		arcs := randomArcs(r, n, n+r.IntN(2*n))
		cut, cheapest := feedback(n, arcs)
		if cheapest || !acyclic(n, arcs, cut) {
			t.Fatalf("%d nodes, arcs %v: cut %v leaves a cycle, or claims to be the cheapest", n, arcs, cut)
		}
		for _, i := range cut {
			if acyclic(n, arcs, slices.DeleteFunc(slices.Clone(cut), func(j int) bool { return j == i })) {
				t.Fatalf("%d nodes, arcs %v: arc %d of the cut %v is superfluous", n, arcs, i, cut)
			}
		}
	}
	// Two arcs for the same pair of nodes everywhere: forth and back.
	n := 1000
	var arcs []arc
	for i := range n - 1 {
		arcs = append(arcs, arc{i, i + 1, 9}, arc{i + 1, i, 8})
	}
	if cut, _ := feedback(n, arcs); len(cut) != n-1 || slices.ContainsFunc(cut, func(i int) bool { return i%2 == 0 }) {
		t.Errorf("of a list with back references, %d arcs are cut, not the %d that lead back", len(cut), n-1)
	}
}
