package event

import "fmt"

// Kind says what happened.
type Kind uint8

// The kinds of event. An object is Created when it comes under watch, which may
// be later than its allocation.
const (
	Created          Kind = iota + 1 // an object came under watch
	Cleared                          // its weak references now yield nil
	CallbackQueued                   // a callback of a dead object waits for its turn
	CallbackRun                      // a callback ran to its end
	CallbackPanicked                 // a callback panicked; the panic was recovered and reported
	Detached                         // a callback was unregistered without running
	Released                         // the last strong count was given back and the destructor ran
	Dropped                          // the owner said that the object should die now
	Leaked                           // a counted handle was collected without having been released
	Interned                         // a table took a new canonical value
	Evicted                          // a container removed an entry for a reason other than its death
	Retained                         // an object that should have died outlived its grace
	Cycle                            // counted objects that only held each other were destroyed; this is the newest
	GC                               // a collection completed; see Event.GC
)

var kindNames = [...]string{
	Created:          "created",
	Cleared:          "cleared",
	CallbackQueued:   "callback-queued",
	CallbackRun:      "callback-run",
	CallbackPanicked: "callback-panicked",
	Detached:         "detached",
	Released:         "released",
	Dropped:          "dropped",
	Leaked:           "leaked",
	Interned:         "interned",
	Evicted:          "evicted",
	Retained:         "retained",
	Cycle:            "cycle",
	GC:               "gc",
}

// Kinds lists all kinds in the order of their declaration.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(kindNames)-1)
	for k := Created; k <= GC; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// String returns the kind's name, such as "callback-run".
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// MarshalText returns the kind's name. It fails for a value that is no kind.
func (k Kind) MarshalText() ([]byte, error) {
	if k == 0 || int(k) >= len(kindNames) {
		return nil, fmt.Errorf("event: no kind has the number %d", uint8(k))
	}
	return []byte(kindNames[k]), nil
}

// UnmarshalText sets k to the kind of that name.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name != "" && name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("event: no kind is called %q; see event.Kinds", text)
}

// Actor says on whose behalf something was done, and so on what kind of
// goroutine it happened.
type Actor uint8

// The actors.
const (
	Unknown     Actor = iota
	Caller            // the goroutine that called into the library
	Collector         // a sweep that follows a collection
	Dispatcher        // the goroutine that runs the callbacks of dead objects
	AtExit            // the goroutine that Shutdown runs callbacks on
	Interpreter       // the single thread of the simulation
)

var actorNames = [...]string{
	Unknown:     "",
	Caller:      "caller",
	Collector:   "collector",
	Dispatcher:  "dispatcher",
	AtExit:      "shutdown",
	Interpreter: "interpreter",
}

// String returns the actor's name, such as "dispatcher", and nothing for Unknown.
func (a Actor) String() string {
	if int(a) >= len(actorNames) {
		return fmt.Sprintf("Actor(%d)", uint8(a))
	}
	return actorNames[a]
}

// MarshalText returns the actor's name.
func (a Actor) MarshalText() ([]byte, error) {
	if int(a) >= len(actorNames) {
		return nil, fmt.Errorf("event: no actor has the number %d", uint8(a))
	}
	return []byte(actorNames[a]), nil
}

// UnmarshalText sets a to the actor of that name.
func (a *Actor) UnmarshalText(text []byte) error {
	for i, name := range actorNames {
		if name == string(text) {
			*a = Actor(i)
			return nil
		}
	}
	return fmt.Errorf("event: no actor is called %q", text)
}
