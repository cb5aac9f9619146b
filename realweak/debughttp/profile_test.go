package debughttp_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/track"
)

var (
	dial   = track.Frame{Function: "example.com/pool.(*Pool).Dial", File: "/src/pool/pool.go", Line: 12}
	upload = track.Frame{Function: "example.com/web.upload", File: "/src/web/upload.go", Line: 88}
	query  = track.Frame{Function: "example.com/web.query", File: "/src/web/query.go", Line: 7}
)

// alive are the objects of a pool of connections.
func alive() []track.Sample {
	return []track.Sample{
		{Fingerprint: 1, Group: "conns", Type: "*pool.Conn", State: track.StateLive, Age: 1 << 30, Count: 7, Bytes: 700, Stack: track.Stack{dial, upload}},
		{Fingerprint: 1, Group: "conns", Type: "*pool.Conn", State: track.StateRetained, Age: 1 << 36, Count: 2, Bytes: 200, Stack: track.Stack{dial, upload}},
		{Fingerprint: 2, Group: "conns", Type: "*pool.Conn", State: track.StateExpected, Age: 1 << 20, Count: 1, Bytes: 100, Stack: track.Stack{dial, query}},
		{Fingerprint: 3, Group: "rows", Type: "web.Row", State: track.StateLive, Age: 1 << 20, Count: 5, Bytes: 320}, // stack not recorded
	}
}

func getProfile(t *testing.T, url string) *profile.Profile {
	t.Helper()
	answer, body := get(t, url)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", answer.Status, body)
	}
	p, err := profile.ParseData([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.CheckValid(); err != nil {
		t.Error(err)
	}
	if p.PeriodType == nil || p.PeriodType.Type == "" {
		t.Errorf("the period's type is %v", p.PeriodType)
	}
	if len(p.Mapping) != 1 || p.Mapping[0].File == "" || !p.Mapping[0].HasFunctions {
		t.Errorf("the mapping is %+v", p.Mapping)
	}
	for _, l := range p.Location {
		if l.Address != 0 {
			t.Errorf("a location has the address %x, which differs from process to process", l.Address)
		}
	}
	return p
}

// sum adds up the values with the index over all samples with the label.
func sum(p *profile.Profile, index int, label, value string) int64 {
	var n int64
	for _, s := range p.Sample {
		if label == "" || s.HasLabel(label, value) {
			n += s.Value[index]
		}
	}
	return n
}

func TestLiveProfile(t *testing.T) {
	s := serve(t, debughttp.From(debughttp.Sources{Live: alive}))
	p := getProfile(t, s.url+"live")
	if p.SampleType[0].Type != "live_objects" || p.SampleType[0].Unit != "count" || p.SampleType[1].Type != "live_space" || p.SampleType[1].Unit != "bytes" {
		t.Errorf("the types of value are %v and %v", p.SampleType[0], p.SampleType[1])
	}
	for _, c := range []struct {
		label, value   string
		objects, bytes int64
	}{
		{"", "", 15, 1320},
		{"group", "conns", 10, 1000},
		{"type", "web.Row", 5, 320},
		{"state", "retained", 2, 200},
		{"state", "expected", 1, 100},
	} {
		if o, b := sum(p, 0, c.label, c.value), sum(p, 1, c.label, c.value); o != c.objects || b != c.bytes {
			t.Errorf("%s=%s: %d objects, %d bytes; want %d, %d", c.label, c.value, o, b, c.objects, c.bytes)
		}
	}
	first := p.Sample[0]
	if age := first.NumLabel["age"]; len(age) != 1 || age[0] != 1<<30 || first.NumUnit["age"][0] != "nanoseconds" {
		t.Errorf("the age is %v %v", age, first.NumUnit["age"])
	}
	if l := first.Location[0].Line[0]; len(first.Location) != 2 || l.Function.Name != dial.Function || l.Function.Filename != dial.File || l.Line != 12 {
		t.Errorf("the innermost call is %+v", l)
	}
	if len(p.Function) != 4 {
		t.Errorf("%d functions, want 4", len(p.Function))
	}
}

// pprofTool runs go tool pprof, and returns what it prints.
func pprofTool(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"tool", "pprof"}, args...)...)
	command.Env = append(os.Environ(), "PPROF_TMPDIR="+t.TempDir(), "GOFLAGS=")
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, complaints.String())
	}
	if text := complaints.String(); strings.Contains(text, "not available") || strings.Contains(text, "ymbol") {
		t.Errorf("%v complains: %s", command.Args, text)
	}
	return string(out)
}

