package event

import (
	"sync/atomic"
	"time"

	"github.com/referent-go/referent/realweak/internal/collection"
)

// ID names an object for as long as the process runs. IDs only grow and are
// never used twice, unlike addresses, so two events with the same ID are about
// the same object. Zero names no object.
type ID uint64

var lastID atomic.Uint64

// NextID returns an ID that no call returned before. It is safe for concurrent use.
func NextID() ID { return ID(lastID.Add(1)) }

// Birth records when an object came under watch. The zero Birth is that of an
// object nobody was listening for: it has no ID and no age.
type Birth struct {
	Object      ID
	Time        time.Time
	Collections uint64 // collections completed by then
}

// NewBirth returns a birth that happens now, with a new ID. It costs about a
// microsecond; call it only while somebody listens.
func NewBirth() Birth {
	return Birth{NextID(), time.Now(), collection.Number()}
}

// Event returns an event about the object with its ID filled in, and with its age
// and the collections it has survived up to now unless the event is the birth
// itself: Created or Interned.
func (b Birth) Event(kind Kind, typ string) Event {
	e := Event{Kind: kind, Object: b.Object, Type: typ}
	if b.Object != 0 && kind != Created && kind != Interned {
		e.Age = time.Since(b.Time)
		e.Collections = collection.Number() - b.Collections
	}
	return e
}

// Death is as Event, for an object that a collection found dead: the
// collection that killed it does not count among those survived.
func (b Birth) Death(kind Kind, typ string) Event {
	e := b.Event(kind, typ)
	e.Collections -= min(e.Collections, 1)
	return e
}
