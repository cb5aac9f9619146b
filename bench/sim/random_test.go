package sim

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestRandomPrograms checks every count after every statement, and after a full
// collection compares what is left with what can be reached from the roots.
func TestRandomPrograms(t *testing.T) {
	programs := 3000
	if testing.Short() {
		programs = 400
	}
	for seed := range int64(programs) {
		rnd := rand.New(rand.NewSource(seed))
		m := newMachine()
		if seed%2 == 0 {
			m.py.EnableGC()
			m.py.SetThreshold(1+rnd.Intn(5), rnd.Intn(3), rnd.Intn(3))
		}
		p := randomProgram(rnd, 10+rnd.Intn(40))
		for i, s := range p {
			m.step(s)
			if err := m.py.CheckHeap(); err != nil {
				t.Fatalf("seed %d, after statement %d: %v\n%s", seed, i, err, p)
			}
			if i%10 == 9 {
				checkReachable(t, m.py, seed)
			}
		}
		checkReachable(t, m.py, seed)
		checkClean(t, m.py)
		m.py.Exit()
		for _, u := range takeUnraisable(m.py) {
			if !strings.HasPrefix(u, "NameError: ") { // a callback looked for a global
				t.Errorf("unraisable at exit: %s", u)
			}
		}
		// The last destructors may have resurrected something into keep.
		for m.py.Defined("keep") {
			m.py.Del("keep")
			m.py.Collect(2)
		}
		m.py.Unfreeze()
		m.py.Collect(2)
		checkClean(t, m.py)
		if m.py.Live() != 0 || t.Failed() {
			m.py.everyObject(func(o *Object) {
				if o.flags&static == 0 {
					t.Errorf("%v is left, count %d", o, o.refs)
				}
			})
			t.Fatalf("seed %d: %d objects are left\n%s", seed, m.py.Live(), p)
		}
	}
}

// checkReachable compares the heap after a full collection with an oracle that
// knows nothing of counts: what can be reached from names, the registry and the
// interpreter's own objects.
func checkReachable(t *testing.T, py *Interpreter, seed int64) {
	t.Helper()
	py.Unfreeze()
	// Each collection may resurrect; one with nothing new to finalize does not.
	for was := -1; py.Collect(2) > 0 || finalizedObjects(py) != was; {
		was = finalizedObjects(py)
	}
	reached := make(map[*Object]bool)
	var stack []*Object
	visit := func(o *Object) {
		if !reached[o] {
			reached[o] = true
			stack = append(stack, o)
		}
	}
	py.roots(visit)
	for len(stack) > 0 {
		o := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		o.edges(visit)
	}
	py.everyObject(func(o *Object) {
		if !reached[o] {
			t.Fatalf("seed %d: %v (%s #%d) is on the heap but cannot be reached", seed, o, o.typ.name, o.id)
		}
		delete(reached, o)
	})
	for o := range reached {
		t.Fatalf("seed %d: %v can be reached but is not on the heap", seed, o)
	}
}

// finalizedObjects counts the objects whose destructors have run: it grows when a
// collection resurrects, which may leave garbage behind.
func finalizedObjects(py *Interpreter) (n int) {
	py.everyObject(func(o *Object) {
		if o.flags&finalized != 0 {
			n++
		}
	})
	return n
}

// TestAgainstCPython runs random programs in a real interpreter too, and compares
// what they log. It needs SIM_PYTHON to name a CPython 3.11
// or later; what 3.13 adds to one message is left out.
func TestAgainstCPython(t *testing.T) {
	python := os.Getenv("SIM_PYTHON")
	if python == "" {
		t.Skip("SIM_PYTHON is not set")
	}
	first, n := int64(0), int64(1000)
	if s := os.Getenv("SIM_SEEDS"); s != "" {
		if _, err := fmt.Sscanf(s, "%d,%d", &first, &n); err != nil {
			t.Fatal(err)
		}
	}
	for batch := first; batch < first+n; batch += 100 {
		var source strings.Builder
		source.WriteString("import os, sys, re\n")
		for seed := batch; seed < min(batch+100, first+n); seed++ {
			// A child for each program, so that each starts from the same heap.
			fmt.Fprintf(&source, "pid = os.fork()\nif pid == 0:\n    exec(r'''%s\n%s\nprint('\\n'.join(re.sub('0x[0-9a-f]+', '0x', l).replace(' and no __dict__ for setting new attributes', '') for l in out), flush=True)\nos._exit(0)''', {'os': os, 're': re, '__name__': '__main__'})\nos.waitpid(pid, 0)\nprint('=== %d', flush=True)\n",
				prelude, seeded(seed).python(), seed)
		}
		cmd := exec.Command(python, "-")
		cmd.Stdin = strings.NewReader(source.String())
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		rest := string(out)
		for seed := batch; seed < min(batch+100, first+n); seed++ {
			var theirs string
			theirs, rest, _ = strings.Cut(rest, fmt.Sprintf("=== %d\n", seed))
			m := newMachine()
			for _, s := range seeded(seed) {
				m.step(s)
			}
			want := strings.Split(strings.TrimSuffix(theirs, "\n"), "\n")
			if len(m.out) == 0 {
				m.out = []string{""}
			}
			if !slices.Equal(m.out, want) {
				t.Errorf("seed %d:\n%s\n here: %q\nthere: %q", seed, seeded(seed), m.out, want)
				if i := firstDifference(m.out, want); i >= 0 {
					t.Fatalf("first at %d", i)
				}
			}
		}
	}
}

func seeded(seed int64) program {
	rnd := rand.New(rand.NewSource(seed))
	return randomProgram(rnd, 10+rnd.Intn(60))
}

func firstDifference(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
