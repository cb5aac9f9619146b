package page_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/referent-go/referent/realweak/debughttp/wire"
	"github.com/referent-go/referent/realweak/event"
	"github.com/referent-go/referent/realweak/track"
)

// everything is an expression that yields the page's values: the text of each field
// by the part of the page that it is in, tables of buckets and collections, title.
// Where the browser writes a time of day, the server's own notation is not comparable.
const everything = `(() => {
	const all = {title: document.title};
	for (const e of document.querySelectorAll("[data-f]")) {
		const part = e.closest("[data-key]")?.dataset.key ?? e.closest("header, #totals, section").id;
		if (!["time"].includes(e.dataset.f)) all[part + " / " + e.dataset.f] = e.textContent.trim().replace(/\s+/g, " ");
	}
	document.querySelectorAll("#buckets tr").forEach((tr, i) => all["bucket " + i] = tr.textContent.trim().replace(/\s+/g, " "));
	for (const e of document.querySelectorAll("#empty, #retained-panel, #none-retained, #more")) all[e.id + " shown"] = String(e.checkVisibility());
	return all;
})()`

// TestScriptAgrees shows that the script writes what the server wrote: the same
// values in the same formats, and so the snapshot's, see TestRender.
func TestScriptAgrees(t *testing.T) {
	many := busy()
	for i := range 250 {
		many.Retained = append(many.Retained, track.Retained{Fingerprint: event.Fingerprint(i + 1), Group: "conns", Count: 1})
	}
	for name, snapshot := range map[string]wire.Snapshot{"busy": busy(), "quiet": quiet(), "many": many} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, newService(snapshot))
			without := browse(t, address, look{noScript: true})
			want := eval[map[string]string](without, everything)
			with := browse(t, address, look{})
			with.live()
			got := eval[map[string]string](with, everything)
			for _, key := range slices.Sorted(maps.Keys(want)) {
				if got[key] != want[key] {
					t.Errorf("%s is %q with the script, and was %q", key, got[key], want[key])
				}
			}
			if len(got) != len(want) || len(want) < 20 {
				t.Errorf("%d values with the script, %d without", len(got), len(want))
			}
			with.quiet(address)
			if more := max(len(snapshot.Retained)-200, 0); got["retained-panel / more"] != fmt.Sprint(more) || got["more shown"] != fmt.Sprint(more > 0) {
				t.Errorf("of %d fingerprints %s are not listed, and that is shown: %s", len(snapshot.Retained), got["retained-panel / more"], got["more shown"])
			}
		})
	}
	t.Run("formats", func(t *testing.T) {
		s := quiet()
		i := 0
		add := func(suffix string, v uint64, want string) {
			s.Groups = append(s.Groups, event.GroupStats{Name: fmt.Sprintf("%03d", i), Counters: []event.Counter{{Name: "v" + suffix, Value: v}}, Type: want})
			i++
		}
		for n, want := range formats.counts {
			add("", n, want)
		}
		for d, want := range formats.durations {
			if d >= 0 {
				add("_ns", uint64(d), want)
			}
		}
		for n, want := range formats.sizes {
			add("_bytes", n, want)
		}
		b := browse(t, serve(t, newService(s)), look{})
		b.live()
		got := eval[map[string]string](b, everything)
		for _, g := range s.Groups {
			if v := strings.TrimPrefix(got[g.Name+" / counters"], "v "); v != g.Type {
				t.Errorf("the script writes %s %d as %q, want %q", g.Counters[0].Name, g.Counters[0].Value, v, g.Type)
			}
		}
	})
}

