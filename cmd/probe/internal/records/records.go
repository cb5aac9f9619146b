// Package records writes probe's machine-readable output: one JSON object a
// line, each with the schema's version and the name of its record first.
//
// Field names are snake_case; a name that ends in _ns is an integer number of
// nanoseconds, and one that ends in _bytes of bytes. Within a schema version
// fields are only added.
package records

import (
	"encoding/json"
	"fmt"
	"io"
)

// Schema is the version that every record carries.
const Schema = 1

// Write writes v, which must marshal to a JSON object, as one line.
func Write(w io.Writer, record string, v any) error {
	line, err := Line(record, v)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// Line returns the line that [Write] writes, newline included.
func Line(record string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", record, err)
	}
	if len(body) < 2 || body[0] != '{' {
		return nil, fmt.Errorf("record %q: a %T is not a JSON object", record, v)
	}
	line := fmt.Appendf(nil, `{"schema":%d,"record":%q`, Schema, record)
	if len(body) > 2 {
		line = append(line, ',')
	}
	line = append(line, body[1:]...)
	return append(line, '\n'), nil
}
