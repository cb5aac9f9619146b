package page

import (
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// These are the formats of numbers on the page. The script has the same ones, since
// it replaces what was rendered here; a test in the browser compares them.

// count returns n with its thousands apart: 91,204.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// signedCount is count for what is counted in an int.
func signedCount(n int) string {
	if n < 0 {
		return "-" + count(-uint64(n))
	}
	return count(uint64(n))
}

// duration returns d in the unit that suits it, and from a minute on in two:
// 820 µs, 1.07 s, 18m 20s, 3h 12m.
func duration(d time.Duration) string {
	ns := max(float64(d), 0)
	switch {
	case ns < 1e3:
		return decimal(ns) + " ns"
	case ns < 1e6:
		return decimal(ns/1e3) + " µs"
	case ns < 1e9:
		return decimal(ns/1e6) + " ms"
	case ns < 60e9:
		return decimal(ns/1e9) + " s"
	}
	s := math.Floor(ns / 1e9)
	switch {
	case s < 3600:
		return two(s, 60, "m", 1, "s")
	case s < 86400:
		return two(s, 3600, "h", 60, "m")
	}
	return two(s, 86400, "d", 3600, "h")
}

func two(s, big float64, bigName string, small float64, smallName string) string {
	text := decimal(math.Floor(s/big)) + bigName
	if rest := math.Floor(math.Mod(s, big) / small); rest > 0 {
		text += " " + decimal(rest) + smallName
	}
	return text
}

// size returns a number of bytes: 412 MiB.
func size(n uint64) string {
	v, unit := float64(n), 0
	for v >= 1000 && unit < len(units)-1 {
		v /= 1024
		unit++
	}
	return decimal(v) + " " + units[unit]
}

var units = []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// decimal returns v with up to three digits: two behind the point below 10, one
// below 100. The arithmetic is the one of the script, halves go up.
func decimal(v float64) string {
	scale := 1.0
	switch {
	case v < 10:
		scale = 100
	case v < 100:
		scale = 10
	}
	return strconv.FormatFloat(math.Floor(v*scale+0.5)/scale, 'f', -1, 64)
}

// counter returns a further total of a group by what its name says of its unit.
func counter(name string, v uint64) string {
	switch {
	case strings.HasSuffix(name, "_ns"):
		return duration(time.Duration(min(v, math.MaxInt64)))
	case strings.HasSuffix(name, "_bytes"):
		return size(v)
	}
	return count(v)
}

// counterName returns the name in words: load_time_ns is "load time".
func counterName(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "_ns"), "_bytes")
	return strings.ReplaceAll(name, "_", " ")
}

// position returns a place in the code by its last element: upload.go:88.
func position(file string, line int) string {
	return path.Base(strings.ReplaceAll(file, `\`, "/")) + ":" + strconv.Itoa(line)
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }
