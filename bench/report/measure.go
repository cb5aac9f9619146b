package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/referent-go/referent/bench"
)

// plan is how the operations of one kind are measured.
type plan struct {
	file      string
	dies      bool // the operations meant
	rounds    int
	benchtime time.Duration
}

// Deaths have costs that come later, and runs of much less than two seconds do
// not see them. Six rounds are the fewest that give a median a 95 % interval.
var plans = []plan{
	{"docs/bench/live.txt", false, 10, 100 * time.Millisecond},
	{"docs/bench/dying.txt", true, 6, 2 * time.Second},
}

func (p plan) ops() []bench.Op {
	return slices.DeleteFunc(slices.Clone(bench.Ops), func(op bench.Op) bool { return op.Dies != p.dies })
}

func (p plan) pattern() string {
	var names []string
	for _, op := range p.ops() {
		names = append(names, regexp.QuoteMeta(op.Name))
	}
	return "/^op=(" + strings.Join(names, "|") + ")$"
}

// takeAll builds the benchmarks once and runs each plan.
func takeAll(ctx context.Context, progress io.Writer) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "bench.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, "./bench")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	python, err := findPython(ctx)
	if err != nil {
		fmt.Fprintln(progress, "without CPython:", err)
	}
	for _, p := range plans {
		if err := p.take(ctx, binary, python, progress); err != nil {
			return err
		}
	}
	return nil
}

// take runs all benchmarks of the plan once per round, so that what disturbs the
// machine for a while disturbs one value of each and not all values of one.
func (p plan) take(ctx context.Context, binary string, python *interpreter, progress io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "go: %s\ngogc: %s\nbenchtime: %s\nrounds: %d\ndate: %s\n",
		runtime.Version(), gogc(), p.benchtime, p.rounds, time.Now().UTC().Format(time.DateOnly))
	if python != nil {
		fmt.Fprintf(&text, "cpython: %s\n", python.version)
	}
	for round := range p.rounds {
		fmt.Fprintf(progress, "%s: round %d of %d\n", p.file, round+1, p.rounds)
		noteLoad(&text)
		cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench="+p.pattern(), "-test.benchtime="+p.benchtime.String())
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s%s", cmd, err, out, complaints.Bytes())
		}
		text.Write(bytes.TrimSuffix(out, []byte("PASS\n")))
		if python != nil {
			if err := python.run(ctx, p.ops(), p.benchtime, &text); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(p.file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(p.file, text.Bytes(), 0o644)
}

// noteLoad writes the load average, where the system tells it.
func noteLoad(w io.Writer) {
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		one, _, _ := strings.Cut(string(load), " ")
		fmt.Fprintf(w, "%s%s\n", loadMark, one)
	}
}

// loadMark starts a line with the load average before a round. It is no
// configuration line, or benchstat would take each round for another machine.
const loadMark = "# load: "

func gogc() string {
	if v := os.Getenv("GOGC"); v != "" {
		return v
	}
	return "100"
}
