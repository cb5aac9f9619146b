package track

import (
	"fmt"
	"weak"

	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/internal/weakword"
)

// A pass goes over all objects of a group, counts out those that are dead, and decides
// which ones are retained. There is one after each collection: a runtime cleanup for each
// object would tell of deaths without looking at the living, but costs three
// allocations and the second special on the object, and could not tell a new object
// from a dead one at its address.

// batch is how many records a pass looks at in one go.
const batch = pieceSize

// pass is run by one goroutine at a time. It returns when the grace of the next object
// ends, and 0 if none is in its grace.
func (c *core) pass(at moment) (next moment) {
	var found news
	numbered := cycle.Load()
	for i := range c.shards {
		until := c.shards[i].pass(c, at, numbered, &found)
		if next == 0 || until != 0 && until < next {
			next = until
		}
	}
	found.announce(c, at, numbered)
	found.emit()
	return next
}

// pass goes from the end of the records to the beginning. A record that fills the gap of
// another comes from the end, so that none that was not looked at is missed.
func (s *shard) pass(c *core, at moment, numbered uint64, found *news) (next moment) {
	var (
		look  [batch]weak.Pointer[byte]
		where [batch]uintptr
		ripe  [batch]bool
	)
	s.mu.Lock()
	end := s.records.len()
	s.mu.Unlock()
	for end > 0 {
		n := 0
		s.mu.Lock()
		for end = min(end, s.records.len()); end > 0 && n < batch; n++ {
			end--
			r := s.records.at(end)
			look[n], where[n] = r.ref, r.addr
			var grace moment
			ripe[n], grace = r.ripe(c, at, numbered)
			if next == 0 || grace != 0 && grace < next {
				next = grace
			}
		}
		s.mu.Unlock()
		for i := range n {
			// Value sees some deaths that the word does not tell of yet. The few
			// objects of which one thinks ill are worth asking.
			if dead := weakword.Cleared(look[i]) || ripe[i] && look[i].Value() == nil; dead || ripe[i] {
				s.decide(c, look[i], where[i], dead, at, numbered, found)
			}
		}
		found.emit()
	}
	return next
}

// ripe reports whether an object has outlived its grace, and if not, when the grace
// ends unless that is over, and collections are what is missing.
func (r *record) ripe(c *core, at moment, numbered uint64) (yes bool, graceEnds moment) {
	e := r.end
	if e == nil || e.retained || at.bubbled() != e.since.bubbled() {
		return false, 0
	}
	if ends := e.since + moment(c.grace); ends > at {
		return false, ends
	}
	return survived(numbered, e.cycle) >= c.collections, 0
}

func (s *shard) decide(c *core, ref weak.Pointer[byte], addr uintptr, dead bool, at moment, numbered uint64, found *news) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(addr)
	if r == nil || r.ref != ref {
		return
	}
	if dead {
		found.death(c, r, at, numbered)
		s.bury(r, at)
		return
	}
	if yes, _ := r.ripe(c, at, numbered); yes {
		r.end.retained = true
		s.expected--
		s.retained++
		found.retain(r)
	}
}

// tiding is an event that lacks its fingerprint: the first one of a place takes time,
// which is not spent with a lock held.
type tiding struct {
	event.Event
	place *place
}

// news is what a pass found, to be told when no lock is held.
type news struct {
	events   []tiding
	retained map[*place]record // one that became retained, of each place
}

func (n *news) death(c *core, r *record, at moment, numbered uint64) {
	if !listening() {
		return
	}
	n.events = append(n.events, tiding{event.Event{
		Kind: event.Cleared, Object: r.id, Type: c.typ, Group: c.name,
		Age: at.since(r.born), Collections: survived(numbered, r.cycle), Actor: event.Collector,
	}, r.place})
}

func (n *news) retain(r *record) {
	r.place.retained.Add(1)
	if r.id == 0 {
		r.id = event.NextID()
	}
	if n.retained == nil {
		n.retained = make(map[*place]record)
	}
	n.retained[r.place] = *r
}

// announce makes one event for each place whose retained objects have doubled since
// its last one, so that a leak of a million objects is twenty events.
func (n *news) announce(c *core, at moment, numbered uint64) {
	for _, r := range n.retained {
		many, due := r.place.dueForAnnouncement()
		if !due {
			continue
		}
		n.events = append(n.events, tiding{event.Event{
			Kind: event.Retained, Object: r.id, Type: c.typ, Group: c.name,
			Label: label(many), Age: at.since(r.born), Collections: survived(numbered, r.end.cycle), Actor: event.Collector,
		}, r.place})
	}
}

func label(objects int64) string {
	if objects == 1 {
		return "1 object"
	}
	return fmt.Sprintf("%d objects", objects)
}

func (n *news) emit() {
	for _, e := range n.events {
		e.Fingerprint = e.place.fingerprint()
		event.Default.Emit(e.Event)
	}
	clear(n.events)
	n.events = n.events[:0]
}
