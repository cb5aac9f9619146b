package refcount

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// traced switches tracing on for one test.
func traced(t *testing.T) {
	before := tracing()
	setTracing(true)
	t.Cleanup(func() { setTracing(before) })
}

//go:noinline
func freeingFunction(c *Count) { c.Release() }

func misuseOf(c *Count) (texts [2]string) {
	for i, f := range []func(){c.Retain, func() { c.Release() }} {
		func() {
			defer func() { texts[i] = fmt.Sprint(recover()) }()
			f()
		}()
	}
	return texts
}

func TestTraceNamesWhoFreed(t *testing.T) {
	traced(t)
	var c, other Count
	freeingFunction(&c)
	other.Release()
	for range 2 { // refused operations do not cover the trace
		for _, text := range misuseOf(&c) {
			at := strings.Index(text, "its last Release was at:\n\t\trefcount.freeingFunction ")
			if at < 0 || !strings.Contains(text[at:], "trace_test.go:") || !strings.Contains(text[at:], "TestTraceNamesWhoFreed") {
				t.Errorf("the panic does not begin its stack where the Count was freed: %s", text)
			}
		}
	}
	if text := misuseOf(&other)[0]; strings.Contains(text, "freeingFunction") || !strings.Contains(text, "TestTraceNamesWhoFreed") {
		t.Errorf("one Count's trace is taken for another's: %s", text)
	}
}

func TestTraceIsOffUnlessAsked(t *testing.T) {
	var before Count
	before.Release()
	setTracing(true)
	var within Count
	within.Release()
	if text := misuseOf(&before)[0]; strings.Contains(text, "last Release was") {
		t.Errorf("a Count freed before tracing has a trace: %s", text)
	}
	setTracing(false)
	if freedCounts.ring != nil {
		t.Error("traces are kept while tracing is off")
	}
	if text := misuseOf(&within)[0]; strings.Contains(text, "last Release was") {
		t.Errorf("a trace outlived tracing: %s", text)
	}
	setTracing(true)
	defer setTracing(false)
	if text := misuseOf(&within)[0]; strings.Contains(text, "at:") {
		t.Errorf("a Count freed under an earlier tracing has a trace: %s", text)
	}
}

func TestTracesAreBounded(t *testing.T) {
	traced(t)
	var first Count
	freeingFunction(&first)
	for range tracesKept {
		new(Count).Release()
	}
	if text := misuseOf(&first)[0]; !strings.Contains(text, "too long ago: the stacks of the newest 4096 are kept") {
		t.Errorf("the oldest trace is not said to be gone: %s", text)
	}
	if len(freedCounts.ring) != tracesKept {
		t.Errorf("%d traces are kept", len(freedCounts.ring))
	}
}

// The numbers of traces begin again, and every one leaves the word freed.
func TestTraceNumbersWrap(t *testing.T) {
	traced(t)
	freedCounts.mu.Lock()
	freedCounts.last = maxTrace - 1
	freedCounts.mu.Unlock()
	for i := range 3 {
		var c Count
		freeingFunction(&c)
		n := c.word.Load()
		if n >= 0 || n&1 == 0 || c.Refs() != 0 || c.TryRetain() {
			t.Errorf("trace %d past the end: the word %#x is not freed", i, n)
		}
		for _, stray := range []int64{-1000 * oneRef, 1000 * oneRef} {
			if text := freedBy(n + stray); !strings.Contains(text, "freeingFunction") {
				t.Errorf("with %d strays the trace is %q", stray/oneRef, text)
			}
		}
	}
}

func TestTraceUnderMisuse(t *testing.T) {
	traced(t)
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 200 {
				var c Count
				var users sync.WaitGroup
				freeingFunction(&c)
				for range 2 {
					users.Go(func() {
						for _, text := range misuseOf(&c) {
							if !strings.Contains(text, "freeingFunction") && !strings.Contains(text, "too long ago") {
								t.Errorf("no trace in %s", text)
							}
						}
					})
				}
				users.Wait()
			}
		})
	}
	done.Wait()
}

// The switch may be used while Counts are freed.
func TestTracingSwitchedMeanwhile(t *testing.T) {
	defer setTracing(false)
	var done sync.WaitGroup
	done.Go(func() {
		for i := range 300 {
			setTracing(i%2 == 0)
		}
	})
	for range 3 {
		done.Go(func() {
			for range 1000 {
				var c Count
				if !c.Release() {
					t.Error("the only Release was not the last")
				}
				misuseOf(&c)
			}
		})
	}
	done.Wait()
}
