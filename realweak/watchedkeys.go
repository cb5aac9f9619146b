package realweak

import (
	"weak"

	"github.com/puzpuzpuz/xsync/v4"
)

// watchedKeys are the keys of a table that have a finalizer which removes their
// entry. A key that is deleted and stored again and again has one.
type watchedKeys struct {
	keys *xsync.Map[weak.Pointer[byte], struct{}]
}

func newWatchedKeys() *watchedKeys {
	return &watchedKeys{xsync.NewMap[weak.Pointer[byte], struct{}]()}
}

// add reports whether the key was none of them before.
func (w *watchedKeys) add(key weak.Pointer[byte]) bool {
	_, already := w.keys.LoadOrStore(key, struct{}{})
	return !already
}

func (w *watchedKeys) remove(key weak.Pointer[byte]) { w.keys.Delete(key) }

// keyNotice is what the finalizer of a key knows: the table T, the place in it, and
// the key.
type keyNotice[T any] struct {
	table weak.Pointer[T]
	at    uint64
	ref   weak.Pointer[byte]
}
