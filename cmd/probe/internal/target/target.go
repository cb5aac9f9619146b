package target

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/referent-go/referent/cmd/probe/internal/problem"
)

const (
	// DefaultAddress is the target if none is named.
	DefaultAddress = "localhost:6060"

	// DefaultPath is where the handler is, if a target does not say otherwise.
	DefaultPath = "/debug/realweak/"
)

// Target is a place that state can be read from. The zero Target is none.
type Target struct {
	// Name tells the target apart from others in output: its address, without what
	// all targets have, or its file.
	Name string

	base     *url.URL // of a service's handler; nil for a file. Its path ends in a slash
	socket   string   // the Unix socket that the service listens on; empty for TCP
	insecure bool     // the service's certificate is not checked
	file     string   // "-" is standard input
}

// Service reports whether the target is a running service, and not a file.
func (t *Target) Service() bool { return t.base != nil }

// Address returns the target in a form that [Parse] reads, without a password.
func (t *Target) Address() string {
	if !t.Service() {
		return t.file
	}
	if t.socket != "" {
		a := "unix://" + t.socket
		if t.base.Path != DefaultPath {
			a += ":" + t.base.Path
		}
		return a
	}
	u := *t.base
	if t.insecure {
		u.Scheme += insecureSuffix
	}
	return u.Redacted()
}

// URL returns the address of an endpoint of the service's handler, such as "live".
// It has the password that the target was named with, if it was.
func (t *Target) URL(endpoint string) string {
	u := *t.base
	u.Path += endpoint
	return u.String()
}

const insecureSuffix = "+insecure"

// Parse returns the target that text names: host:port, host:port/path, a URL,
// unix:///socket, unix:///socket:/path, "-" or a file. A text without a colon that is
// not the path of a file is an error.
func Parse(text string) (*Target, error) {
	t, err := parse(text)
	if err != nil {
		return nil, &problem.Error{
			Code: problem.Usage,
			What: fmt.Sprintf("target %q", text),
			Why:  err,
			Next: "write host:port, a URL, unix:///socket, a file, - or @list",
		}
	}
	return t, nil
}

func parse(text string) (*Target, error) {
	switch {
	case text == "":
		return nil, errors.New("it is empty")
	case text == "-":
		return &Target{Name: "stdin", file: "-"}, nil
	case strings.HasPrefix(text, "unix:"):
		return parseSocket(text)
	case strings.Contains(text, "://"):
		return parseURL(text)
	case isFile(text):
		return &Target{Name: filepath.Base(text), file: text}, nil
	case !strings.Contains(text, ":"):
		return nil, errors.New("no such file, and no port")
	}
	return parseURL("http://" + text)
}

// isFile reports whether text is rather a file's path than an address: there is such
// a file, or its name ends as those that probe writes.
func isFile(text string) bool {
	for _, suffix := range []string{".ndjson", ".json", ".pb", ".gz"} {
		if strings.HasSuffix(text, suffix) {
			return true
		}
	}
	info, err := os.Stat(text)
	return err == nil && !info.IsDir()
}

func parseURL(text string) (*Target, error) {
	u, err := url.Parse(text)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // it repeats the text otherwise, and a password with it
		}
		return nil, err
	}
	t := &Target{base: u}
	if scheme, ok := strings.CutSuffix(u.Scheme, insecureSuffix); ok && scheme == "https" {
		t.insecure = true
		u.Scheme = scheme
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the scheme %q is none of http, https and unix", u.Scheme)
	}
	host, port := u.Hostname(), u.Port()
	if host == "" {
		if port == "" {
			return nil, errors.New("it has no host")
		}
		host = "localhost"
		u.Host = net.JoinHostPort(host, port)
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("%s is no port", port)
		}
	}
	u.Fragment = ""
	u.Path = handlerPath(u.Path)
	u.RawPath = ""
	t.Name = u.Host
	if u.Path != DefaultPath {
		t.Name += strings.TrimSuffix(u.Path, "/")
	}
	return t, nil
}

func parseSocket(text string) (*Target, error) {
	rest, ok := strings.CutPrefix(text, "unix://")
	if !ok {
		rest = strings.TrimPrefix(text, "unix:")
	}
	socket, below, _ := strings.Cut(rest, ":")
	if !strings.HasPrefix(socket, "/") {
		return nil, errors.New("the path of the socket must be absolute, as in unix:///run/service.sock")
	}
	t := &Target{
		Name:   path.Base(socket),
		socket: socket,
		base:   &url.URL{Scheme: "http", Host: "localhost", Path: handlerPath(below)},
	}
	if t.base.Path != DefaultPath {
		t.Name += strings.TrimSuffix(t.base.Path, "/")
	}
	return t, nil
}

// handlerPath returns the handler's path for one that a person gave, perhaps copied
// from the address of an endpoint.
func handlerPath(p string) string {
	if p == "" || p == "/" {
		return DefaultPath
	}
	switch dir, last := path.Split(p); last {
	case "snapshot", "events", "live", "cleanups", "metrics", "gc":
		return dir
	case "":
		return p
	}
	return p + "/"
}

// Plain reports whether any HTTP client can read from the target without being told
// more than [Target.URL].
func (t *Target) Plain() bool {
	return t.Service() && t.socket == "" && !t.insecure && t.base.User == nil && t.base.RawQuery == ""
}
