package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/cmd/probe/internal/screen"
	"github.com/referent-go/referent/realweak/event"
)

// writeHistogram draws the distribution of durations, a line a power of two.
func writeHistogram(s *screen.Screen, title string, h event.Histogram) {
	if len(h.Buckets) == 0 {
		return
	}
	counts := make(map[time.Duration]uint64)
	most := uint64(0)
	for _, b := range h.Buckets {
		counts[b.Below] = b.Count
		most = max(most, b.Count)
	}
	width := 80
	if s.Width > 0 {
		width = min(s.Width, width)
	}
	bars := max(width-len("   100ms -> 200ms    : 100,000    ||"), 8)
	fmt.Fprintf(s, " %s\n", s.Style.Title(fmt.Sprintf("%*s : %-10s |%-*s|", rangeWidth, title, "count", bars, "distribution")))
	first, last := h.Buckets[0].Below, h.Buckets[len(h.Buckets)-1].Below
	for below := first; ; below *= 2 {
		n := counts[below]
		bar := strings.Repeat("*", int((n*uint64(bars)+most-1)/most))
		text := fmt.Sprintf("%*s -> %-*s", rangeWidth/2-2, short(s, below/2), rangeWidth/2-2, short(s, below))
		fmt.Fprintf(s, " %s : %-10s |%s|\n", text, human.Count(n), s.Style.Accent(fmt.Sprintf("%-*s", bars, bar)))
		if below >= last || below > below*2 {
			return
		}
	}
}

const rangeWidth = 20

func short(s *screen.Screen, d time.Duration) string {
	text := human.Age(d)
	if s.Style.ASCII {
		text = strings.ReplaceAll(text, "µs", "us")
	}
	return text
}
