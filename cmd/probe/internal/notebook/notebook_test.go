package notebook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/cmd/probe/internal/notebook"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/weaktest"
)

func TestMain(m *testing.M) { weaktest.Main(m) }

var all = []string{notebook.Simulated, notebook.Counted, notebook.Collected}

// results records what a viewer is shown.
type results struct {
	cells   []notebook.Cell
	code    []map[string]string
	results map[string][]notebook.Result
	asked   func() error
}

func (r *results) Cell(c notebook.Cell, code map[string]string) {
	r.cells = append(r.cells, c)
	r.code = append(r.code, code)
}
func (r *results) Event(string, event.Event) {}
func (r *results) Result(_ notebook.Cell, res notebook.Result) {
	if r.results == nil {
		r.results = make(map[string][]notebook.Result)
	}
	r.results[res.Engine] = append(r.results[res.Engine], res)
}
func (r *results) Note(notebook.Cell) {}
func (r *results) Ask(context.Context) error {
	if r.asked == nil {
		return nil
	}
	return r.asked()
}

func TestEveryCellAgrees(t *testing.T) {
	var r results
	cells := notebook.Cells()
	sum, err := notebook.Play(t.Context(), cells, all, &r)
	if err != nil {
		t.Fatal(err)
	}
	if want := (notebook.Summary{Cells: len(cells), Agree: len(cells), Played: len(cells)}); sum != want {
		t.Errorf("%+v, want %+v", sum, want)
	}
	for engine, results := range r.results {
		for i, res := range results {
			if !res.Agrees {
				t.Errorf("%s on %s: %q, want %q", r.cells[i].Title, engine, res.Output, res.Want)
			}
			if engine != notebook.Collected && res.Collections != 0 {
				t.Errorf("%s on %s needed collections", r.cells[i].Title, engine)
			}
		}
	}
	for i, c := range r.cells {
		if r.code[i][notebook.Counted] == "" || r.code[i][notebook.Collected] == "" {
			t.Errorf("%s shows no Go", c.Title)
		}
	}
	for i, code := range r.code {
		for engine, text := range code {
			for line := range strings.Lines(text) {
				if len(line) > 77 {
					t.Errorf("%s, %s: wider than a terminal: %s", r.cells[i].Title, engine, line)
				}
			}
		}
	}
	if _, ok := r.code[0][notebook.Simulated]; ok {
		t.Error("the simulation's rendering is shown as Go that does the same")
	}
}

// A cell that prints something else is told, on the engine that it did so.
func TestDisagreementIsFound(t *testing.T) {
	cells := notebook.Cells()
	i := slices.IndexFunc(cells, func(c notebook.Cell) bool { return c.Name == "In6" })
	cells[i].Want = []string{"Gone with the rain..."}
	j := slices.IndexFunc(cells, func(c notebook.Cell) bool { return c.Name == "In11" })
	cells[j].WantCounted = []string{"['Brie']"}
	var r results
	sum, err := notebook.Play(t.Context(), cells, all, &r)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Agree != len(cells)-2 {
		t.Errorf("%d of %d agree, want all but 2", sum.Agree, sum.Cells)
	}
	for engine, want := range map[string]bool{notebook.Simulated: false, notebook.Counted: false, notebook.Collected: false} {
		if got := r.results[engine][i]; got.Agrees != want {
			t.Errorf("In [6] on %s: %+v", engine, got)
		}
	}
	for engine, want := range map[string]bool{notebook.Simulated: true, notebook.Counted: false, notebook.Collected: true} {
		if got := r.results[engine][j]; got.Agrees != want {
			t.Errorf("In [11] on %s: %+v", engine, got)
		}
	}
	var out bytes.Buffer
	text := notebook.NewText(screen.New(&out, func(string) string { return "" }, true), nil)
	if _, err := notebook.Play(t.Context(), cells[:i+1], []string{notebook.Simulated}, text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"! sim        Gone with the wind...  does not agree", "wanted: Gone with the rain..."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, out.String())
		}
	}
}

func TestInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	r := results{asked: func() error {
		if n++; n == 4 {
			cancel()
		}
		return nil
	}}
	sum, err := notebook.Play(ctx, notebook.Cells(), []string{notebook.Simulated}, &r)
	if !errors.Is(err, context.Canceled) || sum.Played != 4 || sum.Agree != 4 {
		t.Errorf("%+v, %v; want 4 cells and the context's error", sum, err)
	}
	stop := errors.New("stop")
	sum, err = notebook.Play(t.Context(), notebook.Cells(), all, &results{asked: func() error { return stop }})
	if !errors.Is(err, stop) || sum.Played != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}

var times = regexp.MustCompile(`\+\d+\.\d+s`)

// The simulation is deterministic, so all that is shown of it is.
func TestSimulationAsText(t *testing.T) {
	var out bytes.Buffer
	text := notebook.NewText(screen.New(&out, func(string) string { return "" }, true), nil)
	sum, err := notebook.Play(t.Context(), notebook.Cells(), []string{notebook.Simulated}, text)
	if err != nil {
		t.Fatal(err)
	}
	if err := text.Summary(sum); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "sim.golden", times.ReplaceAllString(out.String(), "+0.000s"))
}

func TestRecords(t *testing.T) {
	var out bytes.Buffer
	view := notebook.NewJSON(&out)
	cells := notebook.Cells()
	sum, err := notebook.Play(t.Context(), cells, all, view)
	if err != nil {
		t.Fatal(err)
	}
	if err := view.Summary(sum); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(out.String()) {
		var rec struct {
			Schema int    `json:"schema"`
			Record string `json:"record"`
			Engine string `json:"engine"`
			Kind   string `json:"kind"`
			Output []string
		}
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if rec.Schema != 1 || rec.Record == "result" && rec.Output == nil || rec.Record == "event" && (rec.Engine == "" || rec.Kind == "") {
			t.Errorf("incomplete: %s", line)
		}
		count[rec.Record]++
	}
	if count["cell"] != len(cells) || count["result"] != 3*len(cells) || count["summary"] != 1 || count["event"] < len(cells) {
		t.Errorf("records: %v", count)
	}
}

// replay executes cells as the prompt does: the value of a last expression is
// printed unless it is None.
const replay = `
import ast, json, sys, weakref, gc, io, contextlib, warnings
warnings.simplefilter('ignore')
names = {'weakref': weakref, 'gc': gc, 'sys': sys}
results = []
for cell in json.load(sys.stdin):
    tree = ast.parse(cell)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, '<cell>', 'exec'), names)
        if last:
            value = eval(compile(ast.Expression(last.value), '<cell>', 'eval'), names)
            if value is not None: print(repr(value))
        value = None
    results.append(out.getvalue().splitlines())
json.dump(results, sys.stdout)
`

// What the cells show as Python prints, in CPython, what they expect.
func TestPythonIsTrue(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here to try the cells' Python on; the simulation stands for it in the other tests")
	}
	cells := notebook.Cells()
	sources := make([]string, len(cells))
	for i, c := range cells {
		sources[i] = c.Python
		if c.Name == "Referents" {
			sources[i] = "class List(list): pass\nclass Dict(dict): pass\nclass Tuple(tuple): pass\nclass Int(int): pass\n" + c.Python
		}
	}
	in, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", replay)
	cmd.Stdin = bytes.NewReader(in)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, failed.String())
	}
	var printed [][]string
	if err := json.Unmarshal(out, &printed); err != nil {
		t.Fatal(err)
	}
	for i, c := range cells {
		if !slices.Equal(printed[i], c.Want) {
			t.Errorf("%s prints %q, want %q", c.Title, printed[i], c.Want)
		}
	}
}
