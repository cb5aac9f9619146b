package wire

import (
	"time"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Schema is the version of everything in this package. It grows when a field
// changes its meaning or goes away.
const Schema = 1

// Snapshot is the state of a program at one moment.
type Snapshot struct {
	Schema   int                `json:"schema"`   // the constant Schema of the program that wrote it
	Time     time.Time          `json:"time"`     // when it was taken, by the clock of the host
	Process  Process            `json:"process"`  // which program it is
	Runtime  Runtime            `json:"runtime"`  // what its collector does
	Groups   []event.GroupStats `json:"groups"`   // by name
	Retained []track.Retained   `json:"retained"` // most objects first
	Stream   Stream             `json:"stream"`   // who watches it
}

// Process says which program this is.
type Process struct {
	Name     string    `json:"name"`     // of the program: the base name of its executable
	Instance string    `json:"instance"` // of this process of it; by default host:pid
	Host     string    `json:"host"`     // its name of itself
	PID      int       `json:"pid"`      // process id on the host
	Go       string    `json:"go"`       // such as "go1.26.8"
	Module   string    `json:"module"`   // the main module's path
	Version  string    `json:"version"`  // the main module's version
	Revision string    `json:"revision"` // of its version control; empty if the build did not record it
	Start    time.Time `json:"start"`    // when the handler was made
}

// Runtime is what Go's runtime says of itself, from runtime/metrics.
type Runtime struct {
	HeapLive         uint64            `json:"heap_live_bytes"`    // marked by the last collection; /gc/heap/live:bytes
	HeapGoal         uint64            `json:"heap_goal_bytes"`    // /gc/heap/goal:bytes
	HeapObjects      uint64            `json:"heap_objects"`       // /gc/heap/objects:objects
	Collections      uint64            `json:"collections"`        // /gc/cycles/total:gc-cycles
	LastCollection   *event.Collection `json:"last_collection"`    // nil before the first
	CleanupsQueued   uint64            `json:"cleanups_queued"`    // /gc/cleanups/queued:cleanups
	CleanupsExecuted uint64            `json:"cleanups_executed"`  // /gc/cleanups/executed:cleanups
	GOGC             int               `json:"gogc_percent"`       // /gc/gogc:percent; -1 is off
	MemoryLimit      uint64            `json:"memory_limit_bytes"` // /gc/gomemlimit:bytes; the largest int64 is none
	MaxProcs         int               `json:"gomaxprocs"`         // /sched/gomaxprocs:threads
	Goroutines       int               `json:"goroutines"`         // /sched/goroutines:goroutines
	Debug            string            `json:"godebug,omitempty"`  // the GODEBUG that the process runs with
}

// CleanupQueue returns how many cleanups wait to run. It is approximate, as the
// runtime's counters are. It is 0 most of the time in a healthy program; one that
// grows means that a cleanup blocks.
func (r Runtime) CleanupQueue() uint64 {
	return r.CleanupsQueued - min(r.CleanupsQueued, r.CleanupsExecuted)
}

// Stream is the state of the stream of events.
type Stream struct {
	Viewers    int    `json:"viewers"`    // open now
	Emitted    uint64 `json:"emitted"`    // events since the handler was made, while somebody watched
	Lost       uint64 `json:"lost"`       // events that the handler itself was too slow for
	Dropped    uint64 `json:"dropped"`    // events that viewers were too slow for, summed over viewers, closed ones too
	Oldest     uint64 `json:"oldest_id"`  // the oldest event that a viewer can resume from
	Newest     uint64 `json:"newest_id"`  // the newest
	CollectsOK bool   `json:"gc_allowed"` // whether POST gc is allowed
}
