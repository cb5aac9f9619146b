package debughttp_test

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/event"
)

// groups are those of a service, with names that need care.
func groups() []event.GroupStats {
	var ages event.Histogram
	for _, age := range []time.Duration{0, time.Microsecond, 3 * time.Millisecond, time.Second, time.Second, time.Hour, 100 * 24 * time.Hour} {
		ages.Observe(age)
	}
	return []event.GroupStats{
		{Name: "a \"quoted\\group\"\nof two lines, \xff", Kind: "tracked", Live: 1},
		{
			Name: "conns", Kind: "tracked", Type: "*pool.Conn", Live: 182, Created: 2000, Cleaned: 1818, Expected: 3, Retained: 40, Bytes: 4096, Ages: ages,
			Counters: []event.Counter{{Name: "hits", Value: 9}, {Name: "load_time_ns", Value: 1_500_000_000}, {Name: "size_bytes", Value: 77, Gauge: true}},
		},
		{
			Name: "sessions", Kind: "cache", Live: 4410, Created: 5000, Cleaned: 590,
			// hits is a gauge here, and hit rate no name for a metric.
			Counters: []event.Counter{{Name: "hits", Value: 5, Gauge: true}, {Name: "hit rate", Value: 1}, {Name: "hit/rate", Value: 2}},
		},
	}
}

// newParser builds Prometheus's own parser. It is a module of its own, which the go
// command fetches if it is not there yet.
func newParser(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "openmetrics.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", filepath.Join("testdata", "openmetrics"), "-o", path, ".")
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build testdata/openmetrics: %v\n%s", err, out)
	}
	return path
}

// parse has Prometheus's parser read an answer, and returns its samples, and the types
// and units of its families.
func parse(t *testing.T, parser, contentType, text string) map[string]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), parser, contentType)
	command.Stdin = strings.NewReader(text)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("Prometheus's parser does not take %s: %v\n%s\n%s", contentType, err, complaints.String(), text)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out)) {
		i := strings.LastIndexByte(line, ' ')
		name, value := line[:i], strings.TrimSpace(line[i:])
		if _, twice := found[name]; twice {
			t.Errorf("%s twice", name)
		}
		found[name] = value
	}
	return found
}

// series is the name of a sample as the parser prints it.
func series(name, group string) string {
	return `{__name__="` + name + `", group=` + strconv.Quote(group) + `}`
}

