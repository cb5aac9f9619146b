package bubble

import (
	"testing"
	"testing/synctest"
)

func TestCurrent(t *testing.T) {
	if id := Current(); id != 0 {
		t.Errorf("outside of any bubble: %d", id)
	}
	var first ID
	synctest.Test(t, func(*testing.T) {
		first = Current()
		if first == 0 {
			t.Error("inside: 0")
		}
		go func() {
			if id := Current(); id != first {
				t.Errorf("another goroutine of bubble %d: %d", first, id)
			}
		}()
		synctest.Wait()
	})
	synctest.Test(t, func(*testing.T) {
		if id := Current(); id == first || id == 0 {
			t.Errorf("the second bubble is %d, the first was %d", id, first)
		}
	})
}

func TestParse(t *testing.T) {
	for line, want := range map[string]ID{
		"":                         0,
		"goroutine 5 [running]:\n": 0,
		"goroutine 8 [running, synctest bubble 12]:\n":         12,
		"goroutine 8 [running, synctest bubble 12, locked]:\n": 0,
		"goroutine 8 [running, synctest bubble ]:\n":           0,
	} {
		if got := parse([]byte(line)); got != want {
			t.Errorf("parse(%q) = %d, want %d", line, got, want)
		}
	}
}

func BenchmarkCurrent(b *testing.B) {
	for b.Loop() {
		Current()
	}
}
