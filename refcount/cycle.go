package refcount

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/referent-go/referent/realweak/event"
)

// Cycle is a set of objects each of which holds all others, directly or through
// others of the set, and which nobody else holds: a strongly connected component
// of the graph of handles.
type Cycle struct {
	Objects []CycleObject // the oldest first
	Edges   []CycleEdge   // all handles among them
	// Weaken has the edges, by index, without which there would be no cycle.
	// To have each of them as a Weak is how to mend the program. There is no
	// smaller set if Smallest says so; among those of the same size, it is one
	// with the most edges that lead from a newer object to an older one, as
	// references to a parent do.
	Weaken   []int
	Smallest bool
	Kept     int // further objects that only this cycle, and others like it, keep from their end
}

// CycleObject is an object in a [Cycle].
type CycleObject struct {
	Object  event.ID // as in events, if there were any at the object's birth; unique in any case
	Type    string
	Label   string    // [Strong.SetLabel]
	Handles int       // strong ones, all of them in members
	Created []uintptr // where it was made, as runtime.Callers has it, if that is recorded
}

// CycleEdge is a handle in one object of a [Cycle] to another one.
type CycleEdge struct {
	From, To int    // the owner and the object of the handle, by index
	Field    string // [Edge.Field]
}

// origin is implemented by an observer that knows where an object was made.
type origin interface {
	origin(core *block) (stack []uintptr)
}

// report searches, and decides as a collection does, but acts upon nothing.
func (c *collector) report(ctx context.Context, d *Domain, self uintptr) ([]Cycle, error) {
	if err := c.open(ctx, d, self); err != nil {
		return nil, err
	}
	defer c.close()
	defer func() {
		c.putBack()
		c.reopen()
	}()
	c.naming = true
	if err := c.search(ctx); err != nil {
		return nil, err
	}
	c.reach()
	c.refuseTwins()
	c.decide(func(bool) {})
	return c.cycles(), nil
}

// cycles describes the components of the garbage that have cycles, those that
// others hold after their holders.
func (c *collector) cycles() []Cycle {
	c.components.find(&c.graph, c.isGarbage)
	var all []Cycle
	place := make([]int, len(c.nodes)) // in its component
	of := make([]int, len(c.nodes))    // the component, from 1
	for i := range c.components.count() {
		for _, node := range c.components.component(i) {
			of[node] = i + 1
		}
	}
	var sources [][]uint32
	for i := range c.components.count() {
		together := slices.Clone(c.components.component(i))
		if !c.cyclic(together) {
			continue
		}
		slices.SortFunc(together, func(a, b uint32) int { return cmp.Compare(c.nodes[a].number, c.nodes[b].number) })
		var cycle Cycle
		for at, node := range together {
			place[node] = at
			cycle.Objects = append(cycle.Objects, c.object(node))
		}
		var arcs []arc
		for at, node := range together {
			for edge := c.graph.first[node]; edge < c.graph.first[node+1]; edge++ {
				to := c.graph.to[edge]
				if to == outside || of[to] != i+1 {
					continue
				}
				name := c.names[edge]
				cycle.Edges = append(cycle.Edges, CycleEdge{at, place[to], name.field})
				arcs = append(arcs, arc{at, place[to], weakening(at, place[to], name.inner)})
			}
		}
		cycle.Weaken, cycle.Smallest = feedback(len(together), arcs)
		all = append(all, cycle)
		sources = append(sources, together)
	}
	for i, together := range sources {
		all[i].Kept = c.kept(together, of)
	}
	return all
}

// weakening is the price of an edge: the same for all, but for a trifle that
// cannot add up to an edge, for those that lead from an older to a newer object,
// and many times as much for those that cannot be made weak. Each cycle has
// others too.
func weakening(from, to int, inner bool) int {
	price := 1 << 20
	if inner {
		price <<= 6
	}
	if from < to {
		price += 1
	}
	return price
}

// kept counts what the component leads to that is in no cycle itself.
func (c *collector) kept(together []uint32, of []int) int {
	n := 0
	seen := make(map[uint32]bool)
	stack := slices.Clone(together)
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, to := range c.graph.edges(node) {
			if !c.isGarbage(to) || seen[to] || of[to] == of[together[0]] {
				continue
			}
			seen[to] = true
			stack = append(stack, to)
			n++
		}
	}
	return n
}

func (c *collector) object(node uint32) CycleObject {
	f := c.nodes[node].front
	o := CycleObject{Object: c.nodes[node].number, Type: f.core.drop.typ(), Label: f.core.describe().label, Handles: int(c.nodes[node].count)}
	for _, observer := range f.watch.all() {
		if knows, ok := observer.(origin); ok {
			o.Created = knows.origin(f.core)
		}
	}
	return o
}

// The most that String prints of one cycle.
const (
	maxSteps   = 12
	maxObjects = 12
	maxFrames  = 4
)

