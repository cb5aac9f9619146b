package event

import (
	"fmt"
	"strings"
	"time"
)

// Event is one thing that happened to one object, or one completed collection.
// It is a plain value: it refers to no watched object and keeps none alive.
type Event struct {
	Seq         uint64        `json:"seq"`                   // position in the hub's order, from 1; a gap means lost events
	Time        time.Time     `json:"time"`                  // when it was emitted
	Kind        Kind          `json:"kind"`                  // what happened
	Object      ID            `json:"object,omitempty"`      // zero if the object was born before anybody listened, unless it leaked
	Type        string        `json:"type,omitempty"`        // the object's type, package name included
	Label       string        `json:"label,omitempty"`       // what the owner calls it
	Group       string        `json:"group,omitempty"`       // the named group that it belongs to
	Fingerprint Fingerprint   `json:"fingerprint,omitzero"`  // where in the code it was made, of an object whose creation was recorded
	Age         time.Duration `json:"age_ns,omitempty"`      // since birth; zero if that is not known
	Collections uint64        `json:"collections,omitempty"` // collections that the object survived
	Actor       Actor         `json:"actor,omitempty"`       // who did it
	GC          *Collection   `json:"gc,omitempty"`          // of a GC event only
}

// Collection describes one completed garbage collection.
type Collection struct {
	Number   uint64        `json:"number"`   // collections completed since the program started, this one included
	End      time.Time     `json:"end"`      // when its last pause ended
	Pause    time.Duration `json:"pause_ns"` // its stop-the-world time in total
	Queued   uint64        `json:"queued"`   // cleanups the runtime had queued since the start when this was reported
	Executed uint64        `json:"executed"` // cleanups the runtime had executed by then
}

// Queue returns how many cleanups were waiting when the collection was
// reported. It is approximate, as the runtime's counters are.
func (c Collection) Queue() uint64 { return c.Queued - min(c.Queued, c.Executed) }

// String returns the event in one line without its time and sequence number,
// such as `cleared #3 main.Cheese "Brie" age 1.2s, 2 collections, by collector`.
func (e Event) String() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Kind == GC && e.GC != nil {
		fmt.Fprintf(&b, " #%d, %v pause, %d cleanups queued, %d executed", e.GC.Number, e.GC.Pause, e.GC.Queued, e.GC.Executed)
		return b.String()
	}
	if e.Object != 0 {
		fmt.Fprintf(&b, " #%d", e.Object)
	}
	if e.Type != "" {
		b.WriteByte(' ')
		b.WriteString(e.Type)
	}
	if e.Label != "" {
		fmt.Fprintf(&b, " %q", e.Label)
	}
	var facts []string
	if e.Age > 0 {
		facts = append(facts, "age "+round(e.Age).String())
	}
	switch {
	case e.Collections == 1:
		facts = append(facts, "1 collection")
	case e.Collections > 1:
		facts = append(facts, fmt.Sprintf("%d collections", e.Collections))
	}
	if e.Actor != Unknown {
		facts = append(facts, "by "+e.Actor.String())
	}
	if len(facts) > 0 {
		b.WriteByte(' ')
		b.WriteString(strings.Join(facts, ", "))
	}
	return b.String()
}

// round keeps three significant digits, which is all that a reader of an age wants.
func round(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
