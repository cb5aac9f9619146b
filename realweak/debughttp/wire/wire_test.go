package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)

// full returns a snapshot in which every field says something.
func full() *wire.Snapshot {
	var ages event.Histogram
	ages.Observe(900 * time.Millisecond)
	ages.Observe(time.Minute)
	stack := track.Stack{{Function: "svc/pool.(*Pool).Get", File: "pool.go", Line: 12}}
	return &wire.Snapshot{
		Schema: wire.Schema, Time: start,
		Process: wire.Process{
			Name: "payments", Instance: "a:12", Host: "a", PID: 12, Go: "go1.26.8",
			Module: "svc", Version: "v1.2.3", Revision: "0123abc", Start: start.Add(-time.Hour),
		},
		Runtime: wire.Runtime{
			HeapLive: 1, HeapGoal: 2, HeapObjects: 3, Collections: 4,
			LastCollection: &event.Collection{Number: 4, End: start, Pause: 5, Queued: 6, Executed: 5},
			CleanupsQueued: 7, CleanupsExecuted: 6, GOGC: 100, MemoryLimit: 8, MaxProcs: 2, Goroutines: 9, Debug: "x=1",
		},
		Groups: []event.GroupStats{{
			Name: "conns", Kind: "tracked", Type: "pool.Conn", Live: 3, Created: 5, Cleaned: 2, Expected: 1, Retained: 2,
			Bytes: 300, Ages: ages, Counters: []event.Counter{{Name: "hits", Value: 3}, {Name: "depth", Value: 1, Gauge: true}},
		}},
		Retained: []track.Retained{{
			Fingerprint: 0x9c1e, Group: "conns", Type: "pool.Conn", Count: 2, Bytes: 200, Since: 8 * time.Second,
			Age: time.Minute, Collections: 3, Created: stack, Expected: stack,
		}},
		Stream: wire.Stream{Viewers: 1, Emitted: 10, Lost: 1, Dropped: 2, Oldest: 3, Newest: 12, CollectsOK: true},
	}
}

