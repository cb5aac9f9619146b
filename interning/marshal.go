package interning

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
)

// String returns the value as fmt prints it.
func (h Handle[T]) String() string { return fmt.Sprint(h.Value()) }

// Format prints the value by whatever verb the handle is printed with.
func (h Handle[T]) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), h.Value())
}

// LogValue returns the value, so that a logged handle looks like it.
func (h Handle[T]) LogValue() slog.Value { return slog.AnyValue(h.Value()) }

// MarshalJSON returns the value's JSON. To leave out zero handles, use omitzero.
func (h Handle[T]) MarshalJSON() ([]byte, error) { return json.Marshal(h.Value()) }

// MarshalText returns the text of a value that is a string, a number, a bool or
// an [encoding.TextMarshaler], and fails for others. It is what makes a Handle a
// key of a JSON object.
func (h Handle[T]) MarshalText() ([]byte, error) {
	v := h.Value()
	if m, ok := any(v).(encoding.TextMarshaler); ok {
		return m.MarshalText()
	}
	switch r := reflect.ValueOf(&v).Elem(); r.Kind() {
	case reflect.String:
		return []byte(r.String()), nil
	case reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return fmt.Append(nil, r.Interface()), nil
	}
	return nil, fmt.Errorf("interning: a Handle[%v] has no text form; give the type a MarshalText method", reflect.TypeFor[T]())
}

// String returns the elements as fmt prints them: "(a, b)".
func (t Tuple[E]) String() string { return join("(", t.elems(), ")") }

// LogValue returns the tuple's text.
func (t Tuple[E]) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON returns the elements as a JSON array.
func (t Tuple[E]) MarshalJSON() ([]byte, error) { return marshalArray(t.elems()) }

// String returns the members as fmt prints them, in no particular order: "{a, b}".
func (s FrozenSet[E]) String() string { return join("{", s.Slice(), "}") }

// LogValue returns the set's text.
func (s FrozenSet[E]) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON returns the members as a JSON array, in no particular order.
func (s FrozenSet[E]) MarshalJSON() ([]byte, error) { return marshalArray(s.Slice()) }

func join[E any](open string, elems []E, end string) string {
	b := []byte(open)
	for i, e := range elems {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Append(b, e)
	}
	return string(append(b, end...))
}

func marshalArray[E any](elems []E) ([]byte, error) {
	if elems == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(elems)
}
