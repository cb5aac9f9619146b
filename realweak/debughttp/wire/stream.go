package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// StreamReader reads messages from a stream of server-sent events, as the section of
// that name in the HTML standard describes it; lines may end in LF, CRLF or CR. It
// holds no more than [MaxMessage] bytes of one message. It is not safe for concurrent
// use.
type StreamReader struct {
	sequence
	lines   lineReader
	limit   int
	name    string       // of the message under way
	data    bytes.Buffer // its lines, each with a newline after it
	started bool         // a field of the message under way has been read
	pending int          // bytes since the last message
	id      string       // of the message under way or before
	lastID  string
}

// NewStreamReader returns a reader of the stream r. It reads ahead.
func NewStreamReader(r io.Reader) *StreamReader { return newStreamReader(r, MaxMessage) }

func newStreamReader(r io.Reader, limit int) *StreamReader {
	return &StreamReader{lines: lineReader{r: bufio.NewReader(r), limit: limit}, limit: limit}
}

// LastID returns the id of the newest message so far that had one: what a client
// that lost its connection sends as Last-Event-ID. It is empty before the first.
func (s *StreamReader) LastID() string { return s.lastID }

// Next returns the next message, and waits for it as long as the underlying reader
// does. Comments, which keep a connection open, are skipped. It fails with io.EOF
// where the stream ends between two messages, with io.ErrUnexpectedEOF where it ends
// within one, and with an error that is [ErrFormat], [ErrSchema] or [ErrTooLarge] if a
// message cannot be read. After a failure it returns that error again.
func (s *StreamReader) Next() (Message, error) {
	return following(&s.sequence, "stream", &s.lines, s.next)
}

// next reads up to the end of one message.
func (s *StreamReader) next() (m Message, known bool, err error) {
	for {
		line, err := s.lines.next()
		switch {
		case errors.Is(err, io.EOF) && s.started:
			return m, false, io.ErrUnexpectedEOF
		case err != nil:
			return m, false, err
		}
		if s.lines.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(line) == 0 {
			name, data := s.name, bytes.TrimSuffix(s.data.Bytes(), []byte("\n"))
			empty := s.data.Len() == 0
			s.lastID = s.id
			s.name, s.started = "", false
			s.data.Reset()
			if empty {
				continue // the standard's way to set an id and nothing else
			}
			s.pending = 0
			return named(name, data)
		}
		if line[0] == ':' {
			continue
		}
		if s.pending += len(line) + 1; s.pending > s.limit {
			return m, false, tooLarge("a message", s.limit)
		}
		s.field(line)
	}
}

// field takes in a line of a message.
func (s *StreamReader) field(line []byte) {
	s.started = true
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "event":
		s.name = string(value)
	case "data":
		s.data.Write(value)
		s.data.WriteByte('\n')
	case "id":
		if !bytes.Contains(value, []byte{0}) {
			s.id = string(value)
		}
	}
}

// named returns the message in data, whose name is told apart from it.
func named(name string, data []byte) (m Message, known bool, err error) {
	if name != snapshotName && name != lostName && !isKind(name) {
		return Message{}, false, nil
	}
	m, known, err = messageOf(name, data)
	if err != nil {
		return m, false, fmt.Errorf("a message %q: %w", name, err)
	}
	if m.Event != nil && m.Event.Kind.String() != name {
		return m, false, fmt.Errorf("%w: a message %q with an event of kind %s", ErrFormat, name, m.Event.Kind)
	}
	return m, known, nil
}

// WriteMessage writes m as one server-sent event, in one Write. It fails without
// writing if m has not exactly one of its fields set.
func WriteMessage(w io.Writer, m Message) error {
	name, v, err := m.content()
	if err != nil {
		return fmt.Errorf("wire: write a message: %w", err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("wire: write a message: %w", err)
	}
	b := make([]byte, 0, len(data)+len(name)+48)
	if m.Event != nil {
		b = append(b, "id: "...)
		b = strconv.AppendUint(b, m.Event.Seq, 10)
		b = append(b, '\n')
	}
	b = append(b, "event: "...)
	b = append(b, name...)
	b = append(b, "\ndata: "...)
	b = append(b, data...) // JSON has no line ends
	b = append(b, "\n\n"...)
	_, err = w.Write(b)
	return err
}

// content returns the name of the message and what is in it.
func (m Message) content() (name string, v any, err error) {
	n := 0
	if m.Event != nil {
		n, name, v = n+1, m.Event.Kind.String(), m.Event
	}
	if m.Snapshot != nil {
		n, name, v = n+1, snapshotName, m.Snapshot
	}
	if m.Lost != nil {
		n, name, v = n+1, lostName, m.Lost
	}
	if n != 1 {
		return "", nil, fmt.Errorf("it has %d of event, snapshot and lost, and must have one", n)
	}
	return name, v, nil
}
