package differential

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// search looks for a program that an engine runs differently. It returns nil, or
// the shortest that it could make of it; and what rapid has to say.
func search(t *testing.T, c comparison) (found *divergence, report string) {
	var last outline // the one that rapid ends with
	r := &recorder{T: t}
	var wg sync.WaitGroup
	wg.Go(func() {
		rapid.Check(r, func(rt *rapid.T) {
			o := outlines.Draw(rt, "outline")
			if err := c.run(c.program(o)); err != nil {
				last = o
				rt.Fatal(err)
			}
		})
	})
	wg.Wait()
	if !r.failed {
		return nil, ""
	}
	errors.As(c.run(c.program(c.reduce(last))), &found)
	return found, r.out.String()
}

// mustAgree fails the test if the search finds something.
func mustAgree(t *testing.T, c comparison) {
	switch d, report := search(t, c); {
	case d != nil:
		t.Fatalf("%v\n%s", d, reproduction(report))
	case report != "":
		t.Fatal(report)
	}
}

// reproduction returns rapid's line about it.
func reproduction(report string) string {
	for line := range strings.Lines(report) {
		if strings.HasPrefix(line, "To reproduce") {
			return line
		}
	}
	return report
}

// program returns what an outline stands for where the comparison needs it.
func (c comparison) program(o outline) program {
	if c.lastUses {
		return o.program().withLastUses()
	}
	return o.program()
}

// reduce returns a shorter outline on which the engine still differs: rapid's own
// shrinking goes over bits, this over statements, which is soon done.
func (c comparison) reduce(o outline) outline {
	fails := func(shorter outline) bool {
		var d *divergence
		return errors.As(c.run(c.program(shorter)), &d)
	}
	for before := -1; before != size(o); {
		before = size(o)
		for n := (len(o) + 1) / 2; n > 0; n /= 2 {
			o = removeRuns(o, n, fails)
		}
		for i := range o {
			o[i].body = removeRuns(o[i].body, 1, func(body []draft) bool {
				shorter := slices.Clone(o)
				shorter[i].body = body
				return fails(shorter)
			})
		}
	}
	return o
}

func size(o []draft) (n int) {
	for _, d := range o {
		n += 1 + size(d.body)
	}
	return n
}

// removeRuns removes runs of n drafts, last first, as long as it fails without.
func removeRuns[S ~[]draft](o S, n int, fails func(S) bool) S {
	for i := len(o) - n; i >= 0; i -= n {
		if shorter := slices.Delete(slices.Clone(o), i, min(i+n, len(o))); fails(shorter) {
			o = shorter
		}
	}
	return o
}

// recorder is a test that may fail.
type recorder struct {
	*testing.T
	out    strings.Builder
	failed bool
}

func (r *recorder) Helper()      {}
func (r *recorder) Failed() bool { return r.failed }
func (r *recorder) Fail()        { r.failed = true }

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Log(args ...any)                 { fmt.Fprintln(&r.out, args...) }
func (r *recorder) Logf(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

func (r *recorder) Error(args ...any) {
	r.Log(args...)
	r.Fail()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.Logf(format, args...)
	r.Fail()
}

func (r *recorder) Fatal(args ...any) {
	r.Log(args...)
	r.FailNow()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Logf(format, args...)
	r.FailNow()
}
