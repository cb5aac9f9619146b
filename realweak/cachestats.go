package realweak

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// CacheStats are a [Cache]'s totals since it was made, but for Entries and Recent,
// which are as of now. It is a plain value; the difference of two is what happened
// between them ([CacheStats.Sub]).
type CacheStats struct {
	Hits       uint64        `json:"hits"`         // calls of Get and Load that found a living value at once; most of all calls, or the cache is of little use
	Misses     uint64        `json:"misses"`       // calls of Get and Load that did not
	DeadHits   uint64        `json:"dead_hits"`    // misses that found a value which had been collected; many of them call for KeepRecent, or for more of it
	Loads      uint64        `json:"loads"`        // calls of a load function that have ended
	LoadErrors uint64        `json:"load_errors"`  // loads that returned an error or no value, panicked, or ended their goroutine; healthy is near 0
	Shared     uint64        `json:"shared"`       // misses that were served by the load of another goroutine
	LoadTime   time.Duration `json:"load_time_ns"` // spent in load functions, over all goroutines; failed loads count
	Evictions  uint64        `json:"evictions"`    // values that KeepRecent let go of for others; as many as misses means that it keeps too few
	Entries    int           `json:"entries"`      // stored now, dead ones that no sweep has reached among them
	Recent     int           `json:"recent"`       // values that KeepRecent holds now; its limit once the cache has warmed up
}

// Sub returns what has happened since earlier, an older Stats of the same cache.
// Entries and Recent stay as they are in s.
func (s CacheStats) Sub(earlier CacheStats) CacheStats {
	s.Hits -= earlier.Hits
	s.Misses -= earlier.Misses
	s.DeadHits -= earlier.DeadHits
	s.Loads -= earlier.Loads
	s.LoadErrors -= earlier.LoadErrors
	s.Shared -= earlier.Shared
	s.LoadTime -= earlier.LoadTime
	s.Evictions -= earlier.Evictions
	return s
}

// HitRatio returns the share of calls that hit, between 0 and 1, and 0 if there
// were none.
func (s CacheStats) HitRatio() float64 {
	calls := s.Hits + s.Misses
	if calls == 0 {
		return 0
	}
	return float64(s.Hits) / float64(calls)
}

// cacheCounts are counters in stripes of a cache line each, so that goroutines that
// hit at once do not wait for one another's line.
type cacheCounts struct {
	stripes []cacheStripe // as many as a power of two
}

type cacheStripe struct {
	hits, misses, deadHits    atomic.Uint64
	loads, loadErrors, shared atomic.Uint64
	evictions                 atomic.Uint64
	loadTime                  atomic.Int64
}

// A stripe is 64 bytes, and so the allocator puts it on a line of its own.
var _ [0]struct{} = [unsafe.Sizeof(cacheStripe{}) - 64]struct{}{}

const maxStripes = 32

func newCacheCounts() *cacheCounts {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < maxStripes {
		n *= 2
	}
	return &cacheCounts{make([]cacheStripe, n)}
}

// here returns the stripe of the calling goroutine. Goroutines are told apart by
// where their stack lies, which costs nothing and need not be exact.
func (c *cacheCounts) here() *cacheStripe {
	if len(c.stripes) == 1 {
		return &c.stripes[0]
	}
	var local byte
	const odd = 0x9E3779B97F4A7C15 // spreads near addresses far
	h := uint64(uintptr(unsafe.Pointer(&local))>>11) * odd
	return &c.stripes[h>>32&uint64(len(c.stripes)-1)]
}

func (c *cacheCounts) total() (s CacheStats) {
	for i := range c.stripes {
		n := &c.stripes[i]
		s.Hits += n.hits.Load()
		s.Misses += n.misses.Load()
		s.DeadHits += n.deadHits.Load()
		s.Loads += n.loads.Load()
		s.LoadErrors += n.loadErrors.Load()
		s.Shared += n.shared.Load()
		s.LoadTime += time.Duration(n.loadTime.Load())
		s.Evictions += n.evictions.Load()
	}
	return s
}
