package human_test

import (
	"testing"
	"time"

	"github.com/referent-go/referent/cmd/probe/internal/human"
)

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{human.Count(0), "0"},
		{human.Count(999), "999"},
		{human.Count(1000), "1,000"},
		{human.Count(-1234567), "-1,234,567"},
		{human.Bytes(0), "0 B"},
		{human.Bytes(999), "999 B"},
		{human.Bytes(1003 << 10), "1.0 MiB"},
		{human.Bytes(1536), "1.5 KiB"},
		{human.Bytes(int64(90_363_980)), "86.2 MiB"},
		{human.Bytes(-2048), "-2.0 KiB"},
		{human.Duration(1234567 * time.Nanosecond), "1.23ms"},
		{human.Duration(6597 * time.Millisecond), "6.6s"},
		{human.Duration(0), "0s"},
		{human.Roughly(12665 * time.Millisecond), "13s"},
		{human.Roughly(456 * time.Microsecond), "460µs"},
		{human.Percent(1, 3), "33.3 %"},
		{human.Percent(0, 0), "-"},
		{human.Plural(1, "file"), "1 file"},
		{human.Plural(1200, "file"), "1,200 files"},
		{human.Plural(2, "directory"), "2 directories"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