// TestFollows shows that the page follows the service: a change is there within a
// moment, new groups and fingerprints come, old ones go, and stacks stay open.
func TestFollows(t *testing.T) {
	s := newService(busy())
	address := serve(t, s)
	b := browse(t, address, look{})
	b.live()
	eval[chromedp.Void](b, `document.querySelector('[data-key^="9c1e"] details').open = true`)

	s.change(func(n *wire.Snapshot) {
		n.Time = n.Time.Add(time.Second)
		n.Groups = slices.Clone(n.Groups)
		n.Groups[2].Live -= 4400
		n.Groups[2].Cleaned += 4400
		n.Groups[0].Name = "conn pool"
		n.Retained = append([]track.Retained{{Fingerprint: 0xabc, Group: "new", Count: 2}}, n.Retained[0])
		n.Process.Instance = "payments-8d10"
	})
	took := b.await(`document.querySelector('[data-key=sessions] [data-f=live]').textContent === "10"`)
	t.Logf("a drop in the service was on the page after %v", took)
	for expression, want := range map[string]string{
		`[...document.querySelectorAll("#groups tr [data-f=name]")].map(e => e.textContent).join()`:                                    "conn pool,interned,sessions",
		`[...document.querySelectorAll("#retained [data-key]")].map(e => e.dataset.key).join()`:                                        "0000000000000abc new,9c1e0a2b44d01f77 conns",
		`[...document.querySelectorAll("#retained .new")].map(e => String(e.checkVisibility())).join()`:                                "true,false",
		`[...document.querySelectorAll("#retained details")].map(e => String(e.open)).join()`:                                          "false,true",
		`document.querySelector("[data-key=sessions] [data-f=cleaned_rate]").textContent`:                                              "+4400/s",
		`document.querySelector("header [data-f=instance]").textContent`:                                                               "payments-8d10",
		`[...document.querySelectorAll("#live-legend button")].map(e => e.textContent).join()`:                                         "conn pool182,conns–,interned91,204,sessions10",
		`document.querySelector("#totals [data-f=live]").textContent`:                                                                  "91,396",
		`[...document.querySelector("#ages-group").options].map(o => o.value).join()`:                                                  ",conn pool,interned,sessions",
		`document.querySelector("#gcs").textContent.startsWith("1,841") + " " + document.querySelectorAll("#gcs tr").length`:           "true 1",
		`String(document.querySelector("#log").checked)`:                                                                               "true",
		`[...document.querySelectorAll("#retained [data-key^='0000'] li")].map(e => e.textContent).join()`:                             "not recorded,not recorded",
		`[...document.querySelectorAll("#retained [data-key^='9c1e'] li.first code")].map(e => e.textContent.split(".").pop()).join()`: "ServeHTTP,finish",
	} {
		if got := eval[string](b, expression); got != want {
			t.Errorf("%s\nis %q, want %q", expression, got, want)
		}
	}

	// An older state, as two ways of asking may give, changes nothing.
	s.change(func(n *wire.Snapshot) {
		n.Time = n.Time.Add(-5 * time.Second)
		n.Groups = nil
	})
	s.emit(event.Event{Time: noon, Kind: event.Leaked, Type: "*blob.Buffer"})
	b.await(`document.querySelector("#events").textContent.includes("*blob.Buffer")`)
	if got := eval[string](b, `document.querySelector("#totals [data-f=live]").textContent`); got != "91,396" {
		t.Errorf("after an older state came, %s objects are live, want 91,396", got)
	}

	// A clock that is set back does not stop the page.
	s.change(func(n *wire.Snapshot) {
		n.Time = n.Time.Add(-time.Minute)
		n.Groups = []event.GroupStats{{Name: "late", Live: 5}}
	})
	b.await(`document.querySelector("#totals [data-f=live]").textContent === "5" && document.querySelector("#events").textContent.includes("clock set back")`)
	if got := eval[string](b, `[...document.querySelectorAll("#groups *, #retained *")].filter(e => ["TR", "TD", "TH"].includes(e.tagName) && !e.role).map(e => e.outerHTML).join()`); got != "" {
		t.Errorf("parts of tables without a role: %s", got)
	}

	// The program starts again: its old life is over.
	s.change(func(n *wire.Snapshot) {
		*n = quiet()
		n.Process.PID++
		n.Time = n.Time.Add(-time.Hour)
	})
	b.await(`document.querySelector("#events").textContent.includes("pid 4121, now 4122")`)
	b.await(`document.querySelector("#empty").checkVisibility() && !document.querySelector("#groups tbody").children.length`)
	b.quiet(address)
}

