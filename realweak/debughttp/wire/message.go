package wire

import "github.com/referent-go/referent/realweak/event"

// Message is one message of a stream or one line of a recording: exactly one of its
// fields is set.
//
// In a stream of server-sent events the message's name is the event's kind, such as
// "cleared", with the event's Seq as its id; or "snapshot" or "lost", without an id.
// In a recording it is an object with the one field, and the schema.
type Message struct {
	Event    *event.Event `json:"event,omitempty"`
	Snapshot *Snapshot    `json:"snapshot,omitempty"` // every so often, for who asked for that
	Lost     *Lost        `json:"lost,omitempty"`     // in place of events that this reader has missed
}

// Lost tells a reader that events are missing at this point of its stream: it was
// too slow, or it asked to resume from an event that is no longer kept.
type Lost struct {
	Count uint64 `json:"count"` // how many; 0 if that is not known
}
