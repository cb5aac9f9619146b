package differential

import (
	"flag"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// mutant is an engine that must be found out.
type mutant struct {
	name    string
	compare func(t *testing.T) comparison
	clue    string // a pattern that the report must match
}

var mutants = []mutant{
	broken("oldest first", `fired (for|at)`, func(e *collected) engine { return &oldestFirst{e, map[int][]string{}} }),
	broken("a leaked reference", `\.(left|right)`, func(e *collected) engine { return &leaky{collected: e} }),
	broken("a kept loop variable", `for \w in \w: pass`, func(e *collected) engine { return &looping{collected: e} }),
	broken("removal by key alone", `wvd\['`, func(e *collected) engine { return &byKey{e} }),
	broken("a callback run twice", `f\d\(\)`, func(e *collected) engine { return &twice{e} }),
	broken("an argument not held", `fired, '\w+', \w\)`, func(e *collected) engine { return &impatient{e} }),
	broken("atexit ignored", `fired at exit`, func(e *collected) engine { return &deaf{e} }),
	broken("members lost in a collection", `ws\.add`, func(e *collected) engine { return &forgetful{e} }),
	{"a variable kept after its last use", func(t *testing.T) comparison {
		return framesComparison(t, allDifferences, keepToTheEnd)
	}, `def f`},
	{"a handle not released", func(t *testing.T) comparison {
		return countedComparison(allDifferences, func() engine { return &careless{newCounted()} })
	}, `= None`},
}

func broken(name, clue string, with func(*collected) engine) mutant {
	return mutant{name, func(t *testing.T) comparison {
		return collectedComparison(allDifferences, func() engine { return with(newCollected(t, allDifferences)) })
	}, clue}
}

// TestMutants shows that the comparison can fail, and that what it then prints can
// be read: for each broken engine a program is found and made short.
func TestMutants(t *testing.T) {
	const longest = 16
	setFlag(t, "rapid.checks", "3000") // it ends with the first failure
	setFlag(t, "rapid.nofailfile", "true")
	setFlag(t, "rapid.shrinktime", "200ms")
	// Hundreds of programs: on one processor waiting for the collector is handing
	// over to it, on several of a busy machine it is spinning.
	processors := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(processors)
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			d, report := search(t, m.compare(t))
			if d == nil {
				t.Fatalf("not found out; rapid says: %q", report)
			}
			t.Log(d)
			if !regexp.MustCompile(m.clue).MatchString(d.Error()) {
				t.Errorf("that does not match %s", m.clue)
			}
			if n := strings.Count(d.program.String(), "\n"); n > longest {
				t.Errorf("the program has %d lines, want at most %d", n, longest)
			}
		})
	}
}

func setFlag(t *testing.T, name, value string) {
	before := flag.Lookup(name).Value.String()
	set := func(value string) {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	set(value)
	t.Cleanup(func() { set(before) })
}
