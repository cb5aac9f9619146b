package track

import (
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// Retained are the objects of one origin that outlived their grace: they were
// expected to die, and something still holds them. Objects of a group that were
// created by the same stack are one Retained.
type Retained struct {
	Fingerprint event.Fingerprint `json:"fingerprint"` // of the group and the stack that created them
	Group       string            `json:"group"`       // the name of their group
	Type        string            `json:"type"`        // their type, package name included
	Count       int               `json:"count"`       // objects
	Bytes       uint64            `json:"bytes"`       // of the objects without what they refer to
	Since       time.Duration     `json:"since_ns"`    // since the Expect of the one expected first
	Age         time.Duration     `json:"age_ns"`      // of the oldest, since Track
	Collections uint64            `json:"collections"` // that the one expected first has survived since
	Created     Stack             `json:"created"`     // where Track was called; nil if that was not recorded
	Expected    Stack             `json:"expected"`    // where Expect was called for the one expected first
}
