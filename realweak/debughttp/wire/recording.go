package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Recorded is a message as a recording holds it.
type Recorded struct {
	Time   time.Time // when it was received
	Source string    // whom it came from, if there are several; else empty
	Message
}

// recordedLine is a line of a recording.
type recordedLine struct {
	Schema int       `json:"schema"`
	Time   time.Time `json:"time"`
	Source string    `json:"source,omitempty"`
	Message
}

// Recorder writes messages to a recording: a JSON object a line, such as
//
//	{"schema":1,"time":"2026-01-02T03:04:05.6Z","lost":{"count":12}}
//
// It is safe for concurrent use.
type Recorder struct {
	mu sync.Mutex
	w  io.Writer
}

// NewRecorder returns a recorder that writes to w, each message at once and in one
// Write.
func NewRecorder(w io.Writer) *Recorder { return &Recorder{w: w} }

// Record writes a message. It fails without writing if the message has not exactly
// one of its fields set.
func (r *Recorder) Record(m Recorded) error {
	if _, _, err := m.content(); err != nil {
		return fmt.Errorf("wire: record a message: %w", err)
	}
	line, err := json.Marshal(recordedLine{Schema, m.Time, m.Source, m.Message})
	if err != nil {
		return fmt.Errorf("wire: record a message: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.w.Write(append(line, '\n'))
	return err
}

// Player reads a recording. It holds one line of it, which may have [MaxMessage]
// bytes. It is not safe for concurrent use.
type Player struct {
	sequence
	lines lineReader
}

// NewPlayer returns a player of the recording r. It reads ahead.
func NewPlayer(r io.Reader) *Player { return newPlayer(r, MaxMessage) }

func newPlayer(r io.Reader, limit int) *Player {
	return &Player{lines: lineReader{r: bufio.NewReader(r), limit: limit, first: opensObject}}
}

// opensObject finds that something is no recording before all of its first line has
// been read.
func opensObject(b byte) error {
	switch b {
	case '{', ' ', '\t':
		return nil
	}
	return fmt.Errorf("%w: no recording: a line begins with %q and not with a brace", ErrFormat, b)
}

// Next returns the next message. It fails with io.EOF at the end, with
// io.ErrUnexpectedEOF if the last line is cut off, and with an error that is
// [ErrFormat], [ErrSchema] or [ErrTooLarge] if a line cannot be read. After a failure
// it returns that error again.
func (p *Player) Next() (Recorded, error) {
	return following(&p.sequence, "recording", &p.lines, p.next)
}

func (p *Player) next() (m Recorded, known bool, err error) {
	var line []byte
	for len(line) == 0 {
		if line, err = p.lines.next(); errors.Is(err, io.ErrUnexpectedEOF) && json.Valid(line) {
			break // nothing is missing but the newline
		}
		if err != nil {
			return m, false, err
		}
		line = bytes.TrimSpace(line)
	}
	if err := checkSchema(line); err != nil {
		return m, false, err
	}
	var v struct {
		Time     time.Time       `json:"time"`
		Source   string          `json:"source"`
		Event    json.RawMessage `json:"event"`
		Snapshot json.RawMessage `json:"snapshot"`
		Lost     json.RawMessage `json:"lost"`
	}
	if err := unmarshal(line, &v); err != nil {
		return m, false, err
	}
	if v.Time.IsZero() {
		return m, false, fmt.Errorf("%w: no recording: the line has no time", ErrFormat)
	}
	m.Time, m.Source = v.Time, v.Source
	found := false
	for _, part := range []struct {
		name string
		raw  json.RawMessage
	}{{"event", v.Event}, {snapshotName, v.Snapshot}, {lostName, v.Lost}} {
		if part.raw == nil || string(part.raw) == "null" {
			continue
		}
		if found {
			return m, false, fmt.Errorf("%w: a line holds one of event, snapshot and lost, and this one holds several", ErrFormat)
		}
		found = true
		if m.Message, known, err = messageOf(part.name, part.raw); err != nil {
			return m, false, fmt.Errorf("its %s: %w", part.name, err)
		}
	}
	return m, known, nil
}
