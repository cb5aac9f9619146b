package main

import (
	"fmt"
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
	early    bool // the table has begun before all was loaded
	name     int  // columns for the names of working sets
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
	v.name = min(name, 16)
	v.wide = v.out.Width == 0 || v.out.Width >= 90
	v.steps = v.newTable()
}

func (v *indexView) newTable() *table.Table {
	columns := []table.Column{
		{Title: "DROPPED", Width: v.name, Shrink: true},
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
	return table.New(columns...)
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
	if v.early {
		v.printf("\n")
		v.steps = v.newTable()
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
	if s.Early {
		v.early = true
		v.bar.done()
		v.bar = nil
	}
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
