package debughttp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/wire"
)

// integration skips a test that needs programs which not everybody has.
func integration(t *testing.T, programs ...string) {
	t.Helper()
	if os.Getenv("REFERENT_INTEGRATION") == "" {
		t.Skip("runs other people's programs; set REFERENT_INTEGRATION=1 to run it")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("there is no %s here; apt-get install prometheus has it", p)
		}
	}
}

// Three processes with 7, 20 and 300 objects: go tool pprof fetches and merges them,
// and the sum is exact.
func TestGoToolPprofMergesReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three processes and go tool pprof; run without -short")
	}
	var urls []string
	for _, n := range []int{7, 20, 300} {
		urls = append(urls, "http://"+startReplica(t, n)+"/debug/realweak/live")
	}
	got := pprofTool(t, append([]string{"-top", "-lines"}, urls...)...)
	for _, want := range []string{
		`(?m)^Type: live_objects$`,
		`Showing nodes accounting for 327, 100% of 327 total`,
		`(?m)^ +327 +100% +100% +327 +100% +\S*beReplica \S*replica_test.go:\d+$`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("go tool pprof of three processes prints\n%s\nwant %s in it", got, want)
		}
	}
	t.Logf("go tool pprof -top of three processes prints\n%s", got)
}

// documented returns the block of docs/debughttp.md that begins with the comment.
func documented(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "```yaml\n# "+name+"\n")
	block, _, ok2 := strings.Cut(after, "```\n")
	if !ok || !ok2 {
		t.Fatalf("%s has no block with %s", documentation, name)
	}
	return block
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPromtoolTakesTheDocumentation(t *testing.T) {
	integration(t, "promtool")
	dir := t.TempDir()
	config := documented(t, "prometheus.yml") + "rule_files: [realweak.rules.yml]\n"
	// What is commented out is to be right too.
	token := write(t, filepath.Join(dir, "token"), "secret")
	full := regexp.MustCompile(`(?m)^    # (authorization:|  credentials_file:)`).ReplaceAllString(config, "    $1")
	full = strings.Replace(full, "/etc/prometheus/payments.token", token, 1)
	if full == config || !strings.Contains(full, token) {
		t.Fatalf("the configuration has no part for a token:\n%s", config)
	}
	write(t, filepath.Join(dir, "realweak.rules.yml"), documented(t, "realweak.rules.yml"))
	for name, text := range map[string]string{"plain.yml": config, "full.yml": full} {
		check := exec.CommandContext(t.Context(), "promtool", "check", "config", write(t, filepath.Join(dir, name), text))
		out, err := check.CombinedOutput()
		if err != nil {
			t.Errorf("promtool check config %s: %v\n%s", name, err, out)
		}
		t.Logf("promtool check config %s\n%s", name, out)
	}
}

// promtool reads the older format, and has opinions on names.
func TestPromtoolTakesMetrics(t *testing.T) {
	integration(t, "promtool")
	address := startReplica(t, 7)
	_, text := get(t, "http://"+address+"/debug/realweak/metrics", "Accept", "text/plain")
	check := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	check.Stdin = strings.NewReader(text)
	out, err := check.CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("promtool check metrics: %v\n%s\n%s", err, out, text)
	}
}

// prometheus is a running Prometheus.
type prometheus struct {
	t       *testing.T
	address string
	ended   chan struct{}
}

// startPrometheus starts a Prometheus with the configuration of the documentation, but
// for the targets and the interval.
func startPrometheus(t *testing.T, targets ...string) *prometheus {
	t.Helper()
	dir := t.TempDir()
	config := documented(t, "prometheus.yml")
	mine := strings.NewReplacer("payments-1:6060, payments-2:6060", strings.Join(targets, ", "), "15s", "1s").Replace(config) +
		"rule_files: [realweak.rules.yml]\n"
	if !strings.Contains(mine, targets[0]) || !strings.Contains(mine, "1s") {
		t.Fatalf("the documented configuration has changed; so must this test:\n%s", config)
	}
	write(t, filepath.Join(dir, "realweak.rules.yml"), documented(t, "realweak.rules.yml"))
	p := &prometheus{t, freeAddress(t), make(chan struct{})}
	command := exec.Command("prometheus",
		"--config.file="+write(t, filepath.Join(dir, "prometheus.yml"), mine),
		"--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+p.address)
	log := new(bytes.Buffer)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		<-p.ended
		if t.Failed() {
			t.Logf("prometheus wrote\n%s", log)
		}
	})
	return p
}

