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
	bars := max(width-rangeWidth-len("  : 100,000   ||")-1, len("distribution"))
	fmt.Fprintf(s, " %s\n", s.Style.Title(fmt.Sprintf("%*s : %-10s |%-*s|", rangeWidth, title, "count", bars, "distribution")))
	index := func(b event.Bucket) int { return event.BucketIndex(b.Below - 1) }
	lower := time.Duration(0)
	for i := index(h.Buckets[0]); i <= index(h.Buckets[len(h.Buckets)-1]); i++ {
		below := event.BucketBound(i)
		if i > 0 {
			lower = event.BucketBound(i - 1)
		}
		n := counts[below]
		bar := strings.Repeat("*", int((n*uint64(bars)+most-1)/most))
		text := fmt.Sprintf("%*s -> %-*s", rangeWidth/2-2, short(s, lower), rangeWidth/2-2, short(s, below))
		fmt.Fprintf(s, " %s : %-10s |%s|\n", text, human.Count(n), s.Style.Accent(fmt.Sprintf("%-*s", bars, bar)))
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
