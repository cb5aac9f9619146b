package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lineReader reads lines that end in LF, CRLF or CR and are at most limit bytes long.
// A line is handed over as soon as its end is there: it does not wait for the LF that
// may follow a CR.
type lineReader struct {
	r      *bufio.Reader
	limit  int
	first  func(byte) error // if not nil, looks at the first byte of every line
	line   []byte
	number int  // of the line read last, from 1
	skipLF bool // the last line ended in CR
}

// next returns the next line without its end, valid until the call after it. At the
// end of the input it fails with io.EOF, or with io.ErrUnexpectedEOF and what there is
// of the line.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	l.number++
	for {
		if _, err := l.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) && len(l.line) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return l.line, err
		}
		chunk, _ := l.r.Peek(l.r.Buffered()) // it is there
		if l.skipLF {
			l.skipLF = false
			if chunk[0] == '\n' {
				_, _ = l.r.Discard(1)
				continue
			}
		}
		end := bytes.IndexAny(chunk, "\r\n")
		whole := end >= 0
		if !whole {
			end = len(chunk)
		}
		if l.first != nil && len(l.line) == 0 && end > 0 {
			if err := l.first(chunk[0]); err != nil {
				return nil, err
			}
		}
		if len(l.line)+end > l.limit {
			return nil, tooLarge("a line", l.limit)
		}
		l.line = append(l.line, chunk[:end]...)
		if !whole {
			_, _ = l.r.Discard(end)
			continue
		}
		l.skipLF = chunk[end] == '\r'
		_, _ = l.r.Discard(end + 1)
		return l.line, nil
	}
}

func tooLarge(what string, limit int) error {
	return fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, what, limit)
}
