package docs_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var linkForms = []*regexp.Regexp{
	regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)`), // [text](target "title")
	regexp.MustCompile(`^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)`),          // [name]: target
	regexp.MustCompile(`(?:href|src)="([^"]+)"`),                    // HTML
}

var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*:|//)`)

type link struct {
	line   int
	target string
}

// links returns the links of a page outside of code.
func links(markdown string) []link {
	var found []link
	_, rest := parse(markdown)
	for i, line := range rest {
		_, line = spans(line)
		for _, form := range linkForms {
			for _, m := range form.FindAllStringSubmatch(line, -1) {
				found = append(found, link{i + 1, m[1]})
			}
		}
	}
	return found
}

// anchors returns the names that a page's headings give to links, made as the
// usual code hosts make them.
func anchors(markdown string) []string {
	var found []string
	count := map[string]int{}
	_, rest := parse(markdown)
	for _, line := range rest {
		text := strings.TrimLeft(line, "#")
		if text == line || len(line)-len(text) > 6 || !strings.HasPrefix(text, " ") {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(text))
		n := count[name]
		count[name]++
		if n > 0 {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		found = append(found, name)
	}
	return found
}

// checkLinks returns what is wrong with the links of a page that lead into the
// checkout. Others are not followed.
func checkLinks(root, page string) ([]string, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, l := range links(string(text)) {
		fail := func(why string) {
			problems = append(problems, fmt.Sprintf("%s:%d: link to %s: %s", filepath.Base(page), l.line, l.target, why))
		}
		if scheme.MatchString(l.target) {
			continue
		}
		target, err := url.Parse(l.target)
		if err != nil {
			fail(err.Error())
			continue
		}
		if strings.HasPrefix(target.Path, "/") {
			fail("starts at the root of the host; write it relative to the page")
			continue
		}
		path := page
		if target.Path != "" {
			path = filepath.Join(filepath.Dir(page), filepath.FromSlash(target.Path))
		}
		if inside, err := filepath.Rel(root, path); err != nil || !filepath.IsLocal(inside) {
			fail("leads out of the repository")
			continue
		}
		if _, err := os.Stat(path); err != nil {
			fail("no such file")
			continue
		}
		if target.Fragment == "" || filepath.Ext(path) != ".md" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if names := anchors(string(text)); !slices.Contains(names, target.Fragment) {
			fail(fmt.Sprintf("no such heading; there are %s", strings.Join(names, ", ")))
		}
	}
	return problems, nil
}

func TestLinks(t *testing.T) {
	root := checkout(t)
	for _, page := range pages(t, root) {
		problems, err := checkLinks(root, page)
		if err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			t.Error(p)
		}
	}
}

func TestCheckLinks(t *testing.T) {
	root := t.TempDir()
	page := filepath.Join(root, "a.md")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(root, "b.md"), "# Two `words`, twice\n## Two words twice\n```\n# no heading\n```\n")
	write(page, strings.Join([]string{
		"# Top",
		"[web](https://example.com/x) [mail](mailto:a@example.com) `[code](nowhere.md)`",
		"[here](#top) [b](b.md) [b](b.md#two-words-twice) [again](b.md#two-words-twice-1 \"title\")",
		"```",
		"[fenced](nowhere.md)",
		"```",
		"[gone](c.md)",
		"![picture](images/c.svg)",
		"[name]: d.md",
		`<img src="e.png">`,
		"[fragment](b.md#three) and [own](#bottom)",
		"[out](../x.md) [root](/b.md)",
		"[not a heading](b.md#no-heading)",
	}, "\n"))
	got, err := checkLinks(root, page)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a.md:7: link to c.md: no such file",
		"a.md:8: link to images/c.svg: no such file",
		"a.md:9: link to d.md: no such file",
		"a.md:10: link to e.png: no such file",
		"a.md:11: link to b.md#three: no such heading; there are two-words-twice, two-words-twice-1",
		"a.md:11: link to #bottom: no such heading; there are top",
		"a.md:12: link to ../x.md: leads out of the repository",
		"a.md:12: link to /b.md: starts at the root of the host; write it relative to the page",
		"a.md:13: link to b.md#no-heading: no such heading; there are two-words-twice, two-words-twice-1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
