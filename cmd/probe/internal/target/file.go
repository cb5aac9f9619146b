package target

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// content says what a file holds.
type content string

const (
	snapshotFile  content = "a snapshot"
	recordingFile content = "a recording"
	streamFile    content = "a stream of events"
	profileFile   content = "a profile"
)

// file is an open file of which the content is known.
type file struct {
	*bufio.Reader
	content content
	close   func() error
}

func (f *file) Close() error { return f.close() }

// open opens the target's file and finds out what is in it, whatever its name.
func (c *Client) open(t *Target) (*file, error) {
	var r io.Reader
	f := &file{close: func() error { return nil }}
	if t.file == "-" {
		r = c.options.Stdin
		if r == nil {
			r = new(bytes.Reader)
		}
	} else {
		opened, err := os.Open(t.file)
		if err != nil {
			return nil, &problem.Error{Code: problem.Unreachable, What: "read " + t.file, Why: bare(err), Next: "name a file that can be read"}
		}
		r, f.close = opened, opened.Close
	}
	// The beginning tells a snapshot, which is one object, from a recording, in which
	// one of the first keys of each line is "event", "snapshot" or "lost".
	f.Reader = bufio.NewReaderSize(r, 1<<16)
	start, err := f.begin()
	if err == nil {
		f.content, err = contentOf(start)
	}
	if err != nil {
		return nil, errors.Join(fileProblem(t, err), f.Close())
	}
	return f, nil
}

// begin returns the first line, or as much of it as the buffer has room for, without
// reading further than the first line goes: more may not be there yet.
func (f *file) begin() ([]byte, error) {
	for n := 1; ; n = f.Buffered() + 1 {
		_, err := f.Peek(n)
		start, _ := f.Peek(f.Buffered()) // it is there
		full := f.Buffered() == f.Size()
		if line := bytes.TrimLeft(start, " \t\r\n"); full || err != nil || len(line) > 0 && (line[0] != '{' || bytes.ContainsAny(line, "\r\n")) {
			if len(start) == 0 {
				return nil, fmt.Errorf("%w: it is empty", io.ErrUnexpectedEOF)
			}
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
				return nil, err
			}
			return start, nil
		}
	}
}

func contentOf(start []byte) (content, error) {
	if bytes.HasPrefix(start, []byte{0x1f, 0x8b}) {
		return profileFile, nil // gzip
	}
	text := bytes.TrimLeft(start, "\ufeff \t\r\n")
	if bytes.HasPrefix(text, []byte("{")) {
		if isRecorded(text) {
			return recordingFile, nil
		}
		return snapshotFile, nil
	}
	for _, field := range []string{":", "id:", "event:", "data:", "retry:"} {
		if bytes.HasPrefix(text, []byte(field)) {
			return streamFile, nil
		}
	}
	if bytes.ContainsFunc(start, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }) {
		return profileFile, nil // perhaps one that is not compressed
	}
	return "", wire.ErrFormat
}

// isRecorded reports whether the object that begins here has a message in it, as a
// line of a recording has, and is not a snapshot itself.
func isRecorded(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	depth, key := 0, true
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			key = true
			if depth == 0 {
				return false
			}
		case string:
			if depth == 1 && key {
				switch v {
				case "event", "snapshot", "lost":
					return true
				case "process", "runtime", "groups":
					return false
				}
				key = false
				continue
			}
			key = true
		default:
			key = true
		}
	}
}

// fileProblem returns the error for a target's file that cannot be used.
func fileProblem(t *Target, err error) error {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return err
	}
	p := &problem.Error{Code: problem.Unreachable, What: "read " + t.Name, Why: bare(err)}
	switch {
	case errors.Is(err, wire.ErrSchema):
		p.Code, p.Next = problem.TooNew, "use a newer probe"
	case errors.Is(err, wire.ErrFormat):
		p.Next = "name a snapshot, a recording or a profile"
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.Next = "the file is cut off; make it again"
	case errors.Is(err, wire.ErrTooLarge):
		p.Next = "name a snapshot, a recording or a profile"
	}
	return p
}

// wrong is the error for a file with something else than is needed.
func wrong(t *Target, is content, needed string) error {
	return &problem.Error{
		Code: problem.Unreachable,
		What: "read " + t.Name,
		Why:  fmt.Errorf("it is %s", is),
		Next: "name " + needed,
	}
}

// fileSnapshot returns the snapshot in a file: the last one, if it has several.
func (c *Client) fileSnapshot(t *Target) (*wire.Snapshot, error) {
	f, err := c.open(t)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch f.content {
	case snapshotFile:
		s, err := wire.DecodeSnapshot(f)
		if err != nil {
			return nil, fileProblem(t, err)
		}
		return s, nil
	case profileFile:
		return nil, wrong(t, f.content, "a service, a snapshot or a recording")
	}
	var last *wire.Snapshot
	for m, err := range c.messages(f) {
		if err != nil {
			return nil, fileProblem(t, err)
		}
		if m.Snapshot != nil {
			last = m.Snapshot
		}
	}
	if last == nil {
		return nil, &problem.Error{Code: problem.Unreachable, What: "read " + t.Name, Why: errors.New("there is no snapshot in it"), Next: "record it with a snapshot"}
	}
	return last, nil
}

// fileProfile returns the profile in a file.
func (c *Client) fileProfile(t *Target) (*profile.Profile, error) {
	f, err := c.open(t)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.content != profileFile {
		return nil, wrong(t, f.content, "a service or a profile")
	}
	p, err := readProfile(f)
	if err != nil {
		return nil, fileProblem(t, err)
	}
	return p, nil
}
