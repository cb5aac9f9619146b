package track

import (
	"hash"
	"hash/fnv"
	"strconv"

	"github.com/referent-go/referent/realweak/event"
)

// fingerprint hashes a group's name and the functions and lines of a stack. Addresses
// and paths are left out: they differ between builds and machines of the same source.
type fingerprint struct{ hash.Hash64 }

func newFingerprint(group string) fingerprint {
	f := fingerprint{fnv.New64a()}
	f.Write([]byte(group))
	return f
}

func (f fingerprint) add(function string, line int) {
	// A byte that is in no name and no number keeps the parts apart.
	f.Write([]byte("\x00" + function + "\x00" + strconv.Itoa(line)))
}

// sum is never zero, which stands for no fingerprint.
func (f fingerprint) sum() event.Fingerprint {
	return event.Fingerprint(max(f.Sum64(), 1))
}
