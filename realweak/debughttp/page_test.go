package debughttp_test

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/referent-go/referent/realweak/debughttp"
	"github.com/referent-go/referent/realweak/debughttp/page"
	"github.com/referent-go/referent/realweak/track"
)

func TestPage(t *testing.T) {
	s := serve(t, debughttp.Instance("payments-7f9c"), debughttp.From(debughttp.Sources{Groups: groups, Retained: func() []track.Retained { return nil }}))
	answer, html := get(t, s.url)
	for name, want := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": page.ContentSecurityPolicy,
		"X-Content-Type-Options":  "nosniff",
		"Cache-Control":           "no-store",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, want := range []string{"payments-7f9c", "conns", "4,410"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	// All that it loads or leads to is served.
	links := regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllStringSubmatch(html, -1)
	if len(links) < 5 {
		t.Errorf("the page has the links %v", links)
	}
	for _, link := range links {
		if answer, body := get(t, s.url+link[1]); answer.StatusCode != http.StatusOK {
			t.Errorf("the page's %s: %s: %s", link[1], answer.Status, body)
		}
	}
}

func TestAssets(t *testing.T) {
	s := serve(t)
	err := fs.WalkDir(page.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		url := s.url + "assets/" + name
		answer, body := get(t, url)
		text, err := fs.ReadFile(page.Files, name)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK || body != string(text) {
			t.Errorf("%s: %s, %d bytes; want the %d of the file", name, answer.Status, len(body), len(text))
		}
		if typ := answer.Header.Get("Content-Type"); typ == "" || strings.Contains(typ, "octet-stream") {
			t.Errorf("%s has the type %q", name, typ)
		}
		if answer, _ := get(t, url, "If-None-Match", answer.Header.Get("ETag")); answer.StatusCode != http.StatusNotModified {
			t.Errorf("%s, which the browser has: %s", name, answer.Status)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