// String returns the cycle as text in several lines: one way around, which edges to
// make weak, the other edges, and what is known of each object.
//
//	CYCLE  3 objects, 0 external handles: #9 -trays-> #11 -top-> #42 -back-> #9
//	  fix: make cheese.Wheel.back weak
//	  #9 cheese.Catalog  strong=1
//	  #11 cheese.Tray  strong=1
//	  #42 cheese.Wheel "Brie"  strong=1
//	      created in cheese.Ripen
//	        cheese/wheel.go:18
func (c Cycle) String() string {
	var b strings.Builder
	objects := "objects"
	if len(c.Objects) == 1 {
		objects = "object"
	}
	fmt.Fprintf(&b, "CYCLE  %d %s, 0 external handles: ", len(c.Objects), objects)
	way := c.around()
	fmt.Fprintf(&b, "#%d", c.Objects[c.Edges[way[0]].From].Object)
	onWay := make([]bool, len(c.Edges))
	for i, edge := range way {
		onWay[edge] = true
		if i == maxSteps && len(way) > maxSteps+1 {
			fmt.Fprintf(&b, " -> (%d more)", len(way)-1-maxSteps)
			continue
		}
		if i > maxSteps && i < len(way)-1 {
			continue
		}
		e := c.Edges[edge]
		fmt.Fprintf(&b, " %s #%d", arrow(e.Field), c.Objects[e.To].Object)
	}
	b.WriteString("\n  fix: make " + c.fix() + "\n")
	if rest := len(c.Edges) - len(way); rest > 0 {
		b.WriteString("  also:")
		printed := 0
		for i, e := range c.Edges {
			if onWay[i] {
				continue
			}
			if printed == maxSteps {
				fmt.Fprintf(&b, " and %d more", rest-printed)
				break
			}
			if printed > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, " #%d %s #%d", c.Objects[e.From].Object, arrow(e.Field), c.Objects[e.To].Object)
			printed++
		}
		b.WriteByte('\n')
	}
	if c.Kept > 0 {
		fmt.Fprintf(&b, "  keeps: %d more\n", c.Kept)
	}
	for i, o := range c.Objects {
		if i == maxObjects {
			fmt.Fprintf(&b, "  and %d more objects\n", len(c.Objects)-maxObjects)
			break
		}
		o.print(&b)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func arrow(field string) string {
	if field == "" {
		return "->"
	}
	return "-" + field + "->"
}

func (o CycleObject) print(b *strings.Builder) {
	fmt.Fprintf(b, "  #%d %s", o.Object, o.Type)
	if o.Label != "" {
		fmt.Fprintf(b, " %q", o.Label)
	}
	fmt.Fprintf(b, "  strong=%d\n", o.Handles)
	if len(o.Created) == 0 {
		return
	}
	frames := runtime.CallersFrames(o.Created)
	for range maxFrames {
		frame, more := frames.Next()
		fmt.Fprintf(b, "      created in %s\n        %s:%d\n", frame.Function, frame.File, frame.Line)
		if !more {
			break
		}
	}
}

// fix names the edges to weaken, by type and field, the most frequent first, and
// says which ones if there are others of the same name.
func (c Cycle) fix() string {
	all := make(map[string]int)
	for _, e := range c.Edges {
		all[c.name(e)]++
	}
	var names []string
	weaken := make(map[string][]CycleEdge)
	for _, i := range c.Weaken {
		name := c.name(c.Edges[i])
		if weaken[name] == nil {
			names = append(names, name)
		}
		weaken[name] = append(weaken[name], c.Edges[i])
	}
	slices.SortStableFunc(names, func(a, b string) int { return len(weaken[b]) - len(weaken[a]) })
	for i, name := range names {
		switch edges := weaken[name]; {
		case len(edges) == all[name]:
		case len(edges) == 1:
			names[i] += fmt.Sprintf(" (#%d -> #%d)", c.Objects[edges[0].From].Object, c.Objects[edges[0].To].Object)
		default:
			names[i] += fmt.Sprintf(" (%d of %d)", len(edges), all[name])
		}
	}
	text := strings.Join(names, ", ") + " weak"
	if !c.Smallest {
		text += "; there may be a smaller set"
	}
	return text
}

func (c Cycle) name(e CycleEdge) string {
	if e.Field == "" {
		return "the handle in " + c.Objects[e.From].Type + " to " + c.Objects[e.To].Type
	}
	return c.Objects[e.From].Type + "." + e.Field
}

// around returns the edges of a shortest way around that has the first edge to
// weaken in it, from the oldest object on it.
func (c Cycle) around() []int {
	start := c.Weaken[0]
	from, to := c.Edges[start].From, c.Edges[start].To
	out := make([][]int, len(c.Objects))
	for i, e := range c.Edges {
		out[e.From] = append(out[e.From], i)
	}
	by := make([]int, len(c.Objects)) // the edge by which an object was reached, from 1
	queue := []int{to}
	for by[from] == 0 && from != to {
		at := queue[0]
		queue = queue[1:]
		for _, i := range out[at] {
			if next := c.Edges[i].To; by[next] == 0 && next != to {
				by[next] = i + 1
				queue = append(queue, next)
			}
		}
	}
	way := []int{start}
	for at := from; at != to; at = c.Edges[by[at]-1].From {
		way = append(way, by[at]-1)
	}
	slices.Reverse(way)
	first := 0
	for i, edge := range way {
		if c.Edges[edge].From < c.Edges[way[first]].From {
			first = i
		}
	}
	return append(way[first:len(way):len(way)], way[:first]...)
}