// messages returns one message of each kind.
func messages() []wire.Message {
	return []wire.Message{
		{Snapshot: full()},
		{Event: &event.Event{
			Seq: 41, Time: start, Kind: event.Cleared, Object: 7, Type: "pool.Conn", Label: "a\nb\r\n\u2028", Group: "conns",
			Fingerprint: 0x9c1e, Age: time.Second, Collections: 2, Actor: event.Collector,
		}},
		{Lost: &wire.Lost{Count: 12}},
		{Event: &event.Event{Seq: 42, Time: start, Kind: event.GC, GC: &event.Collection{Number: 5, End: start}}},
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// endless yields the byte that it is, for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// counted counts what was read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// gibibyte returns a GiB of what follows start, and counts what is read of it.
func gibibyte(start string, fill byte) *counted {
	return &counted{Reader: io.MultiReader(strings.NewReader(start), io.LimitReader(endless(fill), 1<<30))}
}

// TestFullIsFull shows that the round trips below are about every field.
func TestFullIsFull(t *testing.T) {
	var empty []string
	var visit func(path string, v reflect.Value)
	visit = func(path string, v reflect.Value) {
		if v.IsZero() {
			empty = append(empty, path)
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			visit(path, v.Elem())
		case reflect.Slice:
			visit(path+"[]", v.Index(v.Len()-1))
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				visit(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		}
	}
	visit("Snapshot", reflect.ValueOf(full()))
	if empty != nil {
		t.Errorf("these fields are zero: %v", empty)
	}
}

func TestDecodeSnapshot(t *testing.T) {
	text := encoded(t, full())
	for name, give := range map[string]string{
		"whole":              text,
		"newline at the end": text + "\r\n",
		"unknown fields":     strings.Replace(text, `{"schema":1`, `{"future":{"x":[1]},"schema":1`, 1),
	} {
		for _, r := range []io.Reader{strings.NewReader(give), iotest.OneByteReader(strings.NewReader(give)), iotest.DataErrReader(strings.NewReader(give))} {
			s, err := wire.DecodeSnapshot(r)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !reflect.DeepEqual(s, full()) {
				t.Errorf("%s: got %s", name, encoded(t, s))
			}
		}
	}
}

var errWire = errors.New("connection reset")

func TestDecodeSnapshotErrors(t *testing.T) {
	text := encoded(t, full())
	newer := strings.Replace(text, `"schema":1`, `"schema":7,"groups":"otherwise"`, 1)
	for _, tt := range []struct {
		name string
		give io.Reader
		is   error
		text string
	}{
		{"empty", strings.NewReader(""), io.ErrUnexpectedEOF, "wire: read a snapshot: unexpected EOF: there is nothing to read"},
		{"cut off", strings.NewReader(text[:len(text)/2]), io.ErrUnexpectedEOF, "wire: read a snapshot: unexpected EOF: the JSON is cut off"},
		{"a page", strings.NewReader("<html>"), wire.ErrFormat, "wire: read a snapshot: unknown format: no JSON: invalid character '<' looking for beginning of value"},
		{"newer", strings.NewReader(newer), wire.ErrSchema, "wire: read a snapshot: newer schema: it is in schema 7, and the newest known here is 1"},
		{"schema 0", strings.NewReader(`{"schema":0}`), wire.ErrFormat, "wire: read a snapshot: unknown format: it has no schema number"},
		{"another object", strings.NewReader(`{"goroutines":3}`), wire.ErrFormat, "has no schema number"},
		{"another with a schema", strings.NewReader(`{"schema":1}`), wire.ErrFormat, "it has no time, so it is no snapshot"},
		{"null", strings.NewReader("null"), wire.ErrFormat, "has no schema number"},
		{"a list", strings.NewReader("[1]"), wire.ErrFormat, "cannot unmarshal array"},
		{"of another type", strings.NewReader(`{"schema":1,"time":"2026-01-02T03:04:05Z","groups":7}`), wire.ErrFormat, "cannot unmarshal number"},
		{"no time", strings.NewReader(`{"schema":1,"time":"noon"}`), wire.ErrFormat, "noon"},
		{"two", strings.NewReader(text + text), wire.ErrFormat, "wire: read a snapshot: unknown format: something follows it"},
		{"garbage after", strings.NewReader(text + "}"), wire.ErrFormat, "something follows it"},
		{"read error", io.MultiReader(strings.NewReader(text[:9]), iotest.ErrReader(errWire)), errWire, "wire: read a snapshot: connection reset"},
		{"read error after", io.MultiReader(strings.NewReader(text), iotest.ErrReader(errWire)), errWire, "wire: read a snapshot: connection reset"},
	} {
		s, err := wire.DecodeSnapshot(tt.give)
		if s != nil || !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.text) {
			t.Errorf("%s: got error %v, want %v with %q", tt.name, err, tt.is, tt.text)
		}
	}
}

func TestDecodeSnapshotLimit(t *testing.T) {
	text := encoded(t, full())
	if _, err := wire.DecodeSnapshotUpTo(strings.NewReader(text), len(text)); err != nil {
		t.Errorf("as long as allowed: %v", err)
	}
	if _, err := wire.DecodeSnapshotUpTo(strings.NewReader(text+" "), len(text)); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("one byte longer than allowed: %v", err)
	}
}

func readAll(s interface {
	Next() (wire.Message, error)
}) ([]wire.Message, error) {
	var all []wire.Message
	for {
		m, err := s.Next()
		if err != nil {
			if _, again := s.Next(); again != err {
				return all, fmt.Errorf("failed with %v, then with %v", err, again)
			}
			return all, err
		}
		all = append(all, m)
	}
}

func TestStream(t *testing.T) {
	var b bytes.Buffer
	for _, m := range messages() {
		if err := wire.WriteMessage(&b, m); err != nil {
			t.Fatal(err)
		}
	}
	plain := b.String()
	for name, give := range map[string]string{
		"as written":       plain,
		"CRLF":             strings.ReplaceAll(plain, "\n", "\r\n"),
		"CR":               strings.ReplaceAll(plain, "\n", "\r"),
		"pings":            ": ping\n\n" + strings.ReplaceAll(plain, "event:", ": ping\nevent:"),
		"byte order mark":  "\ufeff" + plain,
		"no space":         strings.ReplaceAll(plain, "data: ", "data:"),
		"data in two":      strings.ReplaceAll(plain, `,"type"`, "\ndata: ,\"type\""),
		"other fields":     strings.ReplaceAll(plain, "event:", "retry: 10\nnonsense\nevent:"),
		"unknown messages": "event: reincarnated\ndata: {\"x\":1}\n\ndata: no name\n\n" + plain,
	} {
		for _, r := range []io.Reader{strings.NewReader(give), iotest.OneByteReader(strings.NewReader(give))} {
			s := wire.NewStreamReader(r)
			got, err := readAll(s)
			if err != io.EOF {
				t.Errorf("%s: ended with %v", name, err)
			}
			if !reflect.DeepEqual(got, messages()) {
				t.Errorf("%s: got %s", name, encoded(t, got))
			}
			if s.LastID() != "42" {
				t.Errorf("%s: last id %q, want 42", name, s.LastID())
			}
			if want := uint64(2 * strings.Count(give, "reincarnated")); s.Skipped() != want {
				t.Errorf("%s: %d messages skipped, want %d", name, s.Skipped(), want)
			}
		}
	}
}

// TestStreamDoesNotWait shows that a message is handed over when its blank line is
// there, even if that might be the first half of a CRLF.
func TestStreamDoesNotWait(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\r\n"} {
		r, w := io.Pipe()
		go func() {
			_, _ = io.WriteString(w, "event: lost"+end+"data: {\"count\":3}"+end+end)
		}()
		m, err := wire.NewStreamReader(r).Next() // or it waits forever
		if err != nil || m.Lost == nil || m.Lost.Count != 3 {
			t.Errorf("%q: got %+v, error %v", end, m, err)
		}
		r.Close()
	}
}

