package top

import (
	"math"
	"strings"
)

// The characters that a curve is made of, from low to high.
var (
	blocks     = []rune("▁▂▃▄▅▆▇█")
	asciiSteps = []rune("_.-:=+*#")
)

// sparkline draws values between low and high, one character each, and a space
// where there is no value.
func sparkline(values []float64, low, high float64, steps []rune) string {
	var b strings.Builder
	for _, v := range values {
		switch {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case high <= low:
			b.WriteRune(steps[0])
		default:
			step := int((v - low) / (high - low) * float64(len(steps)))
			b.WriteRune(steps[min(max(step, 0), len(steps)-1)])
		}
	}
	return b.String()
}

// trendRange returns between which numbers a trend is drawn: its lowest and its
// highest, but at least a quarter of its highest apart, or noise would look like
// a landslide.
func trendRange(values []float64) (low, high float64) {
	low, high = extremes(values)
	if least := math.Abs(high) / 4; high-low < least {
		middle := (low + high) / 2
		low, high = middle-least/2, middle+least/2
	}
	return low, high
}

// queueRange returns between which numbers a queue is drawn: from 0, and not so
// close that a few cleanups, which any collection leaves, fill the height.
func queueRange(values []float64) (low, high float64) {
	_, high = extremes(values)
	return 0, max(high, 16)
}

func extremes(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return 0, 0
	}
	return low, high
}
