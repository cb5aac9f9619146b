package interning

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"unsafe"
)

// Pair is two values of which there is one canonical copy while anybody holds it: a
// [Tuple] of two whose elements have types of their own. It is one word, and two
// pairs are equal by == if and only if their values are. The zero Pair stands for no
// values, and differs from all that [PairOf] returns.
type Pair[A, B comparable] struct {
	p *two[A, B]
}

type two[A, B comparable] struct {
	a A
	b B
}

// PairOf returns the pair of a and b. A call that finds it allocates nothing. PairOf
// is safe for concurrent use.
//
// It panics if a value has an interface whose dynamic type is not comparable.
func PairOf[A, B comparable](a A, b B) Pair[A, B] {
	return Pair[A, B]{pairsOf[A, B]().intern(&two[A, B]{a, b})}
}

func newPairs[A, B comparable](c config) *table[two[A, B]] {
	t := newTableOf[two[A, B]](c)
	t.engine.typ = reflect.TypeFor[Pair[A, B]]().String()
	return t
}

func pairsOf[A, B comparable]() *table[two[A, B]] {
	if t := quickly((*table[two[A, B]])(nil)); t != nil {
		return (*table[two[A, B]])(t)
	}
	return processWide(newPairs[A, B])
}

// Values returns both values, or zero values from the zero Pair.
func (p Pair[A, B]) Values() (a A, b B) {
	if p.p == nil {
		return a, b
	}
	return p.p.a, p.p.b
}

// IsZero reports whether p is the zero Pair.
func (p Pair[A, B]) IsZero() bool { return p.p == nil }

// String returns the values as fmt prints them: "(a, b)".
func (p Pair[A, B]) String() string { return join("(", p.list(), ")") }

// LogValue returns the values, so that a logged pair looks like them.
func (p Pair[A, B]) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON returns the values as a JSON array.
func (p Pair[A, B]) MarshalJSON() ([]byte, error) { return json.Marshal(p.list()) }

func (p Pair[A, B]) list() []any {
	a, b := p.Values()
	return []any{a, b}
}

func (p Pair[A, B]) pin() unsafe.Pointer { return unsafe.Pointer(p.p) }

// PairStats returns the counts of the table behind all pairs of A and B. It is safe
// for concurrent use.
func PairStats[A, B comparable]() Stats { return pairsOf[A, B]().engine.stats() }

// Triple is as [Pair], for three values.
type Triple[A, B, C comparable] struct {
	p *three[A, B, C]
}

type three[A, B, C comparable] struct {
	a A
	b B
	c C
}

// TripleOf returns the triple of a, b and c. A call that finds it allocates nothing.
// TripleOf is safe for concurrent use.
//
// It panics if a value has an interface whose dynamic type is not comparable.
func TripleOf[A, B, C comparable](a A, b B, c C) Triple[A, B, C] {
	return Triple[A, B, C]{triplesOf[A, B, C]().intern(&three[A, B, C]{a, b, c})}
}

func newTriples[A, B, C comparable](c config) *table[three[A, B, C]] {
	t := newTableOf[three[A, B, C]](c)
	t.engine.typ = reflect.TypeFor[Triple[A, B, C]]().String()
	return t
}

func triplesOf[A, B, C comparable]() *table[three[A, B, C]] {
	if t := quickly((*table[three[A, B, C]])(nil)); t != nil {
		return (*table[three[A, B, C]])(t)
	}
	return processWide(newTriples[A, B, C])
}

// Values returns the three values, or zero values from the zero Triple.
func (t Triple[A, B, C]) Values() (a A, b B, c C) {
	if t.p == nil {
		return a, b, c
	}
	return t.p.a, t.p.b, t.p.c
}

// IsZero reports whether t is the zero Triple.
func (t Triple[A, B, C]) IsZero() bool { return t.p == nil }

// String returns the values as fmt prints them: "(a, b, c)".
func (t Triple[A, B, C]) String() string { return join("(", t.list(), ")") }

// LogValue returns the values, so that a logged triple looks like them.
func (t Triple[A, B, C]) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON returns the values as a JSON array.
func (t Triple[A, B, C]) MarshalJSON() ([]byte, error) { return json.Marshal(t.list()) }

func (t Triple[A, B, C]) list() []any {
	a, b, c := t.Values()
	return []any{a, b, c}
}

func (t Triple[A, B, C]) pin() unsafe.Pointer { return unsafe.Pointer(t.p) }

// TripleStats returns the counts of the table behind all triples of A, B and C. It
// is safe for concurrent use.
func TripleStats[A, B, C comparable]() Stats { return triplesOf[A, B, C]().engine.stats() }
