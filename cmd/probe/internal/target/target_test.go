package target_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
	"github.com/referent-go/referent/cmd/probe/internal/target"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ give, name, url, address string }{
		{"localhost:6060", "localhost:6060", "http://localhost:6060/debug/realweak/live", "http://localhost:6060/debug/realweak/"},
		{":6060", "localhost:6060", "http://localhost:6060/debug/realweak/live", "http://localhost:6060/debug/realweak/"},
		{"10.0.0.7:80", "10.0.0.7:80", "http://10.0.0.7:80/debug/realweak/live", "http://10.0.0.7:80/debug/realweak/"},
		{"[::1]:6060", "[::1]:6060", "http://[::1]:6060/debug/realweak/live", "http://[::1]:6060/debug/realweak/"},
		{"a:1/admin/weak", "a:1/admin/weak", "http://a:1/admin/weak/live", "http://a:1/admin/weak/"},
		{"https://a", "a", "https://a/debug/realweak/live", "https://a/debug/realweak/"},
		{"https://a/", "a", "https://a/debug/realweak/live", "https://a/debug/realweak/"},
		{"https+insecure://a:7", "a:7", "https://a:7/debug/realweak/live", "https+insecure://a:7/debug/realweak/"},
		{"http://a/x/debug/realweak/snapshot", "a/x/debug/realweak", "http://a/x/debug/realweak/live", "http://a/x/debug/realweak/"},
		{"http://a/x/?token=1#top", "a/x", "http://a/x/live?token=1", "http://a/x/?token=1"},
		{"http://me:secret@a:1", "a:1", "http://me:secret@a:1/debug/realweak/live", "http://me:xxxxx@a:1/debug/realweak/"},
		{"unix:///run/svc.sock", "svc.sock", "http://localhost/debug/realweak/live", "unix:///run/svc.sock"},
		{"unix:/run/svc.sock:/x", "svc.sock/x", "http://localhost/x/live", "unix:///run/svc.sock:/x/"},
	} {
		got, err := target.Parse(tt.give)
		if err != nil {
			t.Errorf("%s: %v", tt.give, err)
			continue
		}
		if !got.Service() || got.Name != tt.name || got.URL("live") != tt.url || got.Address() != tt.address {
			t.Errorf("%s: name %q, URL %q, address %q", tt.give, got.Name, got.URL("live"), got.Address())
		}
		if again, err := target.Parse(got.Address()); err != nil || again.Address() != got.Address() {
			t.Errorf("%s: its address %q cannot be parsed: %v", tt.give, got.Address(), err)
		}
	}
}

func TestParseFiles(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "rec:1")
	if err := os.WriteFile(odd, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for give, name := range map[string]string{
		"-": "stdin", "a.ndjson": "a.ndjson", "x/b.json": "b.json", "c.pb.gz": "c.pb.gz", odd: "rec:1",
	} {
		got, err := target.Parse(give)
		if err != nil || got.Service() || got.Name != name || got.Address() != give {
			t.Errorf("%s: %+v, error %v", give, got, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for give, want := range map[string]string{
		"":                       `target "": it is empty; write host:port, a URL, unix:///socket, a file, - or @list`,
		"payments":               `target "payments": no such file, and no port; write`,
		"a:http":                 "invalid port",
		"a:0":                    "0 is no port",
		"a:70000":                "70000 is no port",
		"ftp://a/":               `the scheme "ftp" is none of http, https and unix`,
		"http+insecure://a/":     "scheme",
		"http://":                "it has no host",
		"http://u:secret@[::1/x": "missing ']' in host",
		"unix://run/svc.sock":    "the path of the socket must be absolute",
	} {
		got, err := target.Parse(give)
		if err == nil || !strings.Contains(err.Error(), want) || problem.CodeOf(err) != problem.Usage {
			t.Errorf("%q: got %+v, error %v, want %q", give, got, err, want)
		}
	}
}

func TestParseAll(t *testing.T) {
	list := filepath.Join(t.TempDir(), "targets.txt")
	text := "# replicas\na:1\n\n  b:2  # the second\r\nhttp://a:1/debug/realweak/\n"
	if err := os.WriteFile(list, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		env  string
		want string
	}{
		{nil, "", "localhost:6060"},
		{nil, "a:1 b:2", "a:1 b:2"},
		{[]string{"c:3"}, "a:1", "c:3"},
		{[]string{"@" + list, "c:3", "b:2"}, "", "a:1 b:2 c:3"},
		{nil, "@" + list, "a:1 b:2"},
		{[]string{"@-"}, "", "x:1 y:2"},
		{[]string{"http://a:1", "https://a:1"}, "", "http://a:1/debug/realweak/ https://a:1/debug/realweak/"},
	} {
		got, err := target.ParseAll(tt.args, target.Sources{
			Env:   func(string) string { return tt.env },
			Stdin: strings.NewReader("x:1\ny:2"),
		})
		var names []string
		for _, g := range got {
			names = append(names, g.Name)
		}
		if err != nil || !slices.Equal(names, strings.Fields(tt.want)) {
			t.Errorf("%v with %q: got %v, error %v, want %s", tt.args, tt.env, names, err, tt.want)
		}
	}
}

func TestListErrors(t *testing.T) {
	for text, want := range map[string]string{
		"# nothing\n":                         "list of targets @-: it names no target; write one target a line",
		"a:1\nb\n":                            "list of targets @-: line 2: no such file, and no port;",
		"@other\n":                            "line 1: a list in a list",
		strings.Repeat("# comment\n", 200000): "it has more than 1 MiB",
	} {
		_, err := target.ParseAll([]string{"@-"}, target.Sources{Stdin: strings.NewReader(text)})
		if err == nil || !strings.Contains(err.Error(), want) || problem.CodeOf(err) != problem.Usage {
			t.Errorf("%.20q: error %v, want %q", text, err, want)
		}
	}
	_, err := target.ParseAll([]string{"@/nowhere"}, target.Sources{})
	if want := "list of targets @/nowhere: no such file or directory;"; err == nil || !strings.Contains(err.Error(), want) || problem.CodeOf(err) != problem.Unreachable {
		t.Errorf("no list: %v, want %q", err, want)
	}
}
