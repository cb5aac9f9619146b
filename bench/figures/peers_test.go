package figures

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// compilers are those of the peers, by the ending of the source. Python needs none.
var compilers = map[string][]string{
	".rs":  {"rustc", "-O"},
	".cpp": {"g++", "-O2", "-pthread"},
}

// peer returns a benchmark that runs a program of bench/testdata/peers, and reports
// what that has measured of one operation, in unit: the least if it is told several
// times. It is skipped where there is no compiler or interpreter.
func peer(source, op, unit string, span time.Duration) func(*testing.B) {
	return func(b *testing.B) {
		program := command(b, source)
		arguments := append(program[1:], op, strconv.FormatInt(span.Milliseconds(), 10))
		best := math.MaxFloat64
		for b.Loop() {
			out, err := exec.Command(program[0], arguments...).Output()
			if err != nil {
				b.Fatalf("%s: %v", source, err)
			}
			best = min(best, measuredBy(b, out, op))
		}
		b.ReportMetric(best, unit)
	}
}

// command returns what runs a program, and its first arguments.
func command(b *testing.B, source string) []string {
	path := filepath.Join("..", "testdata", "peers", source)
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join("bench", "testdata", "peers", source) // run at the top
	}
	if filepath.Ext(source) != ".py" {
		return []string{buildPeer(b, path)}
	}
	out, err := exec.Command("python3", "-c", "import platform; print(platform.python_implementation())").Output()
	if name := strings.TrimSpace(string(out)); err != nil || name != "CPython" {
		b.Skip("no python3 that is CPython")
	}
	return []string{"python3", path}
}

func measuredBy(b *testing.B, out []byte, op string) float64 {
	for line := range bytes.Lines(out) {
		var name string
		var ns float64
		if _, err := fmt.Sscan(string(line), &name, &ns); err != nil {
			b.Fatalf("the program printed %q: %v", line, err)
		}
		if name == op {
			return ns
		}
	}
	b.Fatalf("the program does not measure %s", op)
	return 0
}

// buildPeer returns the program of a source. Each side of a figure runs in a process of
// its own, so it is kept for the next one, under the name of its source.
func buildPeer(b *testing.B, path string) string {
	source := filepath.Base(path)
	compiler := compilers[filepath.Ext(source)]
	if _, err := exec.LookPath(compiler[0]); err != nil {
		b.Skipf("no %s", compiler[0])
	}
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = b.TempDir()
	}
	dir := filepath.Join(cache, "referent-peers")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(append(text, strings.Join(compiler, " ")...))
	program := filepath.Join(dir, fmt.Sprintf("%s-%x", strings.TrimSuffix(source, filepath.Ext(source)), sum[:8]))
	if _, err := os.Stat(program); err == nil {
		return program
	}
	fresh := filepath.Join(b.TempDir(), "peer")
	args := append(compiler[1:len(compiler):len(compiler)], "-o", fresh, path)
	if out, err := exec.Command(compiler[0], args...).CombinedOutput(); err != nil {
		b.Fatalf("%s does not compile: %v\n%s", source, err, out)
	}
	built, err := os.ReadFile(fresh)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(program, built, 0o700); err != nil {
		b.Fatal(err)
	}
	return program
}