func TestPrometheusReadsMetrics(t *testing.T) {
	if testing.Short() {
		t.Skip("builds Prometheus's parser; run without -short")
	}
	parser := newParser(t)
	s := serve(t, debughttp.From(debughttp.Sources{Groups: groups}))
	runtime.GC()
	for _, c := range []struct {
		accept, format string
		types          map[string]string
	}{
		{"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "application/openmetrics-text; version=1.0.0; charset=utf-8",
			map[string]string{"type realweak_created": "counter", "type realweak_build": "info", "unit realweak_object_age_seconds": "seconds", "unit realweak_live_bytes": "bytes"}},
		{"text/plain", "text/plain; version=0.0.4; charset=utf-8",
			map[string]string{"type realweak_created_total": "counter", "type realweak_build_info": "gauge"}},
	} {
		answer, text := get(t, s.url+"metrics", "Accept", c.accept)
		if got := answer.Header.Get("Content-Type"); got != c.format {
			t.Errorf("Accept %s is answered with %s, want %s", c.accept, got, c.format)
		}
		found := parse(t, parser, answer.Header.Get("Content-Type"), text)
		c.types["type realweak_live_objects"] = "gauge"
		c.types["type realweak_object_age_seconds"] = "histogram"
		for name, want := range c.types {
			if found[name] != want {
				t.Errorf("%s: %s is %q, want %q", c.format, name, found[name], want)
			}
		}
		for name, want := range map[string]string{
			series("realweak_live_objects", "conns"):                                           "182",
			series("realweak_live_objects", "sessions"):                                        "4410",
			series("realweak_live_objects", "a \"quoted\\group\"\nof two lines, \ufffd"):       "1",
			series("realweak_live_bytes", "conns"):                                             "4096",
			series("realweak_expected_objects", "conns"):                                       "3",
			series("realweak_retained_objects", "conns"):                                       "40",
			series("realweak_created_total", "conns"):                                          "2000",
			series("realweak_cleanups_total", "conns"):                                         "1818",
			series("realweak_object_age_seconds_count", "conns"):                               "7",
			series("realweak_object_age_seconds_count", "sessions"):                            "0",
			series("realweak_group_hits_total", "conns"):                                       "9",
			series("realweak_group_load_time_seconds_total", "conns"):                          "1.5",
			series("realweak_group_size_bytes", "conns"):                                       "77",
			series("realweak_group_hit_rate_total", "sessions"):                                "1",
			`{__name__="realweak_object_age_seconds_bucket", group="conns", le="+Inf"}`:        "7",
			`{__name__="realweak_object_age_seconds_bucket", group="conns", le="0.001048576"}`: "2",
			`{__name__="realweak_object_age_seconds_bucket", group="conns", le="1.073741824"}`: "5",
			`{__name__="realweak_events_dropped_total"}`:                                       "0",
			`{__name__="realweak_viewers"}`:                                                    "0",
		} {
			if found[name] != want {
				t.Errorf("%s: %s is %q, want %q", c.format, name, found[name], want)
			}
		}
		if n, err := strconv.Atoi(found[`{__name__="realweak_collections_total"}`]); err != nil || n < 1 {
			t.Errorf("%s: %d collections, %v", c.format, n, err)
		}
		checkBuckets(t, found)
	}
}

// checkBuckets tests that the buckets of each group are cumulative and the same ones.
func checkBuckets(t *testing.T, found map[string]string) {
	t.Helper()
	bucket := regexp.MustCompile(`^\{__name__="realweak_object_age_seconds_bucket", group=(.*), le="(.*)"\}$`)
	type bound struct {
		le    float64
		count int
	}
	byGroup := map[string][]bound{}
	for name, value := range found {
		if m := bucket.FindStringSubmatch(name); m != nil {
			le, err := strconv.ParseFloat(m[2], 64)
			n, err2 := strconv.Atoi(value)
			if err != nil || err2 != nil {
				t.Errorf("%s %s", name, value)
			}
			byGroup[m[1]] = append(byGroup[m[1]], bound{le, n})
		}
	}
	if len(byGroup) != 3 {
		t.Errorf("%d groups have ages, want 3", len(byGroup))
	}
	for group, bounds := range byGroup {
		slices.SortFunc(bounds, func(a, b bound) int {
			if a.le < b.le {
				return -1
			}
			return 1
		})
		if len(bounds) != 14 || !math.IsInf(bounds[len(bounds)-1].le, 1) {
			t.Errorf("group %s has the buckets %v, want 14 with +Inf at the end", group, bounds)
		}
		if !slices.IsSortedFunc(bounds, func(a, b bound) int { return a.count - b.count }) {
			t.Errorf("group %s: the buckets %v do not grow", group, bounds)
		}
	}
}

func TestFormatOfMetrics(t *testing.T) {
	const open, plain = "application/openmetrics-text", "text/plain"
	for accept, want := range map[string]string{
		"":                             open,
		"*/*":                          open,
		"garbage;;;q=":                 open,
		"text/plain":                   plain,
		"text/plain;version=0.0.4":     plain,
		"text/plain;q=0.5,*/*;q=0.1":   plain,
		"text/plain;q=0,*/*":           open,
		"text/html,*/*;q=0.8":          open,
		open + ";q=0.2, text/plain":    plain,
		open + ", text/plain":          open,
		open + ";version=1.0.0;q=0.75": open,
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.3": plain,
	} {
		if got := debughttp.Negotiate(accept); !strings.HasPrefix(got, want+";") {
			t.Errorf("Accept %q gets %s, want %s", accept, got, want)
		}
	}
}
