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

// Age returns d in its largest unit, and below ten of these with the next smaller
// too: 460µs, 1.2s, 58m, 3h12m, 2d4h, 40d.
func Age(d time.Duration) string {
	if d < 0 {
		return "-" + Age(-d)
	}
	if d < time.Minute-time.Second/2 {
		return Roughly(d)
	}
	for i := len(ageUnits) - 1; ; i-- {
		large, small := ageUnits[i], ageUnits[i-1]
		if d < large.size-small.size/2 {
			continue
		}
		if n := d.Round(small.size); n < 10*large.size {
			whole, rest := n/large.size, n%large.size/small.size
			if rest == 0 {
				return fmt.Sprintf("%d%s", whole, large.name)
			}
			return fmt.Sprintf("%d%s%d%s", whole, large.name, rest, small.name)
		}
		return fmt.Sprintf("%d%s", d.Round(large.size)/large.size, large.name)
	}
}

var ageUnits = []struct {
	size time.Duration
	name string
}{{time.Second, "s"}, {time.Minute, "m"}, {time.Hour, "h"}, {24 * time.Hour, "d"}}

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
