package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/referent-go/referent/bench/figures"
)

// The section of package refcount has all its figures, bold and with a reason where
// they are above their limits, and does without what there is no compiler for.
func TestCountedSection(t *testing.T) {
	var text strings.Builder
	for _, f := range figures.Counted {
		for _, p := range []string{"", "-2"} {
			value := f.Limit
			if f.Beside != "" {
				value = 9 * f.Limit
				if figures.Compilers[f.Name] != "rustc" {
					fmt.Fprintf(&text, "BenchmarkFigures/figure=%s/side=beside%s 1 10 %s\n", f.Name, p, f.Unit)
				}
			}
			if f.Name == "count-local" {
				value *= 2
			}
			fmt.Fprintf(&text, "BenchmarkFigures/figure=%s/side=ours%s 1 %g %s\n", f.Name, p, value, f.Unit)
		}
	}
	v, err := readFigures([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := v.countedSection(&b, ""); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		"## Reference counts",
		"| `count-clone` | Clone and Release | a bare pair of atomic additions | ≤ 1.2 × | 1.08 × (10.80ns ",
		"no rustc here",
		"| **0.54 × (5.400ns ",
		"- `count-local`: ",
		"**Bold** is above its limit: 2 of ",
		"| ≤ 90 ns |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the section lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
	if n := strings.Count(page, "\n| `"); n != len(figures.Counted) {
		t.Errorf("%d of %d figures are there", n, len(figures.Counted))
	}

	b.Reset()
	if err := v.countedSection(&b, "valuemap"); err != nil || b.Len() != 0 {
		t.Errorf("asked for others it writes %q, %v", b.String(), err)
	}
	empty, err := readFigures(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.countedSection(&b, ""); err != nil || !strings.Contains(b.String(), "were not measured") {
		t.Errorf("unmeasured it writes %q, %v", b.String(), err)
	}
}
