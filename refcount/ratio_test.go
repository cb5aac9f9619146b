package refcount_test

import (
	"bytes"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/referent-go/referent/refcount"
)

// BenchmarkRatios sets the costs of the package in proportion: to a bare pair of
// atomic additions, to Rust's Arc and to C++'s shared_ptr. The operations take
// turns in short runs, and the least time of each counts, which neither other
// work on the machine nor the collector reaches. The programs in Rust and C++
// (bench/testdata/peers) measure themselves in the same way and take turns too; a
// language whose compiler is not there is left out.
//
//	go test -run '^$' -bench Ratios -benchtime 1x ./refcount
func BenchmarkRatios(b *testing.B) {
	peers := buildPeers(b)
	var least times
	b.ResetTimer()
	for range b.N {
		least = times{}
		for range 4 {
			measure(least)
			for name, program := range peers {
				runPeer(b, least, name, program)
			}
		}
	}
	b.StopTimer()
	for _, r := range []struct{ op, to, unit string }{
		{"strong/clone-release", "go/add-pair", "clone/add-pair"},
		{"strong/clone-release", "arc/clone-release", "clone/Arc"},
		{"strong/clone-release", "shared_ptr/clone-release", "clone/shared_ptr"},
		{"strong/upgrade-release", "arc/upgrade-release", "upgrade/Arc"},
		{"strong/upgrade-release", "shared_ptr/upgrade-release", "upgrade/shared_ptr"},
		{"strong/downgrade-release", "arc/downgrade-release", "downgrade/Arc"},
		{"strong/new-release", "arc/new-release", "new/Arc"},
		{"pool/new-release", "arc/new-release", "pool-new/Arc"},
		{"pool/new-release", "shared_ptr/new-release", "pool-new/shared_ptr"},
		{"local/clone-release", "strong/clone-release", "local/clone"},
		{"local/clone-release", "arc/local-clone-release", "local/Rc"},
	} {
		if least[r.op] > 0 && least[r.to] > 0 {
			b.ReportMetric(least[r.op]/least[r.to], r.unit)
		}
	}
	for _, op := range []string{"go/add-pair", "strong/clone-release", "strong/new-release"} {
		b.ReportMetric(least[op], op+"-ns")
	}
	b.ReportMetric(0, "ns/op")
}

// times are nanoseconds by operation.
type times map[string]float64

func (t times) add(op string, ns float64) {
	if old, ok := t[op]; ok {
		ns = math.Min(ns, old)
	}
	t[op] = ns
}

var sum int

func measure(least times) {
	const runs, steps = 300, 5000
	var word atomic.Int64
	s := refcount.New(payload{}, nil)
	defer s.Release()
	w := s.Downgrade()
	defer w.Release()
	l := s.Local()
	defer l.Release()
	pool := refcount.NewPool[payload](nil)
	ops := []struct {
		name string
		run  func()
	}{
		{"go/add-pair", func() {
			for range steps {
				word.Add(1)
				word.Add(-1)
			}
		}},
		{"strong/clone-release", func() {
			for range steps {
				c := s.Clone()
				c.Release()
			}
		}},
		{"strong/upgrade-release", func() {
			for range steps {
				c, _ := w.Upgrade()
				c.Release()
			}
		}},
		{"strong/downgrade-release", func() {
			for range steps {
				v := s.Downgrade()
				v.Release()
			}
		}},
		{"strong/new-release", func() {
			for range steps {
				n := refcount.New(payload{a: 1}, nil)
				n.Release()
			}
		}},
		{"pool/new-release", func() {
			for range steps {
				n := pool.New(payload{a: 1})
				n.Release()
			}
		}},
		{"local/clone-release", func() {
			for range steps {
				c := l.Clone()
				c.Release()
			}
		}},
		{"strong/value", func() {
			for range steps {
				sum += s.Value().a
			}
		}},
	}
	for range runs {
		for _, op := range ops {
			start := time.Now()
			op.run()
			least.add(op.name, float64(time.Since(start).Nanoseconds())/steps)
		}
	}
}

// buildPeers returns the programs for which there is a compiler.
func buildPeers(b *testing.B) map[string]string {
	programs := map[string]string{}
	for _, p := range []struct{ name, source, compiler, flags string }{
		{"arc", "arc.rs", "rustc", "-O -o"},
		{"shared_ptr", "sharedptr.cpp", "g++", "-O2 -pthread -o"},
	} {
		if _, err := exec.LookPath(p.compiler); err != nil {
			b.Logf("no %s: %s is left out", p.compiler, p.name)
			continue
		}
		program := filepath.Join(b.TempDir(), p.name)
		args := append(strings.Fields(p.flags), program, filepath.Join("..", "bench", "testdata", "peers", p.source))
		if out, err := exec.Command(p.compiler, args...).CombinedOutput(); err != nil {
			b.Fatalf("%s does not compile: %v\n%s", p.source, err, out)
		}
		programs[p.name] = program
	}
	return programs
}

func runPeer(b *testing.B, least times, name, program string) {
	out, err := exec.Command(program).Output()
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	for line := range bytes.Lines(out) {
		var op string
		var ns float64
		if _, err := fmt.Sscan(string(line), &op, &ns); err != nil {
			b.Fatalf("%s printed %q: %v", name, line, err)
		}
		least.add(name+"/"+op, ns)
	}
}
