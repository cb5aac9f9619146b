package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/referent-go/referent/cmd/probe/internal/golden"
	"github.com/referent-go/referent/realweak/debughttp/wire"
)

func TestReplayGolden(t *testing.T) {
	file := writeRecording(t, "day.ndjson", day()...)
	for name, args := range map[string]string{
		"replay":      "replay --speed max " + file,
		"watch-file":  "watch --kind cleared,retained --group conns " + file,
		"watch-plain": "watch --plain " + file,
		"watch-json":  "watch --json " + file,
	} {
		code, stdout, stderr := play(t.Context(), strings.Fields(args)...)
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", name, code, stderr)
		}
		golden.Check(t, name, stdout)
	}
}

// TestWatchServices watches two programs until the person has seen enough.
func TestWatchServices(t *testing.T) {
	messages := day()
	one, two := program(t, nil, nil, messages[:3]...), program(t, nil, nil, messages[0], messages[len(messages)-2])
	gone := "127.0.0.1:1" // nobody may listen there
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, notes until
	out.wrote = func() {
		if bytes.Count(out.Bytes(), []byte("\n")) >= 3 && bytes.Contains(notes.Bytes(), []byte("refused")) {
			cancel()
		}
	}
	notes.wrote = out.wrote
	code := run(ctx, []string{"watch", "--timeout", "1m", one, two, gone}, nil, &out, &notes, nil)
	text := steady(out.String(), one, two)
	for _, want := range []string{
		"payments-a:6060  12:00:00.040  created            conns #700 pool.Conn  by caller\n",
		"payments-b:6060  12:00:02.492  retained           conns #710 pool.Conn  age 8.1s",
		" 3 events in ", " · 0 cleared · 0 collections · 0 lost\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	stderr := steady(notes.String(), one, two)
	for _, want := range []string{
		"probe: payments-a:6060 is payments (a:12), go1.26.8, 2 groups\n",
		"probe: GET http://127.0.0.1:1/debug/realweak/events?snapshot=1h0m0s: connection refused; is the service running",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	if code != 0 { // it was asked to end, and did
		t.Errorf("exit code %d, stderr %s", code, stderr)
	}
}

// until calls wrote after each write.
type until struct {
	bytes.Buffer
	wrote func()
}

func (u *until) Write(p []byte) (int, error) {
	n, err := u.Buffer.Write(p)
	u.wrote()
	return n, err
}

func TestWatchEndsInOrder(t *testing.T) {
	at := program(t, nil, nil, day()...)
	code, stdout, stderr := play(t.Context(), "watch", "--for", "300ms", at)
	if code != 0 || !strings.Contains(stdout, " lost\n") {
		t.Errorf("exit code %d, stdout\n%s\nstderr %s", code, stdout, stderr)
	}
}

func TestRecordAndReplay(t *testing.T) {
	one, two := program(t, nil, nil, day()...), program(t, nil, nil, day()[:4]...)
	file := filepath.Join(t.TempDir(), "both.ndjson")
	code, stdout, stderr := play(t.Context(), "record", "--for", "500ms", "-o", file, one, two)
	if code != 0 || stdout != "" || !strings.Contains(stderr, "to "+file+", 17 events lost\n") {
		t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	counts := map[string]int{}
	p := wire.NewPlayer(f)
	for m, err := p.Next(); err == nil; m, err = p.Next() {
		counts[m.Source]++
	}
	if counts[one] != len(day()) || counts[two] != 4 {
		t.Errorf("recorded %v, want %d and 4", counts, len(day()))
	}
	code, stdout, stderr = play(t.Context(), "replay", "--speed", "max", file)
	if code != 0 || stderr != "" || !strings.Contains(steady(stdout, one, two), "created            conns #700") {
		t.Errorf("exit code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	code, stdout, _ = play(t.Context(), "record", "--for", "300ms", one)
	if code != 0 || strings.Count(stdout, "\n") != len(day()) {
		t.Errorf("to stdout: exit code %d, %s", code, stdout)
	}
}

func replicas(t *testing.T) (a, b, c, d []byte) {
	conns := func(live, retained int64) []byte {
		return liveProfile(t,
			sample{"conns", "pool.Conn", "live", getStack, live, live * 4096},
			sample{"conns", "pool.Conn", "retained", getStack, retained, retained * 4096},
			sample{"sessions", "auth.Session", "live", logStack, 4410, 4410 * 256},
		)
	}
	return conns(142, 40), conns(100, 0), conns(7, 3), liveProfile(t)
}

func TestLive(t *testing.T) {
	pa, pb, pc, empty := replicas(t)
	a, b := program(t, nil, pa), program(t, nil, pb)
	c := writeFile(t, "c.pb.gz", pc)
	file := filepath.Join(t.TempDir(), "live.pb.gz")
	for name, args := range map[string]string{
		"live":             a,
		"live-top":         "--top 1 " + a + " " + b,
		"live-merged":      "-o " + file + " " + a + " " + b + " " + c,
		"live-by-instance": "--by instance -o " + file + " " + a + " " + b,
		"live-json":        "--json " + a + " " + b,
		"live-nothing":     writeFile(t, "empty.pb.gz", empty),
	} {
		code, stdout, stderr := play(t.Context(), append([]string{"live"}, strings.Fields(args)...)...)
		if code != 0 {
			t.Errorf("%s: exit code %d", name, code)
		}
		golden.Check(t, name, strings.ReplaceAll(steady(stdout+stderr, a, b), file, "live.pb.gz"))
		if name == "live-merged" {
			sums(t, file, "map[conns live:249 conns retained:43 sessions live:13230]")
		}
		if name == "live-by-instance" {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.ParseData(data)
			if err != nil || len(p.Sample) != 5 || p.Sample[0].Label["instance"][0] != a {
				t.Errorf("by instance: error %v, %v", err, p)
			}
		}
	}
	// The profile goes through a pipe.
	code, stdout, stderr := play(t.Context(), "live", "-o", "-", a, b)
	if code != 0 || stderr != "" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	sums(t, writeFile(t, "piped", []byte(stdout)), "map[conns live:242 conns retained:40 sessions live:8820]")
}

// sums checks what a profile adds up to, and that pprof itself agrees to read it.
func sums(t *testing.T, file, want string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(data)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, s := range p.Sample {
		got[s.Label["group"][0]+" "+s.Label["state"][0]] += s.Value[0]
	}
	if fmt.Sprint(got) != want {
		t.Errorf("%s adds up to %v, want %s", file, got, want)
	}
	if goTool, err := exec.LookPath("go"); err == nil {
		out, err := exec.Command(goTool, "tool", "pprof", "-top", "-sample_index=live_objects", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "svc/auth.login") {
			t.Errorf("go tool pprof: %v\n%s", err, out)
		}
	}
}

func TestDiff(t *testing.T) {
	pa, pb, pc, empty := replicas(t)
	before, after := writeFile(t, "before.pb.gz", pb), writeFile(t, "after.pb.gz", pa)
	list := writeFile(t, "list.txt", []byte(before+"\n"+writeFile(t, "c.pb.gz", pc)))
	for name, args := range map[string][]string{
		"diff":         {before, after},
		"diff-shrunk":  {"--frames", "1", after, before},
		"diff-json":    {"--json", before, after},
		"diff-same":    {before, before},
		"diff-nothing": {writeFile(t, "empty.pb.gz", empty), after},
		"diff-list":    {after, "@" + list},
	} {
		code, stdout, stderr := play(t.Context(), append([]string{"diff"}, args...)...)
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit code %d, stderr %q", name, code, stderr)
		}
		for _, file := range append(args, before) {
			stdout = strings.ReplaceAll(stdout, file, strings.TrimPrefix(file, filepath.Dir(file)+"/"))
		}
		golden.Check(t, name, stdout)
	}
}

func TestLeaks(t *testing.T) {
	second := payments("b:7", 33)
	second.Process.Version = "v1.2.4"
	second.Retained = append(second.Retained, payments("", 2).Retained...)
	second.Retained[1].Fingerprint, second.Retained[1].Created = 0x77, nil
	a, b := program(t, payments("a:12", 40), nil), program(t, second, nil)
	healthy := writeSnapshot(t, "healthy.json", payments("c:1", 0))
	recording := writeRecording(t, "day.ndjson", day()...)
	gone := "127.0.0.1:1"
	for name, tt := range map[string]struct {
		code int
		args []string
	}{
		"leaks":         {1, []string{a}},
		"leaks-many":    {1, []string{"--frames", "2", a, b, healthy, gone}},
		"leaks-json":    {1, []string{"--json", a, b, gone}},
		"leaks-none":    {0, []string{healthy}},
		"leaks-group":   {0, []string{"--group", "sessions", a}},
		"leaks-missing": {3, []string{healthy, gone}},
		"leaks-file":    {1, []string{recording}},
	} {
		code, stdout, stderr := play(t.Context(), append([]string{"leaks"}, tt.args...)...)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
		golden.Check(t, name, steady(stdout+stderr, a, b))
	}
}

func TestCheck(t *testing.T) {
	a, b := program(t, payments("a:12", 40), nil), program(t, payments("b:7", 0), nil)
	for name, tt := range map[string]struct {
		code int
		args string
	}{
		"check":             {1, a + " " + b},
		"check-ok":          {0, "--max-live conns=500 --max-live 5000 --max-queue 1000 --max-lost 0 --max-retained conns=40 --max-retained sessions=0 " + a},
		"check-no-group":    {0, "--max-live cons=5 " + a},
		"check-json":        {1, "--json --max-queue 2 --max-retained 0 " + b},
		"check-unreachable": {3, "--json " + b + " 127.0.0.1:1"},
		"check-none":        {3, "127.0.0.1:1"},
	} {
		code, stdout, stderr := play(t.Context(), append([]string{"check"}, strings.Fields(tt.args)...)...)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
		if strings.Contains(name, "json") && strings.Count(stdout, "\n") != 1 {
			t.Errorf("%s: more than one line", name)
		}
		golden.Check(t, name, steady(stdout+stderr, a, b))
	}
}

func TestDoctorFiles(t *testing.T) {
	recording := writeRecording(t, "day.ndjson", day()...)
	healthy := writeSnapshot(t, "healthy.json", payments("c:1", 0))
	for name, tt := range map[string]struct {
		code int
		args []string
	}{
		"doctor":      {1, []string{recording}},
		"doctor-ok":   {0, []string{healthy}},
		"doctor-json": {1, []string{"--json", healthy, recording}},
	} {
		code, stdout, stderr := play(t.Context(), append([]string{"doctor"}, tt.args...)...)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
		golden.Check(t, name, stdout+stderr)
	}
}

// TestDoctorService looks at a program twice. Its clock has stood still since 2026
// began, which is the finding.
func TestDoctorService(t *testing.T) {
	second := payments("a:12", 0)
	second.Time = noon.Add(3 * time.Second)
	second.Runtime.CleanupsQueued, second.Runtime.CleanupsExecuted = 9070, 9070
	at := program(t, payments("a:12", 0), nil, wire.Recorded{Message: wire.Message{Snapshot: second}})
	code, stdout, stderr := play(t.Context(), "doctor", "--wait", "3s", at)
	if code != 1 || !strings.Contains(stdout, "behind this one, give or take") || !strings.HasSuffix(stderr, "probe: doctor: 1 thing wrong\n") {
		t.Errorf("exit code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
}

// TestLiveUsage has the errors that need no target to be seen.
func TestLiveUsage(t *testing.T) {
	newer := writeFile(t, "newer.json", []byte(`{"schema":2}`))
	for _, tt := range []struct {
		code int
		args []string
		want string
	}{
		{2, []string{"watch", "payments"}, `probe: target "payments": no such file, and no port; write host:port`},
		{2, []string{"watch", "--kind", "born"}, `no kind of event is called "born"; there are created,cleared,`},
		{2, []string{"watch", "--for", "-1s"}, "probe: --for must not be negative"},
		{2, []string{"watch", "--timeout", "0s"}, "probe: --timeout must be more than 0"},
		{2, []string{"watch", "--header", "Bearer x"}, "probe: --header: no name and colon at its start"},
		{2, []string{"live", "--tls_ca", "/nowhere/ca.pem"}, "probe: TLS: open /nowhere/ca.pem: no such file"},
		{2, []string{"live", "--by", "pod"}, "probe: live: --by pod: there is nothing of that name to keep apart; write --by instance"},
		{2, []string{"diff", "one"}, "probe: diff: two are compared"},
		{2, []string{"diff", "a:1", "b:1", "c:1"}, `diff: too many arguments, from "c:1" on`},
		{2, []string{"check", "--max-live", "conns=many"}, `"conns=many" is no limit; write N, or group=N`},
		{2, []string{"check", "--max-live", "=5"}, `"=5" names no group`},
		{2, []string{"replay"}, "probe: replay: no recording is named"},
		{2, []string{"replay", "localhost:6060"}, "probe: replay: localhost:6060 is no file; watch a running program with `probe watch`"},
		{2, []string{"replay", "--speed", "fast", "f.ndjson"}, `"fast" is no speed; write 1x, 10x or max`},
		{2, []string{"record", "--interval", "1ms"}, "probe: --interval must be at least 100ms"},
		{2, []string{"doctor", "--wait", "1ms"}, "probe: doctor: --wait must be at least 100ms"},
		{3, []string{"replay", "nowhere.ndjson"}, "probe: read nowhere.ndjson: no such file or directory"},
		{3, []string{"leaks", "@nowhere"}, "probe: list of targets @nowhere: no such file or directory"},
		{3, []string{"live", newer}, "probe: read newer.json: it is a snapshot; name a service or a profile"},
		{3, []string{"record", "-o", "/nowhere/f", newer}, "probe: write /nowhere/f: no such file or directory; choose another file with -o"},
		{4, []string{"leaks", newer}, "probe: read newer.json: wire: read a snapshot: newer schema: it is in schema 2, and the newest known here is 1; use a newer probe"},
		{4, []string{"watch", newer}, "use a newer probe"},
	} {
		code, stdout, stderr := play(t.Context(), tt.args...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || stdout != "" {
			t.Errorf("probe %v: exit code %d, want %d; stderr %q, want %q; stdout %q", tt.args, code, tt.code, stderr, tt.want, stdout)
		}
	}
}

func TestTargetVariable(t *testing.T) {
	at := program(t, payments("a:12", 0), nil)
	var out, notes bytes.Buffer
	code := run(t.Context(), []string{"leaks"}, nil, &out, &notes, []string{"PROBE_TARGET=" + at})
	if code != 0 || !strings.HasPrefix(out.String(), "1 target, 4,552 alive") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out.String(), notes.String())
	}
}

func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("replicas.txt", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"__complete leaks @rep":      "@replicas.txt\n:",
		"__complete watch --kind ca": "callback-queued\n",
		"__complete live --by ":      "instance\n:4\n",
		"__complete watch ":          ":0\n",
		"__complete ":                "",
	} {
		_, stdout, _ := play(t.Context(), strings.Split(args, " ")...)
		if !strings.Contains(stdout, want) {
			t.Errorf("%s: no %q in %q", args, want, stdout)
		}
	}
}

// A message that only a newer probe knows is left out, and that is said.
func TestUnknownMessagesAreCounted(t *testing.T) {
	text := `{"schema":1,"time":"2026-01-01T12:00:00Z","event":{"seq":1,"time":"2026-01-01T12:00:00Z","kind":"melted"}}
{"schema":1,"time":"2026-01-01T12:00:01Z","event":{"seq":2,"time":"2026-01-01T12:00:01Z","kind":"cleared","type":"pool.Conn"}}
{"schema":1,"time":"2026-01-01T12:00:02Z","weather":{"rain":true}}
`
	file := writeFile(t, "newer.ndjson", []byte(text))
	for _, args := range [][]string{{"watch"}, {"replay", "--speed", "max"}} {
		code, stdout, stderr := play(t.Context(), append(args, file)...)
		if code != 0 || !strings.Contains(stdout, "pool.Conn") || stderr != "probe: 2 messages left out, of a kind that this probe does not know; use a newer one\n" {
			t.Errorf("%s: exit code %d, stderr %q, stdout\n%s", args, code, stderr, stdout)
		}
	}
}