func saved(t *testing.T, name, url string) string {
	t.Helper()
	_, body := get(t, url)
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGoToolPprofReadsProfiles(t *testing.T) {
	if testing.Short() {
		t.Skip("runs go tool pprof again and again; run without -short")
	}
	s := serve(t, debughttp.From(debughttp.Sources{Live: alive, Deaths: alive}))
	live := saved(t, "live.pb.gz", s.url+"live")
	for _, c := range []struct {
		args []string
		want string // a regular expression
	}{
		{[]string{"-top", live}, `(?m)^Type: live_objects\n(.*\n)*Showing nodes accounting for 15, 100% of 15 total\n(.*\n)* +10 +66.67% .* example.com/pool.\(\*Pool\).Dial$`},
		{[]string{"-top", live}, `(?m)^ +5 .* \(creation not recorded\)$`},
		{[]string{"-top", "-sample_index=live_space", live}, `1320B, 100% of 1320B total`},
		{[]string{"-top", "-tagfocus=state=retained", live}, `accounting for 2,`},
		{[]string{"-top", "-tagfocus=age=60s:600s", live}, `accounting for 2,`},
		{[]string{"-tags", live}, `(?s)group: Total.*conns.*state: Total.*live`},
		{[]string{"-top", saved(t, "cleanups.pb.gz", s.url+"cleanups")}, `(?m)^Type: cleanups\n`},
		{[]string{"-top", s.url + "live"}, `Showing nodes accounting for 15,`}, // it fetches as well
	} {
		if got := pprofTool(t, c.args...); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%v prints\n%s\nwant %s in it", c.args, got, c.want)
		}
	}
}

func TestProfilesOfReplicasAddUp(t *testing.T) {
	var all []*profile.Profile
	for range 3 {
		s := serve(t, debughttp.From(debughttp.Sources{Live: alive}))
		all = append(all, getProfile(t, s.url+"live"))
	}
	p, err := profile.Merge(all)
	if err != nil {
		t.Fatal(err)
	}
	if n := sum(p, 0, "", ""); n != 45 || len(p.Sample) != 4 {
		t.Errorf("three profiles merge to %d samples with %d objects, want 4 with 45", len(p.Sample), n)
	}
}

func TestCleanupsProfile(t *testing.T) {
	var round atomic.Int64
	deaths := func() []track.Sample {
		n := round.Add(1)
		return []track.Sample{
			{Fingerprint: 1, Group: "conns", Type: "*pool.Conn", State: track.StateDead, Age: time.Duration(n) * time.Second, Count: 10 * n, Bytes: 1000 * n, Stack: track.Stack{dial, upload}},
			{Fingerprint: 2, Group: "conns", Type: "*pool.Conn", State: track.StateDead, Age: time.Minute, Count: 4, Bytes: 400, Stack: track.Stack{dial, query}},
		}
	}
	s := serve(t, debughttp.From(debughttp.Sources{Deaths: deaths}))
	p := getProfile(t, s.url+"cleanups")
	if n := sum(p, 0, "", ""); n != 14 {
		t.Errorf("%d cleanups, want 14", n)
	}
	if age := sum(p, 2, "state", "dead"); age != int64(time.Minute+time.Second) {
		t.Errorf("the ages add up to %d", age)
	}
	p = getProfile(t, s.url+"cleanups?seconds=1")
	if len(p.Sample) != 1 || p.Sample[0].Value[0] != 10 || p.Sample[0].Value[1] != 1000 || p.Sample[0].Value[2] != int64(time.Second) {
		t.Errorf("within a second: %v; want 10 cleanups of one origin, and not the other, of which none died", p.Sample)
	}
	if p.DurationNanos != int64(time.Second) {
		t.Errorf("the duration is %d", p.DurationNanos)
	}
}

func TestProfilesAsText(t *testing.T) {
	s := serve(t, debughttp.From(debughttp.Sources{Live: alive, Deaths: alive}))
	answer, text := get(t, s.url+"live?debug=1")
	if got := answer.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("the text has the type %s", got)
	}
	const want = `alive: 15 tracked objects, 1320 bytes

7 x *pool.Conn in "conns": live, 700 bytes, age < 1.07s, fingerprint 0000000000000001
    example.com/pool.(*Pool).Dial  /src/pool/pool.go:12
    example.com/web.upload         /src/web/upload.go:88

5 x web.Row in "rows": live, 320 bytes, age < 1.05ms, fingerprint 0000000000000003
    (creation not recorded)
`
	if !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if _, text := get(t, s.url+"cleanups?debug=1"); !strings.HasPrefix(text, "found dead: 15 tracked objects, 1320 bytes\n\n7 x *pool.Conn") {
		t.Errorf("got\n%s", text)
	}
}
