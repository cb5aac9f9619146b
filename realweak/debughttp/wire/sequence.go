package wire

import (
	"errors"
	"fmt"
	"io"
)

// sequence is what readers of messages have in common: a failure is final, and what a
// newer program says is skipped and counted.
type sequence struct {
	skipped uint64
	err     error // the first one, which is the last word
}

// Skipped returns how many messages so far were of a kind that this package does not
// know, because a newer program sent them.
func (s *sequence) Skipped() uint64 { return s.skipped }

// following returns the next message that read knows. It names the line of what and
// lines in its error.
func following[M any](s *sequence, what string, lines *lineReader, read func() (m M, known bool, err error)) (M, error) {
	for s.err == nil {
		m, known, err := read()
		switch {
		case errors.Is(err, io.EOF):
			s.err = io.EOF
		case err != nil:
			s.err = fmt.Errorf("wire: read the %s, line %d: %w", what, lines.number, err)
		case known:
			return m, nil
		default:
			s.skipped++
		}
	}
	var none M
	return none, s.err
}
