package interning

// Handle stands for a canonical value of a [Table]. It is one word. Handles of one
// table are equal if and only if their values are, however large these are, so a
// Handle is a cheap key of a map. Holding a handle is what keeps the value in the
// table; a handle outlives its table.
//
// The zero Handle stands for no value. It differs from every handle that a table
// returns, also from that of T's zero value.
//
// Handles print, and marshal to text and JSON, as their values do. They do not
// unmarshal, since a handle by itself belongs to no table: unmarshal a T and
// intern it.
type Handle[T comparable] struct {
	p *T
}

// Value returns a copy of the canonical value, or T's zero value from the zero
// Handle.
func (h Handle[T]) Value() T {
	if h.p == nil {
		var zero T
		return zero
	}
	return *h.p
}

// IsZero reports whether h is the zero Handle.
func (h Handle[T]) IsZero() bool { return h.p == nil }
