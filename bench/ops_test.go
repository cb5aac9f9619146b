package bench

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestOps holds Ops and the benchmarks together: each implementation of each
// operation is either there or left out for a reason.
func TestOps(t *testing.T) {
	seen := make(map[string]bool)
	for _, op := range Ops {
		if seen[op.Name] {
			t.Errorf("%s is there twice", op.Name)
		}
		seen[op.Name] = true
		for _, impl := range Impls {
			why, left := op.Without[impl]
			there := groups[op.Group][op.Name][impl] != nil
			if there == left || left && why == "" {
				t.Errorf("%s, %s: benchmark %v, reason to leave it out %q; want one of them", op.Name, impl, there, why)
			}
		}
	}
	for group, all := range groups {
		for name, impls := range all {
			if op, ok := Lookup(name); !ok || op.Group != group {
				t.Errorf("a benchmark of %s in group %s, which is not in Ops", name, group)
			}
			for impl := range impls {
				if !slices.Contains(Impls, impl) {
					t.Errorf("%s has a benchmark of %q, which is no implementation", name, impl)
				}
			}
		}
	}
}

// described matches an operation's description in the page.
var described = regexp.MustCompile("(?m)^- `([a-z-]+)`: ")

// TestPage holds Ops and the published tables together.
func TestPage(t *testing.T) {
	const page = "../docs/benchmarks.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range described.FindAllStringSubmatch(string(text), -1) {
		got = append(got, m[1])
	}
	for _, op := range Ops {
		want = append(want, op.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has the operations\n%q\nwant\n%q\n; write it anew with go run ./bench/report", page, got, want)
	}
}
