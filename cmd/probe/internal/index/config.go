package index

import (
	"time"

	"github.com/referent-go/referent/interning"
	"github.com/referent-go/referent/realweak/event"
)

// Config says what to do. Root must be set; what is zero has a default.
type Config struct {
	Root    string
	Workers int   // that parse at the same time; GOMAXPROCS
	Limit   int64 // bytes of source whose trees are held at a time; 256 MiB
	Sets    int   // working sets to form if the limit asks for no more; 8

	// SnapshotAt names the point at which Snapshot is called: a working set, for
	// the moment after it was dropped, or [AtLoaded] or [AtEnd].
	SnapshotAt string
	Snapshot   func([]Alive) error

	Observer Observer
}

// The points for a snapshot that are no working sets.
const (
	AtLoaded = "loaded" // all files have been read and nothing is dropped yet
	AtEnd    = "end"    // everything has been dropped
)

// Observer is told what happens. Event is called from a goroutine of its own,
// Progress from several, all others one at a time. Any may be nil.
type Observer struct {
	Found    func(Found)
	Progress func(bytes int64) // a file of that size is done with
	Event    func(event.Event)
	Failed   func(Failure)
	Loaded   func(Loaded)
	Dropped  func(Step)
}

func (o Observer) withDefaults() Observer {
	if o.Found == nil {
		o.Found = func(Found) {}
	}
	if o.Progress == nil {
		o.Progress = func(int64) {}
	}
	if o.Event == nil {
		o.Event = func(event.Event) {}
	}
	if o.Failed == nil {
		o.Failed = func(Failure) {}
	}
	if o.Loaded == nil {
		o.Loaded = func(Loaded) {}
	}
	if o.Dropped == nil {
		o.Dropped = func(Step) {}
	}
	return o
}

// Found is what there is to read.
type Found struct {
	Root  string   `json:"root"`
	Files int      `json:"files"`
	Bytes int64    `json:"source_bytes"`
	Sets  []string `json:"sets"`
}

// Failure is a file, or a directory, that could not be used.
type Failure struct {
	Path  string `json:"path"` // relative to the root
	Error string `json:"error"`
}

// Loaded is the state when all files have been read.
type Loaded struct {
	Trees   int             `json:"trees"`
	Sources int             `json:"sources"`
	Failed  int             `json:"failed"`
	Cached  int             `json:"cached"` // trees that the cache finds
	Heap    uint64          `json:"heap_bytes"`
	Took    time.Duration   `json:"took_ns"`
	Workers int             `json:"workers"`
	Strings interning.Stats `json:"strings"` // since the start
}

// Step is what became of a working set that was dropped, or of the open files
// when they were closed.
type Step struct {
	Name  string `json:"name"`
	Early bool   `json:"early"` // dropped before all was read, to stay within the limit

	Trees    int `json:"trees"`    // that the step let go of
	Released int `json:"released"` // sources destroyed while they were let go of, before any collection
	Died     int `json:"died"`     // trees whose callback has run
	Kept     int `json:"kept"`     // trees alive because their file is open

	// Lingering are trees that are alive though nobody should hold them.
	Lingering []string `json:"lingering,omitempty"`

	Collections int           `json:"collections"`          // that it took, or that were waited for in vain
	Oldest      time.Duration `json:"oldest_ns"`            // age at death, as the events tell it
	Youngest    time.Duration `json:"youngest_ns"`          //
	Survived    uint64        `json:"collections_survived"` // at most, before the one that found a tree dead
	Cached      int           `json:"cached"`               // trees that the cache still finds
	Wrong       int           `json:"cache_errors"`         // living trees that it does not find, or dead ones that it does
	Heap        uint64        `json:"heap_bytes"`           // live afterwards
	Freed       int64         `json:"freed_bytes"`          // the difference
	Strings     int           `json:"strings_live"`         // interned strings afterwards
	Saved       uint64        `json:"strings_saved_bytes"`  // by interning so far
	Took        time.Duration `json:"took_ns"`              //
	StillOpen   []string      `json:"still_open,omitempty"` // the files that Kept counts
}

// Summary is how it all ended.
type Summary struct {
	Files  int `json:"files"`
	Failed int `json:"failed"`
	Trees  int `json:"trees"`

	CallbacksExpected   int `json:"callbacks_expected"`
	CallbacksRun        int `json:"callbacks_run"`
	DestructorsExpected int `json:"destructors_expected"`
	DestructorsRun      int `json:"destructors_run"`

	Events     uint64 `json:"events"`
	EventsLost uint64 `json:"events_lost"`
	Deaths     uint64 `json:"deaths"`   // of trees, by cleared events
	Released   uint64 `json:"released"` // of sources, by released events
	Wrong      int    `json:"cache_errors"`
	Cached     int    `json:"cached"` // entries left

	Strings     interning.Stats `json:"strings"`
	Collections uint64          `json:"collections"`
	PeakHeap    uint64          `json:"peak_heap_bytes"`
	Took        time.Duration   `json:"took_ns"`
	Interrupted bool            `json:"interrupted"`
}
