package top

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
)

// feed returns a source that says all of the updates, and ends.
func feed(targets []string, updates ...Update) Source {
	ch := make(chan Update, len(updates))
	for _, u := range updates {
		ch <- u
	}
	close(ch)
	return Source{Targets: targets, Updates: ch}
}

func TestWatch(t *testing.T) {
	a, b := service{target: "a:6060", pid: 1, leak: 1}, service{target: "b:6060", pid: 2}
	for _, tt := range []struct {
		name    string
		targets []string
		updates []Update
		options Options
	}{
		{"one", []string{"a:6060"}, []Update{a.update(1), a.update(2), a.update(3)}, Options{}},
		{"ascii", []string{"a:6060"}, []Update{a.update(1), a.update(2)}, Options{ASCII: true, Width: 80}},
		{"color", []string{"a:6060"}, []Update{a.update(2)}, Options{Color: true, Width: 80}},
		{"narrow", []string{"a:6060"}, []Update{a.update(2)}, Options{Width: 40}},
		{"some", []string{"a:6060", "b:6060", "c:6060"}, []Update{
			a.update(1), b.update(1), {Target: "c:6060", Err: errRefused},
			a.update(2), {Target: "c:6060", Err: errRefused}, b.update(2),
			{Target: "a:6060", Message: wire.Message{Lost: &wire.Lost{Count: 12}}},
			a.update(3), a.update(4), // b is silent
		}, Options{Width: 100}},
		{"nobody", []string{"c:6060"}, []Update{{Target: "c:6060", Err: errRefused}, {Target: "c:6060", Err: errRefused}}, Options{Width: 80}},
	} {
		tt.options.Location = time.UTC
		var out bytes.Buffer
		if _, err := Watch(t.Context(), &out, feed(tt.targets, tt.updates...), tt.options); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		golden.Check(t, "watch-"+tt.name, out.String())
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if w := ansi.StringWidth(line); tt.options.Width > 0 && w > tt.options.Width {
				t.Errorf("%s: %d cells in %q", tt.name, w, line)
			}
			if tt.options.ASCII && strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: not ASCII: %q", tt.name, line)
			}
		}
	}
}

func TestOnce(t *testing.T) {
	a, b := service{target: "a:6060", pid: 1, leak: 1}, service{target: "b:6060", pid: 2}
	utc := Options{Width: 80, Location: time.UTC}

	// Of a live source, the second snapshot is the last one that is read.
	source := feed([]string{"a:6060"}, minute(a)...)
	var out bytes.Buffer
	failures, err := Once(t.Context(), &out, source, utc)
	if err != nil || len(failures) > 0 {
		t.Errorf("failures %v, error %v", failures, err)
	}
	golden.Check(t, "once-live", out.String())

	// A recording is read to its end.
	source = feed(nil, minute(a)...)
	source.Ends = true
	out.Reset()
	if _, err := Once(t.Context(), &out, source, utc); err != nil {
		t.Error(err)
	}
	golden.Check(t, "once-recording", out.String())

	out.Reset()
	failures, err = Once(t.Context(), &out, feed([]string{"a:6060", "c:6060", "b:6060"},
		Update{Target: "c:6060", Err: errRefused}, a.update(1), b.update(1), a.update(2), b.update(2)), utc)
	if err != nil || len(failures) != 1 || !errors.Is(failures["c:6060"], errRefused) {
		t.Errorf("failures %v, error %v", failures, err)
	}
	golden.Check(t, "once-some", out.String())
}

func TestOnceOfNothing(t *testing.T) {
	var out bytes.Buffer
	failures, err := Once(t.Context(), &out, feed([]string{"c:6060"}, Update{Target: "c:6060", Err: errRefused, Final: true}), Options{})
	if err != nil || len(failures) != 1 || out.Len() > 0 {
		t.Errorf("failures %v, error %v, output %q", failures, err, out.String())
	}
	source := feed(nil, happened("f.ndjson", 1, event.Event{Kind: event.Cleared}))
	source.Ends = true
	if _, err := Once(t.Context(), &out, source, Options{}); !errors.Is(err, ErrNoSnapshot) || out.Len() > 0 {
		t.Errorf("of a recording without snapshots: error %v, output %q", err, out.String())
	}
}

// TestOnceIsPatientForAWhile lets a target fall silent after its first snapshot.
func TestOnceIsPatientForAWhile(t *testing.T) {
	updates := make(chan Update, 1)
	updates <- service{target: "a"}.update(1)
	var out bytes.Buffer
	_, err := Once(t.Context(), &out, Source{Targets: []string{"a"}, Updates: updates}, Options{Interval: time.Millisecond})
	if err != nil || !strings.Contains(out.String(), "conns") {
		t.Errorf("error %v, output\n%s", err, out.String())
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	source := Source{Targets: []string{"a"}, Updates: make(chan Update)}
	for name, f := range map[string]func() error{
		"Watch":   func() error { _, err := Watch(ctx, new(bytes.Buffer), source, Options{}); return err },
		"Records": func() error { _, err := Records(ctx, new(bytes.Buffer), source, Options{}); return err },
		"Once":    func() error { _, err := Once(ctx, new(bytes.Buffer), source, Options{}); return err },
	} {
		if err := f(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestBrokenPipe(t *testing.T) {
	a := service{target: "a"}
	for name, f := range map[string]func(Source) error{
		"Watch":       func(s Source) error { _, err := Watch(t.Context(), brokenPipe{}, s, Options{}); return err },
		"Records":     func(s Source) error { _, err := Records(t.Context(), brokenPipe{}, s, Options{}); return err },
		"Once":        func(s Source) error { _, err := Once(t.Context(), brokenPipe{}, s, Options{}); return err },
		"RecordsOnce": func(s Source) error { _, err := RecordsOnce(t.Context(), brokenPipe{}, s, Options{}); return err },
	} {
		if err := f(feed([]string{"a"}, a.update(1), a.update(2))); err == nil || err.Error() != "broken pipe" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecords(t *testing.T) {
	a := service{target: "a:6060", pid: 1, leak: 1}
	var out bytes.Buffer
	_, err := Records(t.Context(), &out, feed([]string{"a:6060", "c:6060"},
		a.update(1), Update{Target: "c:6060", Err: errRefused},
		Update{Target: "a:6060", Message: wire.Message{Lost: &wire.Lost{Count: 12}}}, a.update(2)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "records", out.String())
	count := make(map[string]int)
	for line := range strings.Lines(out.String()) {
		var r struct {
			Schema int
			Record string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Schema != 1 {
			t.Errorf("%v in %s", err, line)
		}
		count[r.Record]++
	}
	if got := fmt.Sprint(count); got != "map[group:6 lost:1 retained:2 target:4]" {
		t.Errorf("there are %s", got)
	}
}
