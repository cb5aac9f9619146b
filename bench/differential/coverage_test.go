package differential

import (
	"maps"
	"slices"
	"testing"
)

// TestOutlinesAreWorthRunning looks at what the generator makes: each kind of
// statement works at times, few raise, and things die.
func TestOutlinesAreWorthRunning(t *testing.T) {
	const programs = 1000
	c := inFrames(t, allDifferences)
	var worked [ops]int
	var statements, raised, withDeath, fired, atExit, several int
	for seed := range programs {
		p := c.program(outlines.Example(seed))
		tr, err := simulate(p, c)
		if err != nil {
			t.Fatalf("%v\n%v", err, p)
		}
		statements += len(tr.moments)
		for _, m := range tr.moments {
			if m.raised != "" {
				raised++
			} else {
				worked[m.statement.op]++
			}
		}
		last := tr.moments[len(tr.moments)-1].state
		if slices.Contains(slices.Collect(maps.Values(last.refs)), objectName(0)) {
			withDeath++
		}
		owners := map[int]int{}
		for _, f := range last.fired {
			if f.atExit {
				atExit++
				continue
			}
			fired++
			if owners[f.object]++; owners[f.object] == 2 {
				several++
			}
		}
	}
	t.Logf("%d programs, %d statements, of which %d raise", programs, statements, raised)
	t.Logf("%d programs with a dead weak reference, %d callbacks at death, %d at exit, %d objects with several", withDeath, fired, atExit, several)
	for o, n := range worked {
		if n == 0 {
			t.Errorf("%q never works", forms[o].text)
		}
	}
	if raised > statements/5 {
		t.Errorf("%d of %d statements raise", raised, statements)
	}
	if withDeath < programs/6 || fired < programs/6 || atExit < programs/6 || several == 0 {
		t.Error("too little dies")
	}
}
