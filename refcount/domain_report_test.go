package refcount_test

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/refcount"
)

// The cast of the reports: a catalog has trays, a tray has a wheel on top, and the
// wheel refers back.
type catalog struct{ trays []refcount.Strong[tray] }

type tray struct{ top refcount.Strong[brie] }

type brie struct {
	back refcount.Strong[catalog]
	on   refcount.Strong[tray]
	rind refcount.Strong[cell]
}

func (c *catalog) Trace(visit func(refcount.Edge)) {
	for i := range c.trays {
		visit(c.trays[i].Edge("trays"))
	}
}

func (t *tray) Trace(visit func(refcount.Edge)) { visit(t.top.Edge("top")) }

func (b *brie) Trace(visit func(refcount.Edge)) {
	visit(b.back.Edge("back"))
	visit(b.on.Edge("on"))
	visit(b.rind.Edge("rind"))
}

// renumbered replaces the numbers of objects by those of their order in the text.
func renumbered(text string) string {
	var seen []string
	return regexp.MustCompile(`#\d+`).ReplaceAllStringFunc(text, func(id string) string {
		at := slices.Index(seen, id)
		if at < 0 {
			at = len(seen)
			seen = append(seen, id)
		}
		return fmt.Sprintf("#%d", at+1)
	})
}

func reportOf(t *testing.T, d *refcount.Domain) []refcount.Cycle {
	t.Helper()
	report, err := d.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func expectText(t *testing.T, c refcount.Cycle, want string) {
	t.Helper()
	if got := renumbered(c.String()); got != strings.TrimSpace(want) {
		t.Errorf("the report says\n%s\nwant\n%s", got, strings.TrimSpace(want))
	}
}

func TestReportOfOneWayAround(t *testing.T) {
	var d refcount.Domain
	stack := make([]uintptr, 1)
	runtime.Callers(1, stack)
	c := refcount.New(catalog{}, nil)
	tr := refcount.New(tray{}, nil)
	w := refcount.New(brie{}, nil)
	w = refcount.MadeAt(&w, stack)
	w.SetLabel("Brie")
	refcount.Adopt(&d, &c)
	refcount.Adopt(&d, &tr)
	refcount.Adopt(&d, &w)
	rind := cells(&d, 2, nil)
	tie(&rind[0], &rind[1])
	w.Value().back, tr.Value().top = c.Clone(), w.Clone()
	w.Value().rind = rind[0].Clone()
	c.Value().trays = append(c.Value().trays, tr.Clone())
	releaseAll(rind)
	tr.Release()
	w.Release()
	if report := reportOf(t, &d); len(report) != 0 {
		t.Errorf("reported while something is held: %v", report)
	}
	c.Release()
	report := reportOf(t, &d)
	if len(report) != 1 || report[0].Kept != 2 || !report[0].Smallest || len(report[0].Weaken) != 1 {
		t.Fatalf("the report is %+v", report)
	}
	frame, _ := runtime.CallersFrames(stack).Next()
	expectText(t, report[0], `
CYCLE  3 objects, 0 external handles: #1 -trays-> #2 -top-> #3 -back-> #1
  fix: make refcount_test.brie.back weak
  keeps: 2 more
  #1 refcount_test.catalog  strong=1
  #2 refcount_test.tray  strong=1
  #3 refcount_test.brie "Brie"  strong=1
      created in `+frame.Function+`
        `+fmt.Sprintf("%s:%d", frame.File, frame.Line))
	if got := collect(t, &d); got.Destroyed != 5 {
		t.Errorf("collected %+v", got)
	}
}

func TestReportOfSeveralWays(t *testing.T) {
	var d refcount.Domain
	c := refcount.New(catalog{}, nil)
	refcount.Adopt(&d, &c)
	for range 2 {
		tr, w := refcount.New(tray{}, nil), refcount.New(brie{}, nil)
		refcount.Adopt(&d, &tr)
		refcount.Adopt(&d, &w)
		w.Value().back, w.Value().on, tr.Value().top = c.Clone(), tr.Clone(), w.Move()
		d.Update(func() { c.Value().trays = append(c.Value().trays, tr.Move()) })
	}
	c.Release()
	report := reportOf(t, &d)
	if len(report) != 1 {
		t.Fatalf("%d cycles are reported, want one that is connected", len(report))
	}
	expectText(t, report[0], `
CYCLE  5 objects, 0 external handles: #1 -top-> #2 -on-> #1
  fix: make refcount_test.tray.top weak
  also: #3 -trays-> #1, #3 -trays-> #4, #2 -back-> #3, #4 -top-> #5, #5 -back-> #3, #5 -on-> #4
  #3 refcount_test.catalog  strong=2
  #1 refcount_test.tray  strong=2
  #2 refcount_test.brie  strong=1
  #4 refcount_test.tray  strong=2
  #5 refcount_test.brie  strong=1`)
	collect(t, &d)
}

func TestReportOfManyCycles(t *testing.T) {
	var d refcount.Domain
	for size := range 40 {
		all := cells(&d, size+1, nil)
		ring(all)
		releaseAll(all)
	}
	for _, c := range reportOf(t, &d) {
		n := len(c.Objects)
		if len(c.Edges) != n || len(c.Weaken) != 1 || c.Smallest != (n <= 16) {
			t.Errorf("a ring of %d is reported as %+v", n, c)
		}
		// It is the oldest object that is referred to, by the newest.
		if e := c.Edges[c.Weaken[0]]; n <= 16 && (e.To != 0 || e.From != n-1) {
			t.Errorf("of a ring of %d the edge from %d to %d is to be weak", n, e.From, e.To)
		}
		text := c.String()
		if lines := strings.Count(text, "\n"); lines > 15 {
			t.Errorf("the report on a ring of %d has %d lines:\n%s", n, lines, text)
		}
		switch n {
		case 1:
			expectText(t, c, `
CYCLE  1 object, 0 external handles: #1 -links-> #1
  fix: make refcount_test.cell.links weak
  #1 refcount_test.cell  strong=1`)
		case 2:
			expectText(t, c, `
CYCLE  2 objects, 0 external handles: #1 -links-> #2 -links-> #1
  fix: make refcount_test.cell.links (#2 -> #1) weak
  #1 refcount_test.cell  strong=1
  #2 refcount_test.cell  strong=1`)
		case 20:
			if !strings.Contains(text, "-> (7 more) -links-> ") || !strings.Contains(text, "there may be a smaller set") ||
				!strings.HasSuffix(text, "and 8 more objects") {
				t.Errorf("the report on a ring of 20 is\n%s", text)
			}
		}
	}
	if got := collect(t, &d); got.Destroyed != 40*41/2 {
		t.Errorf("collected %+v", got)
	}
}
