package main

import (
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/eventlog"
	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/index"
	"github.com/referent-go/referent/cmd/probe/internal/records"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/cmd/probe/internal/spool"
	"github.com/referent-go/referent/cmd/probe/internal/table"
)

// indexView shows a run of `probe index`: as records, or as text.
type indexView struct {
	app      *app
	out      *screen.Screen
	notes    *screen.Screen
	lines    lines
	printer  *eventlog.Printer // of records
	bar      *bar
	steps    *table.Table
	wide     bool // there is room for all columns
	failures []index.Failure
	named    bool // the failures
	open     []string
}

func newIndexView(a *app) *indexView {
	v := &indexView{app: a, out: a.out(), notes: a.notes(), lines: &direct{w: a.stdout}}
	if a.json {
		v.lines = spool.New(a.stdout) // so that a slow reader does not cost events
	}
	v.out.Writer = v.lines
	v.printer = eventlog.NewPrinter(v.lines, eventlog.Options{JSON: true})
	return v
}

// lines is where the output goes. Close writes what is left and returns the first
// error of a write.
type lines interface {
	io.Writer
	Close() error
}

// direct writes at once, as text on a terminal must to keep its place among the
// notes.
type direct struct {
	w   io.Writer
	err error
}

func (d *direct) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if d.err == nil {
		d.err = err
	}
	return n, err
}

func (d *direct) Close() error { return d.err }

// close writes what is left and returns the first error of a write.
func (v *indexView) close() error { return v.lines.Close() }

// record writes a record; lines keeps its error.
func (v *indexView) record(name string, r any) { _ = records.Write(v.lines, name, r) }

func (v *indexView) printf(format string, args ...any) { fmt.Fprintf(v.out, format, args...) }

func (v *indexView) observer() index.Observer {
	o := index.Observer{
		Found:    v.found,
		Progress: func(bytes int64) { v.bar.add(bytes) },
		Failed:   v.failed,
		Loaded:   v.loaded,
		Dropped:  v.dropped,
	}
	if v.app.json {
		o.Event = v.printer.Print
	}
	return o
}

func (v *indexView) found(f index.Found) {
	if v.app.json {
		v.record("found", f)
	} else {
		v.printf("%s: %s, %s\n", v.out.Style.Title(f.Root), human.Plural(f.Files, "Go file"), human.Bytes(f.Bytes))
	}
	// Records would run through the bar if both went to one terminal.
	if v.notes.Redraws(v.app.env) && !(v.app.json && v.out.Terminal) {
		v.bar = newBar(v.notes, f.Bytes)
	}
	name := 0
	for _, s := range append(f.Sets, "open files") {
		name = max(name, utf8.RuneCountInString(s))
	}
	v.wide = v.out.Width == 0 || v.out.Width >= 90
	columns := []table.Column{
		{Title: "DROPPED", Width: min(name, 16), Shrink: true},
		{Title: "TREES", Right: true, Width: 5},
		{Title: "RELEASED", Right: true},
		{Title: "DIED", Right: true, Width: 5},
		{Title: "KEPT", Right: true},
		{Title: "GCS", Right: true},
		{Title: "AGE", Right: true, Width: 11},
		{Title: "FREED", Right: true, Width: 9},
		{Title: "STRINGS", Right: true},
	}
	if v.wide {
		columns = append(columns, table.Column{Title: "CACHED", Right: true})
	}
	v.steps = table.New(columns...)
}

func (v *indexView) failed(f index.Failure) {
	if v.app.json {
		v.record("failed", f)
	}
	v.failures = append(v.failures, f)
}

func (v *indexView) loaded(l index.Loaded) {
	v.bar.done()
	v.bar = nil
	v.nameFailures()
	if v.app.json {
		v.record("loaded", l)
		return
	}
	v.printf("parsed %s in %s with %s; heap %s\n",
		human.Plural(l.Trees, "tree"), human.Duration(l.Took), human.Plural(l.Workers, "worker"), human.Bytes(l.Heap))
	if n := l.Strings.Hits + l.Strings.Misses; n > 0 {
		v.printf("interned %s names and literals: %s were there already, %s saved\n",
			human.Count(n), human.Percent(l.Strings.Hits, n), human.Bytes(l.Strings.BytesSaved))
	}
	v.printf("\n")
}

func (v *indexView) dropped(s index.Step) {
	v.open = append(v.open, s.StillOpen...)
	if v.app.json {
		v.record("step", s)
		return
	}
	v.bar.done() // an early drop happens while files are being read
	v.bar = nil
	died := table.Text(human.Count(s.Died))
	if len(s.Lingering) > 0 {
		died.Paint = v.out.Style.Bad
	}
	row := []table.Cell{
		table.Text(s.Name), table.Text(human.Count(s.Trees)), table.Text(human.Count(s.Released)), died,
		table.Text(human.Count(s.Kept)), table.Text(human.Count(s.Collections)), table.Text(ages(s)),
		table.Text(human.Bytes(s.Freed)), table.Text(human.Count(s.Strings)),
	}
	if v.wide {
		row = append(row, table.Text(human.Count(s.Cached)))
	}
	v.steps.Row(row...)
	_ = v.steps.Write(v.out)
	for i, path := range s.Lingering {
		if i == shown {
			v.printf("  %s and %s\n", v.out.Style.Ellipsis(), human.Plural(len(s.Lingering)-i, "more tree"))
			break
		}
		v.printf("  %s %s is alive after %s, and nothing here holds it\n", v.out.Style.Mark(false), path, human.Plural(s.Collections, "collection"))
	}
}

// ages returns between which ages the trees died.
func ages(s index.Step) string {
	youngest, oldest := human.Roughly(s.Youngest), human.Roughly(s.Oldest)
	switch {
	case s.Died == 0:
		return ""
	case youngest == oldest:
		return oldest
	}
	return youngest + "-" + oldest
}

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
