package refcount

import (
	"math"
	"slices"
)

// arc is an edge within a strongly connected component of which a cycle is to
// be shown. Its nodes are numbered from 0 to the component's size. The price is
// what it costs to do without it; smallest sets are the cheapest ones.
type arc struct{ from, to, price int }

// exactFeedback is the largest component for which the smallest set is
// guaranteed. The time for it doubles with every node: 65,536 sets of nodes
// take a few milliseconds.
const exactFeedback = 16

// feedback returns the numbers of a set of arcs without which there is no cycle
// among n nodes, and whether it is a cheapest one. It is, up to exactFeedback
// nodes. Above that, it is one in which no arc is superfluous.
func feedback(n int, arcs []arc) (cut []int, cheapest bool) {
	var order []int
	cheapest = n <= exactFeedback
	if cheapest {
		order = cheapestOrder(n, arcs)
	} else {
		order = greedyOrder(n, arcs)
	}
	place := make([]int, n)
	for i, node := range order {
		place[node] = i
	}
	for i, a := range arcs {
		if place[a.from] >= place[a.to] {
			cut = append(cut, i)
		}
	}
	if !cheapest {
		cut = withoutSuperfluous(n, arcs, cut)
	}
	return cut, cheapest
}

// cheapestOrder puts the nodes into an order in which the arcs that lead
// backwards are as cheap as can be, by dynamic programming over the sets of nodes
// that come first: for the last of a set, its arcs into the set lead backwards.
func cheapestOrder(n int, arcs []arc) []int {
	type choice struct {
		price int64
		last  int
	}
	best := make([]choice, 1<<n)
	price := make([]int64, n*n)
	for _, a := range arcs {
		price[a.from*n+a.to] += int64(a.price)
	}
	for set := 1; set < len(best); set++ {
		best[set] = choice{price: math.MaxInt64}
		for last := range n {
			rest := set &^ (1 << last)
			if rest == set {
				continue
			}
			sum := best[rest].price
			for to := range n {
				if rest&(1<<to) != 0 {
					sum += price[last*n+to]
				}
			}
			if sum < best[set].price {
				best[set] = choice{sum, last}
			}
		}
	}
	order := make([]int, n)
	for set, i := len(best)-1, n-1; i >= 0; i-- {
		order[i] = best[set].last
		set &^= 1 << order[i]
	}
	return order
}

// greedyOrder is the heuristic of Eades, Lin and Smyth (1993): take away sinks
// for the end and sources for the beginning, and if there is neither, the node
// with the greatest excess of outgoing over incoming, for the beginning.
func greedyOrder(n int, arcs []arc) []int {
	out, in := make([][]int, n), make([][]int, n)
	excess := make([]int, n) // price of outgoing less incoming
	outs, ins := make([]int, n), make([]int, n)
	for i, a := range arcs {
		if a.from == a.to {
			continue
		}
		out[a.from], in[a.to] = append(out[a.from], i), append(in[a.to], i)
		outs[a.from]++
		ins[a.to]++
		excess[a.from] += a.price
		excess[a.to] -= a.price
	}
	gone := make([]bool, n)
	var sinks, sources []int
	look := func(node int) {
		switch {
		case gone[node]:
		case outs[node] == 0:
			sinks = append(sinks, node)
		case ins[node] == 0:
			sources = append(sources, node)
		}
	}
	// A heap of nodes by excess, with entries that may be out of date.
	var heap excessHeap
	for node := range n {
		look(node)
		heap.push(node, excess[node])
	}
	take := func(node int) bool {
		if gone[node] {
			return false
		}
		gone[node] = true
		for _, i := range out[node] {
			to := arcs[i].to
			ins[to]--
			excess[to] += arcs[i].price
			if !gone[to] {
				heap.push(to, excess[to])
				look(to)
			}
		}
		for _, i := range in[node] {
			from := arcs[i].from
			outs[from]--
			excess[from] -= arcs[i].price
			look(from)
		}
		return true
	}
	pop := func(stack *[]int) (node int, ok bool) {
		last := len(*stack) - 1
		if last < 0 {
			return 0, false
		}
		node = (*stack)[last]
		*stack = (*stack)[:last]
		return node, true
	}
	var begin, end []int
	for len(begin)+len(end) < n {
		if node, ok := pop(&sinks); ok {
			if take(node) {
				end = append(end, node)
			}
			continue
		}
		if node, ok := pop(&sources); ok {
			if take(node) {
				begin = append(begin, node)
			}
			continue
		}
		node, of := heap.pop()
		if !gone[node] && of == excess[node] && take(node) {
			begin = append(begin, node)
		} else if !gone[node] {
			heap.push(node, excess[node])
		}
	}
	slices.Reverse(end)
	return append(begin, end...)
}

// excessHeap is a binary heap with the greatest excess on top, and of equal ones
// the node with the smallest number.
type excessHeap []struct{ node, excess int }

func (h excessHeap) above(i, j int) bool {
	return h[i].excess > h[j].excess || h[i].excess == h[j].excess && h[i].node < h[j].node
}

func (h *excessHeap) push(node, excess int) {
	*h = append(*h, struct{ node, excess int }{node, excess})
	for i := len(*h) - 1; i > 0 && h.above(i, (i-1)/2); i = (i - 1) / 2 {
		(*h)[i], (*h)[(i-1)/2] = (*h)[(i-1)/2], (*h)[i]
	}
}

func (h *excessHeap) pop() (node, excess int) {
	top := (*h)[0]
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && h.above(child+1, child) {
			child++
		}
		if child >= last || !h.above(child, i) {
			return top.node, top.excess
		}
		(*h)[i], (*h)[child] = (*h)[child], (*h)[i]
		i = child
	}
}

// maxPruning bounds the work of withoutSuperfluous, in arcs looked at.
const maxPruning = 1 << 24

// withoutSuperfluous takes out of cut what can stay in the graph without a cycle,
// the most expensive first.
func withoutSuperfluous(n int, arcs []arc, cut []int) []int {
	if len(cut)*len(arcs) > maxPruning {
		return cut
	}
	out := make([][]int, n) // of the arcs that stay
	isCut := make([]bool, len(arcs))
	for _, i := range cut {
		isCut[i] = true
	}
	for i, a := range arcs {
		if !isCut[i] {
			out[a.from] = append(out[a.from], a.to)
		}
	}
	seen := make([]int, n)
	round := 0
	var stack []int
	leads := func(from, to int) bool {
		round++
		stack = append(stack[:0], from)
		seen[from] = round
		for len(stack) > 0 {
			node := stack[len(stack)-1]
			if node == to {
				return true
			}
			stack = stack[:len(stack)-1]
			for _, next := range out[node] {
				if seen[next] != round {
					seen[next] = round
					stack = append(stack, next)
				}
			}
		}
		return false
	}
	byPrice := slices.Clone(cut)
	slices.SortStableFunc(byPrice, func(i, j int) int { return arcs[j].price - arcs[i].price })
	for _, i := range byPrice {
		if a := arcs[i]; !leads(a.to, a.from) {
			isCut[i] = false
			out[a.from] = append(out[a.from], a.to)
		}
	}
	return slices.DeleteFunc(cut, func(i int) bool { return !isCut[i] })
}
