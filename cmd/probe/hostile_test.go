package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// hostile sets the title of a terminal, turns the direction of writing and begins a
// line that looks like one of probe's.
const hostile = "\x1b]0;owned\x07\u202e\u009b2J\nprobe: all is well"

// hostileSnapshot is what a program says that wants to be more than text.
func hostileSnapshot() *wire.Snapshot {
	s := payments("a:12", 40)
	for _, text := range []*string{&s.Process.Name, &s.Process.Instance, &s.Process.Host, &s.Process.Go} {
		*text += hostile
	}
	for i := range s.Groups {
		s.Groups[i].Name += hostile
		s.Groups[i].Type += hostile
	}
	s.Groups[1].Live = 0 // with nothing ever cleaned, which doctor asks about
	for i := range s.Retained {
		r := &s.Retained[i]
		r.Group += hostile
		r.Type += hostile
		r.Created = track.Stack{{Function: "f" + hostile, File: "f.go" + hostile, Line: 1}}
		r.Expected = r.Created
	}
	return s
}

// What another process says reaches a terminal as text and as nothing else.
func TestHostileNames(t *testing.T) {
	s := hostileSnapshot()
	stack := track.Stack{{Function: "f" + hostile, File: "f.go" + hostile, Line: 1}}
	before := liveProfile(t, sample{"g" + hostile, "t" + hostile, "alive", stack, 1, 8})
	after := liveProfile(t, sample{"g" + hostile, "t" + hostile, "retained", stack, 3, 24})
	var events []wire.Recorded
	for i, kind := range []event.Kind{event.Created, event.Cleared, event.CallbackPanicked, event.Leaked, event.Retained} {
		e := event.Event{Seq: uint64(i + 1), Time: noon, Kind: kind, Type: "t" + hostile, Group: "g" + hostile, Label: "l" + hostile}
		events = append(events, wire.Recorded{Time: noon, Source: "a" + hostile, Message: wire.Message{Event: &e}})
	}
	events = append(events, wire.Recorded{Time: noon, Source: "b" + hostile, Message: wire.Message{Snapshot: s}})
	recording := writeRecording(t, "day.ndjson", events...)
	at := program(t, s, after, events...)
	for _, args := range [][]string{
		{"leaks", at},
		{"leaks", at, recording},
		{"check", "--max-retained", "0", at},
		{"live", at},
		{"diff", writeFile(t, "before.pb", before), at},
		{"doctor", recording},
		{"watch", recording},
		{"watch", "--for", "300ms", at},
		{"replay", "--speed", "max", recording},
		{"record", "--for", "300ms", "-o", t.TempDir() + "/r.ndjson", at},
		{"top", "--once", at},
	} {
		_, stdout, stderr := play(t.Context(), args...)
		all := stdout + stderr
		if all == "" {
			t.Errorf("probe %s printed nothing", args)
		}
		for line := range strings.Lines(all) {
			if strings.HasPrefix(line, "probe: all is well") {
				t.Errorf("probe %s: a line was forged", args)
			}
			for _, r := range strings.TrimSuffix(line, "\n") {
				if !unicode.IsPrint(r) {
					t.Errorf("probe %s printed %q in %q", args, r, line)
					break
				}
			}
		}
	}
}