// ask returns the values of a query by instance.
func (p *prometheus) ask(query string) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.address+"/api/v1/query?query="+url.QueryEscape(query), nil)
	if err != nil {
		return nil, err
	}
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var r struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any // time, and the value as text
			}
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&r); err != nil {
		return nil, err
	}
	if r.Error != "" {
		return nil, errors.New(r.Error)
	}
	values := map[string]float64{}
	for _, s := range r.Data.Result {
		v, err := strconv.ParseFloat(fmt.Sprint(s.Value[1]), 64)
		if err != nil {
			return nil, err
		}
		values[s.Metric["instance"]] = v
	}
	return values, nil
}

// await asks until the answer is as it should be.
func (p *prometheus) await(query, want string, isRight func(map[string]float64) bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		select {
		case <-p.ended:
			p.t.Fatal("prometheus ended early")
		default:
		}
		got, err := p.ask(query)
		if err == nil && isRight(got) {
			p.t.Logf("%s: %v", query, got)
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: %v, %v; want %s", query, got, err, want)
		}
	}
}

func TestPrometheusScrapesReplicas(t *testing.T) {
	integration(t, "prometheus")
	small, large := startReplica(t, 7), startReplica(t, 20)
	p := startPrometheus(t, small, large)
	for _, c := range []struct {
		query string
		want  map[string]float64
	}{
		{`realweak_live_objects`, map[string]float64{small: 7, large: 20}},
		{`sum by (group) (realweak_live_objects)`, map[string]float64{"": 27}},
		{`realweak_retained_objects`, map[string]float64{small: 0, large: 0}},
		{`realweak_object_age_seconds_bucket{le="+Inf"}`, map[string]float64{small: 0, large: 0}},
		{`up{job="payments"}`, map[string]float64{small: 1, large: 1}},
		{`realweak_build_info{go_version=~"go1.*"}`, map[string]float64{small: 1, large: 1}},
	} {
		p.await(c.query, fmt.Sprint(c.want), func(got map[string]float64) bool { return maps.Equal(got, c.want) })
	}
}

// Two processes of probe serve, which lose sessions: Prometheus has as many as the
// services say, and finds what is retained.
func TestPrometheusScrapesProbeServe(t *testing.T) {
	integration(t, "prometheus")
	probe := filepath.Join(t.TempDir(), "probe.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", probe, "../../cmd/probe")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build probe: %v\n%s", err, out)
	}
	services := map[string]string{} // the handler's address by instance
	for range 2 {
		debug := startProbeServe(t, probe)
		services[strings.Split(debug, "/")[2]] = debug
	}
	created := func(debug string) float64 {
		_, body := get(t, debug+"snapshot")
		s, err := wire.DecodeSnapshot(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range s.Groups {
			if g.Name == "sessions" {
				return float64(g.Created)
			}
		}
		return 0
	}
	before := map[string]float64{}
	for instance, debug := range services {
		await(t, "there are sessions", func() bool { before[instance] = created(debug); return before[instance] > 0 })
	}
	p := startPrometheus(t, slices.Collect(maps.Keys(services))...)
	p.await(`realweak_live_objects{group="sessions"}`, "more than none in both", func(got map[string]float64) bool {
		return len(got) == 2 && !slices.Contains(slices.Collect(maps.Values(got)), 0)
	})
	p.await(`realweak_created_total{group="sessions"}`, "at least what there was before, and no more than there is now", func(got map[string]float64) bool {
		for instance, debug := range services {
			if got[instance] < before[instance] || got[instance] > created(debug) {
				return false
			}
		}
		return len(got) == 2
	})
	p.await(`realweak_retained_objects{group="sessions"}`, "more than none in both", func(got map[string]float64) bool {
		return len(got) == 2 && !slices.Contains(slices.Collect(maps.Values(got)), 0)
	})
}

// startProbeServe starts a service and returns the address of its handler.
func startProbeServe(t *testing.T, probe string) (debug string) {
	t.Helper()
	serve := exec.Command(probe, "serve", "--json", "--addr", "127.0.0.1:0", "..")
	serve.Stderr = os.Stderr
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		if err := serve.Wait(); err != nil {
			t.Errorf("probe serve ended with %v", err)
		}
	})
	for d := json.NewDecoder(out); debug == ""; {
		var ready struct{ Debug string }
		if err := d.Decode(&ready); err != nil {
			t.Fatalf("probe serve did not tell its address: %v", err)
		}
		debug = ready.Debug
	}
	return debug
}

// freeAddress returns an address of this host that nobody listens at, for a program
// that cannot choose one itself.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
