// Package legible makes what another process says fit for a terminal. Names come from
// whoever answers, and a name can hold what moves a cursor or rewrites a title.
package legible

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// longest is how many characters of a name are kept. No screen shows more.
const longest = 512

// Text makes a text harmless that another process has chosen: what would move the
// cursor, change a colour, turn the direction of writing, or be invisible, becomes
// U+FFFD, so that it can be seen that there was something.
func Text(text string) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	n := 0
	for _, r := range text { // a byte that is no character is U+FFFD
		if n++; n > longest {
			b.WriteRune('…')
			break
		}
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(utf8.RuneError)
		}
	}
	return b.String()
}

// plain reports whether text is short and of printable ASCII, as most names are.
func plain(text string) bool {
	if len(text) > longest {
		return false
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Event returns e with its names made harmless.
func Event(e event.Event) event.Event {
	e.Type, e.Label, e.Group = Text(e.Type), Text(e.Label), Text(e.Group)
	return e
}

// Snapshot returns a copy of s with its names made harmless, and with no histogram or
// stack longer than this library makes them.
func Snapshot(s wire.Snapshot) *wire.Snapshot {
	for _, text := range []*string{&s.Process.Name, &s.Process.Instance, &s.Process.Host, &s.Process.Go, &s.Process.Version} {
		*text = Text(*text)
	}
	groups := make([]event.GroupStats, len(s.Groups))
	for i, g := range s.Groups {
		g.Name, g.Kind, g.Type = Text(g.Name), Text(g.Kind), Text(g.Type)
		counters := make([]event.Counter, len(g.Counters))
		for j, c := range g.Counters {
			c.Name = Text(c.Name)
			counters[j] = c
		}
		g.Counters = counters
		// To add up more than there can be would take a time that the sender chooses.
		g.Ages.Buckets = g.Ages.Buckets[:min(len(g.Ages.Buckets), event.HistogramBuckets)]
		groups[i] = g
	}
	s.Groups = groups
	retained := make([]track.Retained, len(s.Retained))
	for i, r := range s.Retained {
		r.Group, r.Type = Text(r.Group), Text(r.Type)
		r.Created, r.Expected = Stack(r.Created), Stack(r.Expected)
		retained[i] = r
	}
	s.Retained = retained
	return &s
}

// deepest is how many calls of a stack are kept. No library records as many.
const deepest = 256

// Stack returns a copy of stack with its names made harmless.
func Stack(stack track.Stack) track.Stack {
	stack = stack[:min(len(stack), deepest)]
	frames := make(track.Stack, len(stack))
	for i, f := range stack {
		f.Function, f.File = Text(f.Function), Text(f.File)
		frames[i] = f
	}
	return frames
}
