package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchproc"

	"github.com/referent-go/referent/bench"
)

// The units as benchfmt tidies them.
const (
	cpuTime  = "cpu-sec/op"
	wallTime = "sec/op"
	bytesPer = "B/op"
	allocs   = "allocs/op"
)

// measurements are all values of all rounds.
type measurements struct {
	cells map[cellKey]map[string][]float64 // by unit
	files []fileInfo
}

type cellKey struct {
	op   string
	impl bench.Impl
}

// fileInfo is what a file says about the machine and the run.
type fileInfo struct {
	name             string
	config           map[string]string
	gomaxprocs       int
	loads            int // rounds whose load is known
	minLoad, maxLoad float64
}

func newMeasurements() *measurements {
	return &measurements{cells: make(map[cellKey]map[string][]float64)}
}

func (m *measurements) readFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w; -measure makes it", err)
	}
	return m.read(path, text)
}

func (m *measurements) read(path string, text []byte) error {
	var parser benchproc.ProjectionParser
	filter, err := benchproc.NewFilter("*")
	if err != nil {
		return err
	}
	names, err := parser.Parse("/op", filter)
	if err != nil {
		return err
	}
	impls, err := parser.Parse("/impl", filter)
	if err != nil {
		return err
	}
	info := fileInfo{name: path, config: make(map[string]string), gomaxprocs: 1}
	var errs []error
	reader := benchfmt.NewReader(bytes.NewReader(text), path)
	for reader.Scan() {
		switch r := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			errs = append(errs, r)
		case *benchfmt.Result:
			op, impl := names.Project(r).StringValues(), bench.Impl(impls.Project(r).StringValues())
			if _, known := bench.Lookup(op); !known {
				errs = append(errs, fmt.Errorf("%s has operation %q, which package bench does not; measure again", path, op))
				continue
			}
			key := cellKey{op, impl}
			if m.cells[key] == nil {
				m.cells[key] = make(map[string][]float64)
			}
			for _, v := range r.Values {
				m.cells[key][v.Unit] = append(m.cells[key][v.Unit], v.Value)
			}
			for _, c := range r.Config {
				info.config[c.Key] = string(c.Value)
			}
			if _, parts := r.Name.Parts(); len(parts) > 0 {
				if n, ok := strings.CutPrefix(string(parts[len(parts)-1]), "-"); ok {
					info.gomaxprocs, _ = strconv.Atoi(n)
				}
			}
		}
	}
	info.readLoads(text)
	m.files = append(m.files, info)
	return errors.Join(append(errs, reader.Err())...)
}

func (f *fileInfo) readLoads(text []byte) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		s, ok := strings.CutPrefix(lines.Text(), loadMark)
		load, err := strconv.ParseFloat(s, 64)
		if !ok || err != nil {
			continue
		}
		if f.loads == 0 {
			f.minLoad, f.maxLoad = load, load
		}
		f.minLoad, f.maxLoad = min(f.minLoad, load), max(f.maxLoad, load)
		f.loads++
	}
}

// missing returns what package bench measures and the files do not have.
func (m *measurements) missing() error {
	var errs []error
	for _, op := range bench.Ops {
		for _, impl := range bench.Impls {
			_, left := op.Without[impl]
			if m.cells[cellKey{op.Name, impl}] == nil && !left {
				errs = append(errs, fmt.Errorf("no measurement of %s, %s; measure again", op.Name, impl))
			}
		}
	}
	return errors.Join(errs...)
}

// columns returns the implementations that were measured.
func (m *measurements) columns() []bench.Impl {
	columns := slices.Clone(bench.Impls)
	for key := range m.cells {
		if key.impl == cpython {
			return append(columns, cpython)
		}
	}
	return columns
}

// sample returns nil if there is no measurement.
func (m *measurements) sample(op string, impl bench.Impl, unit string) *benchmath.Sample {
	values := m.cells[cellKey{op, impl}][unit]
	if len(values) == 0 {
		return nil
	}
	return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
}

// median returns false if there is no measurement.
func (m *measurements) median(op string, impl bench.Impl, unit string) (float64, bool) {
	s := m.sample(op, impl, unit)
	if s == nil {
		return 0, false
	}
	return benchmath.AssumeNothing.Summary(s, confidence).Center, true
}

const confidence = 0.95

// ratio returns how many times the rival's CPU time ours takes, and whether the
// two differ at all beyond chance.
func (m *measurements) ratio(op string, ours, rival bench.Impl) (times float64, differ, ok bool) {
	a, b := m.sample(op, ours, cpuTime), m.sample(op, rival, cpuTime)
	if a == nil || b == nil {
		return 0, false, false
	}
	nothing := benchmath.AssumeNothing
	c := nothing.Compare(b, a)
	times = nothing.Summary(a, confidence).Center / nothing.Summary(b, confidence).Center
	return times, c.P < c.Alpha, true
}
