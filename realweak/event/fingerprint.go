package event

import (
	"fmt"
	"strconv"
)

// Fingerprint names a group and the place in the code that its objects come from:
// a hash of the group's name and of the functions and lines of a stack. It is the
// same in all processes of one build, and does not depend on where a program was
// loaded. Zero is none.
type Fingerprint uint64

// String returns the fingerprint as 16 hexadecimal digits.
func (f Fingerprint) String() string { return fmt.Sprintf("%016x", uint64(f)) }

// MarshalText returns the fingerprint as 16 hexadecimal digits.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText sets f to the fingerprint with these hexadecimal digits.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil {
		return fmt.Errorf("event: %q is no fingerprint; it has up to 16 hexadecimal digits", text)
	}
	*f = Fingerprint(n)
	return nil
}
