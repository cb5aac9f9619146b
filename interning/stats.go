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
// need not fit together exactly. Hits and BytesSaved miss a few of the calls that
// several processors make at the very same moment.
type Stats struct {
	Hits        uint64 `json:"hits"`        // calls that found a canonical value
	Misses      uint64 `json:"misses"`      // calls that found none; if that is most of them, interning does not pay
	Live        int    `json:"live"`        // entries now, those included whose value has died since the last sweep
	Dead        uint64 `json:"dead"`        // entries removed because their value had died
	BytesHeld   uint64 `json:"bytes_held"`  // room that the values of the live entries take, each rounded up by at most an eighth; not what their pointers lead to, and not the table's own
	BytesSaved  uint64 `json:"bytes_saved"` // room that the callers' own copies would take, over all hits: the contents of strings, the values themselves of other types, not what their pointers lead to
	Collections uint64 `json:"collections"` // collections after which the table was looked through
}

// tally counts hits and the bytes that they save. An engine has as many tallies as
// shards, so that one key that everybody asks for is not a line that everybody
// writes.
//
// What an atomic addition takes would be a third of a whole lookup. So the newest
// hits are added up in a word without one, and in batches moved to the totals,
// which are atomic. Two processors that add to one tally at the same moment may
// lose hits, but never more than a batch, and the totals only grow.
type tally struct {
	recent uint64 // hits above, bytes below
	hits   atomic.Uint64
	bytes  atomic.Uint64
	_      [64 - 3*8]byte
}

const (
	byteBits  = 48
	byteMask  = 1<<byteBits - 1
	batchBits = 6
)

// add is outside of the race detector's sight, which would be right: see tally.
//
//go:norace
func (t *tally) add(bytes int) {
	t.recent += 1<<byteBits | uint64(bytes)
	if t.recent>>(byteBits+batchBits) != 0 {
		t.flush()
	}
}

//go:norace
func (t *tally) flush() {
	v := t.recent
	t.recent = 0
	t.hits.Add(v >> byteBits)
	t.bytes.Add(v & byteMask)
}

//go:norace
func (t *tally) sum() (hits, bytes uint64) {
	v := t.recent
	return t.hits.Load() + v>>byteBits, t.bytes.Load() + v&byteMask
}

// hit counts a hit that saves so many bytes.
func (e *engine) hit(bytes int) {
	// Goroutines have stacks of their own, so the address of a local variable
	// tells them apart well enough.
	var here byte
	at := uint64(uintptr(unsafe.Pointer(&here)))
	e.shards[(at>>11^at>>15)&e.mask].tally.add(bytes)
}
