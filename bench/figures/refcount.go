package figures

import (
	"slices"
	"time"
)

// The units of figures of package refcount. Unless they say otherwise, times are
// processor times.
const (
	Least   = "least-ns/op" // the least of many short runs, on the wall clock
	Object  = "ns/object"   // of a collection, for each object
	Collect = "ms/collect"
	Memory0 = "allocs/collect"
	Life    = "ns/life" // of an object's New and Release
)

// countedFigures are the figures of package refcount, in the order of the page. Those with
// Arc or shared_ptr beside them run programs in Rust and C++ (bench/testdata/peers)
// that measure themselves in the same way.
var countedFigures = slices.Concat([]Figure{
	{"count-clone", "Clone and Release", "a bare pair of atomic additions", Least, 1.2, patient},
	{"count-clone-arc", "Clone and Release", "Rust's Arc, clone and drop", Least, 1.15, patient},
	{"count-clone-sharedptr", "Clone and Release", "C++'s shared_ptr, copy and end", Least, 1.15, patient},
	{"count-upgrade-arc", "Upgrade and Release", "Rust's Weak, upgrade and drop", Least, 1.2, patient},
	{"count-upgrade-sharedptr", "Upgrade and Release", "C++'s weak_ptr, lock and end", Least, 1.2, patient},
	{"count-new-arc", "Pool.New and Release", "Rust's Arc, new and drop", Least, 1.4, patient},
	{"count-new-sharedptr", "Pool.New and Release", "C++'s make_shared and end", Least, 1.4, patient},
	{"count-local", "Local: Clone and Release", "Strong: Clone and Release", Least, 0.3, patient},

	{"leak-simple", "New and Release at level Simple", "at level Disabled", CPU, 1.1, patient},
	{"leak-paranoid", "New and Release at level Paranoid, stacks included", "", Life, 600, patient},
}, collectionFigures, []Figure{
	{"collect-beside", "a collection of 10,000 objects beside 1 M that live", "", Collect, 1, brief},
	{"collect-beside-drop", "the same with destructors", "", Collect, 1, brief},
	{"collect-allocs", "allocations of a collection of 1,000 objects, after the first", "", Memory0, 0, brief},
})

// collectionFigures are those of collections in which all is garbage, with what CPython
// takes for the same graph beside them.
var collectionFigures = func() (all []Figure) {
	const limit = 90 // ns
	for _, of := range []struct{ shape, text string }{
		{"ring", "objects in a ring"},
		{"tree", "objects in a tree with links to parents"},
	} {
		for _, n := range []struct {
			size, text string
			time       time.Duration
		}{{"1k", "1,000", brief}, {"100k", "100,000", brief}, {"1m", "1 M", 0}} {
			name, text := "collect-"+of.shape+"-"+n.size, "a collection of "+n.text+" "+of.text
			all = append(all,
				Figure{name, text, "", Object, limit, n.time},
				Figure{name + "-cpython", text, "CPython's gc.collect", Object, 1, n.time},
				Figure{name + "-drop", text + ", with destructors", "CPython's gc.collect", Object, 1, n.time})
		}
	}
	return all
}()

// Compilers are the compilers or interpreters that the side beside a figure needs, by
// the figure's name. Where one is not on the machine, that side is left out.
var Compilers = func() map[string]string {
	all := map[string]string{
		"count-clone-arc":         "rustc",
		"count-upgrade-arc":       "rustc",
		"count-new-arc":           "rustc",
		"count-clone-sharedptr":   "g++",
		"count-upgrade-sharedptr": "g++",
		"count-new-sharedptr":     "g++",
	}
	for _, f := range collectionFigures {
		if f.Beside != "" {
			all[f.Name] = "python3"
		}
	}
	return all
}()

func init() {
	for name, reason := range map[string]string{
		"count-clone":               "Without an error in its use, Clone checks state and generation in the sum that the addition returns; what is above 1 are the stores of a handle of three words.",
		"count-clone-arc":           "Go's own limit: the bare pair of additions, beside `count-clone`, alone takes 1.2 times as long as Arc on the machine of 2026-11-28. Rust adds with an instruction that does not return the sum; Go's compiler has one for And and Or, which take as long as Arc, but none for additions.",
		"count-clone-sharedptr":     "As with Arc: a handle of three words in place of two.",
		"count-upgrade-arc":         "In Go a bare compare-and-swap, its look beforehand and an addition take 1.13 times as long as Arc's on the machine of 2026-11-28; the rest are the stores of a handle of three words.",
		"count-upgrade-sharedptr":   "As for Clone: the handle that comes out has three words.",
		"leak-paranoid":             "Two stacks, of the birth and of the release, and what is known of the object and its handle: 632 bytes in five pieces. Allocating them, and what the collector of Go has to do for it, is most of the time, and doubles on a busy machine: on quiet ones it was 490 to 750 ns.",
		"count-new-arc":             "Arc allocates with malloc, which on one thread is a list. A Pool takes a piece out of sync.Pool and puts it back, each of which pins the goroutine to its processor; these two alone took 14.0 ns on the machine of 2026-11-28, more than all of Arc's. Two atomic steps are 4.5 ns, of which one changes the generation, or a stale handle would take the next object for its own.",
		"count-new-sharedptr":       "As with Arc; and the pool changes the generation, which shared_ptr has none of.",
		"leak-simple":               "The difference is one comparison with a hash of the address, and for one object in 128 its tracking.",
		"collect-ring-1k":           "A time, not a ratio. What CPython takes for the same on the same machine is in the next row.",
		"collect-ring-100k":         "Each object is two pieces of memory, which a search and a destruction read and write. Beyond the caches that is what it costs; with pages of 4 KiB much of it is finding the page. On a faster machine it was 74 ns on 2026-11-26.",
		"collect-ring-1m":           "As for 100,000 objects.",
		"collect-tree-1k":           "A tree whose nodes know their parents has twice as many handles as objects.",
		"collect-tree-100k":         "As for 100,000 objects in a ring, with twice as many handles; 86 ns on the faster machine.",
		"collect-tree-100k-cpython": "On one processor it is 0.8; the spreads of both sides are larger than what is above 1.",
		"collect-tree-1m":           "As for 100,000 objects in a ring, with twice as many handles; 87 ns on the faster machine.",
		"collect-ring-1k-drop":      "As for 100,000 objects, but in the caches.",
		"collect-ring-100k-drop":    "Where there are destructors, objects are put in their order, and all are looked at a second time after these have run, since they may have handed objects out. CPython looks a second time too, but runs them in no stated order. Each look is at memory beyond the caches, of which an object takes more here: its core, and a front for all its handles.",
		"collect-ring-1m-drop":      "As for 100,000 objects.",
		"collect-tree-1k-drop":      "As for a ring.",
		"collect-tree-100k-drop":    "As for 100,000 objects in a ring.",
		"collect-tree-1m-drop":      "As for 100,000 objects in a ring.",
		"collect-beside":            "It does not depend on what lives; it is what 10,000 objects take.",
		"collect-beside-drop":       "The second look, as for a ring with destructors.",
	} {
		Reasons[name] = reason
	}
}
