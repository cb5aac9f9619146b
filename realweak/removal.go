package realweak

import (
	"fmt"
	"reflect"
)

// Cause says why an entry left a map or set.
type Cause uint8

// The causes.
const (
	Explicit  Cause = iota + 1 // Delete, LoadAndDelete, CompareAndDelete, Remove or Pop
	Replaced                   // another value was stored under the key
	Collected                  // the collector took the object that the entry held weakly
	Cleared                    // Clear
)

var causeNames = [...]string{
	Explicit:  "Explicit",
	Replaced:  "Replaced",
	Collected: "Collected",
	Cleared:   "Cleared",
}

// String returns the cause's name, such as "Collected".
func (c Cause) String() string {
	if c == 0 || int(c) >= len(causeNames) {
		return fmt.Sprintf("Cause(%d)", uint8(c))
	}
	return causeNames[c]
}

// Removal is an entry that has left a map. In a [ValueMap] the Value, and in a
// [KeyMap] the Key, is nil if the cause is Collected, and may be so otherwise: the
// object may have died between the removal and its report.
//
// Guava's RemovalNotification is the model.
type Removal[K, V any] struct {
	Key   K
	Value V
	Cause Cause
}

// listener receives the removals of one map.
type listener[K, V any] func(Removal[K, V])

// tell is called without any lock of the map.
func (l listener[K, V]) tell(key K, value V, cause Cause) {
	guard(0, func() string { return "removal listener of a map to " + reflect.TypeFor[V]().String() },
		func() { l(Removal[K, V]{key, value, cause}) })
}
