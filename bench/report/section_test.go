package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/referent-go/referent/bench/figures"
)

// A section has all its figures, bold and with a reason where they are above their
// limits, and does without what there is no compiler for, as that of package refcount.
func TestSection(t *testing.T) {
	sections, err := sectionsOf("refcount")
	if err != nil {
		t.Fatal(err)
	}
	all := sections[0].Figures
	var text strings.Builder
	for _, f := range all {
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
	v, err := readFigures("test", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := v.write(&b, all); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
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
	if n := strings.Count(page, "\n| `"); n != len(all) {
		t.Errorf("%d of %d figures are there", n, len(all))
	}

	b.Reset()
	empty, err := readFigures("test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.write(&b, all); err != nil || !strings.Contains(b.String(), "not measured") {
		t.Errorf("unmeasured it writes %q, %v", b.String(), err)
	}
	if _, err := sectionsOf("nothing"); err == nil {
		t.Error("there is a section called nothing")
	}
}
