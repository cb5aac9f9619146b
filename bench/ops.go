package bench

// Impl says who does an operation's work.
type Impl string

// The implementations, in the order of the tables' columns.
const (
	Native    Impl = "native"    // weak.Pointer, AddCleanup, sync.Map and unique, as one would write it without this module
	Collected Impl = "collected" // packages realweak and interning
	Counted   Impl = "counted"   // package refcount
	Sim       Impl = "sim"       // package bench/sim, CPython's object model
)

// Impls are all implementations.
var Impls = []Impl{Native, Collected, Counted, Sim}

// Op is an operation that is measured.
type Op struct {
	Group string // names the benchmark function
	Name  string
	Does  string // one sentence, for the tables
	// Dies says that the operation leaves objects to die. Their deaths are paid
	// for in the measurement, and it takes seconds to see what they cost.
	Dies bool
	// Without gives the reason for each implementation that is left out.
	Without map[Impl]string
}

// Lookup returns the operation with the given name.
func Lookup(name string) (Op, bool) {
	for _, op := range Ops {
		if op.Name == name {
			return op, true
		}
	}
	return Op{}, false
}

const (
	noCount     = "a value has no owners to count"
	noRegistry  = "the destructor is given at birth and stays"
	noConstants = "CPython shares these among the constants of one code unit, by its compiler; nothing is looked up at run time"
)

// Ops are all operations. The tables have this order.
var Ops = []Op{
	{
		Group: "Loop", Name: "loop",
		Does:    "Nothing: the loop, an index and a counter, which are part of every row below.",
		Without: map[Impl]string{Collected: "as native", Counted: "as native", Sim: "as native"},
	},

	{
		Group: "Object", Name: "object-new", Dies: true,
		Does: "Make an object of 64 bytes, drop it, have it destroyed. Counted, it has a destructor.",
	},
	{
		Group: "Object", Name: "strong-copy",
		Does:    "Copy a strong reference and drop a copy.",
		Without: map[Impl]string{Collected: "a strong reference is a Go pointer, as native"},
	},
	{
		Group: "Object", Name: "cycle", Dies: true,
		Does:    "Make two objects that refer to each other, drop them, have them collected. Counted, one of the references must be weak.",
		Without: map[Impl]string{Collected: "Go's collector takes cycles without help, as native"},
	},

	{
		Group: "Reference", Name: "reference-first", Dies: true,
		Does: "Make an object and its first weak reference, drop both.",
	},
	{
		Group: "Reference", Name: "reference-again",
		Does: "Make another weak reference to one of 1,024 objects that all have one. Counted, drop it again.",
	},
	{
		Group: "Reference", Name: "deref-alive",
		Does:    "Look at the object of a weak reference.",
		Without: map[Impl]string{Counted: "a Weak leads to its object by an upgrade only"},
	},
	{
		Group: "Reference", Name: "deref-dead",
		Does: "Find that the object is dead. Counted, by an upgrade that fails.",
	},
	{
		Group: "Reference", Name: "reference-alive",
		Does: "Ask whether the object lives, without getting it. Native and simulated, there is no such question: get it and compare.",
	},
	{
		Group: "Reference", Name: "upgrade",
		Does: "Turn a weak reference into a strong one that is stored, drop a strong one.",
	},

	{
		Group: "ValueMap", Name: "valuemap-hit",
		Does: "Look up one of 1,024 strings in a map with weak values. Counted, upgrade the value and drop it.",
	},
	{
		Group: "ValueMap", Name: "valuemap-miss",
		Does: "Look up a string that is not there.",
	},
	{
		Group: "ValueMap", Name: "valuemap-new", Dies: true,
		Does: "Set a new integer key to a new object, drop the object.",
	},
	{
		Group: "ValueMap", Name: "valuemap-overwrite", Dies: true,
		Does: "Set one of 1,024 keys to a new object; the old one dies.",
	},
	{
		Group: "ValueMap", Name: "valuemap-delete",
		Does: "Set a key to an object that lives on, delete the key.",
	},
	{
		Group: "ValueMap", Name: "valuemap-len",
		Does: "Count 1,024 living entries. Native and collected look at each; counted and simulated maps are exact at any time and know.",
	},

	{
		Group: "KeyMap", Name: "keymap-get",
		Does: "Look up one of 1,024 objects in a map with weak keys.",
	},
	{
		Group: "KeyMap", Name: "keymap-set",
		Does: "Set another value for one of 1,024 objects.",
	},
	{
		Group: "KeyMap", Name: "keymap-new", Dies: true,
		Does: "Set a value for a new object, drop the object.",
	},

	{
		Group: "Set", Name: "set-add", Dies: true,
		Does: "Add a new object to a weak set, drop the object.",
	},
	{
		Group: "Set", Name: "set-contains",
		Does: "Ask whether one of 1,024 members is one.",
	},
	{
		Group: "Set", Name: "set-iterate",
		Does: "Iterate over 1,024 members.",
	},

	{
		Group: "Finalizer", Name: "finalizer-detach",
		Does:    "Attach a finalizer to one of 1,024 objects and detach it.",
		Without: map[Impl]string{Counted: noRegistry},
	},
	{
		Group: "Finalizer", Name: "finalizer-detach-new", Dies: true,
		Does:    "Make an object, attach a finalizer, detach it, drop the object.",
		Without: map[Impl]string{Counted: noRegistry},
	},
	{
		Group: "Finalizer", Name: "finalizer-runs", Dies: true,
		Does: "Make an object, attach a finalizer, drop the object, have the callback run. Counted, it is the destructor.",
	},
	{
		Group: "Finalizer", Name: "finalizer-alive",
		Does:    "Ask a finalizer whether it has run. Native, a flag that the cleanup sets.",
		Without: map[Impl]string{Counted: noRegistry},
	},

	{
		Group: "Interning", Name: "int-small",
		Does:    "Get the canonical copy of an integer from 0 to 255.",
		Without: map[Impl]string{Counted: noCount},
	},
	{
		Group: "Interning", Name: "string-hit",
		Does:    "Get the canonical copy of one of 1,024 strings that are in use.",
		Without: map[Impl]string{Counted: noCount},
	},
	{
		Group: "Interning", Name: "string-miss", Dies: true,
		Does:    "Intern eight new bytes as a string, drop it.",
		Without: map[Impl]string{Counted: noCount},
	},
	{
		Group: "Interning", Name: "tuple-hit",
		Does:    "Get the canonical copy of one of 1,024 tuples of four strings that are in use. Native, an array in unique.",
		Without: map[Impl]string{Counted: noCount, Sim: noConstants},
	},
	{
		Group: "Interning", Name: "frozenset-hit",
		Does:    "Get the canonical copy of one of 1,024 sets of four strings that are in use. Native, a sorted array in unique.",
		Without: map[Impl]string{Counted: noCount, Sim: noConstants},
	},
}
