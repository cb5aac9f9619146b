package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/referent-go/referent/bench"
)

// results writes rounds of results in which native takes 10 ns, collected 20,
// counted 5 and sim 10, each with a bit of noise.
func results(rounds int) string {
	var b strings.Builder
	b.WriteString("go: go1.0\ncpu: abacus\n")
	ns := map[bench.Impl]float64{bench.Native: 10, bench.Collected: 20, bench.Counted: 5, bench.Sim: 10, cpython: 100}
	for round := range rounds {
		fmt.Fprintf(&b, "%s%d.5\n", loadMark, round)
		for _, op := range bench.Ops {
			for _, impl := range append(bench.Impls, cpython) {
				if _, left := op.Without[impl]; left {
					continue
				}
				fmt.Fprintf(&b, "Benchmark%s/op=%s/impl=%s-4 \t100\t30 ns/op\t%g cpu-ns/op\t16 B/op\t2 allocs/op\n",
					op.Group, op.Name, impl, ns[impl]+0.01*float64(round))
			}
		}
	}
	return b.String()
}

func TestRatio(t *testing.T) {
	m := newMeasurements()
	if err := m.read("x.txt", []byte(results(6))); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		ours, rival bench.Impl
		times       string
		differ      bool
	}{
		{bench.Collected, bench.Native, "2.0", true},
		{bench.Collected, cpython, "0.2", true},
		{bench.Counted, bench.Sim, "0.5", true},
		{bench.Sim, bench.Native, "1.0", false},
	} {
		times, differ, ok := m.ratio("deref-dead", test.ours, test.rival)
		if got := fmt.Sprintf("%.1f", times); !ok || got != test.times || differ != test.differ {
			t.Errorf("%s beside %s: got %s, differ %v, ok %v; want %s, %v, true", test.ours, test.rival, got, differ, ok, test.times, test.differ)
		}
	}
	if _, _, ok := m.ratio("loop", bench.Collected, bench.Native); ok {
		t.Error("a ratio with an implementation that was left out")
	}
}

func TestFileInfo(t *testing.T) {
	m := newMeasurements()
	if err := m.read("x.txt", []byte(results(3))); err != nil {
		t.Fatal(err)
	}
	f := m.files[0]
	if f.config["go"] != "go1.0" || f.config["cpu"] != "abacus" || f.gomaxprocs != 4 || f.minLoad != 0.5 || f.maxLoad != 2.5 {
		t.Errorf("got %+v", f)
	}
}

func TestIncomplete(t *testing.T) {
	m := newMeasurements()
	if err := m.read("x.txt", []byte("BenchmarkX/op=no-such/impl=native 1 1 ns/op\n")); err == nil {
		t.Error("read a file with an operation that there is not")
	}
	m = newMeasurements()
	text := strings.ReplaceAll(results(1), "op=deref-alive/impl=native", "op=loop/impl=native")
	if err := m.read("x.txt", []byte(text)); err != nil {
		t.Fatal(err)
	}
	err := m.write(new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "deref-alive, native") {
		t.Errorf("got %v, want the missing measurement named", err)
	}
}

func TestPage(t *testing.T) {
	m := newMeasurements()
	if err := m.read("docs/bench/x.txt", []byte(results(6))); err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := m.write(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| [x.txt](bench/x.txt) |",
		"| `deref-dead` | 10.02ns ±0% · 2 | 20.03ns ±0% · 2 | 5.025ns ±0% · 2 | 10.02ns ±0% · 2 | 100.0ns ±0% · 2 |",
		"### Collected beside CPython",
		"`deref-dead` 2×",
		"No counted: " + bench.Ops[0].Without[bench.Counted],
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, name := range shown {
		if _, ok := bench.Lookup(name); !ok {
			t.Errorf("the excerpt shows %s, which is no operation", name)
		}
	}
}

func TestPlansCoverAll(t *testing.T) {
	n := 0
	for _, p := range plans {
		n += len(p.ops())
	}
	if n != len(bench.Ops) {
		t.Errorf("the plans have %d operations, package bench %d", n, len(bench.Ops))
	}
	for name := range statements {
		if _, ok := bench.Lookup(name); !ok {
			t.Errorf("a Python statement for %s, which is no operation", name)
		}
	}
}
