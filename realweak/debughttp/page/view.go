package page

import (
	"html/template"
	"strings"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// view is a snapshot with the sums that the page shows of it.
type view struct {
	*wire.Snapshot
	Live, Expected, Retained int             // over all groups
	Ages                     event.Histogram // over all groups
	Up                       time.Duration
	Rows                     []retainedRow // of the first of Snapshot.Retained
	More                     int           // how many more it has
	Blank                    blanks        // what the script copies for new rows
}

type blanks struct {
	Group    event.GroupStats
	Retained retainedRow
}

// retainedRow is a Retained with what is shown beside its fields.
type retainedRow struct {
	track.Retained
	Where string // the place to look at first
	Stack struct{ Created, Expected []frame }
}

type frame struct {
	track.Frame
	First bool // the first one in code of the program itself
}

// maxRetained is how many fingerprints the page lists, here and in the script. Those
// with the most objects come first; a page of thousands of stacks helps nobody.
const maxRetained = 200

func newView(s *wire.Snapshot) view {
	v := view{Snapshot: s, Up: s.Time.Sub(s.Process.Start)}
	for _, g := range s.Groups {
		v.Live += g.Live
		v.Expected += g.Expected
		v.Retained += g.Retained
		v.Ages = v.Ages.Add(g.Ages)
	}
	v.More = max(len(s.Retained)-maxRetained, 0)
	for _, r := range s.Retained[:len(s.Retained)-v.More] {
		row := retainedRow{Retained: r}
		row.Stack.Created = frames(r.Created, s.Process.Module)
		row.Stack.Expected = frames(r.Expected, s.Process.Module)
		for i, f := range row.Stack.Created {
			if i == 0 || f.First {
				row.Where = position(f.File, f.Line)
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// frames marks the innermost frame that is in the module or in package main.
func frames(stack track.Stack, module string) []frame {
	marked := make([]frame, len(stack))
	found := false
	for i, f := range stack {
		own := strings.HasPrefix(f.Function, "main.") || module != "" && (strings.HasPrefix(f.Function, module+"/") || strings.HasPrefix(f.Function, module+"."))
		marked[i] = frame{f, own && !found}
		found = found || own
	}
	return marked
}

// bucketRow is a bucket of a histogram with both of its ends.
type bucketRow struct {
	From, Below time.Duration
	Count, Most uint64
}

func buckets(h event.Histogram) []bucketRow {
	var most uint64
	for _, b := range h.Buckets {
		most = max(most, b.Count)
	}
	rows := make([]bucketRow, len(h.Buckets))
	for i, b := range h.Buckets {
		rows[i] = bucketRow{From: b.Below / 2, Below: b.Below, Count: b.Count, Most: most}
	}
	return rows
}

// column is a column of the table of groups that the script can sort by.
type column struct {
	Key, Name string
	Number    bool
}

var columns = []column{
	{"name", "group", false},
	{"kind", "kind", false},
	{"type", "type", false},
	{"live", "live", true},
	{"created", "created", true},
	{"cleaned", "cleaned", true},
	{"expected", "expected", true},
	{"retained", "retained", true},
	{"bytes", "bytes", true},
	{"p50", "age p50", true},
	{"p99", "age p99", true},
}

var funcs = template.FuncMap{
	"count":       count,
	"signed":      signedCount,
	"dur":         duration,
	"size":        size,
	"clock":       clock,
	"counter":     counter,
	"counterName": counterName,
	"buckets":     buckets,
	"columns":     func() []column { return columns },
	"explain":     func(id string) explanation { return explanations[id] },
	"words":       func() any { return words },
	"short":       func(f event.Fingerprint) string { return f.String()[:8] },
}
