package track

import (
	"sync"
	"weak"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/internal/weakword"
)

// record is what a group knows of one object. It does not refer to it.
type record struct {
	ref   weak.Pointer[byte]
	addr  uintptr
	place *place // of creation; the group's unknown one if that was not recorded
	end   *expectation
	born  moment
	cycle uint64
	id    event.ID // zero until an event was about the object
}

// expectation says that an object should die.
type expectation struct {
	place    *place
	since    moment
	cycle    uint64
	retained bool
}

// shard has the records of the objects at some addresses.
type shard struct {
	mu      sync.Mutex
	index   map[uintptr]uint32 // of records, by address
	records roster

	peak     uint32 // most records since index was made
	created  uint64
	expected int // records with an expectation that are not retained
	retained int
	dead     ages // its count is that of the cleaned

	_ [64]byte // keeps the next shard's lock off this one's line
}

// largeIndex is the number of records from which on an index is not kept for later.
const largeIndex = 4096

// find returns the record at an address, which may be of a dead object.
func (s *shard) find(addr uintptr) *record {
	if i, ok := s.index[addr]; ok {
		return s.records.at(i)
	}
	return nil
}

// add adds a record for an object at an address that has none.
func (s *shard) add(r record) *record {
	if s.index == nil {
		s.index = make(map[uintptr]uint32)
	}
	s.created++
	s.index[r.addr] = s.records.len()
	s.peak = max(s.peak, s.records.len()+1)
	return s.records.push(r)
}

// bury counts the object of a record out. The record is gone afterwards.
func (s *shard) bury(r *record, now moment) {
	s.settle(r)
	age := now.since(r.born)
	s.dead.observe(age)
	r.place.dead.Add(1)
	r.place.aged.Add(int64(age))
	i := s.index[r.addr]
	delete(s.index, r.addr)
	if moved := s.records.remove(i); moved != nil {
		s.index[moved.addr] = i
	}
	// Maps do not shrink by themselves.
	if s.records.len() == 0 && s.peak > largeIndex {
		s.index, s.peak = nil, 0
	}
}

// settle takes an expectation back.
func (s *shard) settle(r *record) {
	switch {
	case r.end == nil:
		return
	case r.end.retained:
		s.retained--
		r.place.noLongerRetained()
	default:
		s.expected--
	}
	r.end = nil
}

// refersTo reports whether a record is of the object now at its address, of which
// the caller holds a pointer; ref makes a weak one. A dead object's word is zero by
// the time its memory is used again.
func (r *record) refersTo(ref func() weak.Pointer[byte]) bool {
	if weakword.Known() {
		return weakword.Of(r.ref).Load() == r.addr
	}
	return r.ref == ref()
}

// roster is a list of records in pieces, so that a large one grows without being
// copied. The order is of no meaning.
type roster struct {
	pieces []*piece
	n      uint32
}

const pieceSize = 128

type piece [pieceSize]record

func (r *roster) len() uint32 { return r.n }

func (r *roster) at(i uint32) *record { return &r.pieces[i/pieceSize][i%pieceSize] }

func (r *roster) push(rec record) *record {
	if int(r.n/pieceSize) == len(r.pieces) {
		r.pieces = append(r.pieces, new(piece))
	}
	r.n++
	at := r.at(r.n - 1)
	*at = rec
	return at
}

// remove removes a record, and returns the one that now has its place, if any.
func (r *roster) remove(i uint32) (moved *record) {
	last := r.at(r.n - 1)
	if r.n-1 != i {
		moved = r.at(i)
		*moved = *last
	}
	*last = record{}
	r.n--
	// One piece stays in reserve.
	if full := int(r.n+pieceSize-1) / pieceSize; full+1 < len(r.pieces) {
		clear(r.pieces[full+1:])
		r.pieces = r.pieces[:full+1]
	}
	return moved
}
