package page_test

import (
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/page"
)

// formats are compared with the script's as well.
var formats = struct {
	counts    map[uint64]string
	durations map[time.Duration]string
	sizes     map[uint64]string
}{
	counts: map[uint64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 91204: "91,204", 1234567: "1,234,567", 1 << 53: "9,007,199,254,740,992"},
	durations: map[time.Duration]string{
		-time.Second:                      "0 ns",
		0:                                 "0 ns",
		1:                                 "1 ns",
		999:                               "999 ns",
		1010:                              "1.01 µs",
		310 * time.Microsecond:            "310 µs",
		999_960:                           "1000 µs",
		1 << 30:                           "1.07 s",
		12345 * time.Millisecond:          "12.3 s",
		12350 * time.Millisecond:          "12.4 s",
		time.Minute - 1:                   "60 s",
		time.Minute:                       "1m",
		68 * time.Second:                  "1m 8s",
		time.Hour - 1:                     "59m 59s",
		3*time.Hour + 12*time.Minute + 59: "3h 12m",
		49*time.Hour + time.Minute:        "2d 1h",
		1<<63 - 1:                         "106751d 23h",
	},
	sizes: map[uint64]string{0: "0 B", 999: "999 B", 1000: "0.98 KiB", 1024: "1 KiB", 4096: "4 KiB", 432013312: "412 MiB", 671088640: "640 MiB", 1<<63 - 1: "8 EiB"},
}

func TestFormats(t *testing.T) {
	for n, want := range formats.counts {
		if got := page.Count(n); got != want {
			t.Errorf("the count %d is %q, want %q", n, got, want)
		}
	}
	for d, want := range formats.durations {
		if got := page.Duration(d); got != want {
			t.Errorf("the duration of %d ns is %q, want %q", d, got, want)
		}
	}
	for n, want := range formats.sizes {
		if got := page.Size(n); got != want {
			t.Errorf("the size %d is %q, want %q", n, got, want)
		}
	}
	for file, want := range map[string]string{"/src/a/b.go": "b.go:7", `C:\src\b.go`: "b.go:7", "b.go": "b.go:7"} {
		if got := page.Position(file, 7); got != want {
			t.Errorf("line 7 of %s is %q, want %q", file, got, want)
		}
	}
}