func TestStreamID(t *testing.T) {
	const text = "id: 7\n\nid: 8\x00\n\nevent: lost\ndata: {}\n\nid\nevent: lost\ndata: {}\n\nid: 9\n"
	s := wire.NewStreamReader(strings.NewReader(text))
	for i, want := range []string{"7", ""} {
		if _, err := s.Next(); err != nil || s.LastID() != want {
			t.Errorf("message %d: error %v, last id %q, want %q", i, err, s.LastID(), want)
		}
	}
	if _, err := s.Next(); !errors.Is(err, io.ErrUnexpectedEOF) || s.LastID() != "" {
		t.Errorf("at the end: error %v, last id %q: an unfinished message does not count", err, s.LastID())
	}
}

func TestStreamErrors(t *testing.T) {
	var b bytes.Buffer
	if err := wire.WriteMessage(&b, messages()[0]); err != nil {
		t.Fatal(err)
	}
	snapshot := b.String()
	const event41 = "id: 41\nevent: cleared\ndata: {\"seq\":41,\"time\":\"2026-01-02T03:04:05Z\",\"kind\":\"cleared\"}\n\n"
	for _, tt := range []struct {
		name string
		give string
		n    int // messages before
		is   error
		text string
	}{
		{"empty", "", 0, io.EOF, "EOF"},
		{"comments", ": ping\n\n: ping\n", 0, io.EOF, "EOF"},
		{"half a line", event41 + "event: clea", 1, io.ErrUnexpectedEOF, "wire: read the stream, line 5: unexpected EOF"},
		{"half a message", event41 + "event: cleared\n", 1, io.ErrUnexpectedEOF, "unexpected EOF"},
		{"half a snapshot", snapshot[:len(snapshot)-40], 0, io.ErrUnexpectedEOF, "unexpected EOF"},
		{"newer snapshot", strings.Replace(snapshot, `"schema":1`, `"schema":2`, 1), 0, wire.ErrSchema, `line 3: a message "snapshot": newer schema: it is in schema 2, and the newest known here is 1`},
		{"not JSON", "event: gc\ndata: gc\n\n", 0, wire.ErrFormat, `a message "gc": unknown format: no JSON`},
		{"no data", "event: gc\ndata\n\n", 0, wire.ErrFormat, "unexpected end of JSON input"},
		{"no kind", "event: gc\ndata: {}\n\n", 0, wire.ErrFormat, "an event without a kind"},
		{"another kind", "event: gc\ndata: {\"kind\":\"created\",\"time\":\"2026-01-02T03:04:05Z\"}\n\n", 0, wire.ErrFormat, `a message "gc" with an event of kind created`},
		{"of another type", "event: lost\ndata: {\"count\":-1}\n\n", 0, wire.ErrFormat, "cannot unmarshal"},
	} {
		got, err := readAll(wire.NewStreamReader(strings.NewReader(tt.give)))
		if len(got) != tt.n || !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %d messages and error %v, want %d, %v with %q", tt.name, len(got), err, tt.n, tt.is, tt.text)
		}
	}
	r := io.MultiReader(strings.NewReader(event41), iotest.ErrReader(errWire))
	if got, err := readAll(wire.NewStreamReader(r)); len(got) != 1 || !errors.Is(err, errWire) {
		t.Errorf("read error: %d messages and error %v", len(got), err)
	}
}

