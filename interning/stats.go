package interning

import (
	"sync/atomic"
	"unsafe"
)

// Stats are a table's counts since it was made.
//
// # Not guaranteed
//
// The counts are taken one after another while others use the table, so they
// need not fit together exactly.
type Stats struct {
	Hits        uint64 `json:"hits"`        // calls that found a canonical value
	Misses      uint64 `json:"misses"`      // calls that found none; if that is most of them, interning does not pay
	Live        int    `json:"live"`        // entries now, those included whose value has died since the last sweep
	Dead        uint64 `json:"dead"`        // entries removed because their value had died
	BytesHeld   uint64 `json:"bytes_held"`  // room that the values of the live entries take, each rounded up by at most an eighth; not what their pointers lead to, and not the table's own
	BytesSaved  uint64 `json:"bytes_saved"` // room that the callers' own copies would take, over all hits: the contents of strings, the values themselves of other types, not what their pointers lead to
	Collections uint64 `json:"collections"` // collections after which the table was looked through
}

// stripes is over how many cache lines the counts of hits are spread. One key
// that everybody asks for would otherwise be a single line that everybody
// writes.
const stripes = 8

type tallies [stripes]tally

// tally counts hits and their bytes with one atomic addition: both share a word,
// hits above and bytes below, and move to words of their own when either field
// is half full. So even thousands of goroutines between the addition and the
// move cannot make it overflow.
type tally struct {
	recent atomic.Uint64
	hits   atomic.Uint64
	bytes  atomic.Uint64
	_      [64 - 3*8]byte
}

const (
	byteBits  = 36
	byteMask  = 1<<byteBits - 1
	halfFull  = 1<<63 | 1<<(byteBits-1)
	largeSize = 1 << 24 // counted in the wide word at once
)

func (t *tallies) add(bytes int) {
	// Goroutines have stacks of their own, so the address of a local variable
	// tells them apart well enough.
	var here byte
	t[uintptr(unsafe.Pointer(&here))>>11%stripes].add(bytes)
}

func (t *tally) add(bytes int) {
	if bytes >= largeSize {
		t.bytes.Add(uint64(bytes))
		bytes = 0
	}
	if t.recent.Add(1<<byteBits|uint64(bytes))&halfFull != 0 {
		v := t.recent.Swap(0)
		t.hits.Add(v >> byteBits)
		t.bytes.Add(v & byteMask)
	}
}

func (t *tallies) sum() (hits, bytes uint64) {
	for i := range t {
		recent := t[i].recent.Load()
		hits += t[i].hits.Load() + recent>>byteBits
		bytes += t[i].bytes.Load() + recent&byteMask
	}
	return hits, bytes
}
