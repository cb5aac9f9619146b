package top

import (
	"fmt"
	"math"
	"path"
	"strings"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/human"
	"github.com/referent-go/referent/realweak/event"
)

// perSecond writes a rate: 0, 12.1, 1,204; "-" if it is not known.
func perSecond(r Rate) string {
	v := r.PerSecond
	switch {
	case !r.Known:
		return "-"
	case math.Abs(v) < 0.05:
		return "0"
	case math.Abs(v) < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	return human.Count(int64(math.Round(v)))
}

// change writes a rate with its sign: +12.1.
func change(r Rate) string {
	text := perSecond(r)
	if text != "0" && r.PerSecond > 0 {
		return "+" + text
	}
	return text
}

// quantile writes an age that the share q of the dead did not reach; "-" if none died.
func quantile(h event.Histogram, q float64) string {
	if h.Count == 0 {
		return "-"
	}
	return human.Age(h.Quantile(q))
}

// base writes a place in the code without its directories: pool.go:40.
func base(file string, line int) string {
	// The file may come from a system whose separator is another.
	return fmt.Sprintf("%s:%d", path.Base(strings.ReplaceAll(file, `\`, "/")), line)
}

// duration is n nanoseconds, if a duration can be that long.
func duration(n uint64) time.Duration { return time.Duration(min(n, math.MaxInt64)) }
