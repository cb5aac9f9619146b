package realweak

import (
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// valueTable is what a ValueMap owns. It is an object of its own so that the
// sweeper can hold it weakly wherever the map itself lies.
//
// An entry is told from a later one under the same key by its weak pointer,
// which no other object ever equals: deleting by key alone would now and then
// delete the entry that replaced the dead one.
type valueTable[K comparable, V any] struct {
	entries *xsync.Map[K, weak.Pointer[V]]
}

func newValueTable[K comparable, V any]() *valueTable[K, V] {
	t := &valueTable[K, V]{xsync.NewMap[K, weak.Pointer[V]]()}
	sweepWhileAlive(t)
	return t
}

// replace stores fresh if the entry is still the one that the caller saw, the
// zero one if it saw none, and returns what is there then. The bucket is locked
// meanwhile, so nothing is asked of the collector.
func (t *valueTable[K, V]) replace(key K, seen, fresh weak.Pointer[V]) weak.Pointer[V] {
	now, _ := t.entries.Compute(key, func(old weak.Pointer[V], _ bool) (weak.Pointer[V], xsync.ComputeOp) {
		if old != seen {
			return old, xsync.CancelOp
		}
		return fresh, xsync.UpdateOp
	})
	return now
}

func (t *valueTable[K, V]) sweep() {
	sweepEntries(t.entries, weak.Pointer[V].Value,
		func(a, b weak.Pointer[V]) bool { return a == b })
}
