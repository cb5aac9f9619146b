package debughttp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
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

// result is an answer of Prometheus to a query.
type result struct {
	Status string
	Error  string
	Data   struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
}

// Prometheus, with the configuration of the documentation, scrapes two processes and
// answers for both.
func TestPrometheusScrapesReplicas(t *testing.T) {
	integration(t, "prometheus")
	small, large := startReplica(t, 7), startReplica(t, 20)
	dir := t.TempDir()
	config := documented(t, "prometheus.yml")
	replaced := strings.NewReplacer("[payments-1:6060, payments-2:6060]", fmt.Sprintf("[%q, %q]", small, large), "15s", "1s").Replace(config) +
		"rule_files: [realweak.rules.yml]\n"
	if !strings.Contains(replaced, small) || !strings.Contains(replaced, "1s") {
		t.Fatalf("the documented configuration has changed; so must this test:\n%s", config)
	}
	write(t, filepath.Join(dir, "realweak.rules.yml"), documented(t, "realweak.rules.yml"))
	address := freeAddress(t)
	prometheus := exec.Command("prometheus",
		"--config.file="+write(t, filepath.Join(dir, "prometheus.yml"), replaced),
		"--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address)
	log := new(bytes.Buffer)
	prometheus.Stdout, prometheus.Stderr = log, log
	if err := prometheus.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = prometheus.Wait()
	}()
	t.Cleanup(func() {
		_ = prometheus.Process.Signal(os.Interrupt)
		<-ended
		if t.Failed() {
			t.Logf("prometheus wrote\n%s", log)
		}
	})

	ask := func(query string) (r result, err error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/api/v1/query?query="+url.QueryEscape(query), nil)
		if err != nil {
			return r, err
		}
		request.Close = true
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return r, err
		}
		defer answer.Body.Close()
		return r, json.NewDecoder(answer.Body).Decode(&r)
	}
	for _, c := range []struct {
		query string
		want  map[string]string // value by instance
	}{
		{`realweak_live_objects`, map[string]string{small: "7", large: "20"}},
		{`sum by (group) (realweak_live_objects)`, map[string]string{"": "27"}},
		{`realweak_retained_objects`, map[string]string{small: "0", large: "0"}},
		{`realweak_object_age_seconds_bucket{le="+Inf"}`, map[string]string{small: "0", large: "0"}},
		{`up{job="payments"}`, map[string]string{small: "1", large: "1"}},
		{`realweak_build_info{go_version=~"go1.*"}`, map[string]string{small: "1", large: "1"}},
	} {
		var last string
		deadline := time.Now().Add(patience)
		for {
			select {
			case <-ended:
				t.Fatal("prometheus ended early")
			default:
			}
			r, err := ask(c.query)
			got := map[string]string{}
			for _, sample := range r.Data.Result {
				got[sample.Metric["instance"]] = fmt.Sprint(sample.Value[1])
				if c.want[""] == "" && sample.Metric["job"] != "payments" {
					t.Errorf("%s: job is %q", c.query, sample.Metric["job"])
				}
			}
			last = fmt.Sprintf("%v %v %s", got, err, r.Error)
			if err == nil && fmt.Sprint(got) == fmt.Sprint(c.want) {
				t.Logf("%s: %v", c.query, got)
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s; want %v", c.query, last, c.want)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
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
