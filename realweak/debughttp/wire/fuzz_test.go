package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// fuzzLimit keeps inputs interesting: they can be too large.
const fuzzLimit = 4 << 10

// known reports whether err is of a kind that the documentation names.
func known(err error) bool {
	for _, is := range []error{wire.ErrSchema, wire.ErrFormat, wire.ErrTooLarge, io.ErrUnexpectedEOF} {
		if errors.Is(err, is) {
			return true
		}
	}
	return err == io.EOF
}

func FuzzDecodeSnapshot(f *testing.F) {
	text, err := json.Marshal(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte(`{"schema":1,"time":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"schema":2}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, give []byte) {
		s, err := wire.DecodeSnapshotUpTo(bytes.NewReader(give), fuzzLimit)
		if err != nil {
			if !known(err) {
				t.Errorf("an error of no kind: %v", err)
			}
			return
		}
		// What was read can be written and read again, and is the same.
		first, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := wire.DecodeSnapshot(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if second, err := json.Marshal(again); err != nil || !bytes.Equal(first, second) {
			t.Errorf("read %s, then %s, error %v", first, second, err)
		}
	})
}

func FuzzStreamReader(f *testing.F) {
	var b bytes.Buffer
	for _, m := range messages() {
		if err := wire.WriteMessage(&b, m); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Add(bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\r\n")))
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte(": ping\r\rid\rdata\n\nevent:lost\r\ndata:{}\n\r\n"))
	f.Add([]byte("\ufeffevent: gc\ndata: {\"kind\":\"gc\",\ndata: \"seq\":1}\n\n"))
	f.Fuzz(func(t *testing.T, give []byte) {
		whole := wire.NewStreamReaderUpTo(bytes.NewReader(give), fuzzLimit)
		// The same bytes mean the same however they arrive.
		parts := wire.NewStreamReaderUpTo(iotest.OneByteReader(bytes.NewReader(give)), fuzzLimit)
		for {
			m, err := whole.Next()
			n, err2 := parts.Next()
			if whole.LastID() != parts.LastID() || whole.Skipped() != parts.Skipped() {
				t.Fatalf("id %q and %q, skipped %d and %d", whole.LastID(), parts.LastID(), whole.Skipped(), parts.Skipped())
			}
			if err != nil || err2 != nil {
				if err == nil || err2 == nil || err.Error() != err2.Error() {
					t.Fatalf("errors %v and %v", err, err2)
				}
				if !known(err) {
					t.Errorf("an error of no kind: %v", err)
				}
				return
			}
			var first, second, again bytes.Buffer
			if err := errors.Join(wire.WriteMessage(&first, m), wire.WriteMessage(&second, n)); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Fatalf("read %q, and in parts %q", first.Bytes(), second.Bytes())
			}
			back, err := wire.NewStreamReader(bytes.NewReader(first.Bytes())).Next()
			if err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
			if err := wire.WriteMessage(&again, back); err != nil || !bytes.Equal(first.Bytes(), again.Bytes()) {
				t.Fatalf("read %q, then %q, error %v", first.Bytes(), again.Bytes(), err)
			}
		}
	})
}

func FuzzPlayer(f *testing.F) {
	var b bytes.Buffer
	r := wire.NewRecorder(&b)
	for _, m := range messages() {
		if err := r.Record(wire.Recorded{Time: start, Message: m}); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte(`{"schema":1,"time":"2026-01-02T03:04:05Z","source":"a","lost":{}}`))
	f.Add([]byte(`{"schema":1,"time":"2026-01-02T03:04:05Z","event":{"kind":"gc"},"lost":null}` + "\r\n\n"))
	f.Fuzz(func(t *testing.T, give []byte) {
		p := wire.NewPlayerUpTo(bytes.NewReader(give), fuzzLimit)
		for {
			m, err := p.Next()
			if err != nil {
				if !known(err) {
					t.Errorf("an error of no kind: %v", err)
				}
				return
			}
			var first, again bytes.Buffer
			if err := wire.NewRecorder(&first).Record(m); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			back, err := wire.NewPlayer(bytes.NewReader(first.Bytes())).Next()
			if err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
			if err := wire.NewRecorder(&again).Record(back); err != nil || !bytes.Equal(first.Bytes(), again.Bytes()) {
				t.Fatalf("read %q, then %q, error %v", first.Bytes(), again.Bytes(), err)
			}
		}
	})
}
