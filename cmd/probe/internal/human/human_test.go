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
		{human.Age(0), "0s"},
		{human.Age(-1200 * time.Millisecond), "-1.2s"},
		{human.Age(460123), "460µs"},
		{human.Age(59400 * time.Millisecond), "59s"},
		{human.Age(59600 * time.Millisecond), "1m"},
		{human.Age(90 * time.Second), "1m30s"},
		{human.Age(9*time.Minute + 59700*time.Millisecond), "10m"},
		{human.Age(58 * time.Minute), "58m"},
		{human.Age(59*time.Minute + 50*time.Second), "1h"},
		{human.Age(3*time.Hour + 12*time.Minute), "3h12m"},
		{human.Age(23*time.Hour + 50*time.Minute), "1d"},
		{human.Age(52 * time.Hour), "2d4h"},
		{human.Age(1000 * time.Hour), "42d"},
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
