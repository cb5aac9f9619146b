package track

import (
	"encoding"
	"fmt"
	"slices"
	"time"

	"github.com/referent-go/referent/realweak/event"
)

// State is where an object stands on its way from Track to its death.
type State uint8

// The states.
const (
	StateLive     State = iota + 1 // in use, for all that is known
	StateExpected                  // told to die, in its grace
	StateRetained                  // told to die, and alive after its grace
	StateDead                      // found dead by the collector
)

var stateNames = [...]string{StateLive: "live", StateExpected: "expected", StateRetained: "retained", StateDead: "dead"}

var (
	_ encoding.TextMarshaler   = State(0)
	_ encoding.TextUnmarshaler = (*State)(nil)
)

// String returns the state's name, such as "retained".
func (s State) String() string {
	if s == 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("State(%d)", uint8(s))
	}
	return stateNames[s]
}

// MarshalText returns the state's name. It fails for a value that is no state.
func (s State) MarshalText() ([]byte, error) {
	if s == 0 || int(s) >= len(stateNames) {
		return nil, fmt.Errorf("track: no state has the number %d", uint8(s))
	}
	return []byte(stateNames[s]), nil
}

// UnmarshalText sets s to the state of that name.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames[1:], string(text))
	if i < 0 {
		return fmt.Errorf("track: no state is called %q", text)
	}
	*s = State(i + 1)
	return nil
}

// Sample is a number of objects of the same origin and state, as a line of a profile.
type Sample struct {
	Fingerprint event.Fingerprint
	Group       string
	Type        string
	State       State
	Age         time.Duration // of the dead the sum of their ages; of others the power of two that the ages are below
	Count       int64         // objects
	Bytes       int64         // of the objects without what they refer to
	Stack       Stack         // where Track was called; nil if that was not recorded
}
