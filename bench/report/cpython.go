package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/referent-go/referent/bench"
)

// cpython is the implementation in the tables that is not Go. It takes part where
// there is a python3.
const cpython bench.Impl = "cpython"

type interpreter struct{ path, version string }

func findPython(ctx context.Context) (*interpreter, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, path, "-c", "import platform; print(platform.python_implementation(), platform.python_version())").Output()
	if err != nil {
		return nil, err
	}
	name, version, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if name != "CPython" {
		return nil, fmt.Errorf("%s is %s", path, name)
	}
	return &interpreter{path, version}, nil
}

// timing prints how often a statement ran and its CPU time in nanoseconds. The
// timeit module turns the collector off; the setup turns it on again.
const timing = `
import sys, time, timeit
setup, statement, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
timer = timeit.Timer(statement, setup, timer=time.process_time)
n = 1
while True:
    took = timer.timeit(n)
    if took >= seconds or n >= 1e9:
        break
    n = max(n + 1, min(100 * n, int(1.2 * n * seconds / max(took, 1e-9))))
print(n, took / n * 1e9)
`

const setUp = `
import gc, sys, weakref
gc.enable()
class Thing: pass
def ring(): pass
n = 0
it = Thing()
ref = weakref.ref(it)
gone = weakref.ref(Thing())
ender = weakref.finalize(it, ring)
things = [Thing() for i in range(1024)]
keys = ['key-%011d' % i for i in range(1024)]
key, other = keys[7], 'other'
values = weakref.WeakValueDictionary(zip(keys, things))
prices = weakref.WeakKeyDictionary((t, 1) for t in things)
crowd = weakref.WeakSet(things)
member = things[7]
canonical, copy = sys.intern(key), ''.join(key)
fresh = weakref.WeakValueDictionary()
bills = weakref.WeakKeyDictionary()
guests = weakref.WeakSet()
`

// statements are the operations in Python. The loop of timeit is part of each,
// and so are n += 1 and the formatting of a key where they stand.
var statements = map[string]string{
	"loop":                 "pass",
	"object-new":           "Thing()",
	"strong-copy":          "a = it; del a",
	"cycle":                "a = Thing(); a.other = Thing(); a.other.other = a; del a",
	"reference-first":      "weakref.ref(Thing())",
	"reference-again":      "weakref.ref(it)",
	"deref-alive":          "ref()",
	"deref-dead":           "gone()",
	"reference-alive":      "ref() is not None",
	"upgrade":              "a = ref(); del a",
	"valuemap-hit":         "values[key]",
	"valuemap-miss":        "values.get(other)",
	"valuemap-new":         "fresh[n] = Thing(); n += 1",
	"valuemap-overwrite":   "a = Thing(); values[key] = a",
	"valuemap-delete":      "values[key] = member; del values[key]",
	"valuemap-len":         "len(values)",
	"keymap-get":           "prices[member]",
	"keymap-set":           "prices[member] = n; n += 1",
	"keymap-new":           "bills[Thing()] = 1",
	"set-add":              "guests.add(Thing())",
	"set-contains":         "member in crowd",
	"set-iterate":          "for a in crowd: pass",
	"finalizer-detach":     "weakref.finalize(member, ring).detach()",
	"finalizer-detach-new": "a = Thing(); weakref.finalize(a, ring).detach()",
	"finalizer-runs":       "weakref.finalize(Thing(), ring)",
	"finalizer-alive":      "ender.alive",
	"string-hit":           "sys.intern(copy)",
	"string-miss":          "sys.intern('%08x' % n); n += 1",
}

// run writes a result for each operation that has a statement.
func (p *interpreter) run(ctx context.Context, ops []bench.Op, benchtime time.Duration, w io.Writer) error {
	for _, op := range ops {
		statement, ok := statements[op.Name]
		if !ok {
			continue
		}
		cmd := exec.CommandContext(ctx, p.path, "-c", timing, setUp, statement, fmt.Sprint(benchtime.Seconds()))
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("CPython, %s: %w", op.Name, err)
		}
		var n int
		var ns float64
		if _, err := fmt.Sscan(string(out), &n, &ns); err != nil {
			return fmt.Errorf("CPython, %s: %q: %w", op.Name, out, err)
		}
		if _, err := fmt.Fprintf(w, "Benchmark%s/op=%s/impl=%s \t%d\t%.4g cpu-ns/op\n", op.Group, op.Name, cpython, n, ns); err != nil {
			return err
		}
	}
	return nil
}
