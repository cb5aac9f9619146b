package top

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/referent-go/referent/cmd/probe/internal/legible"
	"github.com/referent-go/referent/realweak/event"
)

func TestHistory(t *testing.T) {
	var h history
	if got := sparkline(h.columns(100, 6), 0, 1, blocks); got != "      " {
		t.Errorf("nothing is drawn as %q", got)
	}
	for i := int64(1000); i < 1060; i++ {
		h.put(i, float64(i))
	}
	// A column is what lies between two multiples of ten, and the last is not over.
	got := h.columns(1059, 6)
	want := []float64{1009, 1019, 1029, 1039, 1049, 1059}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("column %d is %v, want %v", i, got[i], want[i])
		}
	}
	h.put(1075, 7) // the intervals in between had no snapshot
	got = h.columns(1075, 6)
	if got[5] != 7 || !math.IsNaN(h.at(1074)) {
		t.Errorf("after a gap: %v", got)
	}
	if v := h.at(1065); !math.IsNaN(v) {
		t.Errorf("there was a number in the gap: %v", v)
	}
	if v := h.at(1015); !math.IsNaN(v) {
		t.Errorf("a number from before the window: %v", v)
	}
	h.put(1070, 8) // late
	if v := h.at(1075); v != 8 {
		t.Errorf("what comes late counts for the newest, and that is %v", v)
	}
	h.put(5000, 1)
	if got := h.columns(5000, 60); got[59] != 1 || !math.IsNaN(got[0]) {
		t.Errorf("after a long gap: %v", got)
	}
}

func TestSparkline(t *testing.T) {
	for _, tt := range []struct {
		values    []float64
		low, high float64
		want      string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 0, 7, "▁▂▃▄▅▆▇█"},
		{[]float64{-5, 20, nan}, 0, 7, "▁█ "},
		{[]float64{3, 3}, 3, 3, "▁▁"},
	} {
		if got := sparkline(tt.values, tt.low, tt.high, blocks); got != tt.want {
			t.Errorf("%v is drawn as %q, want %q", tt.values, got, tt.want)
		}
	}
	if low, high := trendRange([]float64{1000, 1001, nan}); high-low < 200 {
		t.Errorf("noise is drawn between %v and %v", low, high)
	}
	if low, high := trendRange([]float64{10, 1000}); low != 10 || high != 1000 {
		t.Errorf("growth is drawn between %v and %v", low, high)
	}
	if low, high := queueRange(nil); low != 0 || high != 16 {
		t.Errorf("an empty queue is drawn between %v and %v", low, high)
	}
}

// FuzzFit looks whether texts of any kind end up in the width that is there.
func FuzzFit(f *testing.F) {
	for _, s := range []string{"", "short", "日本語の長い名前", "e\u0301e\u0301e\u0301", "👩‍👩‍👧‍👦 family", "\x1b[31mred\x1b[m", "a日b本c語"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = min(max(width, -2), 100)
		text = legible.Text(text)
		for _, th := range []*theme{newTheme(false, false), newTheme(false, true)} {
			for name, got := range map[string]string{
				"cut": th.cut(text, width), "squeeze": th.squeeze(text, width), "squeezeLeft": th.squeezeLeft(text, width),
				"function": th.function(text, width), "spread": th.spread(text, "right", max(width, 14)),
			} {
				limit := max(width, 0)
				if name == "spread" {
					limit = max(width, 14)
				}
				if w := ansi.StringWidth(got); w > limit || !utf8.ValidString(got) {
					t.Errorf("%s of %q to %d cells is %q, with %d", name, text, width, got, w)
				}
				if strings.ContainsAny(got, "\x1b\n\r\t") {
					t.Errorf("%s of %q is %q", name, text, got)
				}
			}
		}
	})
}

func TestFunction(t *testing.T) {
	th := newTheme(false, false)
	const name = "example.com/svc/internal/pool.(*Pool).Get"
	for _, tt := range []struct {
		width int
		want  string
	}{
		{len(name), name},
		{len(name) - 1, "…/svc/internal/pool.(*Pool).Get"},
		{20, "…/pool.(*Pool).Get"},
		{10, "…Pool).Get"},
		{0, ""},
	} {
		if got := th.function(name, tt.width); got != tt.want {
			t.Errorf("in %d cells it is %q, want %q", tt.width, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	known := func(v float64) Rate { return Rate{v, true} }
	for _, tt := range []struct{ got, want string }{
		{perSecond(Rate{}), "-"},
		{perSecond(known(0.01)), "0"},
		{perSecond(known(12.06)), "12.1"},
		{perSecond(known(99.96)), "100"},
		{perSecond(known(-1234.4)), "-1,234"},
		{change(known(2)), "+2.0"},
		{change(known(-2)), "-2.0"},
		{change(known(0.01)), "0"},
		{change(Rate{}), "-"},
		{quantile(event.Histogram{}, 0.5), "-"},
		{base(`C:\src\pool.go`, 7), "pool.go:7"},
		{counter(event.Counter{Name: "load_time_ns", Value: uint64(3 * time.Second)}), "load time 3s"},
		{counter(event.Counter{Name: "saved_bytes", Value: 2048}), "saved 2.0 KiB"},
		{counter(event.Counter{Name: "hits", Value: 1000}), "hits 1,000"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
