package sim

import (
	"io"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// Options configure an interpreter. The zero Options are ready to use.
type Options struct {
	// Hub receives the events; nil for none. While it has no subscriber an event
	// costs one atomic load.
	Hub *event.Hub
	// Watch chooses the objects that events are about; nil for all. It must only
	// look at the object.
	Watch func(*Object) bool
	// Clock stamps the events; nil leaves it to the hub. A clock that counts makes
	// two runs equal to the last bit.
	Clock func() time.Time
	// Stdout receives what Print and Echo write, Stderr the reports of unraisable
	// exceptions; nil discards them.
	Stdout, Stderr io.Writer
}

// Interpreter is one simulated CPython process. Make it with [New].
type Interpreter struct {
	opts   Options
	lastID uint64
	live   int

	scopes  []*scope // scopes[0] is unused: the globals live in globals
	depth   int      // scopes in use
	globals scope

	// The heap: every object is in exactly one of these lists, or in one of the
	// collector's during a collection.
	gens      [3]objectList
	permanent objectList // frozen
	untracked objectList

	collector collector

	trash   []*Object // refs == 0, waiting for the outermost dealloc to end
	nesting int       // deallocs under way

	// Objects that come with the interpreter, each held by it once.
	statics   []*Object
	none      *Object
	booleans  [2]*Object
	smallInts [maxSmallInt - minSmallInt + 1]*Object
	latin1    [256]*Object
	bytes1    [256]*Object
	emptyStr  *Object
	noBytes   *Object
	noTuple   *Object
	types     map[*pytype]*Object

	interned map[string]*Object // not counted: an interned string is mortal

	registry registry // live finalizers
	exited   bool

	tries      int
	journal    []journalEntry
	segment    int // where the innermost Try's part of the journal starts
	unraisable []Unraisable

	args          []*Object   // arguments of callbacks under way
	detached      [][]*Object // contents being given up
	callbacks     []pendingCallback
	labels        map[*Object]string
	reprDepth     int
	compareDepth  int
	queued, fired uint64 // callbacks, for GC events
}

// New returns an interpreter with an empty heap and the collector enabled at
// CPython's thresholds (700, 10, 10).
func New(opts Options) *Interpreter {
	in := &Interpreter{opts: opts}
	for g := range in.gens {
		in.gens[g].init()
	}
	in.permanent.init()
	in.untracked.init()
	in.collector.init(in)
	in.registry.init()
	in.types = make(map[*pytype]*Object)
	in.interned = make(map[string]*Object)
	none := new(noneObject)
	in.none = in.bornStatic(&none.Object, none, &noneType)
	for i := range in.booleans {
		b := &intObject{n: int64(i)}
		in.booleans[i] = in.bornStatic(&b.Object, b, &boolType)
	}
	return in
}

// Live returns the number of objects on the heap, without those that come with
// the interpreter.
func (in *Interpreter) Live() int { return in.live }

// LiveOf returns how many of them are of the type with that name, subclasses not
// included. It walks the heap.
func (in *Interpreter) LiveOf(typeName string) int {
	n := 0
	in.everyObject(func(o *Object) {
		if o.flags&static == 0 && o.typ.shortName() == typeName {
			n++
		}
	})
	return n
}

// staticID is where the ids of objects that come with the interpreter start.
const staticID = 1 << 32

// bornStatic puts an object on the heap that the interpreter itself holds.
func (in *Interpreter) bornStatic(o *Object, b body, t *pytype) *Object {
	o.body, o.typ, o.refs, o.flags = b, t, 1, static
	o.id = staticID + uint64(len(in.statics))
	in.statics = append(in.statics, o)
	in.untracked.push(o)
	return o
}

// born puts a new object on the heap and returns it with one reference, held by
// the Go program. It may run the collector, and so any callback, before the
// object exists: whatever the caller refers to must be held.
func (in *Interpreter) born(o *Object, b body, t *pytype) *Object {
	if t.flags&isGC != 0 {
		in.collector.allocated(in)
	}
	in.lastID++
	o.body, o.typ, o.id, o.refs, o.temps = b, t, in.lastID, 1, 1
	o.born = in.collector.completed
	if t.class != nil {
		t.class.refs++ // an instance holds its class
	}
	if t.flags&(isGC|tracksLate) == isGC {
		o.flags = tracked
		in.gens[0].push(o)
	} else {
		in.untracked.push(o)
	}
	in.live++
	if in.tries > 0 {
		in.note(o, 1)
	}
	if in.listening() {
		in.emit(event.Created, o)
	}
	return o
}
