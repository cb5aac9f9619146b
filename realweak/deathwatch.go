package realweak

import (
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// deathWatch removes the entries of one value table as their values die, one by
// one, by a finalizer of each value. It takes the place of the sweep where somebody
// wants to know of each death, or where a table is so large and changes so little
// that looking through it after each collection costs more.
//
// The finalizers hold the table weakly: it dies with its map, whatever values live.
type deathWatch[K comparable, V any] struct {
	table weak.Pointer[valueTable[K, V]]
	// watched has what finalizers exist for, so that a value that is stored under
	// the same key again and again has one.
	watched *xsync.Map[obituary[K], struct{}]
}

// obituary is what a finalizer knows of its value.
type obituary[K comparable] struct {
	key   K
	entry valueEntry
}

func newDeathWatch[K comparable, V any](t *valueTable[K, V]) *deathWatch[K, V] {
	return &deathWatch[K, V]{weak.Make(t), xsync.NewMap[obituary[K], struct{}]()}
}

// watch is called before the entry is stored, by a caller that holds the value.
func (w *deathWatch[K, V]) watch(key K, value *V, e valueEntry) {
	o := obituary[K]{key, e}
	if _, already := w.watched.LoadOrStore(o, struct{}{}); already {
		return
	}
	Finalize(value, reap[K, V], notice[K, V]{w.table, o}).SetAtExit(false)
}

type notice[K comparable, V any] struct {
	table weak.Pointer[valueTable[K, V]]
	about obituary[K]
}

func reap[K comparable, V any](n notice[K, V]) {
	t := n.table.Value()
	if t == nil {
		return
	}
	t.deaths.watched.Delete(n.about)
	if t.entries.deleteIf(n.about.key, n.about.entry) {
		t.gone(n.about.key, n.about.entry, Collected)
	}
}
