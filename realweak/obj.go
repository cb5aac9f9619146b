package realweak

// Obj is an object that can be a key of [SlotTable], around a T that cannot embed
// [Slots] itself: a basic type, or one from another package. The table for it is
// a SlotTable[Obj[T], V], and the key is the *Obj[T], not what Value holds: two
// objs with equal values are two keys.
//
// The Value field is the program's own; no table reads or writes it. An Obj can
// always be a referent, also if a T alone could not ([CheckReferent]).
type Obj[T any] struct {
	Value T // first, since a last field of size zero would take up room
	Slots
}

// NewObj returns a new object with the given value.
func NewObj[T any](value T) *Obj[T] { return &Obj[T]{Value: value} }
