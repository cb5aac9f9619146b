package refcount

import "slices"

// graph is a directed graph of the nodes 0 to len(first)-2. The edges of node i
// are those numbered first[i] up to first[i+1]; to has their ends. There may be
// several from one node to another, and from a node to itself.
//
// It is rebuilt in place, collection after collection.
type graph struct {
	first []uint32
	to    []uint32
}

// outside is the end of an edge that leads out of the graph.
const outside = ^uint32(0)

func (g *graph) reset() {
	g.first = append(g.first[:0], 0)
	g.to = g.to[:0]
}

// extend adds n edges and returns the room for their ends.
func (g *graph) extend(n int) (ends []uint32) {
	g.to = slices.Grow(g.to, n)[:len(g.to)+n]
	return g.to[len(g.to)-n:]
}

// endNode ends the list of edges of one node, the last of which has the number
// edges-1; those of the next one follow. They may be added later.
func (g *graph) endNode(edges int) { g.first = append(g.first, uint32(edges)) }

func (g *graph) nodes() int { return len(g.first) - 1 }

func (g *graph) edges(node uint32) []uint32 { return g.to[g.first[node]:g.first[node+1]] }

// components finds the strongly connected components of those nodes of a graph
// that are wanted: Tarjan's algorithm, with a stack of its own in place of the
// goroutine's.
type components struct {
	// slots has the nodes on Tarjan's component stack at its beginning, and
	// those of complete components at its end, the last completed one first.
	// They never meet, since a node is in one place only.
	slots  []uint32
	cursor []uint32
	bounds []uint32 // where each complete component begins, from len(slots) down

	state []tarjan
	path  []step
}

type tarjan struct {
	number uint32 // in the order of discovery, from 1; 0 is undiscovered; at last its component's, from 1
	low    uint32 // the smallest number known to be in the same component; complete once it is
}

const complete = ^uint32(0)

type step struct{ node, edge uint32 }

func (c *components) find(g *graph, wanted func(node uint32) bool) {
	n := g.nodes()
	c.slots = slices.Grow(c.slots[:0], n)[:n]
	c.state = slices.Grow(c.state[:0], n)[:n]
	clear(c.state)
	c.path = c.path[:0]
	c.bounds = append(c.bounds[:0], uint32(n))
	number, depth, free := uint32(0), 0, n
	for root := range uint32(n) {
		if c.state[root].number != 0 || !wanted(root) {
			continue
		}
		for next := root; ; {
			number++
			c.state[next] = tarjan{number, number}
			c.slots[depth] = next
			depth++
			c.path = append(c.path, step{next, g.first[next]})
			var found bool
			for !found && len(c.path) > 0 {
				top := &c.path[len(c.path)-1]
				node := top.node
				if top.edge < g.first[node+1] {
					next = g.to[top.edge]
					top.edge++
					if next == outside {
						continue
					}
					if s := c.state[next]; s.number == 0 {
						found = wanted(next)
					} else if s.low != complete {
						c.state[node].low = min(c.state[node].low, s.number)
					}
					continue
				}
				c.path = c.path[:len(c.path)-1]
				s := c.state[node]
				if s.low == s.number {
					for member := ^node; member != node; {
						depth--
						free--
						member = c.slots[depth]
						c.slots[free] = member
						c.state[member] = tarjan{uint32(len(c.bounds)), complete}
					}
					c.bounds = append(c.bounds, uint32(free))
				} else {
					above := c.path[len(c.path)-1].node
					c.state[above].low = min(c.state[above].low, s.low)
				}
			}
			if !found {
				break
			}
		}
	}
}

func (c *components) count() int { return len(c.bounds) - 1 }

// component returns the nodes of the i-th component. The components are in
// topological order: each comes before all others that it has edges to.
func (c *components) component(i int) []uint32 {
	last := len(c.bounds) - 1 - i
	return c.slots[c.bounds[last]:c.bounds[last-1]]
}

// arrange appends the wanted nodes to list: component after component, and those
// of each component in the order in which all of them are given.
func (c *components) arrange(list []uint32, all []uint32) []uint32 {
	first := c.bounds[len(c.bounds)-1]
	start := len(list)
	n := len(c.slots) - int(first)
	list = slices.Grow(list, n)[:start+n]
	c.cursor = append(c.cursor[:0], c.bounds...)
	for _, node := range all {
		at := &c.cursor[c.state[node].number]
		list[start+int(*at-first)] = node
		*at++
	}
	return list
}
