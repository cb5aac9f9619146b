package interning

// The integers that [Int] always has a box for, as CPython.
const (
	minSmallInt = -5
	maxSmallInt = 256
)

var smallInts = func() (boxes [maxSmallInt - minSmallInt + 1]int) {
	for i := range boxes {
		boxes[i] = minSmallInt + i
	}
	return boxes
}()

var ints = newTableOf[int](config{})

// Int returns the canonical pointer to an int of value i: for -5 to 256 always
// the same, for others the same as long as anybody holds it. Nobody may write
// through it. A call that finds the pointer allocates nothing. Int is safe for
// concurrent use.
//
// In CPython every int is an object, and those from -5 to 256 exist once. Two
// larger ones made at different places are different objects there; here they
// are one.
//
// # Not guaranteed
//
// The pointers for -5 to 256 never die. Attach no runtime finalizer to any: what
// it revives is no longer canonical.
func Int(i int) *int {
	if minSmallInt <= i && i <= maxSmallInt {
		return &smallInts[i-minSmallInt]
	}
	return ints.intern(&i)
}

// IntStats returns the counts of the table behind [Int], in which the integers
// from -5 to 256 do not take part. It is safe for concurrent use.
func IntStats() Stats { return ints.engine.stats() }
