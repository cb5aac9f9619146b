// Package retained adds up what several processes retain of one origin.
package retained

import (
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// Key tells origins apart. Objects whose creation was not recorded have no
// fingerprint, and are told apart by their group alone.
type Key struct {
	Fingerprint event.Fingerprint
	Group       string
}

// KeyOf returns the key of the origin of r.
func KeyOf(r track.Retained) Key { return Key{r.Fingerprint, r.Group} }

// Merge returns the sum of what two processes retain of one origin. Stacks and times are
// those of what was expected to die first; the age is that of the oldest.
func Merge(a, b track.Retained) track.Retained {
	sum := a
	if b.Since > a.Since {
		sum = b
	}
	sum.Count, sum.Bytes = a.Count+b.Count, a.Bytes+b.Bytes
	sum.Age = max(a.Age, b.Age)
	return sum
}
