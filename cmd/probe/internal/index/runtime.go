package index

import "runtime/metrics"

// liveHeap returns how many bytes the last collection found alive.
func liveHeap() uint64 { return read("/gc/heap/live:bytes") }

// collections returns how many have completed.
func collections() uint64 { return read("/gc/cycles/total:gc-cycles") }

func read(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return 0 // a runtime that has given the metric up
	}
	return s[0].Value.Uint64()
}