func TestStreamLimit(t *testing.T) {
	const limit = 100
	for name, give := range map[string]string{
		"line":              "data: " + strings.Repeat("x", limit),
		"message":           strings.Repeat("data: x\n", limit),
		"fields unknown":    strings.Repeat("nonsense\n", limit),
		"messages with ids": strings.Repeat("id: 1\n\n", limit),
		"comment":           ":" + strings.Repeat("x", limit),
	} {
		if got, err := readAll(wire.NewStreamReaderUpTo(strings.NewReader(give), limit)); got != nil || !errors.Is(err, wire.ErrTooLarge) {
			t.Errorf("%s: got %v, error %v", name, got, err)
		}
	}
	fits := strings.Repeat(": ping\n\n", limit) + strings.Repeat("event: lost\ndata: {\"count\":1}\n\n", limit)
	if got, err := readAll(wire.NewStreamReaderUpTo(strings.NewReader(fits), limit)); len(got) != limit || err != io.EOF {
		t.Errorf("many small messages: got %d, error %v", len(got), err)
	}
}

// TestGibibyte shows that no reader goes on reading for long what makes no sense.
func TestGibibyte(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 64 MiB some times")
	}
	snapshot := func(r io.Reader) error { _, err := wire.DecodeSnapshot(r); return err }
	stream := func(r io.Reader) error { _, err := wire.NewStreamReader(r).Next(); return err }
	player := func(r io.Reader) error { _, err := wire.NewPlayer(r).Next(); return err }
	const ahead = 1 << 20 // buffers may be filled
	for _, tt := range []struct {
		name  string
		give  *counted
		read  func(io.Reader) error
		is    error
		bound int64
	}{
		{"snapshot of letters", gibibyte("", 'x'), snapshot, wire.ErrFormat, ahead},
		{"snapshot of spaces", gibibyte("", ' '), snapshot, wire.ErrTooLarge, wire.MaxMessage + ahead},
		{"snapshot with a string without an end", gibibyte(`{"`, 'x'), snapshot, wire.ErrTooLarge, wire.MaxMessage + ahead},
		{"stream of letters", gibibyte("", 'x'), stream, wire.ErrTooLarge, wire.MaxMessage + ahead},
		{"stream with a line without an end", gibibyte("data: ", 'x'), stream, wire.ErrTooLarge, wire.MaxMessage + ahead},
		{"stream of zeros", gibibyte("", 0), stream, wire.ErrTooLarge, wire.MaxMessage + ahead},
		{"recording of letters", gibibyte("", 'x'), player, wire.ErrFormat, ahead},
		{"recording with a line without an end", gibibyte(`{"`, 'x'), player, wire.ErrTooLarge, wire.MaxMessage + ahead},
	} {
		if err := tt.read(tt.give); !errors.Is(err, tt.is) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.is)
		}
		if tt.give.n > tt.bound {
			t.Errorf("%s: %d bytes were read, want at most %d", tt.name, tt.give.n, tt.bound)
		}
	}
}

