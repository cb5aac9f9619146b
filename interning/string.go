package interning

import "unsafe"

// String returns the canonical string equal to s: as long as anybody holds one,
// or a piece of one, every call with equal contents returns the same bytes. The
// canonical string is a copy, so it does not keep what s is a piece of. It dies
// when the last string that shares its bytes does; the empty string and those of
// one byte are the program's own and never die.
//
// A call that finds the string allocates nothing. String is safe for concurrent
// use. Equal strings compare equal whether canonical or not; what is gained is
// memory, and a comparison that ends at the first look at the addresses.
//
// CPython's counterpart is sys.intern, whose strings die in the same way.
//
// # Not guaranteed
//
// Canonical strings are unique only among those that this function, [Bytes] and
// [Parts] return, not among all that the program has.
func String(s string) string {
	if len(s) < 2 {
		return short(s)
	}
	var half uint64
	if isTwoWords(len(s)) {
		half = halfTwoWords(s)
	} else {
		half = halfText(s)
	}
	hash := lastStep(half)
	b, m := texts.bucket(hash)
	// Nearly all that will be found is the first that may be it, and held strongly.
	// To look at no more saves registers; internText does.
	if m != 0 {
		if n := (*text)(b.node(first(m))); n != nil && n.is(s) {
			texts.hit(len(s))
			return n.String()
		}
	}
	return internText(hash, s)
}

func internText(hash uint64, s string) string {
	n := (*text)(texts.intern(hash, len(s),
		func(n unsafe.Pointer) bool { return (*text)(n).is(s) },
		func() (unsafe.Pointer, int) { return newText(s) }))
	return n.String()
}

// Bytes is as [String] for the string with the contents of b, which is made only
// if there is no canonical one yet. It does not keep b; b must not be written to
// during the call.
func Bytes(b []byte) string {
	return String(unsafe.String(unsafe.SliceData(b), len(b)))
}

// StringStats returns the counts of the table behind [String], [Bytes] and
// [Parts]. Strings of less than two bytes are not counted. It is safe for
// concurrent use.
func StringStats() Stats { return texts.stats() }

var texts engine

func init() { texts.init(config{}, "string") }