// TestGrowingQueue shows that a queue that only grows is called that, in words.
func TestGrowingQueue(t *testing.T) {
	s := newService(busy())
	b := browse(t, serve(t, s), look{})
	b.live()
	if eval[bool](b, `document.querySelector("#queue-verdict").textContent !== ""`) {
		t.Error("the queue is called growing from the start")
	}
	for range 12 {
		s.change(func(n *wire.Snapshot) {
			n.Time = n.Time.Add(time.Second)
			n.Runtime.CleanupsQueued += 10
		})
	}
	b.await(`document.querySelector("#queue-verdict").textContent.includes("growing") && document.querySelector("#totals .bad dt").checkVisibility()`)
	b.shot("growing")
}

// TestTrouble takes the stream away, then everything, then gives both back.
func TestTrouble(t *testing.T) {
	s := newService(busy())
	b := browse(t, serve(t, s), look{})
	b.live()
	is := func(state string) string {
		return fmt.Sprintf(`document.querySelector("#state").dataset.state === %q`, state)
	}
	later := func(live int) string {
		s.change(func(n *wire.Snapshot) {
			n.Time = n.Time.Add(time.Second)
			n.Groups = []event.GroupStats{{Name: "conns", Live: live}}
		})
		return fmt.Sprintf(`document.querySelector("#totals [data-f=live]").textContent === "%d"`, live)
	}

	s.fail(true, false)
	b.await(is("polling"))
	b.await(later(17)) // there is no stream, but it is asked for
	b.shot("polling")
	s.fail(false, true)
	b.await(is("unreachable"))
	if got := eval[string](b, `document.querySelector("#totals [data-f=live]").textContent`); got != "17" {
		t.Errorf("without an answer, %s objects are live; the last answer said 17", got)
	}
	b.shot("unreachable")
	s.fail(false, false)
	b.await(is("live"))
	b.await(later(18))

	eval[chromedp.Void](b, `document.querySelector("#pause").click()`)
	b.await(is("paused"))
	later(19)
	b.await(`document.querySelector("#pause").textContent === "Resume (1 waiting)"`)
	if got := eval[string](b, `document.querySelector("#totals [data-f=live]").textContent`); got != "18" {
		t.Errorf("while paused, %s objects are live; it was 18", got)
	}
	eval[chromedp.Void](b, `document.querySelector("#pause").click()`)
	b.await(is("live"))
	b.await(`document.querySelector("#totals [data-f=live]").textContent === "19"`)
}

// TestHostileNames shows that the script takes names for text, as Render does.
func TestHostileNames(t *testing.T) {
	s := newService(quiet())
	address := serve(t, s)
	b := browse(t, address, look{width: 400, height: 800})
	b.live()
	s.change(func(n *wire.Snapshot) {
		process := n.Process
		*n = poisoned()
		n.Process.PID, n.Process.Start = process.PID, process.Start
		n.Time = n.Time.Add(time.Second)
	})
	for _, name := range hostile {
		s.emit(event.Event{Time: noon, Kind: event.Retained, Type: name, Label: name, Group: name})
	}
	b.await(fmt.Sprintf(`document.querySelectorAll("#groups [data-key]").length === %d && document.querySelectorAll("#events li").length === %d`, len(hostile), len(hostile)))
	want, _ := json.Marshal(hostile[:6])
	if !eval[bool](b, fmt.Sprintf(`%s.every(name => [...document.querySelectorAll("#groups [data-f=name]")].some(e => e.textContent === name))`, want)) {
		t.Error("not every name is on the page as it is")
	}
	if eval[bool](b, `document.title.includes("taken") && !document.title.includes("<script>") || document.querySelectorAll("img, h1:not([data-f]), main b script").length > 0`) {
		t.Error("a name has become more than text")
	}
	b.fits()
	b.shot("hostile")
	b.quiet(address)
}

