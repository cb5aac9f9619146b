package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchunit"

	"github.com/referent-go/referent/bench/figures"
)

const (
	figuresPage = "docs/figures.md"

	ours, beside = "ours", "beside"
)

// processors are the values of GOMAXPROCS that figures are measured with.
var processors = []int{1, 2}

// takeFigures measures each side of each figure in a process of its own, once a round.
// Interrupted, it returns the whole rounds.
func takeFigures(ctx context.Context, all []figures.Figure, rounds int, progress io.Writer) ([]byte, error) {
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "figures.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, "./bench/figures")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	var text bytes.Buffer
	taken := 0
	for taken < rounds {
		fmt.Fprintf(progress, "figures: round %d of %d\n", taken+1, rounds)
		complete := text.Len()
		if err := takeRound(ctx, binary, all, &text); err != nil {
			if ctx.Err() == nil || taken == 0 {
				return nil, err
			}
			text.Truncate(complete) // interrupted: what is whole is kept
			break
		}
		taken++
	}
	head := fmt.Sprintf("go: %s\ngogc: %s\nrounds: %d\ndate: %s\n", runtime.Version(), gogc(), taken, time.Now().UTC().Format(time.DateOnly))
	if choosesProcessor() {
		head += "processor: chosen\n"
	}
	return append([]byte(head), text.Bytes()...), nil
}

