package page_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/referent-go/referent/realweak/debughttp/page"
	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

func render(t *testing.T, s wire.Snapshot) string {
	t.Helper()
	var b strings.Builder
	if err := page.Render(&b, &s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	templates = regexp.MustCompile(`(?s)<template.*?</template>`)
	tags      = regexp.MustCompile(`<[^>]*>`)
)

// fields returns the text of each field in a part of the page.
func fields(part string) map[string]string {
	f := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)data-f="([a-z0-9_]+)"[^>]*>(.*?)</(?:span|dd|td|th|b|code|h1|time|small|ol)>`).FindAllStringSubmatch(part, -1) {
		f[m[1]] = html.UnescapeString(tags.ReplaceAllString(m[2], ""))
	}
	return f
}

// partOf returns what lies between two marks of the page.
func partOf(t *testing.T, text, from, to string) string {
	t.Helper()
	_, text, found := strings.Cut(text, from)
	part, _, ended := strings.Cut(text, to)
	if !found || !ended {
		t.Fatalf("the page has nothing between %s and %s", from, to)
	}
	return part
}

// number reads a count as the page writes it.
func number(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(strings.ReplaceAll(text, ",", ""), &n); err != nil {
		t.Errorf("%q is no number: %v", text, err)
	}
	return n
}

// TestRender compares every number on the page with the snapshot.
func TestRender(t *testing.T) {
	s := busy()
	text := templates.ReplaceAllString(render(t, s), "")

	totals := fields(partOf(t, text, `id="totals"`, "</section>"))
	var live, expected, retained int
	for _, g := range s.Groups {
		live, expected, retained = live+g.Live, expected+g.Expected, retained+g.Retained
	}
	for name, want := range map[string]int{
		"live": live, "groups": len(s.Groups), "expected": expected, "retained": retained,
		"queue": int(s.Runtime.CleanupQueue()), "executed": int(s.Runtime.CleanupsExecuted),
		"lost": int(s.Stream.Lost), "emitted": int(s.Stream.Emitted), "dropped": int(s.Stream.Dropped),
		"collections": int(s.Runtime.Collections), "gogc": s.Runtime.GOGC,
	} {
		if got := number(t, totals[name]); got != want {
			t.Errorf("total %s is %d, want %d", name, got, want)
		}
	}
	for name, want := range map[string]string{"heap": "412 MiB", "goal": "640 MiB", "last": "2.1 s ago, paused 310 µs"} {
		if totals[name] != want {
			t.Errorf("total %s is %q, want %q", name, totals[name], want)
		}
	}

	for _, g := range s.Groups {
		row := fields(partOf(t, text, `<tr data-key="`+g.Name+`">`, "</tr>"))
		for name, want := range map[string]int{
			"live": g.Live, "created": int(g.Created), "cleaned": int(g.Cleaned), "expected": g.Expected, "retained": g.Retained,
		} {
			if got := number(t, row[name]); got != want {
				t.Errorf("%s: %s is %d, want %d", g.Name, name, got, want)
			}
		}
		for name, want := range map[string]string{
			"name": g.Name, "kind": g.Kind, "type": g.Type,
			"p50": page.Duration(g.Ages.Quantile(0.5)), "p99": page.Duration(g.Ages.Quantile(0.99)),
		} {
			if row[name] != want {
				t.Errorf("%s: %s is %q, want %q", g.Name, name, row[name], want)
			}
		}
	}
	if want := "hits 9,120,441 loads 1,204,410 load time 8m 32s front 1,024"; !strings.Contains(tags.ReplaceAllString(text, ""), want) {
		t.Errorf("the counters of sessions are not %q", want)
	}

	for _, r := range s.Retained {
		part := partOf(t, text, fmt.Sprintf(`data-key="%v %s"`, r.Fingerprint, r.Group), "</tbody>")
		row := fields(part)
		for name, want := range map[string]string{
			"fingerprint": r.Fingerprint.String()[:8], "count": page.Count(uint64(r.Count)), "type": r.Type, "bytes": page.Size(r.Bytes),
			"since": page.Duration(r.Since), "age": page.Duration(r.Age), "collections": page.Count(r.Collections),
		} {
			if row[name] != want {
				t.Errorf("%v: %s is %q, want %q", r.Fingerprint, name, row[name], want)
			}
		}
		for _, f := range append(append(track.Stack(nil), r.Created...), r.Expected...) {
			if shown := html.UnescapeString(tags.ReplaceAllString(part, "")); !strings.Contains(shown, f.Function+" "+f.File+":"+fmt.Sprint(f.Line)) {
				t.Errorf("%v: the frame %v is missing", r.Fingerprint, f)
			}
		}
	}
	// The one in the program itself, though a library's is further in.
	if row := fields(partOf(t, text, `data-key="9c1e0a2b44d01f77 conns"`, "</tbody>")); row["where"] != "upload.go:88" {
		t.Errorf("the place to look at first is %q, want upload.go:88", row["where"])
	}

	var buckets uint64
	for _, m := range regexp.MustCompile(`<meter max="\d+" value="(\d+)">`).FindAllStringSubmatch(text, -1) {
		buckets += uint64(number(t, m[1]))
	}
	if want := s.Groups[0].Ages.Add(s.Groups[1].Ages).Add(s.Groups[2].Ages).Count; buckets != want {
		t.Errorf("the table of ages has %d objects, want %d", buckets, want)
	}
}

// TestRenderEmpty shows what teaches, and no table of what is not there.
func TestRenderEmpty(t *testing.T) {
	text := render(t, quiet())
	for _, want := range []string{`id="empty" class="panel">`, "track.NewGroup[Conn]", `id="retained-panel" aria-labelledby="stacks-title" hidden>`, "Nothing has died yet."} {
		if !strings.Contains(text, want) {
			t.Errorf("the page of a program without groups lacks %s", want)
		}
	}
	if strings.Contains(render(t, busy()), `id="empty" class="panel">`) {
		t.Error("the page of a program with groups says that there are none")
	}
	if strings.Contains(text, `action="gc"`) {
		t.Error("there is a button to collect, though that is not allowed")
	}
	allowed := quiet()
	allowed.Stream.CollectsOK = true
	if !strings.Contains(render(t, allowed), `action="gc"`) {
		t.Error("there is no button to collect, though that is allowed")
	}
	if err := page.Render(io.Discard, &wire.Snapshot{}); err != nil {
		t.Errorf("the zero snapshot: %v", err)
	}
}

// hostile are names that try to be more than text.
var hostile = []string{
	`<script>document.title="taken"</script>`,
	`"><img src=x onerror="document.title='taken'">`,
	`' onmouseover='document.title="taken"`,
	`</template></table><h1>taken</h1>`,
	`javascript:document.title="taken"`,
	`{{.Process}} ${document.title="taken"} \u003cb\u003e`,
	"a\x00b\n\u202ec",
}

