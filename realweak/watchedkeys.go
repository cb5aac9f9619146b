package realweak

import (
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// watchedKeys are the keys of a table that have a finalizer which removes their
// entry. A key that is deleted and stored again and again has one.
type watchedKeys[K any] struct {
	keys *xsync.Map[weak.Pointer[K], struct{}]
}

func newWatchedKeys[K any]() *watchedKeys[K] {
	return &watchedKeys[K]{xsync.NewMap[weak.Pointer[K], struct{}]()}
}

// add reports whether the key was none of them before.
func (w *watchedKeys[K]) add(key weak.Pointer[K]) bool {
	_, already := w.keys.LoadOrStore(key, struct{}{})
	return !already
}

func (w *watchedKeys[K]) remove(key weak.Pointer[K]) { w.keys.Delete(key) }

// keyNotice is what the finalizer of a key knows: the table T, the place in it, and
// the key.
type keyNotice[T, K any] struct {
	table weak.Pointer[T]
	at    uint64
	ref   weak.Pointer[K]
}
