package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/event"
)

func TestHistogram(t *testing.T) {
	draw := func(width int, ages ...time.Duration) string {
		var h event.Histogram
		for _, d := range ages {
			h.Observe(d)
		}
		var b bytes.Buffer
		writeHistogram(&screen.Screen{Writer: &b, Width: width, Style: screen.Style{ASCII: true}}, "age at death", h)
		return b.String()
	}
	if got := draw(80); got != "" {
		t.Errorf("nothing was counted, but there is %q", got)
	}
	const want = `         age at death : count      |distribution|
    510ns -> 1us      : 1          |******      |
      1us -> 2us      : 0          |            |
      2us -> 4.1us    : 2          |************|
`
	if got := draw(46, 600, 3000, 4000); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for line := range strings.Lines(draw(80, 0, 1, math.MaxInt64, time.Hour)) {
		if n := utf8.RuneCountInString(line) - 1; n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if lines := strings.Count(draw(80, 0, math.MaxInt64), "\n"); lines != 65 {
		t.Errorf("the shortest and the longest duration make %d lines, want 65", lines)
	}
}
