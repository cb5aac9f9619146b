package realweak

import (
	"iter"
	"sync/atomic"

	"github.com/puzpuzpuz/xsync/v4"
)

// adopt gives a map its table, or returns the one that another goroutine gave it
// first.
func adopt[T any](table *atomic.Pointer[T], fresh func() *T) *T {
	t := fresh()
	if table.CompareAndSwap(nil, t) {
		return t
	}
	return table.Load()
}

// A full pass over a million living entries costs a tenth of a second and more, a
// sample of them next to nothing. So a table above sweepAlways entries is only
// passed over if one in deadShare of a sample is dead, which bounds the dead
// share of any table. Keys lie in random order, so the first ones are a sample.
const (
	sweepAlways = 4096
	sampleSize  = 1024
	deadShare   = 8
)

// sweepEntries removes the entries whose referent is dead. same tells whether two
// entries under one key are about the same object.
func sweepEntries[K comparable, E, T any](entries *xsync.Map[K, E], referent func(E) *T, same func(a, b E) bool) {
	if entries.Size() > sweepAlways && !worthSweeping(entries, referent) {
		return
	}
	for key, entry := range entries.All() {
		if referent(entry) != nil {
			continue
		}
		entries.Compute(key, func(now E, there bool) (E, xsync.ComputeOp) {
			if !there || !same(now, entry) {
				return now, xsync.CancelOp // replaced meanwhile
			}
			return now, xsync.DeleteOp
		})
	}
}

func worthSweeping[K comparable, E, T any](entries *xsync.Map[K, E], referent func(E) *T) bool {
	seen, dead := 0, 0
	for _, entry := range entries.All() {
		if referent(entry) == nil {
			dead++
		}
		if seen++; seen == sampleSize {
			break
		}
	}
	return dead*deadShare >= seen
}

func first[A, B any](all iter.Seq2[A, B]) iter.Seq[A] {
	return func(yield func(A) bool) {
		for a := range all {
			if !yield(a) {
				return
			}
		}
	}
}

func second[A, B any](all iter.Seq2[A, B]) iter.Seq[B] {
	return func(yield func(B) bool) {
		for _, b := range all {
			if !yield(b) {
				return
			}
		}
	}
}
