package top

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

// clean makes a text harmless that another process has chosen: what would move the
// cursor, change a colour, turn the direction of writing, or be invisible, becomes
// U+FFFD, so that it can be seen that there was something.
func clean(text string) string {
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

func cleanEvent(e event.Event) event.Event {
	e.Type, e.Label, e.Group = clean(e.Type), clean(e.Label), clean(e.Group)
	return e
}

func cleanSnapshot(s wire.Snapshot) *wire.Snapshot {
	for _, text := range []*string{&s.Process.Name, &s.Process.Instance, &s.Process.Host, &s.Process.Go, &s.Process.Version} {
		*text = clean(*text)
	}
	groups := make([]event.GroupStats, len(s.Groups))
	for i, g := range s.Groups {
		g.Name, g.Kind, g.Type = clean(g.Name), clean(g.Kind), clean(g.Type)
		counters := make([]event.Counter, len(g.Counters))
		for j, c := range g.Counters {
			c.Name = clean(c.Name)
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
		r.Group, r.Type = clean(r.Group), clean(r.Type)
		r.Created, r.Expected = cleanStack(r.Created), cleanStack(r.Expected)
		retained[i] = r
	}
	s.Retained = retained
	return &s
}

// deepest is how many calls of a stack are kept. No library records as many.
const deepest = 256

func cleanStack(stack track.Stack) track.Stack {
	stack = stack[:min(len(stack), deepest)]
	frames := make(track.Stack, len(stack))
	for i, f := range stack {
		f.Function, f.File = clean(f.Function), clean(f.File)
		frames[i] = f
	}
	return frames
}