func poisoned() wire.Snapshot {
	s := busy()
	s.Process.Name, s.Process.Instance, s.Process.Module, s.Process.Revision = hostile[0], hostile[1], hostile[2], hostile[3]
	s.Groups, s.Retained = nil, nil
	for i, name := range hostile {
		s.Groups = append(s.Groups, event.GroupStats{Name: name, Kind: name, Type: name, Live: 1, Counters: []event.Counter{{Name: name, Value: 1}}})
		frame := track.Stack{{Function: name, File: name, Line: 1}}
		s.Retained = append(s.Retained, track.Retained{Fingerprint: event.Fingerprint(i + 1), Group: name, Type: name, Count: 1, Created: frame, Expected: frame})
	}
	return s
}

func TestRenderEscapes(t *testing.T) {
	text := render(t, poisoned())
	for _, bad := range []string{"<script>document", "<img", "onmouseover='", "<h1>taken"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %s from a name", bad)
		}
	}
	if got, want := strings.Count(text, "<script"), strings.Count(render(t, quiet()), "<script"); got != want {
		t.Errorf("%d scripts, want %d", got, want)
	}
	for _, name := range hostile[:6] {
		if !strings.Contains(html.UnescapeString(text), name) {
			t.Errorf("the name %s is not on the page", name)
		}
	}
}

// TestNothingInline holds the page to its own policy, and to relative addresses.
func TestNothingInline(t *testing.T) {
	text := render(t, busy())
	for _, bad := range []string{` style=`, `<style`, ` onclick=`, ` onload=`, `<script>`, `javascript:`} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has%s, which its policy forbids", bad)
		}
	}
	for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(m[1], "/") || strings.Contains(m[1], ":") {
			t.Errorf("the address %s is not relative", m[1])
		}
		if name, isAsset := strings.CutPrefix(m[1], "assets/"); isAsset {
			if _, err := fs.Stat(page.Files, name); err != nil {
				t.Errorf("the page refers to %s: %v", m[1], err)
			}
		}
	}
	if !strings.HasPrefix(text, "<!doctype html>") {
		t.Errorf("the page starts with %.40q", text)
	}
}

// TestExplained shows that each title of a plot or table says what it is, and that
// no explanation is without its title.
func TestExplained(t *testing.T) {
	text := render(t, busy())
	for id, e := range page.Explanations {
		if e.ID != id || e.Title == "" || e.What == "" || e.Unit == "" || e.Healthy == "" || e.Source == "" {
			t.Errorf("the explanation %q has an empty part: %+v", id, e)
		}
		about := html.UnescapeString(partOf(t, text, fmt.Sprintf(`<h2 id="%s-title">%s</h2>`, id, e.Title), "</details>"))
		for _, part := range []string{"<dt>What</dt><dd>" + e.What, "<dt>Unit</dt><dd>" + e.Unit, "<dt>Healthy</dt><dd>" + e.Healthy, "<dt>Source</dt><dd>" + e.Source} {
			if !strings.Contains(about, part) {
				t.Errorf("the title %q lacks %s", e.Title, part)
			}
		}
	}
	for _, m := range regexp.MustCompile(`class="plot" id="([a-z]+)-plot"`).FindAllStringSubmatch(text, -1) {
		if _, ok := page.Explanations[m[1]]; !ok {
			t.Errorf("the plot %s is not explained", m[1])
		}
	}
	if n := strings.Count(text, `class="plot"`); n != 4 {
		t.Errorf("%d plots, want 4: live, queue, ages, retained", n)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestRenderFails(t *testing.T) {
	if err := page.Render(io.Discard, nil); err == nil || !strings.Contains(err.Error(), "no snapshot") {
		t.Errorf("without a snapshot: %v", err)
	}
	s := busy()
	if err := page.Render(brokenWriter{}, &s); !errors.Is(err, errBroken) {
		t.Errorf("with a broken writer: %v", err)
	}
}

func ExampleRender() {
	s := &wire.Snapshot{
		Schema:  wire.Schema,
		Time:    time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC),
		Process: wire.Process{Name: "payments", Instance: "payments-7f9c"},
		Groups:  []event.GroupStats{{Name: "conns", Kind: "tracked", Live: 182, Retained: 40}},
	}
	var b strings.Builder
	if err := page.Render(&b, s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	_, title, _ := strings.Cut(b.String(), "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	fmt.Println(title)
	// Output: (40 retained) payments · realweak
}

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
