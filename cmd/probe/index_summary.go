package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/cmd/probe/internal/table"
)

// shown is how many of a kind are named before the rest is only counted.
const shown = 10

// end writes the summary, and what could not be used.
func (v *indexView) end(s index.Summary, err error) {
	v.bar.done()
	v.nameFailures()
	if err != nil && !s.Interrupted {
		return // there is nothing to sum up
	}
	if v.app.json {
		v.record("summary", s)
		return
	}
	v.nameOpen()
	title := "Summary"
	if s.Interrupted {
		title = "Summary, partial"
	}
	v.printf("\n%s\n", v.out.Style.Title(title))
	t := table.New(table.Column{}, table.Column{}, table.Column{})
	row := func(ok bool, name, format string, args ...any) {
		mark := table.Cell{Text: "x", Paint: func(string) string { return v.out.Style.Mark(ok) }}
		if s.Interrupted {
			mark = table.Text(" ") // nothing is proved either way
		}
		t.Row(mark, table.Text(name), table.Text(fmt.Sprintf(format, args...)))
	}
	row(s.Trees > 0, "files", "%s, %s not usable", human.Count(s.Files), human.Count(s.Failed))
	row(s.CallbacksRun == s.CallbacksExpected, "callbacks", "%s expected, %s run", human.Count(s.CallbacksExpected), human.Count(s.CallbacksRun))
	row(s.DestructorsRun == s.DestructorsExpected, "destructors", "%s expected, %s run", human.Count(s.DestructorsExpected), human.Count(s.DestructorsRun))
	row(s.Wrong == 0, "cache", "%s, %s left", human.Plural(s.Wrong, "error"), human.Plural(s.Cached, "tree"))
	row(s.EventsLost == 0, "events", "%s: %s deaths, %s releases, %s lost",
		human.Count(s.Events), human.Count(s.Deaths), human.Count(s.Released), human.Count(s.EventsLost))
	row(true, "interning", "%s saved, %s strings left of %s",
		human.Bytes(s.Strings.BytesSaved), human.Count(s.Strings.Live), human.Count(s.Strings.Misses))
	row(true, "time", "%s, %s, heap up to %s", human.Duration(s.Took), human.Plural(s.Collections, "collection"), human.Bytes(s.PeakHeap))
	_ = t.Write(v.out)
}

func (v *indexView) nameOpen() {
	if len(v.open) == 0 {
		return
	}
	v.printf("\nKept alive because they were open, and dead since they were closed:\n")
	for _, path := range v.open {
		v.printf("  %s\n", v.out.Style.Shorten(path, max(v.out.Width-2, 0)))
	}
}

// nameFailures names them once.
func (v *indexView) nameFailures() {
	if len(v.failures) == 0 || v.named {
		return
	}
	v.named = true
	fmt.Fprintf(v.notes, "probe: %s could not be used:\n", human.Plural(len(v.failures), "file"))
	for i, f := range v.failures {
		if i == shown {
			fmt.Fprintf(v.notes, "  %s and %d more\n", v.notes.Style.Ellipsis(), len(v.failures)-i)
			break
		}
		path, why := f.Path, f.Error
		if room := v.notes.Width - len("  : "); room > 0 {
			path = v.notes.Style.Shorten(path, max(room*3/5, room-utf8.RuneCountInString(why)))
			why = v.notes.Style.Cut(why, room-utf8.RuneCountInString(path))
		}
		fmt.Fprintf(v.notes, "  %s: %s\n", path, why)
	}
}
