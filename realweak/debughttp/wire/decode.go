package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/referent-go/referent/realweak/event"
)

// DecodeSnapshot reads a snapshot and expects nothing to follow it. It reads at most
// [MaxMessage] bytes, and no more than it takes to see that the input is no JSON. Of a
// schema newer than [Schema] it looks at nothing but the number, and fails with
// [ErrSchema].
func DecodeSnapshot(r io.Reader) (*Snapshot, error) { return decodeSnapshot(r, MaxMessage) }

func decodeSnapshot(r io.Reader, limit int) (*Snapshot, error) {
	s, err := readSnapshot(json.NewDecoder(&bounded{r, limit, limit}))
	if err != nil {
		return nil, fmt.Errorf("wire: read a snapshot: %w", err)
	}
	return s, nil
}

func readSnapshot(d *json.Decoder) (*Snapshot, error) {
	// JSON of any kind first: a newer schema may not fit our types.
	var raw json.RawMessage
	switch err := d.Decode(&raw); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: the JSON is cut off", err)
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: there is nothing to read", io.ErrUnexpectedEOF)
	case isSyntax(err):
		return nil, fmt.Errorf("%w: no JSON: %w", ErrFormat, err)
	case err != nil:
		return nil, err
	}
	s, err := snapshotOf(raw)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err == nil || isSyntax(err) {
		return nil, fmt.Errorf("%w: something follows it", ErrFormat)
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return s, nil
}

func isSyntax(err error) bool {
	_, ok := errors.AsType[*json.SyntaxError](err)
	return ok
}

// snapshotOf returns the snapshot of which raw is the JSON.
func snapshotOf(raw []byte) (*Snapshot, error) {
	if err := checkSchema(raw); err != nil {
		return nil, err
	}
	s := new(Snapshot)
	if err := unmarshal(raw, s); err != nil {
		return nil, err
	}
	if s.Time.IsZero() {
		return nil, fmt.Errorf("%w: it has no time, so it is no snapshot", ErrFormat)
	}
	return s, nil
}

// checkSchema looks at nothing of an object but its schema.
func checkSchema(raw []byte) error {
	var v struct {
		Schema *int `json:"schema"`
	}
	if err := unmarshal(raw, &v); err != nil {
		return err
	}
	switch {
	case v.Schema == nil || *v.Schema < 1:
		return fmt.Errorf("%w: it has no schema number", ErrFormat)
	case *v.Schema > Schema:
		return fmt.Errorf("%w: it is in schema %d, and the newest known here is %d", ErrSchema, *v.Schema, Schema)
	}
	return nil
}

// eventOf returns the event of which raw is the JSON, and nil if it is of a kind that
// is not known here.
func eventOf(raw []byte) (*event.Event, error) {
	var v struct {
		Kind string `json:"kind"`
	}
	if err := unmarshal(raw, &v); err != nil {
		return nil, err
	}
	if v.Kind == "" {
		return nil, fmt.Errorf("%w: an event without a kind", ErrFormat)
	}
	if !isKind(v.Kind) {
		return nil, nil
	}
	e := new(event.Event)
	if err := unmarshal(raw, e); err != nil {
		return nil, err
	}
	return e, nil
}

func isKind(name string) bool { return new(event.Kind).UnmarshalText([]byte(name)) == nil }

// messageOf returns the message with this name and JSON, and false if it is of a kind
// that is not known here.
func messageOf(name string, raw []byte) (m Message, known bool, err error) {
	switch name {
	case snapshotName:
		m.Snapshot, err = snapshotOf(raw)
	case lostName:
		m.Lost = new(Lost)
		err = unmarshal(raw, m.Lost)
	default:
		m.Event, err = eventOf(raw)
		return m, m.Event != nil, err
	}
	return m, true, err
}

// The names of messages that are no events.
const (
	snapshotName = "snapshot"
	lostName     = "lost"
)

// unmarshal is json.Unmarshal of a whole object.
func unmarshal(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	if isSyntax(err) {
		return fmt.Errorf("%w: no JSON: %w", ErrFormat, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

// bounded passes on at most left bytes and fails if there are more.
type bounded struct {
	r           io.Reader
	left, limit int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left > 0 {
		n, err := b.r.Read(p[:min(len(p), b.left)])
		b.left -= n
		return n, err
	}
	// It may end just here.
	var one [1]byte
	n, err := b.r.Read(one[:])
	if n > 0 {
		return 0, tooLarge("it", b.limit)
	}
	return 0, err
}
