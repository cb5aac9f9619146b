package debughttp

import (
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strings"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// runtimeFields says which of the runtime's metrics is in which field.
var runtimeFields = []struct {
	metric string
	set    func(*wire.Runtime, uint64)
}{
	{"/gc/heap/live:bytes", func(r *wire.Runtime, v uint64) { r.HeapLive = v }},
	{"/gc/heap/goal:bytes", func(r *wire.Runtime, v uint64) { r.HeapGoal = v }},
	{"/gc/heap/objects:objects", func(r *wire.Runtime, v uint64) { r.HeapObjects = v }},
	{"/gc/cycles/total:gc-cycles", func(r *wire.Runtime, v uint64) { r.Collections = v }},
	{"/gc/cleanups/queued:cleanups", func(r *wire.Runtime, v uint64) { r.CleanupsQueued = v }},
	{"/gc/cleanups/executed:cleanups", func(r *wire.Runtime, v uint64) { r.CleanupsExecuted = v }},
	{"/gc/gogc:percent", func(r *wire.Runtime, v uint64) { r.GOGC = percent(v) }},
	{"/gc/gomemlimit:bytes", func(r *wire.Runtime, v uint64) { r.MemoryLimit = v }},
	{"/sched/gomaxprocs:threads", func(r *wire.Runtime, v uint64) { r.MaxProcs = int(v) }},
	{"/sched/goroutines:goroutines", func(r *wire.Runtime, v uint64) { r.Goroutines = int(v) }},
}

// percent is -1 for the number by which the runtime says that GOGC is off.
func percent(v uint64) int {
	if v > math.MaxInt32 {
		return -1
	}
	return int(v)
}

// readRuntime asks the runtime. Nothing of it stops the world.
func readRuntime() wire.Runtime {
	samples := make([]metrics.Sample, len(runtimeFields))
	for i, f := range runtimeFields {
		samples[i].Name = f.metric
	}
	metrics.Read(samples)
	r := runtimeOf(samples)
	r.Debug = godebug()
	r.LastCollection = lastCollection(r)
	return r
}

// runtimeOf takes in the samples, which are in the order of runtimeFields. A metric
// that this version of Go does not have leaves its field zero.
func runtimeOf(samples []metrics.Sample) wire.Runtime {
	var r wire.Runtime
	for i, f := range runtimeFields {
		if v := samples[i].Value; v.Kind() == metrics.KindUint64 {
			f.set(&r, v.Uint64())
		}
	}
	return r
}

// lastCollection returns nil before the first one.
func lastCollection(r wire.Runtime) *event.Collection {
	var s debug.GCStats
	debug.ReadGCStats(&s)
	if s.NumGC == 0 {
		return nil
	}
	c := &event.Collection{Number: uint64(s.NumGC), End: s.LastGC, Queued: r.CleanupsQueued, Executed: r.CleanupsExecuted}
	if len(s.Pause) > 0 {
		c.Pause = s.Pause[0]
	}
	return c
}

// godebug returns the settings that the program was built with, and after them those
// of its environment, which go before.
func godebug() string {
	var all []string
	if info, ok := debug.ReadBuildInfo(); ok {
		all = append(all, setting(info, "DefaultGODEBUG"))
	}
	all = append(all, os.Getenv("GODEBUG"))
	return strings.Trim(strings.Join(all, ","), ",")
}
