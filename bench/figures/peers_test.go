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
)

// compilers are those of the peers, by the ending of the source.
var compilers = map[string][]string{
	".rs":  {"rustc", "-O"},
	".cpp": {"g++", "-O2", "-pthread"},
}

// peer returns a benchmark that runs a program of bench/testdata/peers, and reports
// what that has measured of one operation. It is skipped where there is no
// compiler.
func peer(source, op string) func(*testing.B) {
	return func(b *testing.B) {
		program := buildPeer(b, source)
		best := math.MaxFloat64
		for b.Loop() {
			out, err := exec.Command(program, op, strconv.FormatInt(patient.Milliseconds(), 10)).Output()
			if err != nil {
				b.Fatalf("%s: %v", source, err)
			}
			best = min(best, measuredBy(b, out, op))
		}
		b.ReportMetric(best, Least)
	}
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

// buildPeer returns a program. Each side of a figure runs in a process of its own, so
// it is kept for the next one, under the name of its source.
func buildPeer(b *testing.B, source string) string {
	compiler := compilers[filepath.Ext(source)]
	if _, err := exec.LookPath(compiler[0]); err != nil {
		b.Skipf("no %s", compiler[0])
	}
	path := filepath.Join("..", "testdata", "peers", source)
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join("bench", "testdata", "peers", source) // run at the top
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
