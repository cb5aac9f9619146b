package realweak

import (
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/referent-go/referent/realweak/internal/weakword"
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
// passed over if one in deadShare of a sample is dead. Keys lie in random order,
// so the first ones are a sample.
const (
	sweepAlways = 4096
	sampleSize  = 1024
	deadShare   = 8
)

// askEvery is how many insertions there are, on average, to a look at the size.
const askEvery = 64

// sweeping keeps a table's dead entries few. A pass is due after a collection, and
// when the table has doubled since the last one: while the sweeper is behind, the
// goroutines that insert do its work, so that they cannot outrun it.
type sweeping[K comparable, E entry[E]] struct {
	entries store[K, E]
	dead    func(E) bool // needs no lock of the store
	bury    func(K, E)   // removes an entry found dead; nil for deleting it

	mu    sync.Mutex   // held by the one who sweeps
	limit atomic.Int64 // entries beyond which an insertion sweeps; 0 before the first pass
}

// sweep removes the dead entries, if they are many enough.
func (s *sweeping[K, E]) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
}

// inserted is called after each insertion of a new key.
func (s *sweeping[K, E]) inserted() {
	if rand.Uint32()%askEvery == 0 {
		s.relieve()
	}
}

// relieve sweeps the table if it has outgrown its limit. Where it is far beyond,
// the caller waits for whoever sweeps already.
func (s *sweeping[K, E]) relieve() {
	switch excess := s.entries.size() - s.bound(); {
	case excess <= 0:
		return
	case excess > s.bound():
		s.mu.Lock()
	case !s.mu.TryLock():
		return
	}
	defer s.mu.Unlock()
	if s.entries.size() > s.bound() {
		s.pass()
	}
}

func (s *sweeping[K, E]) bound() int { return max(sweepAlways, int(s.limit.Load())) }

func (s *sweeping[K, E]) pass() {
	defer func() { s.limit.Store(2 * int64(s.entries.size())) }()
	if s.entries.size() > sweepAlways && !s.worthwhile() {
		return
	}
	if s.bury == nil && weakword.Known() {
		s.entries.deleteAll(s.dead)
		return
	}
	for key, e := range s.entries.all() {
		switch {
		case !s.dead(e):
		case s.bury != nil:
			s.bury(key, e)
		default:
			s.entries.deleteIf(key, e)
		}
	}
}

// worthwhile looks at a sample.
func (s *sweeping[K, E]) worthwhile() bool {
	seen, dead := 0, 0
	for _, e := range s.entries.all() {
		if s.dead(e) {
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

// count returns the number of pairs that a sequence yields.
func count[A, B any](all iter.Seq2[A, B]) int {
	n := 0
	for range all {
		n++
	}
	return n
}