func takeRound(ctx context.Context, binary string, all []figures.Figure, w io.Writer) error {
	noteLoad(w)
	for _, f := range all {
		for _, p := range processors {
			take := func() error { return takeFigure(ctx, binary, f, p, w) }
			var err error
			if p == 1 && choosesProcessor() {
				err = onQuickest(take)
			} else {
				err = take()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func takeFigure(ctx context.Context, binary string, f figures.Figure, processors int, w io.Writer) error {
	benchtime := "1x"
	if f.Time > 0 {
		benchtime = f.Time.String()
	}
	for _, side := range []string{ours, beside} {
		if side == beside && f.Beside == "" {
			continue
		}
		cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench=/^figure="+f.Name+"$/^side="+side+"$",
			"-test.benchtime="+benchtime, "-test.cpu="+strconv.Itoa(processors))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
		if _, err := w.Write(bytes.TrimSuffix(out, []byte("PASS\n"))); err != nil {
			return err
		}
	}
	return nil
}

// figureKey is one side of a figure with one number of processors.
type figureKey struct {
	name, side string
	processors int
}

type figureValues struct {
	values map[figureKey][]float64
	config map[string]string
	fileInfo
}

func readFigures(file string, text []byte) (*figureValues, error) {
	v := &figureValues{values: make(map[figureKey][]float64), config: make(map[string]string)}
	v.readLoads(text)
	var errs []error
	reader := benchfmt.NewReader(bytes.NewReader(text), file)
	for reader.Scan() {
		switch r := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			errs = append(errs, r)
		case *benchfmt.Result:
			errs = append(errs, v.add(file, r))
		}
	}
	return v, errors.Join(append(errs, reader.Err())...)
}

func (v *figureValues) add(file string, r *benchfmt.Result) error {
	key := figureKey{processors: 1}
	_, parts := r.Name.Parts()
	for _, part := range parts {
		switch text := string(part); {
		case strings.HasPrefix(text, "/figure="):
			key.name = text[len("/figure="):]
		case strings.HasPrefix(text, "/side="):
			key.side = text[len("/side="):]
		case strings.HasPrefix(text, "-"):
			key.processors, _ = strconv.Atoi(text[1:])
		}
	}
	f, ok := figures.Lookup(key.name)
	if !ok {
		return fmt.Errorf("%s has figure %q, which package figures does not; measure again", file, key.name)
	}
	_, unit := benchunit.Tidy(1, f.Unit)
	value, ok := r.Value(unit)
	if !ok {
		return fmt.Errorf("%s: no %s for figure %s", file, unit, key.name)
	}
	v.values[key] = append(v.values[key], value)
	for _, c := range r.Config {
		v.config[c.Key] = string(c.Value)
	}
	return nil
}

// summary returns the median and half the width of its 95 % interval, as text.
func (v *figureValues) summary(key figureKey) (benchmath.Summary, bool) {
	values := v.values[key]
	if len(values) == 0 {
		return benchmath.Summary{}, false
	}
	s := benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	return benchmath.AssumeNothing.Summary(s, confidence), true
}

const figuresIntroduction = `# Figures

What this module claims about its speed and size, and whether it holds. A ratio is that of the medians of the
process's CPU time in one run, all threads and the collector included, measured in turn, each side in a process of
its own, with one processor and with two. Where objects die, their deaths are in it.

What is above its limit says so and stays here.

` + "```sh" + `
go run ./bench/report -figures                      # measure everything, and write this page
go run ./bench/report -figures -section interning   # measure one section
` + "```"

// write writes a section of the page.
func (v *figureValues) write(w io.Writer, all []figures.Figure) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s/%s, %s, GOGC=%s, %s, %s rounds", strings.TrimSpace(v.config["cpu"]), v.config["goos"], v.config["goarch"],
		v.config["go"], v.config["gogc"], v.config["date"], v.config["rounds"])
	if v.config["processor"] != "" {
		b.WriteString(", with one processor both sides on that which was the quickest just before")
	}
	if v.loads > 0 {
		fmt.Fprintf(&b, ", load average %.1f to %.1f", v.minLoad, v.maxLoad)
	}
	b.WriteString(".\n\n| figure | ours | beside | limit | one processor | two |\n|---|---|---|---:|---:|---:|\n")
	missed, absent, shown := 0, 0, 0
	var reasons []string
	for _, f := range all {
		shown += len(processors)
		cells := make([]string, len(processors))
		reached := true
		for i, p := range processors {
			text, within := v.cell(f, p)
			if text == notMeasured {
				absent++
			}
			if !within {
				missed++
				reached = false
			}
			cells[i] = text
		}
		if !reached {
			reasons = append(reasons, fmt.Sprintf("- `%s`: %s", f.Name, cmp.Or(figures.Reasons[f.Name], "Not explained yet.")))
		}
		limit := "≤ " + limitText(f)
		against := f.Beside
		if against == "" {
			against = "–"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Ours, against, limit, strings.Join(cells, " | "))
	}
	fmt.Fprintf(&b, "\n**Bold** is above its limit: %d of %d.", missed, shown-absent)
	if absent > 0 {
		fmt.Fprintf(&b, " Not measured: %d.", absent)
	}
	b.WriteByte('\n')
	if len(reasons) > 0 {
		b.WriteString("\n### What is above its limit, and why\n\n" + strings.Join(reasons, "\n") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func limitText(f figures.Figure) string {
	if f.Beside != "" {
		return fmt.Sprintf("%g ×", f.Limit)
	}
	return measured(f, f.Limit)
}

// measured writes a value of the figure's own unit.
func measured(f figures.Figure, value float64) string {
	unit, _, _ := strings.Cut(f.Unit, "/")
	if unit == "allocs" {
		unit = ""
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", value, unit))
}

// notMeasured stands for a figure that the file has no measurement of.
const notMeasured = "not measured"

// cell writes how a figure comes out, in bold if it is above its limit.
func (v *figureValues) cell(f figures.Figure, processors int) (text string, within bool) {
	a, ok := v.summary(figureKey{f.Name, ours, processors})
	if !ok {
		return notMeasured, true
	}
	factor, _ := benchunit.Tidy(1, f.Unit)
	value := a.Center / factor
	text = measured(f, value)
	if f.Beside != "" {
		b, ok := v.summary(figureKey{f.Name, beside, processors})
		if compiler := figures.Compilers[f.Name]; !ok && compiler != "" {
			return fmt.Sprintf("%ss ±%s, no %s here", benchunit.Scale(a.Center, benchunit.Decimal), a.PctRangeString(), compiler), true
		}
		if !ok {
			return notMeasured, true
		}
		value = a.Center / b.Center
		_, unit := benchunit.Tidy(1, f.Unit)
		unit = strings.NewReplacer("cpu-", "", "least-", "", "sec", "s").Replace(unit)
		unit, _, _ = strings.Cut(unit, "/")
		text = fmt.Sprintf("%.2f × (%s%s ±%s of %s%s ±%s)", value, benchunit.Scale(a.Center, benchunit.Decimal), unit, a.PctRangeString(),
			benchunit.Scale(b.Center, benchunit.Decimal), unit, b.PctRangeString())
	} else {
		text += " ±" + a.PctRangeString()
	}
	if value > f.Limit {
		return "**" + text + "**", false
	}
	return text, true
}
