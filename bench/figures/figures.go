// Package figures holds this module to what it claims about its speed and size. A
// [Figure] is a ratio of two measurements of one run, ours and what it is compared with,
// or one of ours alone, and a limit.
//
//	go run ./bench/report -figures   # all of docs/figures.md
//	go test ./bench/figures -run '^$' -bench '/figure=valuemap-hit-1k/' -count 10
//
// Each side of a figure is a benchmark: Figures/figure=NAME/side=ours and side=beside.
// They should run in processes of their own, one after the other, as -figures has them:
// what one leaves to the allocator is not to be measured with the next.
package figures

import "time"

// Figure is a claim that is measured.
type Figure struct {
	Name   string
	Ours   string // what is measured, in a few words
	Beside string // what it is compared with; empty for a limit that stands by itself
	Unit   string // as the benchmark reports it
	// Limit is what the ratio, or the measurement itself in Unit, shall not exceed.
	Limit float64
	// Time is how long one measurement takes. Zero is for one of a single
	// iteration: what it measures takes long enough.
	Time time.Duration
}

// Lookup returns the figure with the given name.
func Lookup(name string) (Figure, bool) {
	for _, f := range All {
		if f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}

// The units of measurements.
const (
	CPU      = "cpu-ns/op" // processor time of the whole process, collector included
	Wall     = "ns/op"
	Memory   = "B/entry" // heap and the runtime's own records
	Allocs   = "allocs/entry"
	Callback = "ns/callback" // wall clock
	Gone     = "s/gone"      // wall clock
)

const (
	brief   = 100 * time.Millisecond
	patient = 500 * time.Millisecond // disturbances of a run last for less
	steady  = 2 * time.Second        // or the costs of death are left out
)

// weakFigures are the figures of package realweak, in the order of the page.
var weakFigures = []Figure{
	{"valuemap-hit-1k", "ValueMap.Load, 1,024 keys", "xsync Load of a weak pointer and its Value", CPU, 1.15, brief},
	{"valuemap-hit-1m", "ValueMap.Load, 1 M keys", "xsync Load of a weak pointer and its Value", CPU, 1.1, brief},
	{"valuemap-hit-sync", "ValueMap.Load, 1,024 keys", "sync.Map Load of a strong pointer", CPU, 0.65, brief},
	{"valuemap-miss", "ValueMap.Load of what is not there", "xsync Load of what is not there", CPU, 1.2, brief},
	{"keymap-hit", "KeyMap.Load, 1,024 keys", "xsync Load by address and a Value", CPU, 1.25, brief},
	{"keymap-hit-naive", "KeyMap.Load, 1,024 keys of 16 bytes", "map[weak.Pointer[K]]V", CPU, 0.15, brief},
	{"set-contains", "Set.Contains, 1,024 members", "xsync Load by address and a Value", CPU, 1.25, brief},
	{"slottable-hit-naive", "SlotTable.Load, 1,024 keys of 16 bytes", "map[weak.Pointer[K]]V", CPU, 0.1, brief},

	{"valuemap-overwrite", "store new values under 1,024 keys", "xsync with a cleanup for each entry", CPU, 0.5, steady},
	{"valuemap-set-delete", "store and delete", "xsync with a cleanup for each entry", CPU, 0.5, steady},
	{"valuemap-set-delete-bare", "store and delete", "the same with xsync and weak pointers that nobody looks after", CPU, 1.15, steady},
	{"valuemap-churn", "store new values under new keys", "xsync with a cleanup for each entry", CPU, 0.75, steady},
	{"valuemap-build-1m", "store 1 M values", "xsync with a cleanup for each entry", CPU, 0.65, 0},
	{"valuemap-collect-1m", "collection and sweep with 1 M living entries", "xsync with a cleanup for each entry", CPU, 0.85, 0},
	{"valuemap-sweep-1m", "collection and sweep with 1 M living entries", "the collection alone: xsync with weak pointers, not swept", CPU, 1.1, 0},
	{"valuemap-allocs", "allocations of an entry beyond its value, the table's growth included", "", Allocs, 2, 0},
	{"valuemap-memory", "memory of an entry beyond its value, of 1 M", "", Memory, 105, 0},
	{"valuemap-gone", "1 M dead entries gone, from the collection that killed them on", "", Gone, 0.5, 0},

	{"finalize-detach", "Finalize and Detach", "AddCleanup and Stop", CPU, 1.5, brief},
	{"finalize-detach-new", "Finalize and Detach of a new object, and its death", "AddCleanup and Stop of a new object, and its death", CPU, 1.5, steady},
	{"finalize-detach-from", "Finalize and DetachFrom of a new object, and its death", "AddCleanup and Stop of a new object, and its death", CPU, 1.5, steady},
	{"finalize-detach-unstopped", "Finalize and Detach of a new object, and its death", "AddCleanup of a new object that nobody stops, and its death", CPU, 2, steady},
	{"finalize-run", "a callback of 1 M dead objects, the collection included", "", Callback, 500, 0},
}

// Reasons says of figures that have been above their limits why they were.
var Reasons = map[string]string{
	"valuemap-hit-1m":           "A million values lie all over the memory; the two sides are the same work, and what differs is where it came to lie.",
	"valuemap-hit-sync":         "Load ends with a Value, which makes a strong pointer under the collector's eyes. A bare xsync lookup and a Value, the side beside `valuemap-hit-1k`, take longer than all of sync.Map's Load on this machine, so no weak map on these two can be at 0.65.",
	"valuemap-miss":             "The bare lookup takes a few nanoseconds, and the map's own call is one or two of them.",
	"valuemap-set-delete":       "The weak pointer and the object are most of what is left, and both sides make them: `valuemap-set-delete-bare` has nothing else. The rival stops its cleanup while it holds the value, so it pays for no death.",
	"valuemap-set-delete-bare":  "What is above 1 is the checks of a referent and of the size of the table, and the call that Delete makes for the value.",
	"valuemap-sweep-1m":         "The sweep looks at a sample and passes over nothing here. What is above 1 is how far apart two collections of a million objects come out.",
	"valuemap-allocs":           "Two are the entry's own, its weak pointer and its node. The tenth is xsync's: buckets that overflow before the table doubles. A bare xsync map that grows to this size makes as many (0.098 an entry), and one that is made of this size 0.008.",
	"finalize-detach-new":       "Detach leaves the runtime's cleanup with its object, since it can only be stopped safely by who holds the object (golang/go#81435), and Detach does not know the object. So the cleanup is run in the end, and what it refers to lives through one collection. `finalize-detach-unstopped` shows the bare AddCleanup in the same case; who holds the object has DetachFrom, which stops it.",
	"finalize-detach-from":      "A finalizer is one object of 160 bytes, where the argument of a bare cleanup is eight: it has a place in a list, an order, a state and a label, and an index by address finds it at Shutdown. Making and collecting that is the rest.",
	"finalize-detach-unstopped": "As for `finalize-detach-from`; and here a collection has to mark it before it finds that there is nothing to run.",
	"finalize-run":              "It includes the collection, which marks a finalizer for each object. Then the callbacks run one after the other on one goroutine.",
}