func TestNoMessage(t *testing.T) {
	var b bytes.Buffer
	for _, m := range []wire.Message{
		{},
		{Lost: new(wire.Lost), Snapshot: full()},
		{Event: &event.Event{Time: start}},
	} {
		if err := wire.WriteMessage(&b, m); err == nil {
			t.Errorf("WriteMessage(%s) is no error", fmt.Sprintf("%+v", m))
		}
		if err := wire.NewRecorder(&b).Record(wire.Recorded{Time: start, Message: m}); err == nil {
			t.Errorf("Record(%s) is no error", fmt.Sprintf("%+v", m))
		}
	}
	if b.Len() > 0 {
		t.Errorf("%q was written", b.String())
	}
}

func recording(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	r := wire.NewRecorder(&b)
	for i, m := range messages() {
		if err := r.Record(wire.Recorded{Time: start.Add(time.Duration(i) * time.Second), Source: "a:12", Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestRecording(t *testing.T) {
	text := recording(t)
	for name, give := range map[string]string{
		"as written":      text,
		"CRLF":            strings.ReplaceAll(text, "\n", "\r\n"),
		"blank lines":     "\n \n" + strings.ReplaceAll(text, "\n", "\n\n"),
		"no last newline": strings.TrimSuffix(text, "\n"),
		"from the future": `{"schema":1,"time":"2026-01-02T03:04:05Z","event":{"kind":"reincarnated"}}` + "\n" +
			`{"schema":1,"time":"2026-01-02T03:04:05Z","omen":{}}` + "\n" + text,
	} {
		p := wire.NewPlayer(strings.NewReader(give))
		for i, want := range messages() {
			got, err := p.Next()
			if err != nil {
				t.Fatalf("%s: message %d: %v", name, i, err)
			}
			if at := start.Add(time.Duration(i) * time.Second); !got.Time.Equal(at) || got.Source != "a:12" || !reflect.DeepEqual(got.Message, want) {
				t.Errorf("%s: message %d is %s", name, i, encoded(t, got))
			}
		}
		if _, err := p.Next(); err != io.EOF {
			t.Errorf("%s: ended with %v", name, err)
		}
		if want := uint64(2 * strings.Count(give, "reincarnated")); p.Skipped() != want {
			t.Errorf("%s: %d messages skipped, want %d", name, p.Skipped(), want)
		}
	}
}

func TestRecordingErrors(t *testing.T) {
	text := recording(t)
	const line = `{"schema":1,"time":"2026-01-02T03:04:05Z","lost":{"count":1}}` + "\n"
	for _, tt := range []struct {
		name string
		give string
		is   error
		text string
	}{
		{"empty", "", io.EOF, "EOF"},
		{"half a line", line + text[:200], io.ErrUnexpectedEOF, "wire: read the recording, line 2: unexpected EOF"},
		{"a page", "<html>\n", wire.ErrFormat, `line 1: unknown format: no recording: a line begins with '<' and not with a brace`},
		{"not JSON", line + line + "{oops}\n", wire.ErrFormat, "line 3: unknown format: no JSON"},
		{"newer", `{"schema":3,"time":7}` + "\n", wire.ErrSchema, "newer schema: it is in schema 3, and the newest known here is 1"},
		{"a record of something else", `{"schema":1,"record":"event"}` + "\n", wire.ErrFormat, "the line has no time"},
		{"two in one", `{"schema":1,"time":"2026-01-02T03:04:05Z","lost":{},"event":{"kind":"gc"}}` + "\n", wire.ErrFormat, "this one holds several"},
		{"bad snapshot", `{"schema":1,"time":"2026-01-02T03:04:05Z","snapshot":{"schema":2}}` + "\n", wire.ErrSchema, "its snapshot: newer schema"},
	} {
		p := wire.NewPlayer(strings.NewReader(tt.give))
		var err error
		for err == nil {
			_, err = p.Next()
		}
		if _, again := p.Next(); again != err {
			t.Errorf("%s: failed with %v, then with %v", tt.name, err, again)
		}
		if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %v with %q", tt.name, err, tt.is, tt.text)
		}
	}
	if _, err := wire.NewPlayerUpTo(strings.NewReader(text), 50).Next(); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a long line: %v", err)
	}
}