// TestKeyboard goes through the page by keys alone.
func TestKeyboard(t *testing.T) {
	s := newService(busy())
	address := serve(t, s)
	b := browse(t, address, look{})
	b.live()
	s.aMinuteMore()
	b.await(`document.querySelectorAll("#gcs tr").length >= 5`)

	const focused = `(e => e.id || e.getAttribute("aria-label") || e.textContent.trim().split("\n")[0])(document.activeElement)`
	var order []string
	press := func(keys string) { b.do(chromedp.KeyEvent(keys)) }
	reach := func(name string) {
		t.Helper()
		for range 60 {
			if now := eval[string](b, focused); now == name || strings.HasPrefix(now, name) {
				return
			}
			press(kb.Tab)
			order = append(order, eval[string](b, focused))
			if !eval[bool](b, `document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== "none" || document.activeElement.closest("fieldset, .skip") !== null`) {
				t.Errorf("the focus on %s cannot be seen", order[len(order)-1])
			}
		}
		t.Fatalf("no key leads to %s; the order is %q", name, order)
	}
	text := func(selector string) string {
		return eval[string](b, fmt.Sprintf(`document.querySelector(%q).textContent`, selector))
	}

	press(kb.Tab)
	if got := eval[string](b, focused); got != "Skip to the groups" {
		t.Errorf("the first tab leads to %q, want the link to the groups", got)
	}
	reach("pause")
	press(" ")
	b.await(`document.querySelector("#pause").getAttribute("aria-pressed") === "true"`)
	press(" ")
	reach("theme")
	press(kb.Enter)
	press(kb.Enter)
	b.await(`document.documentElement.dataset.theme === "dark" && getComputedStyle(document.body).backgroundColor === "rgb(18, 21, 26)"`)
	reach("What the words mean")
	press(kb.Enter)
	reach("Live objects by group")
	press(kb.Enter)
	if !eval[bool](b, `document.activeElement.parentNode.open`) {
		t.Error("Enter does not open an explanation")
	}
	reach("live-plot")
	press(kb.End)
	press(kb.ArrowLeft)
	press(kb.ArrowLeft)
	if got := text("#live-plot ~ .vh"); !strings.Contains(got, "sessions ") || !strings.Contains(got, ":58: ") {
		t.Errorf("the plot says %q two steps before its end, want the values of 58 seconds past", got)
	}
	if !eval[bool](b, `[...document.querySelectorAll(".u-cursor-x")].filter(e => !e.closest("#ages-plot")).every(e => e.checkVisibility() && new Set([...document.querySelectorAll("#live-plot .u-cursor-x, #queue-plot .u-cursor-x")].map(x => x.style.transform)).size === 1)`) {
		t.Error("the cursors of the plots over time are not at the same place")
	}
	b.shot("cursor")
	reach("conns") // in the legend
	press(kb.Enter)
	b.await(`document.activeElement.getAttribute("aria-pressed") === "false"`)
	reach("Collections, newest first")
	press(kb.Enter)
	reach("ages-group")
	reach("ages-plot")
	press(kb.Home)
	if got := text("#ages-text"); !strings.Contains(got, "died at an age from") {
		t.Errorf("the histogram says %q", got)
	}
	press(kb.Escape)
	reach("Stacks upload.go:88")
	press(kb.Enter)
	reach("filter")
	press("TRACK")
	b.await(`document.querySelector("#filtered").textContent === "1 of 3" && document.querySelectorAll("#groups tbody tr").length === 1`)
	for range 5 {
		press(kb.Backspace)
	}
	press("!tracked")
	b.await(`document.querySelector("#filtered").textContent === "2 of 3"`)
	for range 8 {
		press(kb.Backspace)
	}
	names := `[...document.querySelectorAll("#groups [data-f=name]")].map(e => e.textContent).join()`
	reach("live")
	press(kb.Enter)
	b.await(names + ` === "interned,sessions,conns"`)
	press(kb.Enter)
	b.await(names + ` === "conns,sessions,interned" && document.activeElement.parentNode.getAttribute("aria-sort") === "ascending"`)
	reach("age p99")
	press(kb.Enter)
	b.await(names + ` === "interned,sessions,conns" && document.querySelectorAll("[aria-sort]").length === 1`)
	reach("events")
	b.quiet(address)
}

// TestCollect presses the button that makes the program collect.
func TestCollect(t *testing.T) {
	snapshot := quiet()
	snapshot.Stream.CollectsOK = true
	s := newService(snapshot)
	address := serve(t, s)
	b := browse(t, address, look{})
	b.live()
	b.do(chromedp.Click(chromedp.CSS("#collect button")))
	b.await(`document.querySelector("#totals [data-f=collections]").textContent === "1,842"`)
	b.quiet(address)
}
