// Package human writes numbers for people.
package human

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Count returns n with its thousands apart: 7,711.
func Count[N ~int | ~int64 | ~uint64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Bytes returns n in the unit that leaves at most three digits before the point:
// 86.2 MiB.
func Bytes[N ~int | ~int64 | ~uint64](n N) string {
	v, unit := float64(n), 0
	for (v >= 1000 || v <= -1000) && unit < len(units)-1 {
		v /= 1024
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", int64(n))
	}
	return fmt.Sprintf("%.1f %s", v, units[unit])
}

var units = []string{"B", "KiB", "MiB", "GiB", "TiB"}

// Duration returns d with three significant digits: 1.23s, 456µs.
func Duration(d time.Duration) string { return significant(d, 1000) }

// Roughly returns d with two significant digits: 1.2s, 460µs.
func Roughly(d time.Duration) string { return significant(d, 100) }

func significant(d, below time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= below || d/unit <= -below {
		unit *= 10
	}
	return d.Round(unit).String()
}

// Percent returns part of whole: 94.2 %, and "-" of nothing.
func Percent[N ~int | ~int64 | ~uint64](part, whole N) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// Plural returns n and the noun, with an s unless n is 1: 1 file, 7,711 files.
func Plural[N ~int | ~int64 | ~uint64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return Count(n) + " " + stem + "ies"
	}
	return Count(n) + " " + noun + "s"
}
